package dialplan

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"hatif/call"
	"hatif/voicemail"
)

// leaveMessage takes a message for a mailbox:
//
//	voicemail: {mailbox: "{{ .Extension }}", greeting: busy, instructions: false, full: …, operator: …}
//
// voicemail: "600" is short for it. greeting is unavailable, busy, or none for nothing but the beep; not written,
// it is busy after a dial that found the person busy, and else unavailable. full and operator are branches: the
// box takes no more; the caller pressed 0, which without the branch means nothing. Where the mailbox is only known
// from the call and there is none of that number, the call ends as the dial before it says.
type leaveMessage struct {
	plan           *Plan
	mailbox        text
	greeting       voicemail.Greeting // "": by the outcome of the dial
	noInstructions bool
	next           Step
	full           Step
	operator       Step // nil: there is none
}

var greetings = []voicemail.Greeting{voicemail.Unavailable, voicemail.Busy, voicemail.NoGreeting}

func compileVoicemail(c *compiler, v *value, s spot) Step {
	step := &leaveMessage{plan: c.plan, next: s.next, full: s.next}
	mailbox := v
	if v.kind == mapping {
		if !c.options(v, "voicemail", "mailbox", "greeting", "instructions", "full", "operator") {
			return c.broken(v, s)
		}
		mailbox = c.required(v, "voicemail", "mailbox")
		step.greeting = c.greeting(v.field("greeting"))
		step.noInstructions = !c.truth(v.field("instructions"), true)
		step.full = c.branch(v.field("full"), s)
		if f := v.field("operator"); f != nil {
			step.operator = c.steps(f, s)
		}
	}
	step.mailbox = c.text(mailbox)
	if step.mailbox.fixed() {
		c.oneOf(mailbox, "mailbox %q is not defined", step.mailbox, slices.Sorted(maps.Keys(c.plan.services.Mailboxes)))
	}
	return step
}

// greeting reads which greeting is wanted; v may be nil.
func (c *compiler) greeting(v *value) voicemail.Greeting {
	if v == nil {
		return ""
	}
	is := voicemail.Greeting(c.fixed(v))
	if !slices.Contains(greetings, is) {
		c.faultf(v, "%q is no greeting: unavailable, busy or none", v.text)
	}
	return is
}

func (s *leaveMessage) Do(ctx context.Context, c *call.Call) (Step, error) {
	mailbox, err := s.mailbox.in(c)
	if err != nil {
		return nil, err
	}
	left, err := s.plan.services.Voicemail.Leave(ctx, c, mailbox, voicemail.LeaveOptions{
		Greeting: s.greets(c), NoInstructions: s.noInstructions, Operator: s.operator != nil,
	})
	switch {
	case errors.Is(err, voicemail.ErrNoBox):
		c.Note("there is no mailbox " + mailbox)
		return nil, causeOfOutcome(c)
	case err != nil:
		return nil, err
	}
	switch left {
	case voicemail.Full:
		return s.full, nil
	case voicemail.Operator:
		return s.operator, nil
	}
	return s.next, nil
}

// greets is the greeting for the call as it has come here.
func (s *leaveMessage) greets(c *call.Call) voicemail.Greeting {
	switch {
	case s.greeting != "":
		return s.greeting
	case c.Var(valueOutcome) == "busy":
		return voicemail.Busy
	}
	return voicemail.Unavailable
}

// causeOfOutcome is why the dial before this step has failed.
func causeOfOutcome(c *call.Call) *call.Cause {
	for _, o := range dialOutcomes {
		if o.cause != nil && o.option == c.Var(valueOutcome) {
			return o.cause
		}
	}
	return call.NoAnswer
}

func (s *leaveMessage) String() string { return "voicemail " + s.mailbox.raw }

func (s *leaveMessage) of(c *call.Call) string {
	mailbox, err := s.mailbox.in(c)
	if err != nil {
		return s.String()
	}
	return "voicemail " + mailbox
}

func (s *leaveMessage) withoutCaller() Step { return s.next }
func (s *leaveMessage) prompts() []prompt   { return spokenBy(s, s.plan, voicemail.LeavePrompts) }

// spokenBy are the prompts that a step says of its own, at the place where it stands.
func spokenBy(s Step, p *Plan, names []string) []prompt {
	var all []prompt
	for _, name := range names {
		all = append(all, prompt{name: text{raw: name}, at: p.places[s].path})
	}
	return all
}

func (s *leaveMessage) Exits() []Exit {
	exits := []Exit{{To: s.next, Waits: true}, {On: "full", To: s.full, Waits: true}}
	if s.operator != nil {
		exits = append(exits, Exit{On: "digit 0", To: s.operator, Waits: true})
	}
	return exits
}

func (s *leaveMessage) explain(x *explanation) []Exit {
	mailbox, err := s.mailbox.in(x.call)
	if err != nil {
		x.say("fails: %v", err)
		return nil
	}
	box, known := s.plan.services.Mailboxes[mailbox]
	if !known {
		x.say("there is no mailbox %s: the caller is told how the dial ended, and the call ends", mailbox)
		return nil
	}
	x.say("takes a message for mailbox %s, %s at most", fmt.Sprintf("%s (%s)", mailbox, box.Name), box.MaxLength)
	if s.full == s.next && s.operator == nil {
		return []Exit{{To: s.next}}
	}
	return s.Exits()
}
