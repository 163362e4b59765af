package sipleg_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"hatif/call"
	"hatif/call/calltest"
	"hatif/call/sipleg"
)

func TestAPanicOfWhoIsToldOfTheRingingHarmsNobody(t *testing.T) {
	w := newWire(t)
	w.Callee(t, calltest.Answers)
	leg, err := w.net.Dial(t.Context(), call.Target{User: "callee", Ringing: func(string) { panic("boom") }}, call.Identity{Number: "100"})
	if err != nil {
		t.Fatal(err)
	}
	leg.Hangup(nil)
}

func TestAPanicWhileRingingFailsThatCallAlone(t *testing.T) {
	w := newWire(t)
	w.Callee(t, calltest.Answers)
	options := w.net.Options
	options.Engine, options.Lines = nil, new(call.Lines) // opening a port panics
	broken := sipleg.New(options)
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	leg, err := broken.Dial(ctx, call.Target{User: "callee"}, call.Identity{Number: "100"})
	if leg != nil || !errors.Is(err, call.Failure) {
		t.Errorf("dialling returned %v, %v", leg, err)
	}
	if n := options.Lines.Busy("callee"); n != 0 {
		t.Errorf("%d lines of the callee are taken", n)
	}
	leg, err = w.net.Dial(t.Context(), call.Target{User: "callee"}, call.Identity{Number: "100"})
	if err != nil {
		t.Fatal(err)
	}
	leg.Hangup(nil)
}
