package transfer

import (
	"context"
	"errors"

	"hatif/call"
)

// refer does what a party has asked for with the buttons of their phone (RFC 3515, RFC 5589).
func (t *talk) refer(ctx context.Context, by call.Leg, what call.Transfer) *Outcome {
	if what.ReferredBy != "" {
		t.call.Note("REFER by " + by.Info().User + ", referred by " + what.ReferredBy)
	}
	if !t.House.May(by, MayTransfer) {
		t.call.Note("transfer to " + what.To + " refused: " + by.Info().User + " may not transfer")
		what.Tell(call.Forbidden)
		return nil
	}
	if what.Replaces != nil {
		return t.connect(ctx, by, what)
	}
	if err := t.House.Leads(by, what.To); err != nil {
		cause := call.CauseOf(err)
		t.call.Note("transfer to " + what.To + ": " + cause.Name)
		what.Tell(cause)
		return nil
	}
	return t.handOn(ctx, by, what.To, what)
}

// connect makes one conversation of two: the party by is in both, and wants the other ones to talk. The older of the
// two goes on, since it is the customer's. A leg whose colleague's phone still rings is replaced by the customer's. One
// that waits in a queue or listens to a machine stands for the number that it has dialled: the transfer is then a blind
// one.
func (t *talk) connect(ctx context.Context, by call.Leg, what call.Transfer) *Outcome {
	second := t.board.callOf(what.Replaces)
	if second == nil {
		if d, from := t.board.adopt(t.call, what.Replaces); d != nil {
			return t.replace(ctx, by, what, d, from)
		}
		return t.instead(ctx, by, what)
	}
	if second.Snapshot().Began.Before(t.call.Snapshot().Began) {
		return t.bring(by, what, second.ID)
	}
	got, err := t.board.ask(t, &request{shared: what.Replaces, into: t.call.ID})
	if err != nil {
		t.notConnected(what, err)
		return nil
	}
	what.Tell(nil)
	t.inherit(by, got)
	return nil
}

// replace lets the customer take the place of the party's other leg, for which somebody's phone rings (RFC 3891 §3,
// RFC 5589 §7.3): it goes on ringing. from is the call of that leg.
func (t *talk) replace(ctx context.Context, by call.Leg, what call.Transfer, d *dial, from *call.Call) *Outcome {
	customer, user := t.peer(by), d.rung.User
	s := &consultation{talk: t, customer: customer, user: user, dial: d, rings: true, music: map[call.Leg]bool{customer: true}}
	defer s.close()
	t.hold(customer)
	from.Update(func(r *call.Record) { r.Merged = t.call.ID })
	what.Replaces.Hangup(nil)
	before := from.Snapshot()
	t.call.Update(func(r *call.Record) {
		r.Path, r.Legs = append(r.Path, before.Path...), append(r.Legs, before.Legs...)
	})
	t.call.Joined(what.Replaces.Report())
	t.call.Note("transferred to " + user + ", whose phone rings, by " + by.Info().User)
	what.Tell(nil)
	t.part(by, user)
	return s.returns(ctx, by.Info())
}

// instead transfers to the number that the party's other leg has dialled, and hangs that leg up.
func (t *talk) instead(ctx context.Context, by call.Leg, what call.Transfer) *Outcome {
	second := what.Replaces.Info()
	if !second.Inbound || t.House.Leads(by, second.Called) != nil {
		t.notConnected(what, errNoTalk)
		return nil
	}
	what.Replaces.Hangup(nil)
	return t.handOn(ctx, by, second.Called, what)
}

// bring lets the other conversation have what this one has.
func (t *talk) bring(by call.Leg, what call.Transfer, into string) *Outcome {
	e := t.estate(by)
	e.asked = what
	if _, err := t.board.ask(t, &request{shared: what.Replaces, bring: e}); err != nil {
		t.notConnected(what, err)
		return nil
	}
	t.bequeath(by, into)
	return &Outcome{Merged: true}
}

func (t *talk) notConnected(what call.Transfer, err error) {
	t.call.Note("the calls are not connected: " + err.Error())
	if errors.Is(err, errBusy) {
		what.Tell(&call.Cause{SIP: 491})
		return
	}
	what.Tell(&call.Cause{SIP: 481})
}

// give answers the request of a conversation that wants the other party of this one. It reports whether there is
// nothing left to do here.
func (t *talk) give(r *request) bool {
	peer := t.peer(r.shared)
	if peer.Context().Err() != nil {
		r.reply <- reply{err: errOver}
		return false
	}
	given := t.estate(r.shared)
	if t.Left != nil {
		t.Left(r.shared, peer.Info().User)
	}
	t.bequeath(r.shared, r.into)
	r.reply <- reply{estate: given}
	return true
}

// take answers the request of a conversation that brings the other party of its own.
func (t *talk) take(r *request) {
	if t.peer(r.shared).Context().Err() != nil {
		r.reply <- reply{err: errOver}
		return
	}
	r.reply <- reply{}
	r.bring.asked.Tell(nil)
	t.inherit(r.shared, r.bring)
}

// estate is what this conversation has to leave when by connects the others.
func (t *talk) estate(by call.Leg) *estate {
	e := &estate{leg: t.peer(by), leaving: by, record: t.call.Snapshot()}
	if caller := t.call.Caller(); caller != e.leg && caller != by { // who has transferred the call before
		e.record.Legs = append(e.record.Legs, caller.Report())
	}
	return e
}

// bequeath leaves this conversation to another one: all that stays is the leg of the one who wanted it so.
func (t *talk) bequeath(leaving call.Leg, into string) {
	t.board.leave(t.call.Leg)
	t.board.leave(t.other)
	t.call.Leg, t.other = leaving, nil
	t.call.Note("continues in " + into)
	t.call.Update(func(r *call.Record) { r.Merged = into })
}

// inherit goes on with what another conversation has left, in the place of the party who wanted it so.
func (t *talk) inherit(by call.Leg, e *estate) {
	who := e.leg.Info().Party().Number
	t.call.Note("connected with " + who + " by " + by.Info().User)
	t.part(by, who)
	t.dismiss(e.leaving)
	t.call.Update(func(r *call.Record) {
		r.Path = append(r.Path, e.record.Path...)
		r.Legs = append(r.Legs, e.record.Legs...)
		r.Recordings = append(r.Recordings, e.record.Recordings...)
	})
	t.join(e.leg)
}
