package dialplan

import (
	"context"

	"hatif/call"
	"hatif/media"
)

// background plays prompts and takes the keys of an extension of the context that the call is in meanwhile: `background:
// main-menu`. A key stops the prompt; a prompt heard to its end goes on with what follows, as a rule
// wait_exten.
type background struct {
	plan   *Plan
	in     *numbers // where it is written
	next   Step
	speech speech
}

func compileBackground(c *compiler, v *value, s spot) Step {
	return &background{c.plan, s.in, s.next, c.spoken(v, "background")}
}

func (s *background) Do(ctx context.Context, c *call.Call) (Step, error) {
	if err := c.Leg.Answer(ctx); err != nil {
		return nil, err
	}
	prompt := func() media.Source { return s.speech.source(c, s.plan.services.Sounds) }
	return s.plan.dialled(ctx, c, s.plan.here(c, s.in), prompt, atOnce, s.next)
}

func (s *background) String() string         { return "background " + s.speech.String() }
func (s *background) of(c *call.Call) string { return "background " + s.speech.named(c) }
func (s *background) prompts() []prompt      { return s.speech.items }
func (s *background) withoutCaller() Step    { return s.next }

func (s *background) Exits() []Exit {
	return append(keyExits(s.plan.around(s.in)...), Exit{On: "no key", To: s.next, Waits: true})
}

func (s *background) explain(x *explanation) []Exit {
	in := s.plan.here(x.call, s.in)
	x.say("plays %s and takes an extension of %s", x.heard(s.speech), in.name)
	if !x.keyed {
		return []Exit{{To: s.next}}
	}
	return s.plan.explainDialled(x, in, Exit{On: "no key", To: s.next})
}
