package dialplan

import (
	"context"
	"slices"
	"strings"
	"time"

	"hatif/call"
	"hatif/callback"
	"hatif/queue"
)

// valuePlace is, in a call that keeps a promise by the turn of a line, the conversation in which the place was kept. Only
// the steps know it.
const valuePlace = "Place"

// callBack says how the caller of the step can be called back: at an account of their own group, theirs first; nil:
// they cannot be.
func (s *enqueue) callBack(c *call.Call) *queue.CallBackOptions {
	p, info := s.plan, c.Leg.Info()
	if c.Var(valuePlace) != "" || c.Leg != c.Caller() || !info.Inbound {
		return nil
	}
	group := p.groups[p.groupOf(c.Leg)]
	if len(group) == 0 {
		return nil
	}
	o := &queue.CallBackOptions{
		Reaches: func(number string) bool { _, is := slices.BinarySearch(group, number); return is },
		Keep:    func(ctx context.Context, place *queue.Place) error { return s.keep(ctx, c, place) },
	}
	if o.Reaches(info.User) {
		o.Number = info.User
	}
	return o
}

// keep promises to call when the place's turn comes. The call then begins at the extension in which the step stands, and
// comes to the step again, as the one whose place it is.
func (s *enqueue) keep(ctx context.Context, c *call.Call, place *queue.Place) error {
	extension := c.Var(valueExtension)
	if s.ext.pattern.exact {
		extension = s.ext.pattern.String()
	}
	variables := carried(c)
	variables[valueExtension] = c.Var(valueExtension)
	kept, terms := place.Kept(), place.Terms()
	ctx, done := lasting(ctx)
	defer done()
	owed, err := s.plan.services.Callbacks.Owe(ctx, callback.Promise{
		To: kept.Back, Run: c.Var(valueContext) + "," + extension, At: time.Now().In(s.plan.zone()), Place: place,
		Tries: terms.Tries, Every: terms.Every, Ring: terms.Ring,
		Language: c.Language, Shown: c.Leg.Info().Called, Variables: variables, Call: c.ID, Queue: kept.Queue,
	})
	if err != nil {
		return err
	}
	c.Note("owed " + owed.ID)
	return nil
}

// carried are the variables that a call leaves to one that is owed: not where it is, and the like.
func carried(c *call.Call) map[string]string {
	variables := c.Vars()
	for name := range variables {
		if name[0] < 'a' || name[0] > 'z' {
			delete(variables, name)
		}
	}
	return variables
}

// displayed is the number that somebody who is called about c sees: the one that was dialled at first.
func displayed(c *call.Call) string {
	info := c.Caller().Info()
	if info.Inbound {
		return info.Called
	}
	return info.Caller.Number
}

// hello greets who has answered when their turn has come, and goes on to where they had waited.
type hello struct {
	aloud
	plan *Plan
}

func (s *hello) Do(ctx context.Context, c *call.Call) (Step, error) {
	return s.next, call.Play(ctx, c.Leg, saying([]string{queue.CallBackHello}).source(c, s.plan.services.Sounds))
}

func (s *hello) String() string { return "playback " + queue.CallBackHello }

func (s *hello) explain(*explanation) []Exit { return s.Exits() }

// destination reads where an owed call begins: a context, or "context,extension".
func destination(s string) *Redirect {
	context, extension, _ := strings.Cut(s, ",")
	return &Redirect{Context: context, Extension: extension}
}

// A clash is a queue step that gives a meaning to the key by which callers ask to be called back.
type clash struct {
	at    []string
	queue text
}

// checkClashes finds keys that a queue has another use for.
func (c *compiler) checkClashes() {
	for _, cl := range c.clashes {
		for _, name := range c.plan.outcomes(cl.queue) {
			if c.plan.services.Queues[name].CallBack != nil {
				c.faults = append(c.faults, (&value{path: cl.at}).fault(
					"%s is the key by which callers of queue %s ask to be called back (call_back): take another", queue.CallBackKey, name))
			}
		}
	}
}
