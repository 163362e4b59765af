package app

import (
	"context"
	"time"

	"hatif/queue"
	"hatif/store"
)

// switches open and close queues by hand: in the store, so that it lasts, and then on the floor.
type switches struct {
	floor *queue.Floor
	store *store.DB
}

// Switched implements dialplan.Switches.
func (s switches) Switched(name string) queue.Switch { return s.floor.Switched(name) }

// SetOpen implements dialplan.Switches.
func (s switches) SetOpen(ctx context.Context, name string, to queue.Switch, by string) error {
	var err error
	if to == queue.ByHours {
		err = s.store.ForgetSwitch(ctx, name)
	} else {
		err = s.store.SaveSwitch(ctx, store.Switch{Queue: name, State: string(to), By: by, Changed: time.Now()})
	}
	if err != nil {
		return err
	}
	s.floor.SetOpen(name, to)
	return nil
}

// restore puts the floor's switches where they were left.
func (s switches) restore(ctx context.Context) error {
	all, err := s.store.Switches(ctx)
	if err != nil {
		return err
	}
	for _, left := range all {
		s.floor.SetOpen(left.Queue, queue.Switch(left.State))
	}
	return nil
}
