package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"
)

// troubles are the ways in which the file cannot be written for a while. Each returns what ends it.
var troubles = map[string]func(t *testing.T, db *DB) (over func()){
	"locked": func(t *testing.T, db *DB) func() {
		pragma(t, db, "busy_timeout = 20")
		other, err := sql.Open("sqlite", "file:"+db.name+"?_txlock=immediate")
		if err != nil {
			t.Fatal(err)
		}
		tx, err := other.BeginTx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		return func() {
			if err := errors.Join(tx.Rollback(), other.Close()); err != nil {
				t.Error(err)
			}
		}
	},
	"full": func(t *testing.T, db *DB) func() {
		var pages int
		if err := db.write.QueryRowContext(t.Context(), "PRAGMA page_count").Scan(&pages); err != nil {
			t.Fatal(err)
		}
		pragma(t, db, fmt.Sprintf("max_page_count = %d", pages))
		return func() { pragma(t, db, "max_page_count = 1000000") }
	},
}

func pragma(t *testing.T, db *DB, set string) {
	t.Helper()
	if _, err := db.write.ExecContext(t.Context(), "PRAGMA "+set); err != nil {
		t.Fatal(err)
	}
}

// large are a call and a promise that need pages of their own.
func large(id string) (Call, Owed) {
	c := sampleCall(id, 0)
	c.Path = append(c.Path, Note{noon, strings.Repeat("x", 100_000)})
	return c, Owed{ID: id, Account: "1001", State: OwedWaiting, Variables: map[string]string{"x": strings.Repeat("x", 100_000)}}
}

// running opens a database and runs it until stop is called.
func running(t *testing.T) (db *DB, said *bytes.Buffer, stop func()) {
	t.Helper()
	said = new(bytes.Buffer)
	db = mustOpen(t, Options{Dir: t.TempDir(), Log: slog.New(slog.NewTextHandler(said, nil))})
	db.patience = 200 * time.Millisecond
	ctx, cancel := context.WithCancel(t.Context())
	var done sync.WaitGroup
	done.Go(func() {
		if err := db.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	for db.SaveCall(ctx, sampleCall("first", 0)) != nil || !isRunning(db) { // Run has begun
		time.Sleep(time.Millisecond)
	}
	return db, said, func() {
		cancel()
		done.Wait()
	}
}

func isRunning(db *DB) bool {
	db.queue.mu.Lock()
	defer db.queue.mu.Unlock()
	return db.queue.running
}

func hand(t *testing.T, db *DB, id string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	c, o := large(id)
	if err := db.SaveCall(ctx, c); !errors.Is(err, ErrWaiting) {
		t.Errorf("the row: %v", err)
	}
	if err := db.KeepOwed(ctx, o); !errors.Is(err, ErrWaiting) {
		t.Errorf("the promise: %v", err)
	}
}

func TestRowsAndPromisesWaitForADatabaseThatCannotBeWritten(t *testing.T) {
	for name, trouble := range troubles {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db, said, stop := running(t)
			over := trouble(t, db)
			hand(t, db, "1")
			time.Sleep(2 * outagePause) // so that more than one attempt fails
			over()
			if err := db.SaveCall(t.Context(), sampleCall("2", 0)); err != nil { // behind them
				t.Error(err)
			}
			stop()
			if _, err := db.Call(t.Context(), "1"); err != nil {
				t.Error(err)
			}
			if _, err := db.Owed(t.Context(), "1"); err != nil {
				t.Error(err)
			}
			if log := said.String(); strings.Count(log, "rows wait") != 1 || strings.Count(log, "is back") != 1 || strings.Contains(log, "lost") {
				t.Errorf("the log says %s", log)
			}
		})
	}
}

func TestWhatIsLostAtAStopIsNamed(t *testing.T) {
	for name, trouble := range troubles {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db, said, stop := running(t)
			over := trouble(t, db)
			hand(t, db, "1")
			stop()
			over()
			for _, want := range []string{"save call 1", "owe call 1"} {
				if !strings.Contains(said.String(), want) || strings.Count(said.String(), "a row is lost") != 2 {
					t.Errorf("the log says %s", said)
				}
			}
		})
	}
}
