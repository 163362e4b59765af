package studio_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"hatif/call/calltest"
	"hatif/media"
	"hatif/studio"
)

// session runs one on a leg in virtual time.
func session(t *testing.T, script func(leg *calltest.Leg)) (samples []int16, leg *calltest.Leg, err error) {
	t.Helper()
	leg = calltest.Caller("2001", "prompt")
	done := make(chan struct{})
	go func() {
		defer close(done)
		s := studio.Session{Leg: leg, Say: func(prompt string) media.Source { return calltest.Sound(prompt, time.Second) }}
		samples, err = s.Record(context.WithoutCancel(t.Context()))
	}()
	synctest.Wait()
	script(leg)
	<-done
	leg.Leave()
	return samples, leg, err
}

func beat(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func TestARecordingIsHeardAndKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		samples, leg, err := session(t, func(leg *calltest.Leg) {
			beat(time.Second) // the beep
			beat(2 * time.Second)
			leg.Press("#")
			beat(500 * time.Millisecond)
			if got := leg.Hearing(); got != "recording, voicemail/review" {
				t.Errorf("hears %q", got)
			}
			beat(5 * time.Second)
			leg.Press("1")
			beat(time.Second)
		})
		if err != nil || len(samples) < 8000 || len(samples) > 4*8000 {
			t.Errorf("%d samples, %v; heard %q", len(samples), err, leg.Heard())
		}
	})
}

func TestThreeRecordsAgainAndSilenceKeepsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, leg, err := session(t, func(leg *calltest.Leg) {
			beat(3 * time.Second)
			leg.Press("#")
			beat(5 * time.Second)
			leg.Press("3")
			beat(3 * time.Second)
			leg.Press("#")
			beat(5 * time.Minute)
		})
		beeps := 0
		for _, heard := range leg.Heard() {
			if heard == "tone beep" {
				beeps++
			}
		}
		if !errors.Is(err, studio.ErrNotKept) || beeps != 2 {
			t.Errorf("%v after %d beeps: %q", err, beeps, leg.Heard())
		}
	})
}

func TestWhoHangsUpKeepsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		samples, _, err := session(t, func(leg *calltest.Leg) {
			beat(3 * time.Second)
			leg.Leave()
		})
		if err == nil || errors.Is(err, studio.ErrNotKept) || samples != nil {
			t.Errorf("%d samples, %v", len(samples), err)
		}
	})
}
