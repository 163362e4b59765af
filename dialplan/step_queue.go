package dialplan

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"hatif/call"
	"hatif/queue"
)

// enqueue puts the caller into a queue and connects them with an agent:
//
//	queue: {name: "{{ .queue }}", answered: after-the-call, unanswered: leave-a-number, full: …, empty: …, closed: …, abandoned: …, "0": operator,
//		priority: 5, skills: {billing: 2}}
//
// A key that is written leads a caller in line elsewhere; the others mean nothing there.
//
// unanswered is the end of max_wait and, where they have no branch of their own, full (no place in the line),
// empty (no agent there) and closed (outside the hours); without a branch these go to the step that follows. answer:
// false leaves it to the agent to answer a caller: the music is early media, and nothing is announced. answered and abandoned
// (the caller hung up in line) run when the caller may be gone; not written, the call ends there.
type enqueue struct {
	plan *Plan
	ext  *extension // in which the step stands
	name text
	next Step

	answered, abandoned     Step
	unanswered, full, empty Step
	closed                  Step

	early  bool   // who was not answered is answered by the agent alone, and hears the music before
	keys   keypad // by which callers in line leave it
	wishes wishes
}

func compileQueue(c *compiler, v *value, s spot) Step {
	step := &enqueue{plan: c.plan, ext: s.ext, next: s.next, unanswered: s.next, full: s.next, empty: s.next, closed: s.next}
	name := v
	if v.kind == mapping {
		options := []string{"name", "answered", "unanswered", "full", "empty", "closed", "abandoned", "priority", "skills", "answer"}
		if !c.options(v, "queue", append(options, strings.Split(menuKeys, "")...)...) {
			return c.broken(v, s)
		}
		name = c.required(v, "queue", "name")
		step.answered = c.afterBranch(v.field("answered"), s)
		step.abandoned = c.afterBranch(v.field("abandoned"), s)
		step.unanswered = c.branch(v.field("unanswered"), s)
		step.full = c.branchOr(v.field("full"), s, step.unanswered)
		step.empty = c.branchOr(v.field("empty"), s, step.unanswered)
		step.closed = c.branchOr(v.field("closed"), s, step.unanswered)
		step.keys = c.keypad(v, s)
		step.wishes = c.wishes(v)
		step.early = !c.truth(v.field("answer"), true)
	}
	step.name = c.text(name)
	if k := v.field(queue.CallBackKey); k != nil {
		c.clashes = append(c.clashes, clash{k.path, step.name})
	}
	c.requirements = append(c.requirements, requirement{step.wishes, step.name})
	c.oneOf(name, "queue %q is not defined", step.name, slices.Sorted(maps.Keys(c.plan.services.Queues)))
	return step
}

func (s *enqueue) Do(ctx context.Context, c *call.Call) (Step, error) {
	name, err := s.name.in(c)
	if err != nil {
		return nil, err
	}
	answered := s.answered
	priority, skills := s.wishes.of(s.plan, c, name)
	music, say := s.plan.queueMusic(name), s.plan.announcer(c)
	if s.early && c.Leg.Report().Answered.IsZero() {
		if err := c.Leg.Progress(ctx); err != nil {
			return nil, err
		}
		if music != nil {
			c.Leg.Hear(music(name))
		}
		music, say = nil, nil // with them the queue would answer
	}
	out, err := s.plan.services.Line.Serve(ctx, c, name, queue.ServeOptions{
		Dialer: s.plan.services.Talks.Dialer(s.plan.services.Dialer, c), Music: music, Say: say, Keys: s.keys.String(),
		CallBack: s.callBack(c), Place: c.Var(valuePlace),
		Priority: priority, Skills: skills, Brief: s.plan.briefer(c),
		Talk: func(ctx context.Context, agent call.Leg, transferred func(string)) (err error) {
			left := func(who call.Leg, to string) {
				if who == agent {
					transferred(to)
				}
			}
			served := c.Snapshot().Queue // they may have gone on to another
			answered, err = s.plan.converse(ctx, c, agent, s.plan.services.Queues[served].Music, left, s.answered)
			return err
		},
	})
	c.Set(valueOutcome, string(out.Result))
	switch out.Result {
	case queue.Answered:
		return answered, err
	case queue.ByKey:
		return s.keys.on(out.Key), nil
	case queue.ToBeCalled:
		return nil, nil
	case queue.Abandoned:
		return s.abandoned, nil
	case queue.Withdrawn:
		return nil, err
	case queue.Full:
		return s.orRefuse(s.full, call.Congestion.With("queue %s is full", name))
	case queue.Closed:
		return s.orRefuse(s.closed, call.NoAnswer.With("queue %s is closed", name))
	case queue.Empty, queue.LeftEmpty:
		return s.orRefuse(s.empty, call.NoAnswer.With("nobody serves queue %s", name))
	case queue.Failed:
		if ctx.Err() != nil {
			return nil, call.EndOf(ctx)
		}
		c.Note("queue " + name + " failed: " + err.Error())
		c.Log.Error("queue failed", "queue", name, "error", err)
		conclude(c, call.ResultFailed)
	}
	return s.orRefuse(s.unanswered, call.NoAnswer)
}

// orRefuse goes on with next, or ends the call with cause where nothing was written.
func (s *enqueue) orRefuse(next Step, cause *call.Cause) (Step, error) {
	if next == nil {
		return nil, cause
	}
	return next, nil
}

// notesItself: the queue writes its line of the path, and how it ended.
func (s *enqueue) notesItself() {}

func (s *enqueue) String() string { return "queue " + s.name.raw }

func (s *enqueue) of(c *call.Call) string {
	name, err := s.name.in(c)
	if err != nil {
		return s.String()
	}
	return "queue " + name
}

func (s *enqueue) watchesCaller() {}

func (s *enqueue) withoutCaller() Step { return nil }

func (s *enqueue) Exits() []Exit {
	exits := []Exit{
		{On: "answered", To: s.answered, Waits: true},
		{On: "unanswered", To: s.unanswered},
		{On: "full", To: s.full},
		{On: "empty", To: s.empty},
		{On: "closed", To: s.closed},
		{On: "abandoned", To: s.abandoned, Waits: true},
	}
	for _, e := range s.keys {
		exits = append(exits, Exit{On: "digit " + e.On, To: e.To, Waits: true})
	}
	return exits
}

func (s *enqueue) explain(x *explanation) []Exit {
	name, err := s.name.in(x.call)
	if err != nil {
		x.say("fails: %v", err)
		return nil
	}
	cfg, known := s.plan.services.Queues[name]
	if !known {
		x.say("queue %q does not exist", name)
		return []Exit{{To: s.unanswered}}
	}
	limit := "as long as it takes"
	if cfg.MaxWait > 0 {
		limit = "for " + cfg.MaxWait.String() + " at most"
	}
	priority, skills := s.wishes.of(s.plan, x.call, name)
	if priority != 0 {
		limit += fmt.Sprintf(", with priority %d", priority)
	}
	if len(skills) > 0 {
		limit += ", for an agent with " + skills.String()
	}
	x.say("queue %s: waits %s", name, limit)
	return s.Exits()
}
