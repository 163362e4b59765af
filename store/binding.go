package store

import (
	"context"
	"database/sql"
	"time"
)

// A Binding is where one phone of one user is registered. Its fields are those of the registrar's own type,
// so that one converts into the other.
type Binding struct {
	ID        string // the key
	User      string
	URI       string
	Transport string
	Target    string
	Source    string
	Instance  string
	UserAgent string
	CallID    string
	CSeq      uint32
	Since     time.Time
	Expires   time.Time
}

const bindingColumns = `id, account, uri, transport, target, source, instance, user_agent, call_id, cseq, since, expires`

const putBinding = `INSERT INTO bindings (` + bindingColumns + `) VALUES (?,?,?,?,?,?,?,?,?,?,?,?)
ON CONFLICT (id) DO UPDATE SET account=excluded.account, uri=excluded.uri, transport=excluded.transport,
target=excluded.target, source=excluded.source, instance=excluded.instance, user_agent=excluded.user_agent,
call_id=excluded.call_id, cseq=excluded.cseq, since=excluded.since, expires=excluded.expires`

const dropBinding = `DELETE FROM bindings WHERE id = ?`

// LoadBindings returns every binding saved, expired ones too, in no order.
func (db *DB) LoadBindings(ctx context.Context) ([]Binding, error) {
	rows, err := db.read.QueryContext(ctx, `SELECT `+bindingColumns+` FROM bindings`)
	if err != nil {
		return nil, db.fail("load bindings", err)
	}
	defer rows.Close()
	var all []Binding
	for rows.Next() {
		var b Binding
		var cseq, since, expires int64
		if err := rows.Scan(&b.ID, &b.User, &b.URI, &b.Transport, &b.Target, &b.Source, &b.Instance, &b.UserAgent,
			&b.CallID, &cseq, &since, &expires); err != nil {
			return nil, db.fail("load bindings", err)
		}
		b.CSeq, b.Since, b.Expires = uint32(cseq), instant(since), instant(expires)
		all = append(all, b)
	}
	if err := rows.Err(); err != nil {
		return nil, db.fail("load bindings", err)
	}
	return all, nil
}

// SaveBindings writes put and deletes gone, all or nothing, and returns when that is durable.
func (db *DB) SaveBindings(ctx context.Context, put, gone []Binding) error {
	err := db.transact(ctx, func(ctx context.Context, tx *sql.Tx) error {
		s := &db.statements
		for _, b := range gone {
			if _, err := execute(ctx, tx, s.dropBinding, text(b.ID)); err != nil {
				return err
			}
		}
		for _, b := range put {
			if _, err := execute(ctx, tx, s.putBinding, text(b.ID), text(b.User), text(b.URI), text(b.Transport), text(b.Target),
				text(b.Source), text(b.Instance), text(b.UserAgent), text(b.CallID), int64(b.CSeq),
				micros(b.Since), micros(b.Expires)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return db.fail("save bindings", err)
	}
	return nil
}
