package dialplan

import (
	"context"

	"hatif/call"
)

// playback plays prompts to their end: `playback: goodbye`, `playback: [thanks, goodbye]`, or with the
// languages to say them in, `playback: {prompt: welcome, in: [ar, en]}`. It cannot be interrupted; keys
// pressed meanwhile are kept for the next question. `playback: {prompt: closed, answer: false}` is heard by a caller
// who was not answered without an answer (early media).
type playback struct {
	aloud
	plan   *Plan
	speech speech
	early  bool
}

func compilePlayback(c *compiler, v *value, s spot) Step {
	step := &playback{aloud: aloud{s.next}, plan: c.plan}
	if v.kind != mapping {
		step.speech = c.speech(v, nil)
		return step
	}
	if c.options(v, "playback", "prompt", "in", "answer") {
		step.speech = c.speech(c.required(v, "playback", "prompt"), v.field("in"))
		step.early = !c.truth(v.field("answer"), true)
	}
	return step
}

// spoken reads the argument of a step that only says something: the prompts, or prompt and in.
func (c *compiler) spoken(v *value, step string) speech {
	if v.kind != mapping {
		return c.speech(v, nil)
	}
	if !c.options(v, step, "prompt", "in") {
		return speech{}
	}
	return c.speech(c.required(v, step, "prompt"), v.field("in"))
}

func (s *playback) Do(ctx context.Context, c *call.Call) (Step, error) {
	begin := c.Leg.Answer
	if s.early {
		begin = c.Leg.Progress
	}
	if err := begin(ctx); err != nil {
		return nil, err
	}
	return s.next, call.Play(ctx, c.Leg, s.speech.source(c, s.plan.services.Sounds))
}

func (s *playback) String() string         { return "playback " + s.speech.String() }
func (s *playback) of(c *call.Call) string { return "playback " + s.speech.named(c) }
func (s *playback) prompts() []prompt      { return s.speech.items }

func (s *playback) explain(x *explanation) []Exit {
	if s.early {
		x.say("plays %s, without an answer", x.heard(s.speech))
		return s.Exits()
	}
	x.say("plays %s", x.heard(s.speech))
	return s.Exits()
}
