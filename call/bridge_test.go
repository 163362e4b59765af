package call_test

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"hatif/call"
	"hatif/call/calltest"
	"hatif/media"
)

func TestABridgeConnectsHoldsAndEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := calltest.Caller("1001", "2001"), calltest.Caller("2001", "")
		ended := make(chan call.End, 1)
		var heard []string // guarded by synctest.Wait
		tell := func(a, b media.Voice) { heard = append(heard, fmt.Sprint(a)+" and "+fmt.Sprint(b)) }
		go func() {
			end, err := call.Bridge(t.Context(), a, b, call.BridgeOptions{Music: music, Heard: tell})
			if err != nil {
				t.Error(err)
			}
			ended <- end
		}()
		hears := func(when string, l *calltest.Leg, want string) {
			t.Helper()
			synctest.Wait()
			if got := l.Hearing(); got != want {
				t.Errorf("%s: hears %q, want %q", when, got, want)
			}
		}
		hears("bridged", a, "voice 2001")
		hears("bridged", b, "voice 1001")
		b.Hold()
		hears("b holds", a, "music")
		b.Resume()
		hears("b is back", a, "voice 2001")
		a.Press("5")
		synctest.Wait()
		if b.Keys() != "5" {
			t.Errorf("b was played %q, want 5", b.Keys())
		}
		if want := []string{"voice 1001 and voice 2001", "voice 1001 and <nil>", "voice 1001 and voice 2001"}; !slices.Equal(heard, want) {
			t.Errorf("heard were %q, want %q", heard, want)
		}
		a.Leave()
		b.Leave()
		if end := <-ended; end.By != a && end.By != b {
			t.Errorf("ended by %v", end.By)
		}
	})
}

func TestATransferRequestEndsTheBridgeAndKeepsTheLegs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := calltest.Caller("1001", "2001"), calltest.Caller("2001", "")
		time.AfterFunc(time.Second, func() { b.Transfer(call.Transfer{To: "2002"}) })
		end, err := call.Bridge(t.Context(), a, b, call.BridgeOptions{})
		if err != nil || end.By != b || end.Asked.(call.Transfer).To != "2002" {
			t.Errorf("bridge = %+v, %v, want b asking for 2002", end, err)
		}
		if a.Context().Err() != nil || b.Context().Err() != nil {
			t.Error("a leg ended with the bridge")
		}
	})
}

// recorder counts what it is asked to record.
type recorder struct {
	fail    error
	started int
	stopped int
}

func (r *recorder) Start(string, media.Voice, media.Voice) (call.Recording, error) {
	if r.fail != nil {
		return nil, r.fail
	}
	r.started++
	return recording{r}, nil
}

type recording struct{ r *recorder }

func (recording) Between(a, b, c media.Voice) {}
func (recording) Name() string                { return "today/c1.wav" }
func (r recording) Stop() error               { r.r.stopped++; return nil }

func TestAConversationIsRecordedAndNoted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		caller := calltest.Caller("1001", "0777")
		agent := calltest.NewLeg(call.Info{User: "2001"})
		c := call.New("c1", caller, "ar", slog.New(slog.DiscardHandler))
		rec := &recorder{}
		c.Recorder = rec
		time.AfterFunc(time.Minute, agent.Leave)
		if _, err := c.Connect(t.Context(), agent, call.BridgeOptions{}); err != nil {
			t.Fatal(err)
		}
		if rec.started != 1 || rec.stopped != 1 {
			t.Errorf("recordings started %d, stopped %d, want 1 and 1", rec.started, rec.stopped)
		}
		r := c.Snapshot()
		r.Ended = time.Now()
		if r.Agent != "2001" || r.Result != call.ResultAnswered || r.Talk() != time.Minute || len(r.Recordings) != 1 {
			t.Errorf("record = %+v, want answered by 2001 for a minute with one recording", r)
		}
	})
}

func TestAConversationThatCannotBeRecordedGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		caller := calltest.Caller("1001", "0777")
		agent := calltest.NewLeg(call.Info{User: "2001"})
		c := call.New("c1", caller, "ar", slog.New(slog.DiscardHandler))
		c.Recorder = &recorder{fail: errors.New("disk full")}
		time.AfterFunc(time.Minute, agent.Leave)
		end, err := c.Connect(t.Context(), agent, call.BridgeOptions{})
		if err != nil || end.By != call.Leg(agent) {
			t.Errorf("the conversation ended with %+v, %v", end, err)
		}
		path := c.Snapshot().Path
		if len(path) != 2 || path[1].Text != "not recorded: disk full" {
			t.Errorf("path = %+v, want a note that it was not recorded", path)
		}
	})
}

func TestLinesCountEveryLegAndTellTheirWatchers(t *testing.T) {
	var lines call.Lines
	var told []int
	lines.Watch(func(_ string, n int) { told = append(told, n) })
	one, two := lines.Add("2001"), lines.Add("2001")
	one()
	one()
	if n := lines.Busy("2001"); n != 1 {
		t.Errorf("busy with %d legs, want 1", n)
	}
	two()
	if n := lines.Busy("2001"); n != 0 || len(told) != 4 || told[3] != 0 {
		t.Errorf("busy with %d legs, watchers told %v", n, told)
	}
}
