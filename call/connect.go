package call

import (
	"context"
	"time"
)

// Connect is a conversation of the call's caller with other: bridged, recorded when the call asks for it,
// and noted in the record. It returns when one of them leaves or asks for something. The caller of Connect
// still owns other and hangs it up. The recording ends with the conversation; when a party has asked for something,
// or ctx has ended, it goes on until StopRecording.
func (c *Call) Connect(ctx context.Context, other Leg, opts BridgeOptions) (End, error) {
	c.Begin(other)
	opts.Heard = c.Pair
	end, err := Bridge(ctx, c.Leg, other, opts)
	if err == nil && end.Asked == nil {
		c.StopRecording()
	}
	return end, err
}

// Begin notes that the caller speaks with other from now on, and records them when the call asks for it.
func (c *Call) Begin(other Leg) {
	who := other.Info()
	c.Update(func(r *Record) {
		if r.Connected.IsZero() {
			r.Connected = time.Now()
		}
		r.Agent, r.Result = who.User, ResultAnswered
	})
	c.Note("talking to " + who.User)
	switch {
	case c.recording != nil:
		c.Between(c.Leg.Voice(), other.Voice(), nil)
	case c.Recorder != nil && !c.silenced:
		c.Record(c.Recorder, c.Leg.Voice(), other.Voice())
	}
}

// Joined adds a leg that took part, or was rung, to the record; it is called when the leg is over.
func (c *Call) Joined(l LegRecord) {
	c.Update(func(r *Record) { r.Legs = append(r.Legs, l) })
}
