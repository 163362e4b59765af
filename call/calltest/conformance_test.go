package calltest_test

import (
	"testing"
	"testing/synctest"
	"time"

	"hatif/call"
	"hatif/call/calltest"
	"hatif/media"
)

func TestTheFakeLegConforms(t *testing.T) {
	calltest.Conform(t, func(t *testing.T, name string, f func(*testing.T, calltest.Line)) {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { f(t, &fakeLine{}) })
		})
	})
}

type fakeLine struct{ net calltest.Network }

func (f *fakeLine) Call(*testing.T) (call.Leg, calltest.Party) {
	l := f.net.Inbound("caller", "100")
	return l, l
}

func (f *fakeLine) Dialer() call.Dialer { return &f.net }

func (f *fakeLine) Callee(_ *testing.T, how calltest.CalleePhone) {
	switch how {
	case calltest.Answers:
		f.net.Plug("callee", calltest.Phone{Answers: true, AnswerAfter: time.Second})
	case calltest.RingsForEver:
		f.net.Plug("callee", calltest.Phone{})
	case calltest.IsBusy:
		f.net.Plug("callee", calltest.Phone{Refuses: call.Busy})
	case calltest.Declines:
		f.net.Plug("callee", calltest.Phone{Refuses: call.Declined, AnswerAfter: time.Second})
	case calltest.IsUnplugged:
		f.net.Unplug("callee")
	}
}

func (f *fakeLine) LastCallee(t *testing.T) calltest.Party {
	legs := f.net.Legs()
	if len(legs) == 0 {
		t.Fatal("the callee took no call")
	}
	return legs[len(legs)-1]
}

func (f *fakeLine) Sound(name string, length time.Duration) media.Source {
	return calltest.Sound(name, length)
}
