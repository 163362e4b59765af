package store

import (
	"context"
	"database/sql"
	"iter"
	"slices"
	"strings"
	"time"
)

// A QueueEvent is one thing that happened to the callers and agents of the queues.
type QueueEvent struct {
	Node   string // which hatif it happened on, where several share a database; filled in by the store
	Number int64  // the order on that node; with Node the key
	At     time.Time
	Kind   string
	Queue  string
	Call   string
	Agent  string
	Detail string // JSON: whatever else is known
}

const (
	queueEventColumns = `node, number, at, kind, queue, call, agent, detail`
	queueEventValues  = `(?,?,?,?,?,?,?,?)`
	eventsAtOnce      = 16 // of one statement: a call leaves some eight, and a statement costs as much as its rows
)

// insertQueueEvents is the statement for so many events.
func insertQueueEvents(n int) string {
	return `INSERT INTO queue_events (` + queueEventColumns + `) VALUES ` + strings.Repeat(queueEventValues+`,`, n-1) + queueEventValues +
		` ON CONFLICT (node, number) DO NOTHING`
}

// SaveQueueEvents writes events, all or none, and returns when they are durable. What is written already stays as it
// is, so that events can be saved again after an error.
func (db *DB) SaveQueueEvents(ctx context.Context, events []QueueEvent) error {
	return db.submit(ctx, "save queue events", true, func(ctx context.Context, tx *sql.Tx) error {
		if len(events) > 0 {
			earliest := slices.MinFunc(events, func(a, b QueueEvent) int { return a.At.Compare(b.At) })
			if err := db.forgetFigures(ctx, tx, earliest.At); err != nil {
				return err
			}
		}
		for some := range slices.Chunk(events, eventsAtOnce) {
			if len(some) == eventsAtOnce {
				if err := db.saveQueueEvents(ctx, tx, db.statements.insertQueueEvents, some); err != nil {
					return err
				}
				continue
			}
			for one := range slices.Chunk(some, 1) {
				if err := db.saveQueueEvents(ctx, tx, db.statements.insertQueueEvent, one); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// saveQueueEvents writes as many events as s takes.
func (db *DB) saveQueueEvents(ctx context.Context, tx *sql.Tx, s *sql.Stmt, events []QueueEvent) error {
	args := make([]any, 0, 8*len(events))
	for i := range events {
		e := &events[i]
		args = append(args, db.node, e.Number, micros(e.At), text(e.Kind), text(e.Queue), text(e.Call), text(e.Agent), text(e.Detail))
	}
	_, err := execute(ctx, tx, s, args...)
	return err
}

// LastQueueEvent is the Number of this node's last event; 0 when there is none.
func (db *DB) LastQueueEvent(ctx context.Context) (int64, error) {
	var last int64
	err := db.read.QueryRowContext(ctx, db.dialect.bind(`SELECT COALESCE(MAX(number), 0) FROM queue_events WHERE node = ?`), db.node).Scan(&last)
	if err != nil {
		return 0, db.fail("find the last queue event", err)
	}
	return last, nil
}

// QueueEvents goes through the events from a moment on, the earliest first, those of one node in their order. After an
// error it yields nothing more.
func (db *DB) QueueEvents(ctx context.Context, since time.Time) iter.Seq2[QueueEvent, error] {
	return rowsOf(ctx, db, "list queue events", `SELECT `+queueEventColumns+` FROM queue_events WHERE at >= ? ORDER BY at, node, number`,
		[]any{micros(since)}, scanQueueEvent)
}

// QueueAgentsBefore goes through the last change of each agent's state before a moment, of the agents of every hatif
// that ran at that moment.
func (db *DB) QueueAgentsBefore(ctx context.Context, moment time.Time) iter.Seq2[QueueEvent, error] {
	const query = `SELECT e.node, e.number, e.at, e.kind, e.queue, e.call, e.agent, e.detail FROM queue_events e
JOIN (
    SELECT c.node, c.agent, MAX(c.number) AS number FROM queue_events c
    JOIN (SELECT node, MAX(number) AS number FROM queue_events WHERE kind IN ('opened', 'closed') AND at < ? GROUP BY node) o
        ON o.node = c.node AND c.number > o.number
    WHERE c.kind = 'changed' AND c.at < ? GROUP BY c.node, c.agent
) last ON last.node = e.node AND last.number = e.number
ORDER BY e.at, e.node, e.number`
	return rowsOf(ctx, db, "list agents", query, []any{micros(moment), micros(moment)}, scanQueueEvent)
}

func scanQueueEvent(row scanner) (QueueEvent, error) {
	var e QueueEvent
	var at int64
	err := row.Scan(&e.Node, &e.Number, &at, &e.Kind, &e.Queue, &e.Call, &e.Agent, &e.Detail)
	e.At = instant(at)
	return e, err
}
