package dialplan

import (
	"context"
	"slices"
	"strings"

	"hatif/call"
	"hatif/internal/fault"
	"hatif/media"
)

// ringing lets the caller's phone ring: it is told that somebody is being called (180). A caller who was answered
// already hears nothing of it. `ringing: {tone: busy}` and `ringing: {music: default}` let the caller hear that instead,
// before the answer (early media) as after it, until something else is heard.
type ringing struct {
	aloud
	plan  *Plan
	tone  media.ToneKind // "": none
	music string         // "": none
}

// heardTones are the tones that a caller can be let hear.
var heardTones = []string{string(media.ToneRingback), string(media.ToneBusy), string(media.ToneCongestion)}

func compileRinging(c *compiler, v *value, s spot) Step {
	step := &ringing{aloud: aloud{s.next}, plan: c.plan}
	if v.kind != mapping {
		c.bare(v)
		return step
	}
	if !c.options(v, "ringing", "tone", "music") {
		return c.broken(v, s)
	}
	tone, music := v.field("tone"), v.field("music")
	switch {
	case tone != nil && music != nil:
		c.faultf(music, "one thing is heard at a time: a tone or music")
	case tone != nil:
		step.tone = media.ToneKind(c.fixed(tone))
		if !slices.Contains(heardTones, string(step.tone)) {
			c.faultf(tone, "%q is no tone: %s%s", tone.text, strings.Join(heardTones, ", "), fault.DidYouMean(tone.text, heardTones))
		}
	case music != nil:
		step.music = c.musicClass(music)
	}
	return step
}

// musicClass reads the name of a music that is there.
func (c *compiler) musicClass(v *value) string {
	class := c.fixed(v)
	if _, ok := c.plan.services.Sounds.Music(class); !ok {
		c.faultf(v, "there is no music %q", class)
	}
	return class
}

func (s *ringing) Do(ctx context.Context, c *call.Call) (Step, error) {
	if s.tone == "" && s.music == "" {
		return s.next, c.Leg.Ring(ctx)
	}
	if err := c.Leg.Progress(ctx); err != nil {
		return nil, err
	}
	if s.tone != "" {
		c.Leg.Hear(media.Tone(s.tone, s.plan.services.Country))
	} else if src, ok := s.plan.music(s.music); ok {
		c.Leg.Hear(src)
	}
	return s.next, nil
}

func (s *ringing) String() string {
	switch {
	case s.tone != "":
		return "ringing tone " + string(s.tone)
	case s.music != "":
		return "ringing music " + s.music
	}
	return "ringing"
}

// Exits: no time passes in saying so.
func (s *ringing) Exits() []Exit { return []Exit{{To: s.next}} }

func (s *ringing) explain(x *explanation) []Exit {
	switch {
	case s.tone != "":
		x.say("lets the caller hear the %s tone", s.tone)
	case s.music != "":
		x.say("lets the caller hear the music %s", s.music)
	default:
		x.say("lets the phone ring")
	}
	return s.Exits()
}
