package sip

import (
	"context"
	"time"
)

// SaveDelay is how long a mere refresh may wait to be written: what a kill loses of it is at most a
// few seconds of a binding's expiry. New and removed bindings are written at once.
const SaveDelay = time.Second

// shutdownSave bounds the last write, which happens after Run's context has ended.
const shutdownSave = 5 * time.Second

// change is the last state of a binding that the store does not know yet.
type change struct {
	binding Binding
	gone    bool
}

// unsaved collects changes for the store. The registrar's lock guards it.
type unsaved struct {
	changes map[string]change // by binding ID: only the last state of each is of interest
	due     time.Time         // when to write; zero: nothing to write
}

// note adds a change that is to be written at due or earlier, and reports whether that is sooner than before.
func (u *unsaved) note(b Binding, gone bool, due time.Time) (sooner bool) {
	if u.changes == nil {
		u.changes = make(map[string]change)
	}
	u.changes[b.ID] = change{b, gone}
	if u.due.IsZero() || due.Before(u.due) {
		u.due = due
		return true
	}
	return false
}

// take hands over everything, once it is due.
func (u *unsaved) take(now time.Time) map[string]change {
	if u.due.IsZero() || now.Before(u.due) {
		return nil
	}
	changes := u.changes
	u.changes, u.due = nil, time.Time{}
	return changes
}

// restore takes back what could not be written, except what has changed since.
func (u *unsaved) restore(changes map[string]change, due time.Time) {
	for id, c := range changes {
		if _, newer := u.changes[id]; !newer {
			u.note(c.binding, c.gone, due)
		}
	}
	if len(u.changes) > 0 {
		u.due = due
	}
}

// noteChange remembers b for the store and wakes Run when it should be written sooner than planned.
// r.mu is held.
func (r *Registrar) noteChange(b Binding, gone, urgent bool, now time.Time) {
	if r.store == nil {
		return
	}
	due := now
	if !urgent {
		due = now.Add(SaveDelay)
	}
	if r.unsaved.note(b, gone, due) {
		r.wakeUp()
	}
}

// save writes the changes that are due. Only Run calls it, so writes are in order. What could not be
// written is tried again after SaveDelay; the log hears of the first failure and of the recovery.
func (r *Registrar) save(ctx context.Context, now time.Time) error {
	r.mu.Lock()
	changes := r.unsaved.take(now)
	r.mu.Unlock()
	if len(changes) == 0 {
		return nil
	}
	var put, gone []Binding
	for _, c := range changes {
		if c.gone {
			gone = append(gone, c.binding)
		} else {
			put = append(put, c.binding)
		}
	}
	err := r.store.SaveBindings(ctx, put, gone)
	if err != nil {
		r.mu.Lock()
		r.unsaved.restore(changes, now.Add(SaveDelay))
		r.mu.Unlock()
	}
	if failed := err != nil; failed != r.failing && ctx.Err() == nil {
		r.failing = failed
		if failed {
			r.log.Error("registrations are not saved", "error", err)
		} else {
			r.log.Info("registrations are saved again")
		}
	}
	return err
}

// Load brings back the bindings of an earlier process, except those that have expired, whose account no longer
// registers, or whose phone was reached over a connection that only the phone can open again. It is called
// once, after SetAccounts and before the first Register.
func (r *Registrar) Load(ctx context.Context) error {
	if r.store == nil {
		return nil
	}
	saved, err := r.store.LoadBindings(ctx)
	if err != nil {
		return err
	}
	now := time.Now()
	r.mu.Lock()
	for _, b := range saved {
		account, ok := r.accounts.Find(b.User)
		if !ok || !account.registers() || b.over(now) || b.Fixed() {
			r.noteChange(b, true, false, now)
			continue
		}
		if b.streamed() { // the connection ended with the process that had it
			if b, ok = b.withoutStream(); !ok {
				r.noteChange(b, true, false, now)
				continue
			}
		}
		r.users[b.User] = append(r.users[b.User], b)
	}
	for user, bindings := range r.users {
		newestFirst(bindings)
		for i := range bindings {
			r.planSweep(bindings[i].Expires.Add(Grace))
		}
		r.tell(user)
	}
	r.mu.Unlock()
	r.notices.deliver()
	r.wakeUp()
	return nil
}
