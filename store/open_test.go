package store

import (
	"bytes"
	"context"
	"database/sql"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestAnEmptyDatabaseIsBroughtUpToDateOnceAndForAll(t *testing.T) {
	onEach(t, func(t *testing.T, o Options) {
		for range 2 {
			db, err := Open(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			for _, table := range []string{"calls", "legs", "running", "bindings"} {
				rowsIn(t, db, table)
			}
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestADatabaseOfANewerHatifIsRefused(t *testing.T) {
	onEach(t, func(t *testing.T, o Options) {
		db, err := Open(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.write.Exec(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (9000, TRUE)`); err != nil {
			t.Fatal(err)
		}
		name := db.name
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		for _, o.ReadOnly = range []bool{false, true} {
			_, err := Open(t.Context(), o)
			expectSentence(t, err, name, "newer hatif", "9000")
		}
	})
}

func TestADatabaseOfAnOlderHatifIsNotReadHalfUnderstood(t *testing.T) {
	onEach(t, func(t *testing.T, o Options) {
		db, err := Open(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.write.Exec(`DELETE FROM goose_db_version WHERE version_id > 1`); err != nil {
			t.Fatal(err)
		}
		name := db.name
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		o.ReadOnly = true
		_, err = Open(t.Context(), o)
		expectSentence(t, err, name, "older hatif", "start hatif once")
	})
}

func TestMigrationsGoDownAgain(t *testing.T) {
	onEach(t, func(t *testing.T, o Options) {
		db := mustOpen(t, o)
		provider, err := db.migrations()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := provider.DownTo(t.Context(), 0); err != nil {
			t.Fatal(err)
		}
		if _, err := provider.Up(t.Context()); err != nil {
			t.Fatal(err)
		}
		rowsIn(t, db, "calls")
	})
}

func TestASecondHatifOnOneDatabaseIsRefused(t *testing.T) {
	onEach(t, func(t *testing.T, o Options) {
		first, err := Open(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		_, err = Open(t.Context(), o)
		expectSentence(t, err, first.name, "another hatif", "stop that one first")
		if err := first.Close(); err != nil {
			t.Fatal(err)
		}
		mustOpen(t, o) // the lock went with the first
	})
}

func TestNodesOfDifferentNamesShareAPostgresAndFinishOnlyTheirOwnCalls(t *testing.T) {
	if postgresURL() == "" {
		return // SQLite is one process's
	}
	dsn := postgresSchema(t)
	east := mustOpen(t, Options{DSN: dsn, Node: "east"})
	if err := east.BeginCall(t.Context(), sampleCall("c1", 0)); err != nil {
		t.Fatal(err)
	}
	west := mustOpen(t, Options{DSN: dsn, Node: "west"})
	if n := rowsIn(t, west, "running"); n != 1 {
		t.Errorf("%d calls of the other node are in progress, want 1", n)
	}
	if err := east.SaveCall(t.Context(), sampleCall("c1", 0)); err != nil {
		t.Fatal(err)
	}
	if c, err := west.Call(t.Context(), "c1"); err != nil || c.Node != "east" {
		t.Errorf("got %+v, %v", c, err)
	}
}

func TestADatabaseThatCannotBeUsedIsNamedInASentence(t *testing.T) {
	file := func(t *testing.T, content string) string {
		path := filepath.Join(t.TempDir(), "plain")
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for name, c := range map[string]struct {
		options func(t *testing.T) Options
		want    []string
	}{
		"not a database": {func(t *testing.T) Options {
			dir := filepath.Dir(file(t, ""))
			if err := os.WriteFile(filepath.Join(dir, FileName), bytes.Repeat([]byte("no database "), 1000), 0o600); err != nil {
				t.Fatal(err)
			}
			return Options{Dir: dir}
		}, []string{FileName, "damaged"}},
		"a folder in its place": {func(t *testing.T) Options {
			dir := t.TempDir()
			if err := os.Mkdir(filepath.Join(dir, FileName), 0o700); err != nil {
				t.Fatal(err)
			}
			return Options{Dir: dir}
		}, []string{FileName, "is a directory"}},
		"no folder can be made": {func(t *testing.T) Options { return Options{Dir: filepath.Join(file(t, ""), "data")} },
			[]string{"plain", "data directory"}},
		"nothing to look at":   {func(t *testing.T) Options { return Options{Dir: t.TempDir(), ReadOnly: true} }, []string{FileName, "no database"}},
		"another kind":         {func(t *testing.T) Options { return Options{DSN: "mysql://root:hunter2@host/x"} }, []string{"mysql", "sqlite", "postgres://"}},
		"a word":               {func(t *testing.T) Options { return Options{DSN: "sqlit"} }, []string{`"sqlit"`, "postgres://"}},
		"no server":            {func(t *testing.T) Options { return Options{DSN: "postgres://u:hunter2@127.0.0.1:1/x"} }, []string{"127.0.0.1:1", "cannot be reached"}},
		"a URL that is broken": {func(t *testing.T) Options { return Options{DSN: "postgres://u:hunter2@127.0.0.1:x/x"} }, []string{"cannot be read"}},
	} {
		t.Run(name, func(t *testing.T) {
			o := c.options(t)
			for range 2 { // a failure leaves nothing open and nothing locked
				db, err := Open(t.Context(), o)
				if err == nil {
					t.Fatal(db.Close())
				}
				expectSentence(t, err, "store: ", c.want...)
				if strings.Contains(err.Error(), "hunter2") {
					t.Errorf("the password is shown: %v", err)
				}
			}
		})
	}
}

func TestADamagedDatabaseSaysSoWhenItIsRead(t *testing.T) {
	dir := t.TempDir()
	db, err := Open(t.Context(), Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 200 {
		if err := db.SaveCall(t.Context(), sampleCall(string(rune('a'+i%26))+strings.Repeat("x", i), i)); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, FileName)
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := 8192; i < len(content); i++ {
		content[i] = byte(i * 7)
	}
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	db, err = Open(t.Context(), Options{Dir: dir})
	if err == nil {
		_, err = db.Calls(t.Context(), Filter{})
		if closeErr := db.Close(); closeErr != nil {
			t.Log(closeErr)
		}
	}
	expectSentence(t, err, path, "damaged")
}

func TestAWrongPasswordIsCalledSo(t *testing.T) {
	if postgresURL() == "" {
		return
	}
	u, err := url.Parse(postgresURL())
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.UserPassword("hatif_nobody", "hunter2")
	db, err := Open(t.Context(), Options{DSN: u.String()})
	if err == nil {
		t.Fatal(db.Close())
	}
	expectSentence(t, err, "user or password", "hatif_nobody")
	if strings.Contains(err.Error(), "hunter2") {
		t.Errorf("the password is shown: %v", err)
	}
}

func TestAProgramThatLocksTheFileIsSuspected(t *testing.T) {
	dir := t.TempDir()
	db := mustOpen(t, Options{Dir: dir})
	other, err := sql.Open("sqlite", filepath.Join(dir, FileName)+"?_txlock=immediate")
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	tx, err := other.Begin()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.write.Exec("PRAGMA busy_timeout=1"); err != nil {
		t.Fatal(err)
	}
	expectSentence(t, db.SaveCall(t.Context(), sampleCall("c1", 0)), db.name, "c1", "locked")
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	if err := db.SaveCall(t.Context(), sampleCall("c1", 0)); err != nil {
		t.Errorf("after the lock: %v", err)
	}
}

func TestOnlyTheOwnerAndTheGroupReadTheFile(t *testing.T) {
	dir := t.TempDir()
	db := mustOpen(t, Options{Dir: dir})
	if err := db.SaveCall(t.Context(), sampleCall("c1", 0)); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, FileName+"*"))
	if err != nil || len(files) < 2 {
		t.Fatalf("files are %v, %v", files, err)
	}
	for _, f := range files {
		info, err := os.Stat(f)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm()&0o007 != 0 {
			t.Errorf("%s has mode %v", f, info.Mode())
		}
	}
}

func TestInterruptedCallsAreReportedAtOpen(t *testing.T) {
	dir := t.TempDir()
	db, err := Open(t.Context(), Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.BeginCall(t.Context(), sampleCall("c1", 0)); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	mustOpen(t, Options{Dir: dir, Log: slog.New(slog.NewTextHandler(&log, nil))})
	if !strings.Contains(log.String(), "interrupted") || !strings.Contains(log.String(), "calls=1") {
		t.Errorf("the log says %q", log.String())
	}
}

func TestARunningWriterIsNotStartedTwice(t *testing.T) {
	db := mustOpen(t, Options{Dir: t.TempDir()})
	db.queue.running = true
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := db.Run(ctx); err == nil {
		t.Error("a second Run was let in")
	}
}

// expectSentence checks that an error says all of words.
func expectSentence(t *testing.T, err error, first string, words ...string) {
	t.Helper()
	if err == nil {
		t.Fatal("there was no error")
	}
	for _, word := range append(words, first) {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("the error does not say %q: %v", word, err)
		}
	}
}
