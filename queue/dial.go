package queue

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"hatif/call"
)

// A winner is the agent who answered first, with the leg that Dial returned.
type winner struct {
	user string
	leg  call.Leg
}

// A bell is what rings for a caller in one queue. Each phone's goroutine has a copy.
type bell struct {
	ringing context.Context // while phones may ring
	stop    context.CancelCauseFunc
}

func newBell(ctx context.Context) bell {
	ringing, stop := context.WithCancelCause(ctx)
	return bell{ringing, stop}
}

// quieten stops the phones that ring, when the caller is on the way to another queue. New ones may ring after that.
func (s *visit) quieten(ctx context.Context) {
	if s.floor.quietens(s.ticket) {
		s.bell.stop(call.Cancelled)
		s.bell = newBell(ctx)
	}
}

// ring dials the agents whom the engine has reserved for the caller.
func (s *visit) ring() {
	offers := s.floor.fetch(s.ticket)
	if len(offers) == 0 {
		return
	}
	users := make([]string, len(offers))
	for i, o := range offers {
		users[i] = o.user
	}
	s.call.Note("ringing " + strings.Join(users, ", "))
	for _, o := range offers {
		s.rings++
		id := fmt.Sprintf("%s/%d.%d", s.call.ID, s.ticket.order, s.rings)
		b := s.bell
		s.dials.Go(func() { s.dial(b, o, id) })
	}
}

// dial rings one agent. It runs on its own goroutine, and whatever comes of it, it tells the engine: the
// agent is claimed until then.
func (s *visit) dial(b bell, o offer, id string) {
	ctx, cancel := context.WithDeadline(b.ringing, o.until)
	defer cancel()
	rung := call.LegRecord{
		ID: id, User: o.user, Party: call.Identity{Number: o.user, Name: o.name}, Began: time.Now(),
	}
	leg, err := s.reach(ctx, o, &rung)
	if err != nil {
		s.missed(b, o, err, rung)
		return
	}
	if leg.Info().Inbound {
		s.pickedUp(b, o, leg, rung)
		return
	}
	if s.brief(b, o, leg) != nil {
		return
	}
	if lost := s.floor.take(s.ticket, o.agent); lost != nil {
		leg.Hangup(lost)
		s.call.Joined(leg.Report())
		s.floor.ended(s.ticket, o.agent, nil)
		return
	}
	b.stop(call.Elsewhere)
	s.call.Note(fmt.Sprintf("%s answered after %.1f s", o.user, time.Since(rung.Began).Seconds()))
	s.answered <- &winner{user: o.user, leg: leg}
}

// pickedUp is the answer of somebody who has called us to take the call from the agent's ringing phone.
func (s *visit) pickedUp(b bell, o offer, leg call.Leg, rung call.LegRecord) {
	who := leg.Info().User
	lost := s.floor.pickUp(s.ticket, who)
	rung.Ended, rung.Cause, rung.HungUpBy = time.Now(), *call.Elsewhere, "hatif"
	s.call.Joined(rung)
	s.floor.ended(s.ticket, o.agent, nil)
	if lost != nil {
		leg.Hangup(lost)
		s.call.Joined(leg.Report())
		return
	}
	b.stop(call.Elsewhere)
	s.call.Note(who + " has picked up the phone of " + o.user)
	s.answered <- &winner{user: who, leg: leg}
}

// reach dials; a panic of the dialer ends the ring and nothing else.
func (s *visit) reach(ctx context.Context, o offer, rung *call.LegRecord) (leg call.Leg, err error) {
	err = call.Contain(s.call.Log, "dialling "+o.user, func() (err error) {
		leg, err = s.options.Dialer.Dial(ctx, call.Target{
			User: o.user, Near: s.call.Leg, Call: s.call.ID, Language: s.call.Language,
			Ringing: func(string) { rung.Rang = time.Now() },
		}, s.call.Leg.Info().Party())
		return err
	})
	return leg, err
}

// missed is a ring without an answer. We look at ourselves before blaming the agent: a ring that we stopped,
// or that the end of the caller's patience cut short, says nothing about them; nor does one at a phone that they have left.
func (s *visit) missed(b bell, o offer, err error, rung call.LegRecord) {
	rung.Ended = time.Now()
	late := !rung.Ended.Before(o.until)
	why := call.CauseOf(err)
	var blame *call.Cause
	strays := false
	switch {
	case !late && b.ringing.Err() != nil:
		why = call.EndOf(b.ringing)
	case endedBy(why) != "party" && s.floor.strays(o.agent):
		why, strays = call.NotRegistered, true
	case late && !definite(why):
		why = call.NoAnswer
		if o.full {
			blame = why
		}
	default:
		blame = why
	}
	if blame != nil || late || strays {
		s.call.Note(o.user + " " + deed(why))
	}
	rung.Cause, rung.HungUpBy = *why, endedBy(why)
	s.call.Joined(rung)
	s.floor.ended(s.ticket, o.agent, blame)
}

// endedBy is who ended a ring without an answer.
func endedBy(why *call.Cause) string {
	switch {
	case errors.Is(why, call.Busy), errors.Is(why, call.Declined):
		return "party"
	case errors.Is(why, call.NotRegistered), errors.Is(why, call.Unreachable):
		return "network"
	default:
		return "hatif"
	}
}

// definite reports whether the phone, or its absence, said so itself, whatever we did at that moment.
func definite(why *call.Cause) bool { return endedBy(why) != "hatif" }

// deed says in the call's path what an agent did instead of answering.
func deed(why *call.Cause) string {
	switch {
	case errors.Is(why, call.NoAnswer):
		return "did not answer"
	case errors.Is(why, call.Busy):
		return "was busy"
	case errors.Is(why, call.Declined):
		return "declined"
	case errors.Is(why, call.NotRegistered), errors.Is(why, call.Unreachable):
		return "could not be reached"
	default:
		return "was not connected: " + why.Error()
	}
}
