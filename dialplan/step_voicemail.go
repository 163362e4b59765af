package dialplan

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"hatif/call"
	"hatif/voicemail"
)

// leaveMessage takes a message for a mailbox:
//
//	voicemail: {mailbox: "{{ .Extension }}", greeting: busy, instructions: false, full: …, operator: …}
//
// voicemail: "600" is short for it. Several mailboxes, `voicemail: ["600", "2001"]`, all get the message; the greeting is
// the first one's, and full is when none has room. greeting is unavailable, busy, or none for nothing but the beep; not written,
// it is busy after a dial that found the person busy, and else unavailable. full and operator are branches: the
// box takes no more; the caller pressed 0, which without the branch means nothing. Where the mailboxes are only
// known from the call and there is none of these numbers, the call ends as the dial before it says.
type leaveMessage struct {
	plan           *Plan
	mailboxes      []text
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
	items := []*value{mailbox}
	if mailbox.kind == list {
		if items = mailbox.items; len(items) == 0 {
			c.faultf(mailbox, "a mailbox is missing")
		}
	}
	for _, item := range items {
		number := c.text(item)
		if number.fixed() {
			c.oneOf(item, "mailbox %q is not defined", number, slices.Sorted(maps.Keys(c.plan.services.Mailboxes)))
		}
		step.mailboxes = append(step.mailboxes, number)
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
	numbers, err := s.numbers(c)
	if err != nil {
		return nil, err
	}
	left, err := s.plan.services.Voicemail.Leave(ctx, c, numbers[0], voicemail.LeaveOptions{
		Also: numbers[1:], Greeting: s.greets(c), NoInstructions: s.noInstructions, Operator: s.operator != nil,
	})
	switch {
	case errors.Is(err, voicemail.ErrNoBox):
		c.Note("there is no mailbox " + strings.Join(numbers, ", "))
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

// numbers are those of the mailboxes, for the call as it is now.
func (s *leaveMessage) numbers(c *call.Call) ([]string, error) {
	var all []string
	for _, m := range s.mailboxes {
		number, err := m.in(c)
		if err != nil {
			return nil, err
		}
		all = append(all, number)
	}
	return all, nil
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

func (s *leaveMessage) String() string {
	var raw []string
	for _, m := range s.mailboxes {
		raw = append(raw, m.raw)
	}
	return "voicemail " + strings.Join(raw, ", ")
}

func (s *leaveMessage) of(c *call.Call) string {
	numbers, err := s.numbers(c)
	if err != nil {
		return s.String()
	}
	return "voicemail " + strings.Join(numbers, ", ")
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
	numbers, err := s.numbers(x.call)
	if err != nil {
		x.say("fails: %v", err)
		return nil
	}
	var names []string
	var first voicemail.Box
	for _, number := range numbers {
		box, known := s.plan.services.Mailboxes[number]
		if !known {
			continue
		}
		if names == nil {
			first = box
		}
		names = append(names, fmt.Sprintf("%s (%s)", number, box.Name))
	}
	if names == nil {
		x.say("there is no mailbox %s: the caller is told how the dial ended, and the call ends", strings.Join(numbers, ", "))
		return nil
	}
	x.say("takes a message for mailbox %s, %s at most", strings.Join(names, ", "), first.MaxLength)
	if s.full == s.next && s.operator == nil {
		return []Exit{{To: s.next}}
	}
	return s.Exits()
}
