package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"
)

// What can be wrong with deciding about a recording.
var (
	ErrHeld = errors.New("the recording is held")
	ErrGone = errors.New("the recording is deleted")
)

// A RecordingMark is what was decided about a recording. One that nothing was decided about has none.
type RecordingMark struct {
	Name    string    // the file's name below the folder of recordings; the key
	Call    string    // the conversation
	Held    time.Time // since when it is not to be deleted; zero: it may be
	HeldBy  string
	Gone    time.Time // when it was decided to delete it; zero: it is there
	GoneBy  string    // an account; "": retention
	Removed time.Time // when the file was removed
}

const markColumns = `name, call, held, held_by, gone, gone_by, removed`

func scanMark(row scanner) (RecordingMark, error) {
	var m RecordingMark
	var held, gone, removed int64
	err := row.Scan(&m.Name, &m.Call, &held, &m.HeldBy, &gone, &m.GoneBy, &removed)
	m.Held, m.Gone, m.Removed = instant(held), instant(gone), instant(removed)
	return m, err
}

// RecordingMarks are the marks of recordings, by name; those without one are left out.
func (db *DB) RecordingMarks(ctx context.Context, names []string) (map[string]RecordingMark, error) {
	marks := make(map[string]RecordingMark)
	if len(names) == 0 {
		return marks, nil
	}
	for m, err := range rowsOf(ctx, db, "look recordings up", `SELECT `+markColumns+` FROM recording_marks WHERE name IN (`+blanks(len(names))+`)`, texts(names), scanMark) {
		if err != nil {
			return nil, err
		}
		marks[m.Name] = m
	}
	return marks, nil
}

// HeldRecordings are the names of those that are not to be deleted.
func (db *DB) HeldRecordings(ctx context.Context) (map[string]bool, error) {
	held := make(map[string]bool)
	for m, err := range rowsOf(ctx, db, "list held recordings", `SELECT `+markColumns+` FROM recording_marks WHERE held <> 0`, nil, scanMark) {
		if err != nil {
			return nil, err
		}
		held[m.Name] = true
	}
	return held, nil
}

// HoldRecording keeps a recording of a conversation from being deleted until ReleaseRecording. The error is ErrGone when
// it is too late.
func (db *DB) HoldRecording(ctx context.Context, name, call, by string, at time.Time) error {
	done, err := db.markRecording(ctx, "hold recording "+name, `INSERT INTO recording_marks (`+markColumns+`) VALUES (?,?,?,?,0,'',0)
ON CONFLICT (name) DO UPDATE SET call=excluded.call, held=excluded.held, held_by=excluded.held_by WHERE recording_marks.gone = 0`,
		text(name), text(call), micros(at), text(by))
	if err == nil && !done {
		err = fmt.Errorf("recording %s: %w", name, ErrGone)
	}
	return err
}

// ReleaseRecording lets a recording be deleted again.
func (db *DB) ReleaseRecording(ctx context.Context, name string) error {
	_, err := db.markRecording(ctx, "release recording "+name, `UPDATE recording_marks SET held = 0, held_by = '' WHERE name = ?`, text(name))
	return err
}

// CondemnRecordings decides that recordings are deleted: the caller then removes the files and calls RecordingsRemoved. It
// returns those that are; held ones are not. by is an account, and "" retention. The decision is durable before any file
// goes, so that a hold and a deletion never both take place, and what a kill leaves half done is found by
// CondemnedRecordings.
func (db *DB) CondemnRecordings(ctx context.Context, names []string, call, by string, at time.Time) (condemned []string, err error) {
	err = db.alone(ctx, "delete recordings", func(ctx context.Context, tx *sql.Tx) error {
		condemned = condemned[:0]
		for _, name := range names {
			done, err := tx.ExecContext(ctx, db.dialect.bind(`INSERT INTO recording_marks (`+markColumns+`) VALUES (?,?,0,'',?,?,0)
ON CONFLICT (name) DO UPDATE SET gone=excluded.gone, gone_by=excluded.gone_by WHERE recording_marks.held = 0 AND recording_marks.gone = 0`),
				text(name), text(call), micros(at), text(by))
			if err != nil {
				return err
			}
			if n, err := done.RowsAffected(); err != nil {
				return err
			} else if n > 0 {
				condemned = append(condemned, name)
			}
		}
		return nil
	})
	return condemned, err
}

// RecordingsRemoved notes that files are no more. Of those that retention removed nothing is kept.
func (db *DB) RecordingsRemoved(ctx context.Context, names []string, at time.Time) error {
	if len(names) == 0 {
		return nil
	}
	return db.alone(ctx, "note removed recordings", func(ctx context.Context, tx *sql.Tx) error {
		for _, one := range []struct {
			query string
			args  []any
		}{
			{`DELETE FROM recording_marks WHERE gone <> 0 AND gone_by = '' AND name IN (` + blanks(len(names)) + `)`, texts(names)},
			{`UPDATE recording_marks SET removed = ? WHERE gone <> 0 AND name IN (` + blanks(len(names)) + `)`, append([]any{micros(at)}, texts(names)...)},
		} {
			if _, err := tx.ExecContext(ctx, db.dialect.bind(one.query), one.args...); err != nil {
				return err
			}
		}
		return nil
	})
}

// CondemnedRecordings are the names of those that were decided to be deleted and whose files may still be there.
func (db *DB) CondemnedRecordings(ctx context.Context) ([]string, error) {
	var names []string
	for m, err := range rowsOf(ctx, db, "list deleted recordings", `SELECT `+markColumns+` FROM recording_marks WHERE gone <> 0 AND removed = 0 ORDER BY gone, name`, nil, scanMark) {
		if err != nil {
			return nil, err
		}
		names = append(names, m.Name)
	}
	return names, nil
}

// markRecording runs one statement and reports whether it has changed anything.
func (db *DB) markRecording(ctx context.Context, doing, query string, args ...any) (done bool, err error) {
	err = db.alone(ctx, doing, func(ctx context.Context, tx *sql.Tx) error {
		changed, err := tx.ExecContext(ctx, db.dialect.bind(query), args...)
		if err != nil {
			return err
		}
		n, err := changed.RowsAffected()
		done = n > 0
		return err
	})
	return done, err
}

// blanks are n arguments of a statement.
func blanks(n int) string { return strings.TrimSuffix(strings.Repeat("?,", n), ",") }

func texts(all []string) []any {
	args := make([]any, len(all))
	for i, s := range all {
		args[i] = text(s)
	}
	return args
}
