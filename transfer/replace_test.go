package transfer_test

import (
	"log/slog"
	"testing"
	"time"

	"hatif/call"
	"hatif/call/calltest"
)

// moves has another phone of the same person ask for the place of old.
func (d *desk) moves(old *calltest.Leg) (*calltest.Leg, error) {
	d.Helper()
	l := calltest.Caller(old.Info().User, "moves")
	if !d.board.Replaceable(old) {
		d.Errorf("%s cannot be replaced", old.Info().User)
	}
	into, err := d.board.Replace(old, call.New("c9", l, "en", slog.New(slog.DiscardHandler)))
	if err == nil && into != d.call.ID {
		d.Errorf("the call goes on in %q", into)
	}
	return l, err
}

func TestEitherPartyGoesOnAtAnotherPhone(t *testing.T) {
	bubble("the caller", t, func(t *testing.T) {
		d := sit(t, "2001", "2002", nil)
		l, err := d.moves(d.caller)
		if err != nil {
			t.Fatal(err)
		}
		d.over(d.caller)
		d.talk(l, d.callee)
		d.callee.Press("*22003") // who stays may do what they could
		time.Sleep(time.Second)
		d.callee.Press("*1")
		time.Sleep(2 * time.Second)
		d.talk(l, d.callee)
		l.Leave()
		d.over(d.callee)
		d.ends()
	})
	bubble("the one who was called", t, func(t *testing.T) {
		d := sit(t, "2001", "2002", nil)
		l, err := d.moves(d.callee)
		if err != nil {
			t.Fatal(err)
		}
		d.over(d.callee)
		d.talk(d.caller, l)
		again, err := d.moves(l)
		if err != nil {
			t.Fatal(err)
		}
		d.talk(d.caller, again)
		d.caller.Leave()
		d.over(again)
		d.ends()
		if legs := d.call.Snapshot().Legs; len(legs) != 3 {
			t.Errorf("%d legs in the record, want the three phones of 2002", len(legs))
		}
	})
}

func TestWhoIsDoingSomethingElseIsNotReplaced(t *testing.T) {
	bubble("", t, func(t *testing.T) {
		d := sit(t, "2001", "2002", nil)
		d.asks(d.callee)
		if _, err := d.moves(d.callee); err == nil {
			t.Error("a party of a transfer was replaced in the middle of it")
		}
		d.callee.Press("*1")
		d.talk(d.caller, d.callee)
		stranger := calltest.Caller("2003", "nowhere")
		if d.board.Replaceable(stranger) {
			t.Error("somebody who talks with nobody can be replaced")
		}
		if _, err := d.board.Replace(stranger, call.New("c9", calltest.Caller("2003", "x"), "en", slog.New(slog.DiscardHandler))); err == nil {
			t.Error("somebody who talks with nobody was replaced")
		}
		d.caller.Leave()
		d.over(d.callee)
		d.ends()
	})
}
