package dialplan

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hatif/call"
	"hatif/call/calltest"
	"hatif/queue"
)

// story runs a call through contexts while act does what the people do; it returns the record.
func story(t *testing.T, contexts string, s Services, leg *calltest.Leg, act func(w *Walk)) call.Record {
	t.Helper()
	w := compiled(t, contexts, s).Begin(begin(s, leg))
	done := make(chan struct{})
	go func() {
		defer close(done)
		if act != nil {
			act(w)
		}
	}()
	r := w.Serve(context.Background())
	<-done
	if leg.Context().Err() == nil {
		t.Error("the caller is still on the line when Serve returns")
	}
	return r
}

func wantPath(t *testing.T, r call.Record, want ...string) {
	t.Helper()
	if got := path(r); got != strings.Join(want, "\n") {
		t.Errorf("the path is\n%s\nwant\n%s", got, strings.Join(want, "\n"))
	}
}

func wantHeard(t *testing.T, l *calltest.Leg, want ...string) {
	t.Helper()
	var sounds []string
	for _, h := range l.Heard() {
		if h != "silence" {
			sounds = append(sounds, h)
		}
	}
	if strings.Join(sounds, "\n") != strings.Join(want, "\n") {
		t.Errorf("heard\n%s\nwant\n%s", strings.Join(sounds, "\n"), strings.Join(want, "\n"))
	}
}

func wantEnd(t *testing.T, r call.Record, result call.Result, cause *call.Cause) {
	t.Helper()
	if r.Result != result || !cause.Is(&r.Cause) {
		t.Errorf("the call ended as %q (%v), want %q (%v)\n%s", r.Result, &r.Cause, result, cause, path(r))
	}
}

const three = "prompt ar/welcome, prompt en/welcome, prompt fr/welcome"

// centre is house with real queues, each of one agent who has a phone.
func centre(phone calltest.Phone) (Services, *calltest.Network) {
	s := house()
	quick := queue.Config{Strategy: "random", RingTimeout: 10 * time.Second, MaxWait: 10 * time.Second}
	s.Queues = map[string]queue.Config{"arabic": quick, "english": quick, "french": quick}
	floor, network := queue.New(queue.Options{}), &calltest.Network{}
	floor.Apply(s.Queues, []queue.Member{{User: "2001", Queue: "arabic"}})
	network.Lines.Watch(floor.SetBusy)
	network.Plug("2001", phone)
	floor.SetRegistered("2001", true)
	s.Line, s.Dialer = floor, network
	return s, network
}

func TestACallTo0777SpeaksWithAnAgentOfTheLanguageChosen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, network := centre(calltest.Phone{Answers: true, AnswerAfter: 3 * time.Second})
		leg := caller(s, "1001", "0777")
		r := story(t, shipped(t), s, leg, func(*Walk) {
			time.Sleep(500 * time.Millisecond)
			leg.Press("1")
			time.Sleep(time.Minute)
			leg.Leave()
		})
		wantPath(t, r, "0777 in incoming", "goto welcome", "menu welcome", "digit 1", "language ar", "set queue=arabic",
			"goto talk-to-an-agent", "playback recorded-for-quality", "record conversation",
			"not recorded: there is no recorder", "queue arabic", "ringing 2001", "2001 answered after 3.0 s", "talking to 2001",
			"goto later", "owe_call feedback", "owed o1 at 2000-01-01 00:06:00")
		wantHeard(t, leg, three, "prompt ar/recorded-for-quality", "music default", "voice 2001")
		wantEnd(t, r, call.ResultAnswered, call.Normal)
		if r.Language != "ar" || r.Context != "incoming" || r.Agent != "2001" || r.Queue != "arabic" || len(r.Legs) != 2 || r.Legs[0].User != "1001" {
			t.Errorf("record: %+v", r)
		}
		if as := network.Legs()[0].Info().Caller; as.Number != "1001" {
			t.Errorf("the agent's display shows %v", as)
		}
	})
}

func TestACallThatNoAgentTakesGoesToTheBranchForIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _ := centre(calltest.Phone{})
		leg := caller(s, "1001", "0777")
		r := story(t, shipped(t), s, leg, func(*Walk) {
			time.Sleep(500 * time.Millisecond)
			leg.Press("1")
		})
		wantHeard(t, leg, three, "prompt ar/recorded-for-quality", "music default", "prompt ar/no-agent-available",
			"prompt ar/enter-your-number", "prompt ar/enter-your-number", "prompt ar/enter-your-number", "prompt ar/goodbye")
		wantEnd(t, r, call.ResultNoAnswer, call.NoAnswer)
		if got, want := r.Duration().Round(500*time.Millisecond), 46500*time.Millisecond; got != want {
			t.Errorf("it took %v, want %v: half a second of the welcome, 1 s, 10 s, 1 s, three times 11 s, 1 s", got, want)
		}
		if !strings.HasSuffix(path(r), "goto leave-a-number\nplayback no-agent-available\nask enter-your-number\nno number\nplayback goodbye\nhangup no answer") {
			t.Errorf("path:\n%s", path(r))
		}
	})
}

func TestACallerWhoLeavesTheQueueAbandonsTheCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, network := centre(calltest.Phone{})
		leg := caller(s, "1001", "0777")
		r := story(t, shipped(t), s, leg, func(*Walk) {
			leg.Press("1")
			time.Sleep(5 * time.Second)
			leg.Leave()
		})
		wantEnd(t, r, call.ResultAbandoned, call.Normal)
		if network.Lines.Busy("2001") != 0 {
			t.Error("the agent's phone rings on")
		}
	})
}

func TestSilenceAtTheWelcomeEndsTheCallTenSecondsLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := house()
		leg := caller(s, "1001", "0777")
		r := story(t, shipped(t), s, leg, nil)
		wantHeard(t, leg, three)
		wantEnd(t, r, call.ResultService, call.Normal)
		wantPath(t, r, "0777 in incoming", "goto welcome", "menu welcome", "no digit in 10s", "hangup")
		if r.Duration().Round(100*time.Millisecond) != 13*time.Second {
			t.Errorf("it took %v, want the 3 s of the welcome and 10 s", r.Duration())
		}
	})
}

func TestAWrongDigitIsNotValidAndTheMenuIsHeardAgainALimitedNumberOfTimes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := house()
		leg := caller(s, "1001", "0777")
		r := story(t, shipped(t), s, leg, func(*Walk) {
			for range 3 {
				time.Sleep(10 * time.Second)
				leg.Press("9")
			}
		})
		invalid := "prompt ar/not-valid, prompt en/not-valid, prompt fr/not-valid"
		wantHeard(t, leg, three, invalid, three, invalid, three, invalid)
		wantEnd(t, r, call.ResultService, call.Normal)
		if !strings.HasSuffix(path(r), "digit 9\nno valid digit in 3 tries\nhangup") {
			t.Errorf("path:\n%s", path(r))
		}
	})
}

func TestAnOutsideCallerReachesNothingBut0777(t *testing.T) {
	for number, cause := range map[string]*call.Cause{
		"2001": call.Forbidden, "*43": call.Forbidden, "9999": call.NotFound, "start": call.NotFound, "": call.NotFound,
	} {
		s := house()
		leg := caller(s, "1001", number)
		r := story(t, shipped(t), s, leg, nil)
		wantEnd(t, r, call.ResultRefused, cause)
		wantHeard(t, leg)
		if !leg.Report().Answered.IsZero() {
			t.Errorf("%s: was answered", number)
		}
	}
}

func TestEachEndOfAQueueHasItsBranch(t *testing.T) {
	contexts := `
  incoming:
    "1": [{queue: {name: arabic, full: {set: {was: full}}, empty: {set: {was: empty}}, closed: {set: {was: closed}}, unanswered: {set: {was: unanswered}}, answered: {set: {was: answered}}, abandoned: {set: {was: abandoned}}, "0": {set: {was: nought}}, "#": {set: {was: hash}}}}]
`
	for result, was := range map[queue.Result]string{
		queue.Answered: "answered", queue.TimedOut: "unanswered", queue.Full: "full", queue.Empty: "empty",
		queue.LeftEmpty: "empty", queue.Removed: "unanswered", queue.Failed: "unanswered", queue.Abandoned: "abandoned",
		queue.ByKey: "hash", queue.Closed: "closed",
	} {
		s := house()
		leg := caller(s, "1001", "1")
		s.Line = counter(func(ctx context.Context, c *call.Call, name string) (queue.Outcome, error) {
			if result == queue.Abandoned {
				leg.Leave()
				return queue.Outcome{Result: result}, call.Cancelled
			}
			if result == queue.Failed {
				return queue.Outcome{Result: result}, queue.ErrUnknown
			}
			return queue.Outcome{Result: result, Key: "#"}, nil
		})
		c := begin(s, leg)
		compiled(t, contexts, s).Serve(context.Background(), c)
		if c.Var("was") != was {
			t.Errorf("%s went to %q", result, c.Var("was"))
		}
	}
}
