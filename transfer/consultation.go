package transfer

import (
	"context"

	"hatif/call"
	"hatif/media"
)

// A consultation is an attended transfer on its way: somebody is called, and asked, while the customer waits.
type consultation struct {
	*talk
	customer call.Leg
	by       call.Leg // who transfers; nil once they have hung up
	user     string   // who is called
	target   call.Leg // the same, once they have answered; nil before
	mode     mode
	keys     call.Matcher // of by

	dial  *dial // under way; nil: none is
	rings bool  // a phone rings
	asked call.Code
	seats []*media.Seat     // while all three hear each other
	music map[call.Leg]bool // who hears music: it is not begun anew
}

// mode is who hears whom.
type mode int

const (
	consulting mode = iota // by and the target; the customer waits
	swapped                // by and the customer; the target waits
	threeWay               // everybody
)

// A happening is what a consultation waits for.
type happening int

const (
	over         happening = iota // ctx has ended
	customerLeft                  // the customer has hung up
	byLeft                        // who transfers has hung up
	targetLeft                    // the target has hung up
	keyed                         // by has keyed in a code: asked
	dialled                       // the dial has an end
)

// attended calls somebody and connects them with the customer when the one who transfers has hung up, or says so.
// It returns nil when the conversation goes on, with whom it may be.
func (t *talk) attended(ctx context.Context, by call.Leg) *Outcome {
	s := &consultation{talk: t, customer: t.peer(by), by: by, music: map[call.Leg]bool{}}
	s.keys = call.Matcher{Codes: codes(t.Config.consulting()), Gap: t.Config.CodeTimeout}
	number := t.number(ctx, by, s.customer, func(number string) (err error) {
		s.user, err = t.House.Person(by, number)
		return err
	})
	if number == "" {
		return nil
	}
	t.call.Note(by.Info().User + " asks " + s.user)
	s.begin(ctx, s.user, by.Info().Party())
	s.music[s.customer] = true // since the number was asked for
	defer s.close()
	return s.run(ctx)
}

// run is the consultation until it is settled. It returns nil when the conversation goes on.
func (s *consultation) run(ctx context.Context) *Outcome {
	for {
		s.hear()
		switch s.wait(ctx) {
		case over, customerLeft:
			return nil // which the bridge sees, too
		case byLeft:
			return s.complete(ctx)
		case targetLeft:
			s.call.Note(s.user + " has hung up")
			return nil
		case dialled:
			if cause := s.answer(); cause != nil {
				s.call.Note(s.user + ": " + cause.Name)
				s.sorry(ctx, cause)
				return nil
			}
		case keyed:
			switch string(s.asked) {
			case s.Config.Abort:
				s.call.Note("transfer aborted")
				return nil
			case s.Config.Complete:
				return s.complete(ctx)
			case s.Config.ThreeWay:
				if s.target != nil {
					s.call.Note("all three")
					s.mode = threeWay
				}
			case s.Config.Swap:
				s.swap()
			}
		}
	}
}

func (s *consultation) swap() {
	if s.mode == swapped {
		s.mode = consulting
	} else {
		s.mode = swapped
	}
}

// complete lets the one who transfers go, and connects the others when the target has answered.
func (s *consultation) complete(ctx context.Context) *Outcome {
	by := s.by
	s.by = nil
	s.unseat()
	s.call.Note("transferred to " + s.user + " by " + by.Info().User)
	s.alone()
	s.part(by, s.user)
	if s.target == nil {
		return s.returns(ctx, by.Info())
	}
	s.join(s.target)
	s.target = nil
	return nil
}

// sorry tells the one who transfers why the target cannot be had.
func (s *consultation) sorry(ctx context.Context, cause *call.Cause) {
	prompt := promptNotReachable
	switch {
	case cause.Is(call.Busy), cause.Is(call.Declined):
		prompt = promptBusy
	case cause.Is(call.NoAnswer):
		prompt = promptNoAnswer
	}
	s.alone()
	ctx, cancel := while(ctx, s.customer)
	defer cancel()
	s.regret(ctx, s.by, prompt)
	forget(s.by)
}

// close leaves nobody behind who was called for the consultation only.
func (s *consultation) close() {
	s.unseat()
	s.abandon()
	if s.target != nil {
		s.dismiss(s.target)
	}
	s.keys.Expire()
	forget(s.customer)
}

// wait does what needs no decision and returns with what does.
func (s *consultation) wait(ctx context.Context) happening {
	for {
		s.asked = ""
		settled := false
		select {
		case e := <-events(s.customer):
			s.event(s.customer, e)
		case e := <-events(s.by):
			s.event(s.by, e)
		case e := <-events(s.target):
			s.event(s.target, e)
		case <-s.keys.Due():
			s.send(s.by, s.keys.Expire())
		case <-s.dial.alerted():
			s.rings = true
			s.hear()
		case <-s.dial.over():
			settled = true
		case <-gone(s.customer):
		case <-gone(s.by):
		case <-gone(s.target):
		case <-ctx.Done():
		}
		switch { // several may have come at once: who has left is asked first
		case left(s.customer):
			return customerLeft
		case ctx.Err() != nil:
			return over
		case left(s.by):
			return byLeft
		case left(s.target):
			return targetLeft
		case s.asked != "":
			return keyed
		case settled:
			return dialled
		}
	}
}

func (s *consultation) event(from call.Leg, e call.Event) {
	switch e := e.(type) {
	case call.Digit:
		if from != s.by {
			s.send(from, []call.Digit{e})
			return
		}
		code, pass := s.keys.Press(e)
		s.send(from, pass)
		s.asked = code
	case call.Held, call.Resumed:
		s.hear()
	default:
		call.Decline(e)
	}
}

// A nil leg is nobody: it does nothing and never leaves.

func events(l call.Leg) <-chan call.Event {
	if l == nil {
		return nil
	}
	return l.Events()
}

func gone(l call.Leg) <-chan struct{} {
	if l == nil {
		return nil
	}
	return l.Context().Done()
}

func left(l call.Leg) bool { return l != nil && l.Context().Err() != nil }
