package media

import (
	"testing"
	"time"
)

func TestASequenceIsItsPartsOneAfterAnother(t *testing.T) {
	s := Sequence("number 12", NewSound("1", rampOf(160)).Play(), nil, Silence(40*ms), &talker{level: 5, ends: 2})
	heard := playAll(s, MuLaw, 100)
	if len(heard) != 5*FrameSamples || s.String() != "number 12" {
		t.Fatalf("%s lasted %d frames, want 5", s, len(heard)/FrameSamples)
	}
	if heard[1] != rampOf(2)[1] || energy(heard[160:480]) != 0 || heard[480] != 5 || heard[799] != 5 {
		t.Error("the parts were not heard in their order")
	}
	if s.Next(new(Frame)) || len(playAll(Sequence("nothing"), MuLaw, 3)) != 0 {
		t.Error("a sequence goes on after its end")
	}
}

func TestSilenceLastsAsLongAsAsked(t *testing.T) {
	for d, frames := range map[time.Duration]int{20 * ms: 1, 21 * ms: 2, 1: 1, time.Second: 50, 0: 1000, -1: 1000} {
		if got := len(playAll(Silence(d), MuLaw, 1000)) / FrameSamples; got != frames {
			t.Errorf("%v of silence lasted %d frames, want %d", d, got, frames)
		}
	}
}
