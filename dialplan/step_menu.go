package dialplan

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"hatif/call"
	"hatif/media"
)

// menu asks for one key and goes on by it:
//
//	menu:
//	  prompt: welcome          # or a list; with `in: [ar, en, fr]` said in each of these languages
//	  wait: 10s                # after the prompt
//	  tries: 3                 # wrong keys
//	  "1": {language: ar, goto: talk-to-an-agent}
//	  otherwise: hangup
//
// A key stops the prompt at once and counts. A wrong one is answered with invalid_prompt (not-valid) and the
// menu again. Silence goes to timeout, too many wrong keys to invalid; what of these is not written goes to
// otherwise, and without that to the step that follows.
type menu struct {
	plan    *Plan
	prompt  speech
	invalid speech
	wait    time.Duration
	tries   int

	keys    keypad
	silence Step
	wrong   Step
}

const (
	menuWait  = 10 * time.Second
	menuTries = 3
)

func compileMenu(c *compiler, v *value, s spot) Step {
	for _, f := range v.fields {
		if len(f.key) > 1 && strings.Trim(f.key, menuKeys) == "" {
			c.keyf(f.value, "a menu takes one key of the phone, not %q: to take numbers use ask or wait_exten", f.key)
			return c.broken(v, s)
		}
	}
	options := []string{"prompt", "in", "invalid_prompt", "wait", "tries", "timeout", "invalid", "otherwise"}
	if !c.options(v, "menu", append(options, strings.Split(menuKeys, "")...)...) {
		return c.broken(v, s)
	}
	in := v.field("in")
	otherwise := c.branch(v.field("otherwise"), s)
	step := &menu{
		plan:    c.plan,
		prompt:  c.speech(c.required(v, "menu", "prompt"), in),
		wait:    c.duration(v.field("wait"), menuWait),
		tries:   c.integer(v.field("tries"), menuTries, 1, 100),
		silence: c.branchOr(v.field("timeout"), s, otherwise),
		wrong:   c.branchOr(v.field("invalid"), s, otherwise),
	}
	invalid := v.field("invalid_prompt")
	if invalid == nil {
		invalid = &value{path: v.path, kind: scalar, text: promptNotValid}
	}
	step.invalid = c.speech(invalid, in)
	step.keys = c.keypad(v, s)
	if len(step.keys) == 0 {
		c.faultf(v, `a menu needs keys: "1": …`)
	}
	return step
}

func (s *menu) Do(ctx context.Context, c *call.Call) (Step, error) {
	if err := c.Leg.Answer(ctx); err != nil {
		return nil, err
	}
	sounds := s.plan.services.Sounds
	digit, err := call.Ask(ctx, c.Leg, call.Question{
		Prompt:     func() media.Source { return s.prompt.source(c, sounds) },
		Invalid:    func() media.Source { return s.invalid.source(c, sounds) },
		FirstDigit: s.wait,
		Tries:      s.tries,
		Keys:       s.keys.String(),
		Pressed:    func(key byte) { c.Note("digit " + string(rune(key))) },
	})
	switch {
	case errors.Is(err, call.ErrNoInput):
		c.Note("no digit in " + s.wait.String())
		return s.silence, nil
	case errors.Is(err, call.ErrInvalid):
		c.Note(fmt.Sprintf("no valid digit in %d tries", s.tries))
		return s.wrong, nil
	case err != nil:
		return nil, err
	}
	return s.keys.on(string(rune(digit.Key))), nil
}

func (s *menu) String() string         { return "menu " + s.prompt.String() }
func (s *menu) of(c *call.Call) string { return "menu " + s.prompt.named(c) }
func (s *menu) prompts() []prompt      { return slices.Concat(s.prompt.items, s.invalid.items) }
func (s *menu) withoutCaller() Step    { return nil }

func (s *menu) Exits() []Exit {
	return append(slices.Clone([]Exit(s.keys)),
		Exit{On: "timeout", To: s.silence, Waits: true},
		Exit{On: "invalid", To: s.wrong, Waits: true})
}

func (s *menu) explain(x *explanation) []Exit {
	x.say("menu: plays %s; then %s for one of %s", x.heard(s.prompt), s.wait, strings.Join(strings.Split(s.keys.String(), ""), ", "))
	for range s.tries {
		key, pressed := x.press()
		if !pressed {
			if x.keyed {
				x.say("no key in %s", s.wait)
				return []Exit{{To: s.silence}}
			}
			return s.Exits()
		}
		if strings.Contains(s.keys.String(), string(rune(key))) {
			x.say("key %c", key)
			return []Exit{{To: s.keys.on(string(rune(key)))}}
		}
		x.say("key %c is not valid: plays %s", key, x.heard(s.invalid))
	}
	x.say("no valid key in %d tries", s.tries)
	return []Exit{{To: s.wrong}}
}
