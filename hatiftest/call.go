package hatiftest

import (
	"context"
	"errors"
	"math"
	"slices"
	"testing"
	"time"

	"hatif/internal/softphone"
	"hatif/store"
)

// A Call is one call of a Phone. The embedded call has what is rarely needed.
type Call struct {
	*softphone.Call
	t    testing.TB
	pbx  *PBX
	mark softphone.Position // what was heard before has been expected already
}

func (c *Call) wait() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), Patience)
}

// ExpectAnswered waits until the call is answered.
func (c *Call) ExpectAnswered() {
	c.t.Helper()
	ctx, cancel := c.wait()
	defer cancel()
	if err := c.WaitAnswered(ctx); err != nil {
		c.t.Fatalf("%s: not answered: %v", c.Phone(), err)
	}
}

// ExpectRinging waits until the other side rings.
func (c *Call) ExpectRinging() {
	c.t.Helper()
	ctx, cancel := c.wait()
	defer cancel()
	if err := c.WaitRinging(ctx); err != nil {
		c.t.Fatalf("%s: no ringing: %v", c.Phone(), err)
	}
}

// ExpectRefused waits until the call is refused with the SIP status.
func (c *Call) ExpectRefused(code int) {
	c.t.Helper()
	if end := c.ExpectEnd(); end.Code != code {
		c.t.Errorf("%s: the call ended as %q, want %d", c.Phone(), end, code)
	}
}

// ExpectEnd waits until the call is over and says how it ended.
func (c *Call) ExpectEnd() *softphone.End {
	c.t.Helper()
	ctx, cancel := c.wait()
	defer cancel()
	end, err := c.WaitEnd(ctx)
	if err != nil {
		c.t.Fatalf("%v", err)
	}
	return end
}

// ExpectRow waits until the conversation that this call was a part of is over and stored, and returns its row of the
// call log with legs.
func (c *Call) ExpectRow() store.Call {
	c.t.Helper()
	return c.pbx.For(c.t).ExpectRow("of the conversation of "+c.Phone().String(), func(r store.Call) bool {
		return slices.ContainsFunc(r.Legs, func(l store.Leg) bool { return l.CallID == c.CallID() })
	})
}

// Answer takes a ringing call and waits until both sides know.
func (c *Call) Answer() {
	c.t.Helper()
	ctx, cancel := c.wait()
	defer cancel()
	if err := c.Call.Answer(ctx); err != nil {
		c.t.Fatalf("%s answers: %v", c.Phone(), err)
	}
	c.ExpectAnswered()
}

// Decline refuses a ringing call with 603.
func (c *Call) Decline() {
	c.t.Helper()
	if err := c.Reject(603); err != nil {
		c.t.Fatalf("%s declines: %v", c.Phone(), err)
	}
}

// Hangup ends the call and waits for the PBX to confirm.
func (c *Call) Hangup() {
	c.t.Helper()
	ctx, cancel := c.wait()
	defer cancel()
	if err := c.Call.Hangup(ctx); err != nil {
		c.t.Fatalf("%s hangs up: %v", c.Phone(), err)
	}
}

// Press presses keys as RFC 4733 events.
func (c *Call) Press(keys string) {
	c.t.Helper()
	ctx, cancel := c.wait()
	defer cancel()
	if err := c.Call.Press(ctx, keys); err != nil {
		c.t.Fatalf("%s presses %s: %v", c.Phone(), keys, err)
	}
}

// PressTones presses keys as tones in the sound, as a phone without RFC 4733 does.
func (c *Call) PressTones(keys string) {
	c.t.Helper()
	ctx, cancel := c.wait()
	defer cancel()
	if err := c.Tones(ctx, keys, softphone.Press{}); err != nil {
		c.t.Fatalf("%s plays the tones of %s: %v", c.Phone(), keys, err)
	}
}

// PressInfo presses keys as SIP INFO.
func (c *Call) PressInfo(keys string) {
	c.t.Helper()
	ctx, cancel := c.wait()
	defer cancel()
	for i := range len(keys) {
		if err := c.Info(ctx, keys[i]); err != nil {
			c.t.Fatalf("%s sends INFO %c: %v", c.Phone(), keys[i], err)
		}
	}
}

// Hold puts the other side on hold.
func (c *Call) Hold() {
	c.t.Helper()
	c.Change(softphone.Offer{Direction: softphone.SendOnly})
}

// Resume takes the other side back.
func (c *Call) Resume() {
	c.t.Helper()
	c.Change(softphone.Offer{Direction: softphone.SendRecv})
}

// Change makes an offer within the call, and waits until it is accepted.
func (c *Call) Change(o softphone.Offer) {
	c.t.Helper()
	ctx, cancel := c.wait()
	defer cancel()
	if err := c.Reoffer(ctx, o); err != nil {
		c.t.Fatalf("%s offers %+v: %v", c.Phone(), o, err)
	}
}

// ExpectPrompt waits until the prompt is heard, from where the last Expect left off. name is "welcome", in whichever
// language, or "ar/welcome".
func (c *Call) ExpectPrompt(name string) {
	c.t.Helper()
	c.expectSound("prompt "+name, func(h heard) bool { return h.is("prompt ", name) })
}

// ExpectMusic waits until music of the class is heard.
func (c *Call) ExpectMusic(class string) {
	c.t.Helper()
	c.expectSound("music "+class, func(h heard) bool { return h.is("music ", class) })
}

// enough is how many frames of a sound make sure that it is heard: a fifth of a second.
const enough = 10

func (c *Call) expectSound(what string, ok func(heard) bool) {
	c.t.Helper()
	ctx, cancel := c.wait()
	defer cancel()
	var all []heard
	next := 0
	_, err := c.WaitHeard(ctx, c.mark, func(h softphone.Heard) bool {
		all = c.pbx.index.name(h)
		for _, sound := range all {
			if sound.frames >= enough && ok(sound) {
				next = sound.end
				return true
			}
		}
		return false
	})
	if err != nil {
		c.t.Fatalf("%s: %s was not heard but %v: %v", c.Phone(), what, names(all), err)
	}
	c.mark += softphone.Position(next)
}

// Sounds is what was heard so far, by name and in order: "prompt ar/welcome", "music default".
func (c *Call) Sounds() []string { return names(c.pbx.index.name(c.Heard(0))) }

// ExpectAudioFrom waits until the voice of the other call's phone is heard. It must say what it says by default.
func (c *Call) ExpectAudioFrom(other *Call) {
	c.t.Helper()
	ctx, cancel := c.wait()
	defer cancel()
	if err := c.Hears(ctx, other.Audio); err != nil {
		c.t.Fatalf("%s does not hear %s: %v", c.Phone(), other.Phone(), err)
	}
	c.mark = c.Now()
}

// ExpectTone waits until a pure tone of the frequency is heard, from now on.
func (c *Call) ExpectTone(hz float64) {
	c.t.Helper()
	ctx, cancel := c.wait()
	defer cancel()
	if _, err := c.WaitHeard(ctx, c.Now(), func(h softphone.Heard) bool {
		h.Packets = h.Packets[max(0, len(h.Packets)-enough):]
		if len(h.Packets) < enough {
			return false
		}
		heard, share := h.Tone()
		return math.Abs(heard-hz) < 5 && share > 0.9
	}); err != nil {
		c.t.Fatalf("%s does not hear a tone of %.0f Hz: %v", c.Phone(), hz, err)
	}
	c.mark = c.Now()
}

// ExpectKeys waits until the keys, and no others, have been heard as RFC 4733 events.
func (c *Call) ExpectKeys(keys string) {
	c.t.Helper()
	ctx, cancel := c.wait()
	defer cancel()
	if _, err := c.WaitHeard(ctx, 0, func(h softphone.Heard) bool { return h.Keys() == keys }); err != nil {
		c.t.Fatalf("%s does not hear the keys %q: %v", c.Phone(), keys, err)
	}
}

// ExpectNoAudioFrom listens for a second and fails when the other's voice is heard.
func (c *Call) ExpectNoAudioFrom(other *Call) {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if err := c.Hears(ctx, other.Audio); err == nil {
		c.t.Errorf("%s hears %s", c.Phone(), other.Phone())
	} else if !errors.Is(err, context.DeadlineExceeded) {
		c.t.Errorf("%s: %v", c.Phone(), err)
	}
}
