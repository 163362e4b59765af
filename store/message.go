package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// ErrNoMessage is the error of looking for a message that is not there, or not any more.
var ErrNoMessage = errors.New("no such message")

// A Message is one voicemail message's row; the sound is a file.
type Message struct {
	ID          string // the key
	Mailbox     string
	Folder      string
	Urgent      bool
	Number      string // the caller's
	Name        string // the caller's
	Call        string // the conversation that left it
	ForwardedBy string // the mailbox that sent it on; "": nobody did
	Received    time.Time
	Duration    time.Duration // kept to the microsecond
	Heard       time.Time     // for the first time; zero: never
	Deleted     time.Time     // zero: it is there
	File        string
}

const messageColumns = `id, mailbox, folder, urgent, caller_number, caller_name, call, forwarded_by, received, duration,
heard, deleted, file`

const insertMessage = `INSERT INTO messages (` + messageColumns + `) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)
ON CONFLICT (id) DO NOTHING`

func scanMessage(row scanner) (Message, error) {
	var m Message
	var received, duration, heard, deleted int64
	err := row.Scan(&m.ID, &m.Mailbox, &m.Folder, &m.Urgent, &m.Number, &m.Name, &m.Call, &m.ForwardedBy,
		&received, &duration, &heard, &deleted, &m.File)
	m.Received, m.Duration, m.Heard, m.Deleted = instant(received), span(duration), instant(heard), instant(deleted)
	return m, err
}

// AddMessage writes m and returns when that is durable. A message that is there already stays as it is.
func (db *DB) AddMessage(ctx context.Context, m Message) error {
	return db.alone(ctx, "add message "+m.ID, func(ctx context.Context, tx *sql.Tx) error {
		n, err := affected(tx.ExecContext(ctx, db.dialect.bind(insertMessage),
			text(m.ID), text(m.Mailbox), text(m.Folder), m.Urgent, text(m.Number), text(m.Name), text(m.Call),
			text(m.ForwardedBy), micros(m.Received), m.Duration.Microseconds(), micros(m.Heard), micros(m.Deleted), text(m.File)))
		if err != nil || n == 0 {
			return err
		}
		return db.tell(ctx, tx, MessageLeft, m.Data())
	})
}

// Message returns one message, a deleted one too. The error is ErrNoMessage when there is none.
func (db *DB) Message(ctx context.Context, id string) (Message, error) {
	row := db.read.QueryRowContext(ctx, db.dialect.bind(`SELECT `+messageColumns+` FROM messages WHERE id = ?`), text(id))
	m, err := scanMessage(row)
	if errors.Is(err, sql.ErrNoRows) {
		return Message{}, fmt.Errorf("message %s: %w", id, ErrNoMessage)
	}
	if err != nil {
		return Message{}, db.fail("message "+id, err)
	}
	return m, nil
}

// Messages returns what is in a folder of the mailbox, in all of its folders when folder is "": urgent ones
// first, then the oldest first.
func (db *DB) Messages(ctx context.Context, mailbox, folder string) ([]Message, error) {
	query, args := `SELECT `+messageColumns+` FROM messages WHERE mailbox = ? AND deleted = 0`, []any{text(mailbox)}
	if folder != "" {
		query, args = query+` AND folder = ?`, append(args, text(folder))
	}
	return db.messages(ctx, query+` ORDER BY urgent DESC, received, id`, args...)
}

// MessagesOf returns the messages that were left in a conversation and are not deleted, the first first.
func (db *DB) MessagesOf(ctx context.Context, call string) ([]Message, error) {
	return db.messages(ctx, `SELECT `+messageColumns+` FROM messages WHERE call <> '' AND call = ? AND deleted = 0 ORDER BY received, id`, text(call))
}

// DeletedIn returns the messages of a mailbox that are deleted and still there, the last deleted first.
func (db *DB) DeletedIn(ctx context.Context, mailbox string) ([]Message, error) {
	return db.messages(ctx, `SELECT `+messageColumns+` FROM messages WHERE mailbox = ? AND deleted <> 0 ORDER BY deleted DESC, id`, text(mailbox))
}

// UndeleteMessage brings a deleted message back to where it was. The error is ErrNoMessage when it is gone for good, or not
// deleted.
func (db *DB) UndeleteMessage(ctx context.Context, id string) error {
	err := db.transact(ctx, func(ctx context.Context, tx *sql.Tx) error {
		back, err := tx.ExecContext(ctx, db.dialect.bind(`UPDATE messages SET deleted = 0 WHERE id = ? AND deleted <> 0`), text(id))
		if err != nil {
			return err
		}
		if n, err := back.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, ErrNoMessage)
		}
		return nil
	})
	if errors.Is(err, ErrNoMessage) {
		return fmt.Errorf("message %s: %w", id, ErrNoMessage)
	}
	if err != nil {
		return db.fail("undelete message "+id, err)
	}
	return nil
}

// DeletedMessages returns the messages that were deleted before a moment.
func (db *DB) DeletedMessages(ctx context.Context, before time.Time) ([]Message, error) {
	return db.messages(ctx, `SELECT `+messageColumns+` FROM messages WHERE deleted <> 0 AND deleted < ? ORDER BY deleted, id`, micros(before))
}

func (db *DB) messages(ctx context.Context, query string, args ...any) ([]Message, error) {
	rows, err := db.read.QueryContext(ctx, db.dialect.bind(query), args...)
	if err != nil {
		return nil, db.fail("list messages", err)
	}
	defer rows.Close()
	var all []Message
	for rows.Next() {
		m, err := scanMessage(rows)
		if err != nil {
			return nil, db.fail("list messages", err)
		}
		all = append(all, m)
	}
	if err := rows.Err(); err != nil {
		return nil, db.fail("list messages", err)
	}
	return all, nil
}

// CountMessages returns how many messages each folder of the mailbox holds.
func (db *DB) CountMessages(ctx context.Context, mailbox string) (map[string]int, error) {
	rows, err := db.read.QueryContext(ctx, db.dialect.bind(
		`SELECT folder, COUNT(*) FROM messages WHERE mailbox = ? AND deleted = 0 GROUP BY folder`), text(mailbox))
	if err != nil {
		return nil, db.fail("count messages", err)
	}
	defer rows.Close()
	counts := make(map[string]int)
	for rows.Next() {
		var folder string
		var n int
		if err := rows.Scan(&folder, &n); err != nil {
			return nil, db.fail("count messages", err)
		}
		counts[folder] = n
	}
	if err := rows.Err(); err != nil {
		return nil, db.fail("count messages", err)
	}
	return counts, nil
}

// MoveMessage puts a message into another folder, from wherever it is. The error is ErrNoMessage when it
// is deleted meanwhile.
func (db *DB) MoveMessage(ctx context.Context, id, folder string) error {
	err := db.transact(ctx, func(ctx context.Context, tx *sql.Tx) error {
		moved, err := tx.ExecContext(ctx, db.dialect.bind(`UPDATE messages SET folder = ? WHERE id = ? AND deleted = 0`), text(folder), text(id))
		if err != nil {
			return err
		}
		if n, err := moved.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, ErrNoMessage)
		}
		return nil
	})
	if errors.Is(err, ErrNoMessage) {
		return fmt.Errorf("message %s: %w", id, ErrNoMessage)
	}
	if err != nil {
		return db.fail("move message "+id, err)
	}
	return nil
}

// A Sorting is what somebody did at a mailbox, by the messages' ids.
type Sorting struct {
	At      time.Time
	Heard   []string // to be noted as heard; they go to the folder To if they are still in From
	From    string
	To      string // "": they stay
	Deleted []string
}

// SortMessages does all of s in one transaction and returns when that is durable. What somebody else has
// deleted or moved meanwhile stays so.
func (db *DB) SortMessages(ctx context.Context, s Sorting) error {
	err := db.transact(ctx, func(ctx context.Context, tx *sql.Tx) error {
		at := micros(s.At)
		for _, id := range s.Heard {
			if _, err := tx.ExecContext(ctx, db.dialect.bind(`UPDATE messages SET heard = ? WHERE id = ? AND heard = 0`), at, text(id)); err != nil {
				return err
			}
			if s.To == "" {
				continue
			}
			if _, err := tx.ExecContext(ctx, db.dialect.bind(`UPDATE messages SET folder = ? WHERE id = ? AND folder = ? AND deleted = 0`), text(s.To), text(id), text(s.From)); err != nil {
				return err
			}
		}
		for _, id := range s.Deleted {
			if _, err := tx.ExecContext(ctx, db.dialect.bind(`UPDATE messages SET deleted = ? WHERE id = ? AND deleted = 0`), at, text(id)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return db.fail("sort messages", err)
	}
	return nil
}

// DropMessage removes a message's row for good.
func (db *DB) DropMessage(ctx context.Context, id string) error {
	return db.change(ctx, "drop message "+id, `DELETE FROM messages WHERE id = ?`, text(id))
}

// change runs one statement in a transaction of its own.
func (db *DB) change(ctx context.Context, name, query string, args ...any) error {
	return db.alone(ctx, name, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, db.dialect.bind(query), args...)
		return err
	})
}

// alone runs statements in a transaction of their own.
func (db *DB) alone(ctx context.Context, name string, do func(context.Context, *sql.Tx) error) error {
	if err := db.transact(ctx, do); err != nil {
		return db.fail(name, err)
	}
	return nil
}
