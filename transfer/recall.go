package transfer

import (
	"context"
	"errors"
	"time"

	"hatif/call"
)

// Recall is for a call that has been transferred to number without asking, and has reached nobody there: the one who
// transferred it, by, is called back, and then both in turn, as after an attended transfer that came to nothing. It
// is Converse from then on. Where the number is no person's, only by is called.
func (b *Switchboard) Recall(ctx context.Context, c *call.Call, by call.Leg, number string, o Options) (Outcome, error) {
	t := &talk{Options: o, board: b, call: c}
	b.enter(t)
	defer t.end()
	user, err := o.House.Person(by, number)
	if err != nil {
		c.Log.Debug("the number transferred to is not tried again", "number", number, "error", err)
	}
	s := &consultation{talk: t, customer: c.Leg, user: user, music: map[call.Leg]bool{}}
	forget(s.customer)
	out := s.recall(ctx, by.Info(), s.customer.Info().Party())
	s.close()
	if out != nil {
		return t.ended(ctx, out)
	}
	return t.run(ctx)
}

// returns goes on when the one who transfers has hung up while the target's phone still rings, and calls them back
// when nobody answers there. It returns nil when the customer talks with somebody again.
func (s *consultation) returns(ctx context.Context, by call.Info) *Outcome {
	answered, out := s.reach(ctx)
	switch {
	case out != nil:
		return out
	case answered:
		return s.reached()
	case !s.Config.Recall:
		return s.failed(ctx)
	}
	return s.recall(ctx, by, by.Party())
}

// recall calls the one who has transferred back, and then the target, in the name of as, and them in turn (Asterisk's
// atxferdropcall=no), while the customer hears music.
func (s *consultation) recall(ctx context.Context, by call.Info, as call.Identity) *Outcome {
	customer, target := s.customer.Info().Party(), s.user
	for try := 0; ; try++ {
		s.call.Note("calling " + by.User + " back")
		if answered, out := s.tries(ctx, by.User, customer); answered || out != nil {
			return out
		}
		if try == s.Config.RecallTries {
			return s.failed(ctx)
		}
		if out := s.pause(ctx, s.Config.RecallPause); out != nil {
			return out
		}
		if target == "" {
			continue
		}
		if answered, out := s.tries(ctx, target, as); answered || out != nil {
			return out
		}
	}
}

// tries calls a person in the name of as. When they answer the customer talks with them.
func (s *consultation) tries(ctx context.Context, user string, as call.Identity) (answered bool, out *Outcome) {
	s.user = user
	s.begin(ctx, user, as)
	if answered, out = s.reach(ctx); answered {
		out = s.reached()
	}
	return answered, out
}

// reached lets the customer talk with the target, who has answered.
func (s *consultation) reached() *Outcome {
	s.join(s.target)
	s.target = nil
	return nil
}

// failed is the end when nobody can be had: the customer is told.
func (s *consultation) failed(ctx context.Context) *Outcome {
	s.call.Note("the transfer has failed")
	s.regret(ctx, s.customer, promptFailed)
	return &Outcome{End: call.End{Cause: call.NoAnswer}}
}

// reach waits for the end of the dial while the customer hears music. The outcome is the conversation's when the
// customer has left, or ctx ended.
func (s *consultation) reach(ctx context.Context) (answered bool, out *Outcome) {
	s.hear()
	for {
		switch s.wait(ctx) {
		case customerLeft:
			return false, &Outcome{End: call.End{By: s.customer, Cause: call.EndOf(s.customer.Context())}}
		case over:
			return false, &Outcome{End: call.End{Cause: call.EndOf(ctx)}}
		case dialled:
			cause := s.answer()
			if cause != nil {
				s.call.Note(s.user + ": " + cause.Name)
			}
			return cause == nil, nil
		}
	}
}

// pause lets the customer wait.
func (s *consultation) pause(ctx context.Context, d time.Duration) *Outcome {
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	if _, out := s.reach(ctx); out.End.By != nil || !errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return out
	}
	return nil
}
