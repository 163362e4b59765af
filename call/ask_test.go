package call_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"hatif/call"
	"hatif/call/calltest"
	"hatif/media"
)

func prompt(name string, d time.Duration) func() media.Source {
	return func() media.Source { return calltest.Sound(name, d) }
}

// music is what is heard on hold.
func music(call.Leg) media.Source { return calltest.Sound("music", 0) }

// press has the party press each key at its time from now.
func press(l *calltest.Leg, at map[time.Duration]string) {
	for d, keys := range at {
		time.AfterFunc(d, func() { l.Press(keys) })
	}
}

func TestAQuestionIsAnswered(t *testing.T) {
	welcome := prompt("welcome", 8*time.Second)
	wrong := prompt("not-valid", 2*time.Second)
	for _, c := range []struct {
		name    string
		q       call.Question
		ask     bool // Ask instead of Collect
		press   map[time.Duration]string
		leave   time.Duration
		want    string
		err     error
		heard   []string
		elapsed time.Duration
	}{
		{
			name: "a key during the prompt stops it at once and counts", ask: true,
			q:     call.Question{Prompt: welcome, Keys: "123", Tries: 3},
			press: map[time.Duration]string{2 * time.Second: "1"},
			want:  "1", heard: []string{"welcome", "silence"}, elapsed: 2 * time.Second,
		},
		{
			name: "a key pressed before the prompt counts", ask: true,
			q:     call.Question{Prompt: welcome, Keys: "123"},
			press: map[time.Duration]string{0: "2"},
			want:  "2", heard: []string{"welcome", "silence"},
		},
		{
			name: "the wait begins after the prompt", ask: true,
			q:   call.Question{Prompt: welcome, Keys: "123", Tries: 3, FirstDigit: 10 * time.Second},
			err: call.ErrNoInput, heard: []string{"welcome"}, elapsed: 18 * time.Second,
		},
		{
			name: "a key in the last moment of the wait counts", ask: true,
			q:     call.Question{Prompt: welcome, Keys: "123", FirstDigit: 10 * time.Second},
			press: map[time.Duration]string{18*time.Second - time.Millisecond: "3"},
			want:  "3", heard: []string{"welcome"}, elapsed: 18*time.Second - time.Millisecond,
		},
		{
			name: "a wrong key hears that it is, and the prompt again", ask: true,
			q:     call.Question{Prompt: welcome, Invalid: wrong, Keys: "123", Tries: 3},
			press: map[time.Duration]string{time.Second: "7", 4 * time.Second: "1"},
			want:  "1", heard: []string{"welcome", "silence", "not-valid", "welcome", "silence"}, elapsed: 4 * time.Second,
		},
		{
			name: "a key while hearing that the last was wrong stops that and counts", ask: true,
			q:     call.Question{Prompt: welcome, Invalid: wrong, Keys: "123", Tries: 3},
			press: map[time.Duration]string{time.Second: "7", 2 * time.Second: "1"},
			want:  "1", heard: []string{"welcome", "silence", "not-valid", "silence"}, elapsed: 2 * time.Second,
		},
		{
			name: "a star is a wrong key where it is no answer", ask: true,
			q:     call.Question{Keys: "123", Tries: 1},
			press: map[time.Duration]string{time.Second: "*"},
			err:   call.ErrInvalid, elapsed: time.Second,
		},
		{
			name: "the tries are limited", ask: true,
			q:     call.Question{Invalid: wrong, Keys: "123", Tries: 2},
			press: map[time.Duration]string{time.Second: "8", 4 * time.Second: "9"},
			err:   call.ErrInvalid, heard: []string{"not-valid", "not-valid"}, elapsed: 6 * time.Second,
		},
		{
			name: "silence asks again when it may", ask: true,
			q:   call.Question{Prompt: prompt("short", time.Second), Keys: "12", Tries: 2, AskAgain: true, FirstDigit: 3 * time.Second},
			err: call.ErrNoInput, heard: []string{"short", "short"}, elapsed: 8 * time.Second,
		},
		{
			name:  "enough digits end the answer",
			q:     call.Question{Prompt: welcome, Max: 4},
			press: map[time.Duration]string{time.Second: "12", 3 * time.Second: "34"},
			want:  "1234", heard: []string{"welcome", "silence"}, elapsed: 3 * time.Second,
		},
		{
			name:  "the terminator ends the answer and is no part of it",
			q:     call.Question{Terminator: "#"},
			press: map[time.Duration]string{time.Second: "55#"},
			want:  "55", elapsed: time.Second,
		},
		{
			name:  "a pause ends the answer",
			q:     call.Question{Max: 9, InterDigit: 2 * time.Second},
			press: map[time.Duration]string{time.Second: "42"},
			want:  "42", elapsed: 3 * time.Second,
		},
		{
			name:  "ten needs no wait, one waits for another key",
			q:     call.Question{Max: 2, More: func(s string) bool { return s == "1" }},
			press: map[time.Duration]string{time.Second: "7"},
			want:  "7", elapsed: time.Second,
		},
		{
			name:  "too few digits are a wrong answer",
			q:     call.Question{Max: 4, Min: 4, Invalid: wrong, Tries: 1, InterDigit: time.Second},
			press: map[time.Duration]string{time.Second: "12"},
			err:   call.ErrInvalid, heard: []string{"not-valid"}, elapsed: 4 * time.Second,
		},
		{
			name: "hanging up ends the question",
			q:    call.Question{Prompt: welcome, Max: 4}, leave: 3 * time.Second,
			err: call.Normal, heard: []string{"welcome"}, elapsed: 3 * time.Second,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				leg := calltest.Caller("caller", "0777")
				if err := leg.Answer(t.Context()); err != nil {
					t.Fatal(err)
				}
				press(leg, c.press)
				if c.leave > 0 {
					time.AfterFunc(c.leave, leg.Leave)
				}
				if _, early := c.press[0]; early {
					synctest.Wait()
				}
				began := time.Now()
				var got string
				var err error
				if c.ask {
					var d call.Digit
					if d, err = call.Ask(t.Context(), leg, c.q); err == nil {
						got = string(d.Key)
					}
				} else {
					got, err = call.Collect(t.Context(), leg, c.q)
				}
				if got != c.want || !errors.Is(err, c.err) {
					t.Errorf("answer = %q, %v, want %q, %v", got, err, c.want, c.err)
				}
				if d := time.Since(began); d != c.elapsed {
					t.Errorf("it took %v, want %v", d, c.elapsed)
				}
				if heard := leg.Heard(); c.heard != nil && !slices.Equal(heard, c.heard) && !slices.Equal(heard, append(c.heard, "silence")) {
					t.Errorf("heard %q, want %q", heard, c.heard)
				}
			})
		})
	}
}

func TestTheLegsEndIsTheCauseEvenWhenTheStepEndsWithIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for range 50 {
			leg := calltest.Caller("caller", "0777")
			ctx, cancel := context.WithCancelCause(leg.Context())
			time.AfterFunc(time.Second, func() { leg.Break(call.MediaTimeout) })
			err := call.Play(ctx, leg, calltest.Sound("music", 0))
			if !errors.Is(err, call.MediaTimeout) {
				t.Fatalf("play ended with %v, want the leg's cause", err)
			}
			cancel(nil)
		}
	})
}

func TestPlayLeavesSilenceWhenItsStepIsCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		leg := calltest.Caller("caller", "0777")
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := call.Play(ctx, leg, calltest.Sound("music", 0)); err == nil {
			t.Error("a cancelled play succeeded")
		}
		if h := leg.Hearing(); h != "silence" {
			t.Errorf("the party still hears %q", h)
		}
	})
}

// A party that presses and hangs up in one breath has pressed: which of the two is seen first is not left to chance.
func TestWhatWasPressedBeforeTheHangUpCounts(t *testing.T) {
	for range 50 {
		synctest.Test(t, func(t *testing.T) {
			l := calltest.NewLeg(call.Info{Inbound: true})
			time.AfterFunc(time.Second, func() {
				l.Press("123")
				l.Leave()
			})
			got, err := call.Collect(t.Context(), l, call.Question{Prompt: prompt("number", 2*time.Second), Max: 3})
			if got != "123" || err != nil {
				t.Fatalf("collected %q, %v", got, err)
			}
			if _, err := call.Collect(t.Context(), l, call.Question{Max: 3}); !errors.Is(err, call.Cancelled) {
				t.Fatalf("after the end: %v", err)
			}
		})
	}
}
