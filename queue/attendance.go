package queue

import (
	"errors"
	"fmt"
	"maps"
	"time"
)

// What can be wrong with what is asked of an agent.
var (
	ErrNotAgent = errors.New("serves no queue")
	ErrNoWrapUp = errors.New("is not in wrap-up")
)

// LogOn has a user serve a queue from now on, or every queue of theirs when m names none. Who is no member of the queue
// becomes one on m's terms, for as long as they are logged on. Errors: ErrUnknown, ErrNotAgent.
func (f *Floor) LogOn(m Member, via Via) error {
	return f.ask(m.User, func(e *engine, _ *agent, now time.Time) error { return e.logOn(m, via, now) })
}

// LogOff has user serve a queue no more, or none when queue is "", which ends their pause, too. A call that the user is
// in goes on. Errors as for LogOn.
func (f *Floor) LogOff(user, queue string, via Via) error {
	return f.ask(user, func(e *engine, a *agent, now time.Time) error { return e.logOff(a, queue, via, now) })
}

// Pause pauses user in all queues; "" is PlainPause. A call that the user is in goes on. Error: ErrNotAgent.
func (f *Floor) Pause(user, reason string, via Via) error {
	return f.ask(user, func(e *engine, a *agent, now time.Time) error {
		if !a.serves() {
			return ErrNotAgent
		}
		e.rest(a, reason, via, now)
		return nil
	})
}

// Unpause ends user's pause, if there is one. Error: ErrNotAgent.
func (f *Floor) Unpause(user string, via Via) error {
	return f.ask(user, func(e *engine, a *agent, now time.Time) error {
		if !a.serves() {
			return ErrNotAgent
		}
		e.goOn(a, via, now)
		return nil
	})
}

// ExtendWrapUp makes user's wrap-up longer, EndWrapUp ends it. Error: ErrNoWrapUp.
func (f *Floor) ExtendWrapUp(user string, by time.Duration, via Via) error {
	return f.ask(user, func(e *engine, a *agent, now time.Time) error { return e.stretchWrapUp(a, by, via, now) })
}

// EndWrapUp is described at ExtendWrapUp.
func (f *Floor) EndWrapUp(user string, via Via) error { return f.ExtendWrapUp(user, 0, via) }

// ask does op to an agent and follows it up.
func (f *Floor) ask(user string, op func(*engine, *agent, time.Time) error) error {
	var err error
	f.do(func(e *engine, now time.Time) {
		a := e.agent(user, now)
		err = op(e, a, now)
		e.forget(a)
		e.follow(now)
	})
	if err != nil {
		return fmt.Errorf("agent %s: %w", user, err)
	}
	return nil
}

// A Standing is what of an agent outlives the process: what was said of them, not what their phone does.
type Standing struct {
	User      string
	Name      string // for Restore, of who is no member by the file; as are Skills
	Skills    Skills
	Pause     Pause
	LogOns    map[string]LogOn // by queue; what is not in it stands as the file says
	WrapUntil time.Time        // zero: no wrap-up yet
	LastCall  time.Time        // end of the last call of a queue; zero: none yet

	State State // to look at; Restore does not read it
	Since time.Time
}

// Standing is user's; false when they are no agent and were none.
func (f *Floor) Standing(user string) (s Standing, ok bool) {
	f.locked(func(e *engine, _ time.Time) {
		a := e.agents[user]
		if ok = a != nil && (a.serves() || len(a.chosen) > 0); ok {
			s = Standing{
				User: user, Name: a.name, Skills: a.skills, Pause: a.pause, LogOns: maps.Clone(a.chosen),
				WrapUntil: a.wrapUntil, LastCall: a.lastCall, State: a.state, Since: a.since,
			}
		}
	})
	return s, ok
}

// Restore takes over what an earlier Floor knew. It is called before anything else: nobody has a place or a phone yet,
// so that no state follows from it.
func (f *Floor) Restore(standings []Standing) {
	f.locked(func(e *engine, now time.Time) {
		for _, s := range standings {
			a := e.agent(s.User, now)
			a.name, a.skills, a.pause, a.chosen = s.Name, s.Skills, s.Pause, maps.Clone(s.LogOns)
			a.wrapUntil, a.lastCall = s.WrapUntil, s.LastCall
		}
	})
}

// Dismiss forgets what was said of a user whom the file does not know any more, once that is applied.
func (f *Floor) Dismiss(user string) {
	f.do(func(e *engine, now time.Time) {
		e.retire(user, now)
		e.follow(now)
	})
}
