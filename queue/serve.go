package queue

import (
	"context"
	"sync"
	"time"

	"hatif/call"
	"hatif/media"
)

// ServeOptions are what Serve needs besides the caller.
type ServeOptions struct {
	// Dialer rings the agents. The leg that it returns is inbound when somebody else has picked the call up: they have it
	// in the agent's place.
	Dialer call.Dialer
	// Music is heard in the line of a queue; it is endless. It is played to an answered caller, so with it the leg is
	// answered at once; without it the caller hears ringing until an agent answers, and nothing is said.
	Music func(queue string) media.Source
	// Say makes what is announced to the caller; nil: nothing is.
	Say func(words ...Word) media.Source
	// Keys are those by which the caller may leave the line: ByKey. The others mean nothing.
	Keys   string
	Bridge call.BridgeOptions // for the conversation

	// CallBack lets the caller hang up and keep their place, in a queue that offers it; nil: it is not offered. It needs
	// Say and Music.
	CallBack *CallBackOptions
	// Place is the conversation in which this caller has kept a place, when they are called back: they stand in it.
	Place string

	Priority int    // callers of a higher one are served first; 0 is that of everybody
	Skills   Skills // only agents who have these are rung

	// Brief, if set, has an agent who has picked up hear whose call it is, as the queue wants it: it returns nil when they
	// are to be connected with the caller, ErrNoInput or ErrInvalid of package call when they do not take the call, or
	// the cause when ctx or the agent's leg ended. It runs on a goroutine of its own.
	Brief func(ctx context.Context, agent call.Leg, b Briefing) error

	// Talk, if set, is the conversation in the place of a plain bridge. It owns the agent's leg, which has to be over
	// when it returns: the agent is free from then on. transferred tells the statistics to whom the agent has given the
	// caller, before that. The error is the cause when ctx ended the conversation.
	Talk func(ctx context.Context, agent call.Leg, transferred func(to string)) error
}

// Serve takes a caller through the named queue and returns when the conversation with an agent is over, or
// when the caller has left the line without one. It runs on the caller's goroutine; only the dialling is
// done on others, which are joined before Serve returns. The caller hears silence afterwards.
//
// The error is nil except for Abandoned and Withdrawn, when it is the cause that ended the caller's leg or
// ctx, for an Answered call that ctx ended, and for Failed.
func (f *Floor) Serve(ctx context.Context, c *call.Call, queue string, o ServeOptions) (Outcome, error) {
	t, refusal, err := f.enter(c, queue, o)
	if err != nil {
		return Outcome{Result: Failed, Queue: queue}, err
	}
	c.Note("queue " + queue)
	c.Update(func(r *call.Record) { r.Queue = queue })
	if refusal != "" {
		out := Outcome{Result: refusal, Queue: queue}
		noteUnserved(c, out)
		return out, nil
	}
	s := &visit{
		floor: f, call: c, ticket: t, options: o, why: call.Failure,
		queue: queue, bell: newBell(ctx), answered: make(chan *winner, 1),
	}
	out, err := s.run(ctx)
	if out.Result != Answered {
		noteUnserved(c, out) // when the last phone has been quietened and noted
	}
	return out, err
}

// A visit is one caller's stay in one queue: the script that Serve runs.
type visit struct {
	floor     *Floor
	call      *call.Call
	ticket    *ticket
	options   ServeOptions
	queue     string // in which the caller waits, as far as they have been told of
	hearing   hearing
	offers    bool         // to call the caller back
	arranging *arrangement // the talk about that; nil: there is none
	kept      bool         // the place is: there will be nobody on the line
	why       *call.Cause  // why phones that still ring, and the agent's leg, are hung up at the end
	won       *winner      // the agent who answered, while the leg is ours
	handed    bool         // it is somebody else's, and so is what the caller hears

	bell  bell
	dials sync.WaitGroup
	rings int // for the legs' ids

	// answered brings the agent who answered first. Its capacity is 1, and there is one such agent.
	answered chan *winner
}

// run is the caller's time in line. Waiting and ringing are one wait: the music goes on through both.
func (s *visit) run(ctx context.Context) (Outcome, error) {
	defer s.cleanUp()
	leg, t := s.call.Leg, s.ticket
	s.look()
	s.welcome(ctx)
	patience := time.NewTimer(time.Until(t.deadline))
	defer patience.Stop()
	if t.deadline.IsZero() {
		patience.Stop()
	}
	for {
		var wake, expired, said, due bool
		var key string
		select {
		case <-t.wake:
			wake = true
		case s.won = <-s.answered:
		case <-patience.C:
			expired = true
		case e := <-leg.Events():
			key = did(e)
		case <-s.hearing.said:
			said = true
		case <-s.hearing.due():
			due = true
		case <-t.gone:
		case <-leg.Context().Done():
		case <-ctx.Done():
		}
		switch { // several may have come at once, so they are asked in order: who is gone is served no more
		case leg.Context().Err() != nil:
			return s.leave(Abandoned, call.EndOf(leg.Context()))
		case ctx.Err() != nil:
			return s.leave(Withdrawn, call.EndOf(ctx))
		case isClosed(t.gone):
			return s.leave(t.result, nil)
		case s.won != nil:
			if err := leg.Answer(ctx); err != nil {
				if leg.Context().Err() != nil { // the caller left in this very moment
					return s.leave(Abandoned, call.EndOf(leg.Context()))
				}
				return s.leave(Failed, call.CauseOf(err))
			}
			if s.floor.connect(t) {
				return s.talk(ctx)
			}
		case expired && s.arranging != nil:
			patience.Reset(time.Second) // nobody is interrupted while they arrange to be called back
		case expired:
			if s.floor.expire(t) {
				return s.leave(TimedOut, nil)
			}
		case key != "":
			if s.pressed(key) {
				s.floor.exit(t, key)
				return s.leave(ByKey, nil)
			}
			if s.arranging != nil && s.arranging.agreed {
				if out, kept := s.keepPlace(ctx); kept {
					return out, nil
				}
			}
		case wake:
			if s.floor.overdue(t) {
				return s.leave(TimedOut, nil)
			}
			s.quieten(ctx)
			s.look()
			s.ring()
		case said:
			s.hearing.silent()
		case due && s.arranging != nil:
			s.goOn(s.arranging.silence())
		case due:
			s.hearing.speak(s.floor.outlook(t), time.Now())
		}
	}
}

// look sees whether the caller has been taken to another queue.
func (s *visit) look() {
	o := s.floor.outlook(s.ticket)
	if o.queue == s.queue {
		return
	}
	s.queue = o.queue
	s.call.Note("on to queue " + o.queue)
	s.call.Update(func(r *call.Record) { r.Queue = o.queue })
	s.offers = s.offersIn(o.cfg)
	if s.options.Music != nil {
		s.hearing.turn(s.options.Music(o.queue))
	}
	s.hearing.follow(o.cfg, s.offers, time.Now())
}

// welcome lets the caller hear that they are in line. A leg that cannot be answered is about to end, which
// run sees.
func (s *visit) welcome(ctx context.Context) {
	leg := s.call.Leg
	if s.options.Music == nil {
		if err := leg.Ring(ctx); err != nil {
			s.call.Log.Debug("the caller hears no ringing", "error", err)
		}
		return
	}
	if err := leg.Answer(ctx); err != nil {
		s.call.Log.Debug("the caller hears no music", "error", err)
		return
	}
	s.call.Update(func(r *call.Record) {
		if r.Answered.IsZero() {
			r.Answered = time.Now()
		}
	})
	s.hearing = hearing{hear: leg.Hear, say: s.options.Say, music: s.options.Music(s.queue)}
	cfg := s.floor.outlook(s.ticket).cfg
	s.offers = s.offersIn(cfg)
	s.hearing.begin(cfg, s.offers, time.Now())
}

// offersIn reports whether the caller may be called back from a queue.
func (s *visit) offersIn(cfg Config) bool {
	return cfg.CallBack != nil && s.options.CallBack != nil && s.options.Say != nil && s.options.Music != nil
}

// did acts on what the caller does in line, where there is nobody whom they could transfer, and returns the key that
// they have pressed; "": none.
func did(e call.Event) string {
	call.Decline(e)
	if d, isKey := e.(call.Digit); isKey {
		return string(rune(d.Key))
	}
	return ""
}

// talk is the conversation with the agent who answered.
func (s *visit) talk(ctx context.Context) (Outcome, error) {
	out := s.outcome(Answered)
	out.Agent = s.won.user
	began := time.Now()
	if s.options.Talk != nil {
		leg, t := s.won.leg, s.ticket
		part := s.handOver()
		defer part()
		err := s.options.Talk(ctx, leg, func(to string) {
			s.floor.transferred(t, to)
			part()
		})
		out.Talked = time.Since(began)
		return out, err
	}
	end, err := s.call.Connect(ctx, s.won.leg, s.options.Bridge)
	out.End, out.Talked = end, time.Since(began)
	switch {
	case err != nil:
		s.why = call.CauseOf(err)
	case end.Asked != nil:
		out.Left = s.won.leg
		s.handOver()()
	default:
		s.why = end.Cause
	}
	return out, err
}

// handOver gives the agent's leg to somebody else. The agent is free when it has ended and part was called: an agent
// who hangs up may be giving the caller to somebody, and to whom is known a moment later.
func (s *visit) handOver() (part func()) {
	floor, t, leg, caller := s.floor, s.ticket, s.won.leg, s.call.Leg
	s.handed, s.won = true, nil
	ended := sync.OnceFunc(func() {
		leg.Hangup(nil) // it has ended; this waits until it is counted off the agent's lines
		floor.part(t, whoEnded(caller, leg))
	})
	return func() { context.AfterFunc(leg.Context(), ended) }
}

// leave takes the caller out of the line, unserved. err is the cause when the caller's leg or ctx ended.
func (s *visit) leave(r Result, err *call.Cause) (Outcome, error) {
	s.floor.leave(s.ticket, r)
	out := s.outcome(s.ticket.result)
	s.why = call.Cancelled
	if err != nil {
		s.why = err
		return out, err
	}
	return out, nil
}

// outcome is read when the ticket has left the line, and is the script's alone.
func (s *visit) outcome(r Result) Outcome {
	t := s.ticket
	return Outcome{Result: r, Queue: t.queue.name, Waited: t.waited(t.left), Position: t.entered, Key: t.key}
}

// cleanUp leaves nobody behind, however run ended: the caller in no line, no phone ringing, the agent free.
func (s *visit) cleanUp() {
	if !s.kept {
		s.floor.leave(s.ticket, Failed) // does nothing unless run panicked
	}
	s.hearing.end()
	s.bell.stop(s.why)
	s.letGo()
	s.dials.Wait()
	select {
	case s.won = <-s.answered: // too late
		s.letGo()
	default:
	}
	if !s.handed {
		s.call.Leg.Hear(nil)
	}
}

// letGo ends the part of the agent who answered.
func (s *visit) letGo() {
	if s.won == nil {
		return
	}
	s.won.leg.Hangup(s.why)
	s.call.Joined(s.won.leg.Report())
	s.floor.part(s.ticket, whoEnded(s.call.Leg, s.won.leg))
	s.won = nil
}

// whoEnded says who hung up, of two legs the agent's of which is over.
func whoEnded(caller, agent call.Leg) Side {
	const party = "party"
	switch {
	case agent.Report().HungUpBy == party:
		return ByAgent
	case caller.Context().Err() != nil && caller.Report().HungUpBy == party:
		return ByCaller
	default:
		return ByHatif
	}
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
