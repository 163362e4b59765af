package dialplan

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hatif/call"
	"hatif/call/calltest"
	"hatif/callback"
	"hatif/queue"
)

// stopped is a call through contexts during which hatif stops, when act has returned.
func stopped(t *testing.T, contexts string, s Services, leg *calltest.Leg, act func()) call.Record {
	t.Helper()
	ctx, stop := context.WithCancelCause(t.Context())
	w := compiled(t, contexts, s).Begin(begin(s, leg))
	go func() {
		act()
		stop(call.Draining)
	}()
	r := w.Serve(ctx)
	if leg.Context().Err() == nil {
		t.Error("the caller is still on the line when Serve returns")
	}
	return r
}

func TestAStopKeepsWhatACallerHasConfirmed(t *testing.T) {
	for keys, want := range map[string][]callback.Request{
		"1 12":            nil,
		"1 1234":          nil,
		"1 1234 1":        {{Number: "1234"}},
		"1 1234 1 56":     {{Number: "1234"}},
		"1 1234 1 5678":   {{Number: "1234"}},
		"1 1234 1 5678 1": {{Number: "1234", Alternative: "5678"}},
	} {
		t.Run(keys, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := house()
				s.Line = counter(func(_ context.Context, c *call.Call, name string) (queue.Outcome, error) {
					c.Update(func(r *call.Record) { r.Queue, r.Result = name, call.ResultNoAnswer })
					return queue.Outcome{Result: queue.TimedOut}, nil
				})
				leg := caller(s, "1001", "0777")
				r := stopped(t, shipped(t), s, leg, func() {
					for _, press := range strings.Fields(keys) {
						time.Sleep(2 * time.Second)
						leg.Press(press)
					}
					time.Sleep(100 * time.Millisecond)
				})
				got := s.Callbacks.(*notebook).requests
				if len(got) != len(want) || len(got) == 1 && (got[0].Number != want[0].Number || got[0].Alternative != want[0].Alternative) {
					t.Errorf("kept %+v, want %+v\n%s", got, want, path(r))
				}
			})
		})
	}
}

func TestAStopDuringTheConversationStillOwesTheCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _ := centre(calltest.Phone{Answers: true})
		leg := caller(s, "1001", "0777")
		r := stopped(t, shipped(t), s, leg, func() {
			time.Sleep(time.Second)
			leg.Press("1")
			time.Sleep(time.Minute)
		})
		owed := s.Callbacks.(*notebook).owed
		if len(owed) != 1 || owed[0].To != "1001" || owed[0].Agent != "2001" {
			t.Errorf("owed %+v\n%s", owed, path(r))
		}
	})
}

func TestAStopDuringTheFeedbackCallIsNoRating(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := house()
		leg := caller(s, "1001", "1")
		stopped(t, `
  incoming: {"1": [{ask: {prompt: rate-us, range: 0-10, into: rating}}, {wait: 1h}, {rate: "{{ .rating }}"}]}
`, s, leg, func() {
			time.Sleep(2 * time.Second)
			leg.Press("1") // or 10?
			time.Sleep(time.Second)
		})
		if got := s.Callbacks.(*notebook).ratings; len(got) != 1 || got[0].Answered {
			t.Errorf("kept %+v", got)
		}
	})
}

func TestAStopEndsACallThatHasBeenAskedNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := house()
		leg := caller(s, "1001", "1")
		r := stopped(t, `
  incoming: {"1": [{playback: welcome}, {wait: 1h}, {request_callback: {number: "1234"}}]}
`, s, leg, func() { time.Sleep(time.Minute) })
		if got := s.Callbacks.(*notebook).requests; len(got) != 0 {
			t.Errorf("kept %+v\n%s", got, path(r))
		}
		wantEnd(t, r, call.ResultService, call.Draining)
	})
}
