package dialplan

import (
	"context"
	"errors"
	"time"

	"hatif/call"
	"hatif/media"
)

// atOnce is the shortest wait that a Question has: a background that was heard to its end waits for nothing.
const atOnce = time.Nanosecond

// dialled lets the caller key in an extension of in, while hearing what prompt makes (nil: silence). It goes
// on as soon as no longer number is possible. The step is silence when nothing was keyed in.
//
// What leads nowhere goes to the context's extension "invalid", and without one is refused.
func (p *Plan) dialled(ctx context.Context, c *call.Call, in *numbers, prompt func() media.Source, first time.Duration, silence Step) (Step, error) {
	number, err := call.Collect(ctx, c.Leg, call.Question{
		Prompt:     prompt,
		FirstDigit: first,
		Keys:       menuKeys,
		More:       func(sofar string) bool { return in.longer(sofar, p.services.Users) },
		Pressed:    func(key byte) { c.Note("digit " + string(rune(key))) },
	})
	if errors.Is(err, call.ErrNoInput) {
		return silence, nil
	}
	if err != nil {
		return nil, err
	}
	next, err := p.enter(c, in.name, number)
	if err != nil {
		if e := in.lookup(extInvalid); e != nil {
			c.Note(number + " is not valid")
			arrive(c, in.name, number)
			return e.first, nil
		}
		return nil, call.CauseOf(err)
	}
	c.Note(number)
	return next, nil
}

// Extensions that keys cannot spell, for what keys do not lead anywhere.
const (
	extInvalid = "invalid" // wrong number
	extTimeout = "timeout" // no number
)

// keyExits is every way that keys dialled in one of the contexts can lead.
func keyExits(in ...*numbers) []Exit {
	var exits []Exit
	known := make(map[*extension]bool)
	for _, n := range in {
		for _, e := range n.everything() {
			if name := e.pattern.String(); known[e] || e.pattern.exact && !e.dialled() && name != extInvalid {
				continue
			}
			known[e] = true
			exits = append(exits, Exit{On: e.String(), To: e.first, Waits: true})
		}
	}
	return exits
}

// explainDialled takes keys off x for an extension of in.
func (p *Plan) explainDialled(x *explanation, in *numbers, silence Exit) []Exit {
	number := ""
	for {
		key, pressed := x.press()
		if !pressed {
			break
		}
		number += string(rune(key))
		if !in.longer(number, p.services.Users) {
			break
		}
	}
	if number == "" && !x.keyed {
		return append(keyExits(in), silence)
	}
	if number == "" {
		x.say("nothing is keyed in")
		return []Exit{{To: silence.To}}
	}
	next, err := p.enter(x.call, in.name, number)
	if err != nil {
		if e := in.lookup(extInvalid); e != nil {
			x.say("%s is not valid", number)
			return []Exit{{To: e.first}}
		}
		x.say("%s is refused: %v", number, err)
		return nil
	}
	x.say("keys %s", number)
	return []Exit{{To: next}}
}
