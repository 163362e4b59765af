package app

import (
	"hatif/call"
	"hatif/store"
)

// row is a call's record as the store keeps it.
func row(r call.Record) store.Call {
	c := store.Call{
		ID: r.ID, Began: r.Began, Answered: r.Answered, Connected: r.Connected, Ended: r.Ended,
		Number: r.Caller.Number, Name: r.Caller.Name, User: r.User,
		Called: r.Called, Context: r.Context, Language: r.Language, Queue: r.Queue, Agent: r.Agent,
		Result: string(r.Result), Cause: causeRow(r.Cause), Recordings: r.Recordings,
	}
	for _, n := range r.Path {
		c.Path = append(c.Path, store.Note(n))
	}
	for _, l := range r.Legs {
		c.Legs = append(c.Legs, store.Leg{
			ID: l.ID, User: l.User, Number: l.Party.Number, Name: l.Party.Name, Inbound: l.Inbound,
			CallID: l.CallID, Remote: l.Remote, Device: l.Device,
			Began: l.Began, Rang: l.Rang, Answered: l.Answered, Ended: l.Ended,
			Cause: causeRow(l.Cause), HungUpBy: l.HungUpBy, Quality: store.Quality(l.Quality),
		})
	}
	return c
}

func causeRow(c call.Cause) store.Cause {
	return store.Cause{Name: c.Name, Q850: c.Q850, SIP: c.SIP, Text: c.Text}
}
