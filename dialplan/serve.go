package dialplan

import (
	"context"
	"errors"
	"sync"
	"time"

	"hatif/call"
)

// A Walk is one call on its way through a plan. Serve is called once, by the call's goroutine; Redirect
// may be called from any.
type Walk struct {
	plan *Plan
	call *call.Call

	from   *Redirect             // where the way begins; nil: with what the caller dialled
	script Step                  // what is done instead of anything in the plan; nil: nothing
	place  *inPlace              // where the caller wants to be instead of anywhere in the plan; nil: nowhere
	took   func(step, next Step) // told of each step that is done, for tests that measure branches; nil: nobody is
	after  Step                  // what follows the conversation from which the call was transferred; nil: nothing
	back   *recall               // where it goes when that leads to nobody; nil: it was not transferred, or has come back

	mu        sync.Mutex
	leg       call.Leg                // guarded by mu: who was on the line when the step began
	interrupt context.CancelCauseFunc // guarded by mu: ends the step that is being done; nil: none is
	redirect  *Redirect               // guarded by mu: where the call is to go next
	over      bool                    // guarded by mu
}

// Begin prepares c's way through the plan.
func (p *Plan) Begin(c *call.Call) *Walk { return &Walk{plan: p, call: c, leg: c.Leg} }

// Serve walks c through the plan and returns its record when the caller is gone and the last step done.
// ctx is the process's: its end hangs up. See Walk for calls that may be redirected meanwhile.
func (p *Plan) Serve(ctx context.Context, c *call.Call) call.Record { return p.Begin(c).Serve(ctx) }

// Redirect interrupts the step that the call is in and sends it elsewhere. It fails when there is no such
// place, or the caller has gone.
func (w *Walk) Redirect(to Redirect) error {
	n := w.plan.contexts[to.Context]
	if n == nil || w.plan.resolve(n, to.extension()) == nil {
		return errNowhere
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.over || w.leg.Context().Err() != nil {
		return errGone
	}
	w.redirect = &to
	if w.interrupt != nil {
		w.interrupt(w.redirect)
	}
	return nil
}

var errGone = errors.New("the call is over")

// Serve walks the call through the plan; see Plan.Serve.
func (w *Walk) Serve(ctx context.Context) call.Record {
	c := w.call
	info := c.Leg.Info()
	c.Log.Info("call begins", "from", info.Caller.String(), "to", info.Called, "context", info.Context)
	first, err := w.first(info)
	if err == nil {
		err = w.run(ctx, first)
	}
	w.redirected(true) //nolint:errcheck // a Redirect is no failure; from here on none is taken
	w.end(ctx, err)
	return c.Snapshot()
}

// first is where the call's way begins.
func (w *Walk) first(info call.Info) (Step, error) {
	if w.place != nil {
		w.call.Note(info.Called + " in the place of another call")
		return w.place, nil
	}
	if w.script != nil {
		w.call.Note(w.script.String())
		return w.script, nil
	}
	if w.from != nil {
		w.call.Note("calling " + info.Called + " for " + w.from.Context)
		first, err := w.plan.jumpTo(w.call, w.from)
		if err == nil && w.call.Var(valuePlace) != "" {
			first = &hello{aloud{first}, w.plan}
		}
		return first, err
	}
	w.call.Note(info.Called + " in " + info.Context)
	return w.plan.enter(w.call, info.Context, info.Called)
}

// maxSteps is how many steps in a row may pass no time: more is a loop that only this call's values make,
// and that Compile could not see.
const maxSteps = 1000

// maxLeftOut is how often one step is passed by for want of the caller: more is a question that leads back to itself, to
// which nobody will ever give the answer.
const maxLeftOut = 10

// run does step after step until none follows, and then what was to follow a conversation from which the call was
// transferred: that one is over only now. The error is why the call ended; nil: its steps are done.
func (w *Walk) run(ctx context.Context, first Step) error {
	err := w.walk(ctx, first, w.from != nil)
	after, isAfter := w.after.(*afterwards)
	if !isAfter || isFailure(err) {
		return err
	}
	if err != nil {
		err = w.dismiss(ctx, err)
	}
	if failed := w.walk(ctx, after.next, true); err == nil || isFailure(failed) {
		err = failed
	}
	return err
}

// walk does step after step until none follows. after: the conversation is over, the caller need not be there. A stop
// of hatif is to such a call as if the caller had hung up: what does not need them is still done.
func (w *Walk) walk(ctx context.Context, step Step, after bool) error {
	leftOut := make(map[Step]int)
	for hurried := 0; step != nil; {
		if _, asks := step.(seesThrough); asks {
			after = true
		}
		gone := w.gone(ctx)
		if gone != nil && !after {
			return gone
		}
		if _, needs := step.(needsCaller); needs && gone != nil {
			if leftOut[step]++; leftOut[step] > maxLeftOut {
				return gone
			}
		}
		if after && gone == nil && w.after == nil && w.back == nil && releases(step) {
			w.call.Leg.Hangup(call.Normal)
			gone = w.gone(ctx)
		}
		next, err := w.take(ctx, step, gone != nil)
		if w.took != nil {
			w.took(step, next)
		}
		to := w.redirected(next == nil || err != nil)
		switch {
		case to != nil && w.gone(ctx) == nil:
			w.call.Note(to.Error())
			after, w.back = false, nil
			next, err = w.plan.jumpTo(w.call, to)
		case err == nil, isFailure(err):
		case next != nil && ctx.Err() != nil: // it was our stop that ended the conversation
			err = nil
		case after && w.gone(ctx) != nil:
			next, err = withoutCaller(step), nil
		case !after && w.call.Leg.Context().Err() == nil && ctx.Err() == nil && w.back.helps(err):
			w.call.Note(call.CauseOf(err).Error())
			next, err, w.back = w.back, nil, nil
		}
		if err != nil {
			return err
		}
		if hurried++; passesTime(step, next) {
			hurried = 0
		}
		if hurried > maxSteps {
			return call.Failure.With("%d steps without waiting, the last is %q", maxSteps, step)
		}
		switch n := next.(type) {
		case *afterwards:
			after, next, w.after = true, n.next, nil
		case *transferred:
			next, w.back = n.next, n.back
			if n.after != nil {
				w.after = n.after
			}
		}
		step = next
	}
	if ctx.Err() != nil {
		return call.EndOf(ctx)
	}
	return nil
}

// releases reports whether a step may have to wait for the database while nothing more is to be said to the caller, who
// would listen to silence.
func releases(step Step) bool {
	if _, owes := step.(*oweCall); !owes {
		return false
	}
	seen := make(map[Step]bool)
	var silent func(s Step) bool
	silent = func(s Step) bool {
		if s == nil || seen[s] {
			return true
		}
		seen[s] = true
		if _, needs := s.(needsCaller); needs {
			return false
		}
		for _, exit := range s.Exits() {
			if !silent(exit.To) {
				return false
			}
		}
		return true
	}
	return silent(step)
}

// gone is why nobody is on the line, or will be in a moment; nil: the caller is there.
func (w *Walk) gone(ctx context.Context) error {
	if leg := w.call.Leg.Context(); leg.Err() != nil {
		return call.EndOf(leg)
	}
	if ctx.Err() != nil {
		return call.EndOf(ctx)
	}
	return nil
}

// take does one step, or passes it by when it needs a caller who is gone.
func (w *Walk) take(ctx context.Context, step Step, gone bool) (Step, error) {
	_, needs := step.(needsCaller)
	if needs && gone {
		w.call.Note("left out: " + describe(step, w.call))
		return withoutCaller(step), nil
	}
	if _, does := step.(interface{ notesItself() }); !does {
		w.call.Note(describe(step, w.call))
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	if _, watches := step.(watchesCaller); needs && !watches {
		leg := w.call.Leg.Context()
		stop := context.AfterFunc(leg, func() { cancel(context.Cause(leg)) })
		defer stop()
	}
	w.interruptible(cancel)
	defer w.interruptible(nil)
	return w.do(ctx, step)
}

// do does one step and contains its panic: one call fails, the others go on.
func (w *Walk) do(ctx context.Context, step Step) (next Step, err error) {
	err = call.Contain(w.call.Log, step.String(), func() (err error) {
		next, err = step.Do(ctx, w.call)
		return err
	})
	return next, err
}

// interruptible makes cancel end the step that is being done; nil: there is none. A redirect that came
// between two steps ends the new one at once.
func (w *Walk) interruptible(cancel context.CancelCauseFunc) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.interrupt, w.leg = cancel, w.call.Leg
	if cancel != nil && w.redirect != nil {
		cancel(w.redirect)
	}
}

// redirected takes the place where the call is to go; nil: nowhere. After the last step none is accepted
// any more.
func (w *Walk) redirected(last bool) *Redirect {
	w.mu.Lock()
	defer w.mu.Unlock()
	to := w.redirect
	w.redirect = nil
	w.over = w.over || last && to == nil
	return to
}

// jumpTo is the first step of a redirect's place.
func (p *Plan) jumpTo(c *call.Call, to *Redirect) (Step, error) {
	n := p.contexts[to.Context]
	if n == nil {
		return nil, errNowhere
	}
	e := p.resolve(n, to.extension())
	if e == nil {
		return nil, errNowhere
	}
	arrive(c, to.Context, to.extension())
	return e.first, nil
}

func withoutCaller(step Step) Step {
	if n, ok := step.(needsCaller); ok {
		return n.withoutCaller()
	}
	return nil
}

// keepLimit is how long the store may take for what a call leaves behind.
const keepLimit = 15 * time.Second

// lasting is ctx without its end: what a caller has said is kept when they have gone, and when hatif stops.
func lasting(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), keepLimit)
}

func isFailure(err error) bool { return errors.Is(call.CauseOf(err), call.Failure) }

// passesTime reports whether the way from step to next takes time or a deed of the caller.
func passesTime(step, next Step) bool {
	if _, talked := next.(*transferred); talked {
		return true
	}
	for _, exit := range step.Exits() {
		if exit.To == next && exit.Waits {
			return true
		}
	}
	return false
}

// describe is the step as it is for c: names instead of templates.
func describe(step Step, c *call.Call) string {
	if p, ok := step.(interface{ of(*call.Call) string }); ok {
		return p.of(c)
	}
	return step.String()
}
