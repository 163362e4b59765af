package transfer

import (
	"context"
	"time"

	"hatif/call"
	"hatif/media"
)

// A talk is one conversation: the script that Converse runs. Only its own goroutine touches it, but for what the
// switchboard guards.
type talk struct {
	Options
	board *Switchboard
	call  *call.Call
	other call.Leg // whom the call's leg talks with; nil when nobody is left
	over  bool     // nobody talks with the call's leg any more
	waits call.Leg // who hears music since hold: it is not begun anew

	interrupt context.CancelCauseFunc // guarded by board.mu: ends the bridge; nil: there is none
	request   *request                // guarded by board.mu: why it was ended, or why the next one ends at once
	wants     call.Leg                // guarded by board.mu: the bridge has ended to connect with whom this one talks; nil: it has not
}

// An Outcome is how a conversation ended. What it leaves is the call's leg; everybody else has been hung up and
// reported to the record.
type Outcome struct {
	End call.End // who left

	// To is the number to which the call's leg has been transferred without asking, with By's rights; "": it was not.
	// Whether it leads somewhere has been looked up.
	To string
	By call.Leg

	// Merged: the conversation has become a part of another one, see call.Record.Merged. The call's leg is that of the
	// party who wanted it so, and is over.
	Merged bool
}

// Converse connects the call's leg with other until one of them leaves, with all that they do meanwhile: they may
// have been replaced by others when it returns. It owns other. The error is the cause when ctx ended the
// conversation; ctx must not end with the leg, which may be transferring the other party by hanging up.
func (b *Switchboard) Converse(ctx context.Context, c *call.Call, other call.Leg, o Options) (Outcome, error) {
	t := &talk{Options: o, board: b, call: c, other: other}
	b.enter(t)
	defer t.end()
	t.meet()
	return t.run(ctx)
}

// run is the conversation of the two until nobody talks with the call's leg any more.
func (t *talk) run(ctx context.Context) (Outcome, error) {
	for {
		end, err := t.bridge(ctx)
		r := t.board.close(t, wanted(end.Asked))
		switch {
		case r != nil && r.record != nil:
			call.Decline(end.Asked)
			t.recordAsked(ctx, r)
			continue
		case r != nil && r.instead != nil:
			call.Decline(end.Asked)
			t.cede(r)
			continue
		case r != nil && r.bring == nil:
			call.Decline(end.Asked)
			if t.give(r) {
				return Outcome{Merged: true}, nil
			}
			continue
		case r != nil:
			call.Decline(end.Asked)
			t.take(r)
			continue
		case err != nil:
			return Outcome{}, err
		case end.Asked == nil:
			t.over = true
			return Outcome{End: end}, nil
		}
		if out := t.asked(ctx, end.By, end.Asked); out != nil {
			return t.ended(ctx, out)
		}
	}
}

// wanted is the other leg of a party who wants two conversations connected; nil: that is not what is asked for.
func wanted(asked call.Event) call.Leg {
	if what, transfers := asked.(call.Transfer); transfers {
		return what.Replaces
	}
	return nil
}

// ended is the outcome of what a party has asked for, when the conversation does not go on.
func (t *talk) ended(ctx context.Context, out *Outcome) (Outcome, error) {
	if ctx.Err() != nil && out.To == "" && !out.Merged {
		return Outcome{}, call.EndOf(ctx)
	}
	t.over = out.To == "" && !out.Merged
	return *out, nil
}

// bridge lets the two hear each other until something happens.
func (t *talk) bridge(ctx context.Context) (call.End, error) {
	t.waits = nil
	bridged, interrupt := context.WithCancelCause(ctx)
	defer interrupt(nil)
	t.board.open(t, interrupt)
	return call.Bridge(bridged, t.call.Leg, t.other, call.BridgeOptions{
		Music: t.Music, Codes: t.codes, Gap: t.Config.CodeTimeout, Heard: t.call.Pair,
	})
}

// codes are what a party may key in while they talk.
func (t *talk) codes(l call.Leg) []string {
	var live []named
	for _, n := range t.Config.talking() {
		if t.House.May(l, t.rightOf(n.code)) {
			live = append(live, n)
		}
	}
	return codes(live)
}

func (t *talk) rightOf(code string) Right {
	if code == t.Config.Record {
		return MayRecord
	}
	return MayTransfer
}

// asked does what a party wants. It returns nil when the conversation goes on.
func (t *talk) asked(ctx context.Context, by call.Leg, what call.Event) *Outcome {
	switch what := what.(type) {
	case call.Transfer:
		return t.refer(ctx, by, what)
	case call.Code:
		switch string(what) {
		case t.Config.Record:
			t.record(ctx, by)
		case t.Config.AttendedTransfer:
			return t.attended(ctx, by)
		case t.Config.BlindTransfer:
			return t.blind(ctx, by)
		}
	}
	return nil
}

// peer is the other of the two.
func (t *talk) peer(l call.Leg) call.Leg {
	if l == t.other {
		return t.call.Leg
	}
	return t.other
}

// part takes a party out of the conversation, with its goodbye: who remains is the call's leg.
func (t *talk) part(who call.Leg, to string) {
	if t.Left != nil {
		t.Left(who, to)
	}
	if who == t.call.Leg {
		t.call.Leg = t.other
	}
	t.other = nil
	t.board.leave(who)
	t.dismiss(who)
}

// join is the opposite: somebody new talks with the call's leg from now on.
func (t *talk) join(who call.Leg) {
	t.other = who
	t.board.enter(t)
	t.meet()
}

// meet notes that the two talk from now on, and lets their phones show it.
func (t *talk) meet() {
	t.call.Begin(t.other)
	for _, l := range []call.Leg{t.call.Leg, t.other} {
		if t.House.Shown(l) {
			l.Show(t.peer(l).Info().Party())
		}
	}
}

// dismiss hangs a leg up and reports it to the record; the caller's own is reported at the call's end. What the party has
// asked for meanwhile is declined.
func (t *talk) dismiss(who call.Leg) {
	forget(who)
	who.Hangup(nil)
	if who != t.call.Caller() {
		t.call.Joined(who.Report())
	}
}

// end is what remains to be done when Converse returns, however it does.
func (t *talk) end() {
	if r := t.board.close(t, nil); r != nil {
		r.reply <- reply{err: errOver}
	}
	t.board.leave(t.call.Leg)
	if t.other != nil {
		t.board.leave(t.other)
		t.dismiss(t.other)
	}
	if t.over || t.call.Leg.Context().Err() != nil {
		t.call.StopRecording()
	}
}

// hold lets a party wait for the other: with music, while the recording goes on for them alone.
func (t *talk) hold(l call.Leg) {
	t.call.Between(l.Voice(), nil, nil)
	switch {
	case t.waits == l:
	case t.Music != nil:
		l.Hear(t.Music(t.peer(l)))
	default:
		l.Hear(nil)
	}
	t.waits = l
}

// while is a context that ends with ctx, or when the party is gone.
func while(ctx context.Context, l call.Leg) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	stop := context.AfterFunc(l.Context(), func() { cancel(call.EndOf(l.Context())) })
	return ctx, func() {
		stop()
		cancel(nil)
	}
}

// forget drops what a party did while nobody listened to them: keys that were pressed on hold are for nobody.
func forget(l call.Leg) {
	for {
		select {
		case e := <-l.Events():
			call.Decline(e)
		default:
			return
		}
	}
}

// say is a prompt for a party, or the beeps that it stands for where there is none.
func (t *talk) say(l call.Leg, prompt string) media.Source {
	if src, ok := t.House.Say(l, prompt); ok {
		return src
	}
	return media.Tone(media.ToneBeep, t.Country)
}

// regret tells a party that something did not work: three beeps, and the prompt when there is one.
func (t *talk) regret(ctx context.Context, l call.Leg, prompt string) {
	src := media.Tone(media.ToneError, t.Country)
	if said, ok := t.House.Say(l, prompt); ok {
		src = media.Sequence(src.String()+", "+said.String(), src, said)
	}
	t.play(ctx, l, src)
}

// play lets a party hear src to its end. That they hang up instead is seen by whoever waits next.
func (t *talk) play(ctx context.Context, l call.Leg, src media.Source) {
	if err := call.Play(ctx, l, src); err != nil {
		t.call.Log.Debug("not heard to its end", "what", src.String(), "error", err)
	}
}

// beepPause lies between two beeps.
const beepPause = 100 * time.Millisecond
