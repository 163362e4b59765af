package store

import (
	"context"
	"database/sql"
	"time"
)

// An Agent is what is kept of somebody who serves queues.
type Agent struct {
	User        string // the key
	PauseReason string // "": not paused
	PauseVia    string
	PauseSince  time.Time
	WrapUntil   time.Time
	LastCall    time.Time
	Queues      []AgentQueue // what was said of queues, by name; the others are as the file says
	State       string       // "": hatif did not run when this was written
	Since       time.Time
}

// An AgentQueue is a queue that an agent has logged on to, or off from.
type AgentQueue struct {
	Queue string
	On    bool
	Via   string
	Since time.Time
}

const putAgent = `INSERT INTO agents (account, pause_reason, pause_via, pause_since, wrap_until, last_call, state, since)
VALUES (?,?,?,?,?,?,?,?)
ON CONFLICT (account) DO UPDATE SET pause_reason=excluded.pause_reason, pause_via=excluded.pause_via,
pause_since=excluded.pause_since, wrap_until=excluded.wrap_until, last_call=excluded.last_call, state=excluded.state,
since=excluded.since`

// SaveAgents writes put and deletes gone, all or nothing, and returns when that is durable.
func (db *DB) SaveAgents(ctx context.Context, put []Agent, gone []string) error {
	return db.submit(ctx, "save agents", true, func(ctx context.Context, tx *sql.Tx) error {
		s := &db.statements
		for _, user := range gone {
			for _, drop := range []*sql.Stmt{s.dropAgent, s.dropAgentQueues} {
				if _, err := execute(ctx, tx, drop, text(user)); err != nil {
					return err
				}
			}
		}
		for i := range put {
			if err := s.saveAgent(ctx, tx, &put[i]); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *statements) saveAgent(ctx context.Context, tx *sql.Tx, a *Agent) error {
	user := text(a.User)
	if _, err := execute(ctx, tx, s.putAgent, user, text(a.PauseReason), a.PauseVia, micros(a.PauseSince), micros(a.WrapUntil),
		micros(a.LastCall), a.State, micros(a.Since)); err != nil {
		return err
	}
	if _, err := execute(ctx, tx, s.dropAgentQueues, user); err != nil {
		return err
	}
	for _, q := range a.Queues {
		if _, err := execute(ctx, tx, s.putAgentQueue, user, text(q.Queue), q.On, q.Via, micros(q.Since)); err != nil {
			return err
		}
	}
	return nil
}

// Agents returns every agent saved, by name.
func (db *DB) Agents(ctx context.Context) ([]Agent, error) {
	queues := make(map[string][]AgentQueue)
	type row struct {
		user string
		AgentQueue
	}
	for r, err := range rowsOf(ctx, db, "list agents' queues", `SELECT account, queue, logged_on, via, since FROM agent_queues ORDER BY account, queue`,
		nil, func(s scanner) (r row, err error) {
			var since int64
			err = s.Scan(&r.user, &r.Queue, &r.On, &r.Via, &since)
			r.Since = instant(since)
			return r, err
		}) {
		if err != nil {
			return nil, err
		}
		queues[r.user] = append(queues[r.user], r.AgentQueue)
	}
	var all []Agent
	for a, err := range rowsOf(ctx, db, "list agents", `SELECT account, pause_reason, pause_via, pause_since, wrap_until, last_call, state, since
FROM agents ORDER BY account`, nil, func(s scanner) (a Agent, err error) {
		var paused, wrap, last, since int64
		err = s.Scan(&a.User, &a.PauseReason, &a.PauseVia, &paused, &wrap, &last, &a.State, &since)
		a.PauseSince, a.WrapUntil, a.LastCall, a.Since = instant(paused), instant(wrap), instant(last), instant(since)
		return a, err
	}) {
		if err != nil {
			return nil, err
		}
		a.Queues = queues[a.User]
		all = append(all, a)
	}
	return all, nil
}

// The actions of an AgentOrder.
const (
	OrderLogOn   = "log on"
	OrderLogOff  = "log off"
	OrderPause   = "pause"
	OrderUnpause = "unpause"
	OrderReady   = "ready" // the wrap-up is over
)

// An AgentOrder is something that is to be done to an agent by the hatif that runs on this database.
type AgentOrder struct {
	ID      string // the key
	Created time.Time
	User    string
	Action  string
	Queue   string // of OrderLogOn and OrderLogOff; "": all of theirs
	Reason  string // of OrderPause
}

// AddAgentOrder leaves an order.
func (db *DB) AddAgentOrder(ctx context.Context, o AgentOrder) error {
	return db.change(ctx, "order for agent "+o.User, `INSERT INTO agent_orders (id, created, account, action, queue, reason) VALUES (?,?,?,?,?,?)`,
		text(o.ID), micros(o.Created), text(o.User), o.Action, text(o.Queue), text(o.Reason))
}

// AgentOrders are the orders that nobody has taken yet, the oldest first.
func (db *DB) AgentOrders(ctx context.Context) ([]AgentOrder, error) {
	var all []AgentOrder
	for o, err := range rowsOf(ctx, db, "list orders for agents", `SELECT id, created, account, action, queue, reason FROM agent_orders ORDER BY created, id`,
		nil, func(s scanner) (o AgentOrder, err error) {
			var created int64
			err = s.Scan(&o.ID, &created, &o.User, &o.Action, &o.Queue, &o.Reason)
			o.Created = instant(created)
			return o, err
		}) {
		if err != nil {
			return nil, err
		}
		all = append(all, o)
	}
	return all, nil
}

// TakeAgentOrder takes an order away, and reports whether it was still there: it is then the caller's to carry out.
func (db *DB) TakeAgentOrder(ctx context.Context, id string) (taken bool, err error) {
	err = db.transact(ctx, func(ctx context.Context, tx *sql.Tx) error {
		gone, err := tx.ExecContext(ctx, db.dialect.bind(`DELETE FROM agent_orders WHERE id = ?`), text(id))
		if err != nil {
			return err
		}
		n, err := gone.RowsAffected()
		taken = n > 0
		return err
	})
	if err != nil {
		return false, db.fail("take order "+id, err)
	}
	return taken, nil
}
