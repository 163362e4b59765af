package dialplan

import (
	"context"
	"fmt"
	"time"

	"hatif/calendar"
	"hatif/call"
	"hatif/callback"
	"hatif/internal/fault"
)

// oweCall promises a call: somebody is called later, and a context is run when they answer:
//
//	owe_call: {run: feedback, after: 5m, number: "{{ .Caller }}", hours: "09:00-20:00", tries: 3, every: 30m}
//
// Only run must be written. number is an account, the caller's where it is not written; what else is not written is as
// the file's `feedback` says. The context starts at its extension start, in the language of this call and with its
// variables. It needs nobody on the line.
type oweCall struct {
	then
	plan   *Plan
	run    *numbers
	number *text // nil: the caller
	policy callback.Config
	hours  calendar.Hours
}

func compileOweCall(c *compiler, v *value, s spot) Step {
	if !c.options(v, "owe_call", "run", "after", "number", "hours", "tries", "every", "ring") {
		return c.broken(v, s)
	}
	context := c.required(v, "owe_call", "run")
	name := c.fixed(context)
	run := c.plan.contexts[name]
	if run == nil {
		c.faultf(context, "context %q is not defined%s", name, fault.DidYouMean(name, c.contextNames()))
		return c.broken(v, s)
	}
	e := run.lookup(start)
	if e == nil {
		c.faultf(context, "context %q has no extension %q", name, start)
		return c.broken(v, s)
	}
	policy := c.plan.services.Feedback.Filled()
	step := &oweCall{then: then{s.next}, plan: c.plan, run: run, policy: policy}
	step.policy.After = c.duration(v.field("after"), policy.After)
	step.policy.Every = c.duration(v.field("every"), policy.Every)
	step.policy.Ring = c.duration(v.field("ring"), policy.Ring)
	step.policy.Tries = c.integer(v.field("tries"), policy.Tries, 1, callback.MaxTries)
	if n := v.field("number"); n != nil {
		number := c.text(n)
		step.number = &number
		c.oneOf(n, "no user %q can be called", number, c.plan.services.people())
	}
	hours := v.field("hours")
	if hours != nil {
		step.policy.Hours = c.fixed(hours)
	}
	var err error
	if step.hours, err = calendar.ParseHours(step.policy.Hours); err != nil && hours != nil {
		c.faultf(hours, "%v", err)
	}
	return step
}

func (s *oweCall) Do(ctx context.Context, c *call.Call) (Step, error) {
	number, err := s.callee(c)
	if err != nil {
		return nil, err
	}
	if _, known := s.plan.services.Users[number]; !known {
		c.Note(fmt.Sprintf("no call is owed: %q is nobody whom we can call", number))
		return s.next, nil
	}
	about := originOf(c)
	ctx, done := lasting(ctx)
	defer done()
	owed, err := s.plan.services.Callbacks.Owe(ctx, callback.Promise{
		To: number, Run: s.run.name, At: time.Now().In(s.plan.zone()).Add(s.policy.After),
		Hours: s.hours, Tries: s.policy.Tries, Every: s.policy.Every, Ring: s.policy.Ring,
		Language: c.Language, Shown: displayed(c), Variables: carried(c),
		Call: about.Call, Agent: about.Agent, Queue: about.Queue,
	})
	if err != nil {
		return nil, err
	}
	note := "owed " + owed.ID + " at " + owed.Due.In(s.plan.zone()).Format(time.DateTime)
	if owed.Waits != nil {
		c.Log.Warn("a promise is not stored yet", "owed", owed.ID, "to", number, "error", owed.Waits)
		note += ", not yet stored"
	}
	c.Note(note)
	return s.next, nil
}

// callee is who is to be called.
func (s *oweCall) callee(c *call.Call) (string, error) {
	if s.number != nil {
		return s.number.in(c)
	}
	info := c.Caller().Info()
	if info.User != "" {
		return info.User, nil
	}
	return info.Party().Number, nil
}

// launches are the steps that a promised call begins with: they are reached, though not from here.
func (s *oweCall) launches() Step { return s.run.lookup(start).first }

func (s *oweCall) String() string { return "owe_call " + s.run.name }

func (s *oweCall) explain(x *explanation) []Exit {
	number, err := s.callee(x.call)
	if err != nil {
		x.say("fails: %v", err)
		return nil
	}
	hours := s.hours.String()
	if hours == "" {
		hours = "any time"
	}
	x.say("owes %s a call in %s (%s; %d tries, every %s) that runs %s", number, s.policy.After, hours, s.policy.Tries, s.policy.Every, s.run.name)
	return s.Exits()
}
