package dialplan

import (
	"context"
	"slices"

	"hatif/call"
	"hatif/transfer"
)

// pickup takes the call for which a colleague's phone rings, the one that has rung for the longest time: `pickup` of
// those of one's own context, `pickup: {of: [agents, managers]}` of those. Where none rings the call goes on with the
// step that follows, or is told that the number is not valid. What a queue rings is picked up as well: its statistics
// name who did.
type pickup struct {
	plan   *Plan
	groups []string // nil: the context of who picks up
	next   Step
}

func compilePickup(c *compiler, v *value, s spot) Step {
	step := &pickup{plan: c.plan, next: s.next}
	if v.kind != mapping {
		c.bare(v)
		return step
	}
	if !c.options(v, "pickup", "of") {
		return c.broken(v, s)
	}
	of := c.required(v, "pickup", "of")
	items := of.items
	if of.kind == scalar {
		items = []*value{of}
	}
	for _, item := range items {
		if c.plan.contexts[item.text] == nil {
			c.faultf(item, "group %q is not a context", item.text)
		}
		step.groups = append(step.groups, item.text)
	}
	return step
}

func (s *pickup) Do(ctx context.Context, c *call.Call) (Step, error) {
	own := s.plan.groupOf(c.Leg)
	may := func(user string) bool {
		group := s.plan.services.Users[user].Context
		if s.groups == nil {
			return group == own
		}
		return slices.Contains(s.groups, group)
	}
	talks := s.plan.services.Talks
	if talks.Rings(may) {
		if err := c.Leg.Answer(ctx); err != nil {
			return nil, err
		}
		if into, user, ok := talks.PickUp(c, may); ok {
			c.Note("picks up the phone of " + user)
			transfer.Lend(ctx, c, into)
			return nil, nil
		}
	}
	c.Note("no phone rings")
	if s.next == nil {
		return nil, call.NotFound.With("no phone rings")
	}
	return s.next, nil
}

func (s *pickup) withoutCaller() Step { return s.next }
func (s *pickup) String() string      { return "pickup" }
func (s *pickup) Exits() []Exit       { return []Exit{{On: "nobody", To: s.next}} }

func (s *pickup) explain(x *explanation) []Exit {
	x.say("picks up a phone that rings")
	return s.Exits()
}
