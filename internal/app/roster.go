package app

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"time"

	"hatif/config"
	"hatif/queue"
	"hatif/store"
)

// A roster keeps what agents say in the store, so that it outlives hatif and can be looked at beside it, and does to them
// what is ordered there.
type roster struct {
	floor  *queue.Floor
	store  *store.DB
	people func() map[string]config.User // those of the file now
	log    *slog.Logger
}

const (
	rosterPause = 500 * time.Millisecond // the least time between two savings: what a kill may cost
	orderLook   = 500 * time.Millisecond // how soon an order is seen
)

// restore puts those agents who are still in the file where they were.
func (r roster) restore(ctx context.Context, people map[string]config.User) error {
	rows, err := r.store.Agents(ctx)
	if err != nil {
		return err
	}
	var all []queue.Standing
	for _, row := range rows {
		user, known := people[row.User]
		if !known {
			continue
		}
		s := queue.Standing{
			User: row.User, Name: user.Name, Skills: user.Skills, LogOns: make(map[string]queue.LogOn),
			Pause:     queue.Pause{Reason: row.PauseReason, Via: queue.Via(row.PauseVia), Since: row.PauseSince},
			WrapUntil: row.WrapUntil, LastCall: row.LastCall,
		}
		for _, q := range row.Queues {
			s.LogOns[q.Queue] = queue.LogOn{On: q.On, Via: queue.Via(q.Via), Since: q.Since}
		}
		all = append(all, s)
	}
	r.floor.Restore(all)
	return nil
}

// keep saves whoever has changed, until ctx ends; then everybody, as they stand when hatif does not run.
func (r roster) keep(ctx context.Context) error {
	for u := range r.floor.Watch(ctx) {
		changed := make(map[string]bool)
		if u.Snapshot != nil {
			for _, a := range u.Snapshot.Agents {
				changed[a.User] = true
			}
		}
		for _, ev := range u.Events {
			if ev.Agent != "" {
				changed[ev.Agent] = true
			}
		}
		if len(changed) > 0 {
			r.save(ctx, slices.Sorted(maps.Keys(changed)), true)
			pause(ctx, rosterPause)
		}
	}
	var everybody []string
	for _, a := range r.floor.Snapshot().Agents {
		everybody = append(everybody, a.User)
	}
	r.save(ctx, everybody, false)
	return nil
}

// save writes how agents stand; running is whether they do anything.
func (r roster) save(ctx context.Context, users []string, running bool) {
	var put []store.Agent
	var gone []string
	for _, user := range users {
		s, is := r.floor.Standing(user)
		if !is {
			gone = append(gone, user)
			continue
		}
		row := agentRow(s)
		if !running {
			row.State, row.Since = "", time.Time{}
		}
		put = append(put, row)
	}
	if err := r.store.SaveAgents(context.WithoutCancel(ctx), put, gone); err != nil {
		r.log.Error("agents' states are not kept", "agents", len(users), "error", err)
	}
}

func agentRow(s queue.Standing) store.Agent {
	row := store.Agent{
		User: s.User, PauseReason: s.Pause.Reason, PauseVia: string(s.Pause.Via), PauseSince: s.Pause.Since,
		WrapUntil: s.WrapUntil, LastCall: s.LastCall, State: string(s.State), Since: s.Since,
	}
	for _, name := range slices.Sorted(maps.Keys(s.LogOns)) {
		l := s.LogOns[name]
		row.Queues = append(row.Queues, store.AgentQueue{Queue: name, On: l.On, Via: string(l.Via), Since: l.Since})
	}
	return row
}

// obey carries out orders until ctx ends.
func (r roster) obey(ctx context.Context) error {
	for pause(ctx, orderLook) {
		orders, err := r.store.AgentOrders(ctx)
		if err != nil && ctx.Err() == nil {
			r.log.Error("orders for agents cannot be read", "error", err)
		}
		for _, o := range orders {
			taken, err := r.store.TakeAgentOrder(ctx, o.ID)
			switch {
			case err != nil && ctx.Err() == nil:
				r.log.Error("an order for an agent cannot be taken", "user", o.User, "error", err)
			case taken:
				r.carryOut(o)
			}
		}
	}
	return nil
}

func (r roster) carryOut(o store.AgentOrder) {
	if err := r.order(o); err != nil {
		r.log.Warn("an order for an agent is not carried out", "order", o.Action, "error", err)
		return
	}
	r.log.Info("an order for an agent is carried out", "order", o.Action, "user", o.User, "queue", o.Queue, "reason", o.Reason)
}

func (r roster) order(o store.AgentOrder) error {
	user, known := r.people()[o.User]
	if !known || user.Type == "user" {
		return fmt.Errorf("agent %s: there is nobody to be called", o.User)
	}
	switch o.Action {
	case store.OrderLogOn:
		m := queue.Member{User: o.User, Queue: o.Queue, Name: user.Name, Skills: user.Skills}
		return r.floor.LogOn(m, queue.ViaCommand)
	case store.OrderLogOff:
		return r.floor.LogOff(o.User, o.Queue, queue.ViaCommand)
	case store.OrderPause:
		return r.floor.Pause(o.User, o.Reason, queue.ViaCommand)
	case store.OrderUnpause:
		return r.floor.Unpause(o.User, queue.ViaCommand)
	case store.OrderReady:
		return r.floor.EndWrapUp(o.User, queue.ViaCommand)
	}
	return fmt.Errorf("agent %s: %q is no order", o.User, o.Action)
}

// pause waits, and reports false when ctx ended first.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
