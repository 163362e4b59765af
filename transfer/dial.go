package transfer

import (
	"context"
	"fmt"
	"time"

	"hatif/call"
)

// A dial is one attempt to reach a person, on a goroutine of its own, so that everybody else can be listened to
// meanwhile. It is joined by answer or abandon. A nil dial is none: it never ends.
type dial struct {
	stop    context.CancelFunc
	ringing chan struct{} // capacity 1: it is said once
	done    chan struct{} // closed by settle, which sets the three below
	leg     call.Leg
	err     error
	rung    call.LegRecord
}

func (d *dial) alerted() <-chan struct{} {
	if d == nil {
		return nil
	}
	return d.ringing
}

func (d *dial) over() <-chan struct{} {
	if d == nil {
		return nil
	}
	return d.done
}

// begin calls a person in the name of as.
func (s *consultation) begin(ctx context.Context, user string, as call.Identity) {
	ctx, stop := context.WithTimeout(ctx, s.Config.AnswerTimeout)
	d := &dial{stop: stop, ringing: make(chan struct{}, 1), done: make(chan struct{})}
	d.rung = call.LegRecord{
		ID:   fmt.Sprintf("%s/transfer.%d", s.call.ID, len(s.call.Snapshot().Legs)+1),
		User: user, Party: call.Identity{Number: user}, Began: time.Now(),
	}
	s.dial, s.rings = d, false
	language := s.call.Language
	go func() {
		leg, err := s.board.Dialer(s.Dialer, s.call).Dial(ctx, call.Target{
			User: user, Near: s.customer, Call: s.call.ID, Language: language,
			Ringing: func(string) {
				d.rung.Rang = time.Now()
				d.ringing <- struct{}{}
			},
		}, as)
		d.settle(ctx, leg, err)
	}()
}

// settle says what came of the dial; ctx is what ended it, if it did. It is called once.
func (d *dial) settle(ctx context.Context, leg call.Leg, err error) {
	d.leg, d.err = leg, err
	d.rung.Ended, d.rung.HungUpBy = time.Now(), "party"
	if ctx.Err() != nil {
		d.rung.HungUpBy = "hatif"
	}
	close(d.done)
}

// finish joins the dial. A ring without an answer is noted among the call's legs.
func (s *consultation) finish() (call.Leg, error) {
	d := s.dial
	<-d.done
	d.stop()
	s.dial = nil
	if d.err != nil {
		d.rung.Cause = *call.CauseOf(d.err)
		s.call.Joined(d.rung)
	}
	return d.leg, d.err
}

// answer takes the dial's result: the target, or why there is none.
func (s *consultation) answer() *call.Cause {
	leg, err := s.finish()
	if err != nil {
		return call.CauseOf(err)
	}
	s.target = leg
	s.call.Note(s.user + " answered")
	return nil
}

// abandon ends the dial that is under way, if one is.
func (s *consultation) abandon() {
	if s.dial == nil {
		return
	}
	s.dial.stop()
	if leg, err := s.finish(); err == nil {
		s.dismiss(leg)
	}
}
