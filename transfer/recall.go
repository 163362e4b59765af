package transfer

import (
	"context"
	"time"

	"hatif/call"
)

// recall goes on when the one who transfers has hung up while the target's phone still rings. When nobody answers
// there, the one who transfers is called back, and then both in turn (Asterisk's atxferdropcall=no). It returns nil
// when the customer talks with somebody again.
func (s *consultation) recall(ctx context.Context, by call.Info) *Outcome {
	customer := s.customer.Info().Party()
	answered, out := s.reach(ctx)
	for try := 0; !answered && out == nil && s.Config.Recall; try++ {
		s.call.Note("calling " + by.User + " back")
		target := s.user
		s.user = by.User
		s.begin(ctx, by.User, customer)
		answered, out = s.reach(ctx)
		s.user = target
		if answered || out != nil || try == s.Config.RecallTries {
			break
		}
		if out = s.pause(ctx, s.Config.RecallPause); out != nil {
			break
		}
		s.begin(ctx, s.user, by.Party())
		answered, out = s.reach(ctx)
	}
	switch {
	case answered:
		s.join(s.target)
		s.target = nil
		return nil
	case out != nil:
		return out
	}
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
	if _, out := s.reach(ctx); out.End.By != nil || ctx.Err() == nil {
		return out
	}
	return nil
}
