package queue

import (
	"errors"
	"time"
)

// Why a caller is not taken to another queue by hand.
var (
	ErrNotInLine   = errors.New("nobody of that conversation waits in line")
	ErrPickedUp    = errors.New("somebody has picked up for the caller")
	ErrInThatQueue = errors.New("the caller waits in that queue already")
	ErrTakesNobody = errors.New("the queue takes nobody now")
)

// Move takes the caller of a conversation out of the line in which they wait to another queue, where they stand as if
// they had waited there. Phones that ring for them are quietened first: when one of those is picked up before it is
// quiet, the caller stays and is served. The errors are ErrUnknown and those above.
func (f *Floor) Move(conversation, to string) (err error) {
	f.do(func(e *engine, now time.Time) {
		t, q := e.inLine(conversation), e.queues[to]
		switch {
		case q == nil:
			err = ErrUnknown
		case t == nil:
			err = ErrNotInLine
		default:
			err = e.send(t, q, now)
		}
	})
	return err
}

// quietens reports whether the phones that ring for t are to be quietened, since its caller is on the way elsewhere.
func (f *Floor) quietens(t *ticket) (is bool) {
	f.locked(func(*engine, time.Time) { is = t.bound != "" && len(t.held) > 0 })
	return is
}

// inLine is the ticket of the caller of a conversation who is on the line; nil: there is none.
func (e *engine) inLine(conversation string) *ticket {
	for _, q := range e.queues {
		for _, t := range q.line {
			if t.Call == conversation && !t.kept {
				return t
			}
		}
	}
	return nil
}

// takesByHand reports whether somebody can be sent to q: it is nobody's wish to be sent away again at once.
func (q *queue) takesByHand(now time.Time) bool {
	return q.refuses(now) == "" && !q.deserted(q.cfg.LeaveWhenEmpty)
}

// send takes t to another queue, at once or when the phones that ring for it are quiet.
func (e *engine) send(t *ticket, to *queue, now time.Time) error {
	switch {
	case t.winner != nil || t.lifted():
		return ErrPickedUp
	case to == t.queue:
		return ErrInThatQueue
	case !to.takesByHand(now):
		return ErrTakesNobody
	}
	t.bound = to.name
	e.handOn(t, now)
	e.stand(t, now)
	if len(t.held) > 0 {
		t.notify()
	}
	e.goOnward(t, now)
	e.follow(now)
	return nil
}

// goOnward takes t where it was sent to, when no phone rings for it any more. A queue that is gone meanwhile, or takes
// nobody, leaves it where it is.
func (e *engine) goOnward(t *ticket, now time.Time) {
	if t.bound == "" || !t.inLine() || t.winner != nil || len(t.held) > 0 {
		return
	}
	to := e.queues[t.bound]
	t.bound = ""
	if to == nil || to == t.queue || !to.takesByHand(now) {
		e.stand(t, now)
		return
	}
	e.move(t, []*queue{to}, Moved, now)
}
