package app

import (
	"time"

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

// turnedAway is the record of a call that was refused before it could begin.
func turnedAway(id string, in call.Info, cause *call.Cause) call.Record {
	now := time.Now()
	leg := call.LegRecord{
		ID: in.ID, User: in.User, Party: in.Party(), Inbound: in.Inbound, CallID: in.CallID, Remote: in.Remote,
		Device: in.Agent, Began: in.Began, Ended: now, Cause: *cause, HungUpBy: "hatif",
	}
	return call.Record{
		ID: id, Began: in.Began, Ended: now, Caller: in.Caller, User: in.User, Called: in.Called,
		Context: in.Context, Language: in.Language, Result: call.ResultRefused, Cause: *cause,
		Path: []call.Note{{At: now, Text: "refused: " + cause.Error()}}, Legs: []call.LegRecord{leg},
	}
}

func causeRow(c call.Cause) store.Cause {
	return store.Cause{Name: c.Name, Q850: c.Q850, SIP: c.SIP, Text: c.Text}
}
