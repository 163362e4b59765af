package calltest

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"hatif/call"
	"hatif/media"
)

// A Party is the far end of a leg under test: a fake one's own methods, or a softphone on the wire.
type Party interface {
	Press(keys string)
	Leave()
	Hold()
	Resume()
	Keys() string // keys that were played to the party
}

// A Line is what the conformance kit needs to test one kind of leg.
type Line interface {
	// Call has a fresh party call us, and returns the unanswered inbound leg.
	Call(t *testing.T) (call.Leg, Party)
	// Dialer calls the account "callee".
	Dialer() call.Dialer
	// Callee says how the account "callee" takes calls from now on; with Answered the party is told.
	Callee(t *testing.T, p CalleePhone)
	// LastCallee returns the party of the last call the callee took.
	LastCallee(t *testing.T) Party
	// Sound is something to hear; a length of 0 never ends.
	Sound(name string, length time.Duration) media.Source
}

// CalleePhone is how the account "callee" takes the next calls.
type CalleePhone int

const (
	Answers CalleePhone = iota
	RingsForEver
	IsBusy
	Declines
	IsUnplugged
)

// Patience bounds every wait of the kit: the real network is given seconds, virtual time passes at once.
const Patience = 10 * time.Second

// Conform holds the contract of call.Leg and call.Dialer against a kind of leg.
func Conform(t *testing.T, run func(t *testing.T, name string, f func(t *testing.T, line Line))) {
	for _, c := range conformance {
		run(t, c.name, c.test)
	}
}

var conformance = []struct {
	name string
	test func(*testing.T, Line)
}{
	{"an inbound leg rings, answers twice as once, and ends with the party's hang-up", inboundStory},
	{"a hang-up by us ends the leg once, with our cause", hangupByUs},
	{"a caller who gives up before the answer ends the leg as cancelled", callerGivesUp},
	{"a refused leg was never answered", refused},
	{"a leg that is hung up before the answer is refused, whatever the cause", hungUpUnanswered},
	{"a source is heard to its end", heardToTheEnd},
	{"hearing something else closes the first done", heardReplaced},
	{"hearing on a leg that is over is done at once", hearAfterEnd},
	{"keys arrive once each and in order", keysArrive},
	{"hold and resume are events", holdAndResume},
	{"keys are played to the party", keysArePlayed},
	{"whom a phone shows can be said at any time, and disturbs nothing", shown},
	{"a caller may hear us before the answer", progress},
	{"a dialled party answers", dialAnswered},
	{"a busy party is busy", dialFails(IsBusy, call.Busy)},
	{"a party that declines has declined", dialFails(Declines, call.Declined)},
	{"a party without a phone is not registered, at once", dialFails(IsUnplugged, call.NotRegistered)},
	{"the ring time ends as no answer", dialTimesOut},
	{"a cancelled dial is cancelled, whoever rings", dialCancelled},
	{"an answer counts only when whoever dials says so", dialAnswering},
	{"an answer that is not wanted is hung up", dialUnwanted},
	{"two bridged legs hear each other and end together", bridged},
}

func wait(t *testing.T, what string, done <-chan struct{}) {
	t.Helper()
	select {
	case <-done:
	case <-time.After(Patience):
		t.Fatalf("waited %v for %s", Patience, what)
	}
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(Patience); !ok(); {
		if time.Now().After(deadline) {
			t.Fatalf("waited %v for %s", Patience, what)
		}
		pause := time.NewTimer(5 * time.Millisecond)
		<-pause.C
	}
}

func nextEvent(t *testing.T, l call.Leg) call.Event {
	t.Helper()
	select {
	case e := <-l.Events():
		return e
	case <-time.After(Patience):
		t.Fatal("no event came")
		return nil
	}
}

func answered(t *testing.T, line Line) (call.Leg, Party) {
	t.Helper()
	leg, party := line.Call(t)
	if err := leg.Answer(t.Context()); err != nil {
		t.Fatalf("answer: %v", err)
	}
	return leg, party
}

func inboundStory(t *testing.T, line Line) {
	leg, party := line.Call(t)
	in := leg.Info()
	if !in.Inbound || in.ID == "" || in.Called == "" || in.Caller.Number == "" || in.Began.IsZero() {
		t.Errorf("an inbound leg's info is incomplete: %+v", in)
	}
	ctx := t.Context()
	if err := leg.Ring(ctx); err != nil {
		t.Fatalf("ring: %v", err)
	}
	for range 2 {
		if err := leg.Answer(ctx); err != nil {
			t.Fatalf("answer: %v", err)
		}
	}
	heard := leg.Hear(Sound("music", 0))
	party.Leave()
	wait(t, "what is heard to end", heard)
	if leg.Context().Err() == nil {
		t.Error("what the leg heard ended before the leg: a script would take it for the end of its prompt")
	}
	wait(t, "the leg to end", leg.Context().Done())
	if cause := call.EndOf(leg.Context()); !errors.Is(cause, call.Normal) {
		t.Errorf("the leg ended as %q, want normal", cause)
	}
	r := leg.Report()
	if r.Answered.IsZero() || r.Ended.IsZero() || r.HungUpBy != "party" {
		t.Errorf("report = %+v, want answered, ended, hung up by the party", r)
	}
	if err := leg.Answer(ctx); err == nil {
		t.Error("a leg that is over was answered")
	}
	leg.Hangup(nil)
}

func hangupByUs(t *testing.T, line Line) {
	leg, _ := answered(t, line)
	leg.Hangup(call.Administrator)
	leg.Hangup(call.Busy)
	wait(t, "the leg to end", leg.Context().Done())
	if cause := call.EndOf(leg.Context()); !errors.Is(cause, call.Administrator) {
		t.Errorf("the leg ended as %q, want the first hang-up's cause", cause)
	}
	if by := leg.Report().HungUpBy; by != "hatif" {
		t.Errorf("hung up by %q, want hatif", by)
	}
}

func callerGivesUp(t *testing.T, line Line) {
	leg, party := line.Call(t)
	if err := leg.Ring(t.Context()); err != nil {
		t.Fatal(err)
	}
	party.Leave()
	wait(t, "the leg to end", leg.Context().Done())
	if cause := call.EndOf(leg.Context()); !errors.Is(cause, call.Cancelled) {
		t.Errorf("the leg ended as %q, want cancelled", cause)
	}
	if err := leg.Answer(t.Context()); err == nil {
		t.Error("a cancelled leg was answered")
	}
	leg.Hangup(nil)
}

func refused(t *testing.T, line Line) {
	leg, _ := line.Call(t)
	leg.Hangup(call.Busy)
	wait(t, "the leg to end", leg.Context().Done())
	if r := leg.Report(); !r.Answered.IsZero() || r.Cause.Name != call.Busy.Name {
		t.Errorf("report = %+v, want never answered, busy", r)
	}
}

func hungUpUnanswered(t *testing.T, line Line) {
	leg, _ := line.Call(t)
	leg.Hangup(nil)
	wait(t, "the leg to end", leg.Context().Done())
	if r := leg.Report(); !r.Answered.IsZero() || r.Cause != *call.Normal.Refusal() {
		t.Errorf("report = %+v, want never answered, refused with 480", r)
	}
}

func heardToTheEnd(t *testing.T, line Line) {
	leg, _ := answered(t, line)
	defer leg.Hangup(nil)
	if err := call.Play(t.Context(), leg, line.Sound("welcome", 200*time.Millisecond)); err != nil {
		t.Errorf("play: %v", err)
	}
}

func heardReplaced(t *testing.T, line Line) {
	leg, _ := answered(t, line)
	defer leg.Hangup(nil)
	first := leg.Hear(line.Sound("first", 0))
	select {
	case <-first:
		t.Error("an endless source was done before it was replaced")
	default:
	}
	leg.Hear(line.Sound("second", 0))
	wait(t, "the replaced source's done", first)
	leg.Hear(nil)
}

func progress(t *testing.T, line Line) {
	leg, party := line.Call(t)
	for range 2 {
		if err := leg.Progress(t.Context()); err != nil {
			t.Fatalf("progress: %v", err)
		}
	}
	if err := leg.Ring(t.Context()); err != nil {
		t.Fatalf("ring: %v", err)
	}
	r := leg.Report()
	if r.Heard.IsZero() || !r.Rang.IsZero() || !r.Answered.IsZero() {
		t.Errorf("heard %v, rang %v, answered %v; want only heard", r.Heard, r.Rang, r.Answered)
	}
	wait(t, "the end of what is heard before the answer", leg.Hear(line.Sound("prompt", 100*time.Millisecond)))
	if err := leg.Answer(t.Context()); err != nil {
		t.Fatalf("answer: %v", err)
	}
	if err := leg.Progress(t.Context()); err != nil {
		t.Errorf("progress of an answered leg: %v", err)
	}
	party.Press("5")
	if e, ok := nextEvent(t, leg).(call.Digit); !ok || e.Key != '5' {
		t.Errorf("after the answer came %v, want the key 5", e)
	}
	party.Leave()
	wait(t, "the end of the leg", leg.Context().Done())
	if err := leg.Progress(t.Context()); err == nil {
		t.Error("progress of a leg that is over reports no error")
	}
}

func shown(t *testing.T, line Line) {
	leg, party := line.Call(t)
	leg.Show(call.Identity{Number: "2003", Name: "Luc Bernard"}) // too early for a phone
	if err := leg.Answer(t.Context()); err != nil {
		t.Fatalf("answer: %v", err)
	}
	for _, who := range []call.Identity{{Number: "2004"}, {Number: "2004"}, {}} {
		leg.Show(who)
	}
	party.Press("5")
	if e, ok := nextEvent(t, leg).(call.Digit); !ok || e.Key != '5' {
		t.Errorf("after it came %v, want the key 5", e)
	}
	leg.Hangup(nil)
	leg.Show(call.Identity{Number: "2005"})
}

func hearAfterEnd(t *testing.T, line Line) {
	leg, _ := answered(t, line)
	before := leg.Hear(line.Sound("music", 0))
	leg.Hangup(nil)
	wait(t, "done of a leg that is over", before)
	wait(t, "done of a source heard afterwards", leg.Hear(line.Sound("music", 0)))
}

func keysArrive(t *testing.T, line Line) {
	leg, party := answered(t, line)
	defer leg.Hangup(nil)
	const keys = "11*0#"
	party.Press(keys)
	var got strings.Builder
	for range keys {
		if d, ok := nextEvent(t, leg).(call.Digit); ok {
			got.WriteByte(d.Key)
		}
	}
	if got.String() != keys {
		t.Errorf("keys arrived as %q, want %q", got.String(), keys)
	}
}

func holdAndResume(t *testing.T, line Line) {
	leg, party := answered(t, line)
	defer leg.Hangup(nil)
	party.Hold()
	if e, ok := nextEvent(t, leg).(call.Held); !ok {
		t.Fatalf("event = %#v, want Held", e)
	}
	party.Resume()
	if e, ok := nextEvent(t, leg).(call.Resumed); !ok {
		t.Fatalf("event = %#v, want Resumed", e)
	}
}

func keysArePlayed(t *testing.T, line Line) {
	leg, party := answered(t, line)
	defer leg.Hangup(nil)
	for _, k := range []byte("12#") {
		leg.SendDigit(call.Digit{Key: k, Duration: 100 * time.Millisecond})
	}
	eventually(t, "the party to get its keys", func() bool { return party.Keys() == "12#" })
}

func dial(t *testing.T, line Line, ctx context.Context) (call.Leg, error) {
	t.Helper()
	return line.Dialer().Dial(ctx, call.Target{User: "callee"}, call.Identity{Number: "0100", Name: "Caller"})
}

func dialAnswered(t *testing.T, line Line) {
	line.Callee(t, Answers)
	leg, err := dial(t, line, t.Context())
	if err != nil {
		t.Fatalf("dial: %v", err)
	}
	in := leg.Info()
	if in.Inbound || in.User != "callee" || in.Caller.Number != "0100" {
		t.Errorf("info = %+v, want an outbound leg to callee from 0100", in)
	}
	if err := leg.Answer(t.Context()); err != nil {
		t.Errorf("answering an outbound leg: %v", err)
	}
	line.LastCallee(t).Leave()
	wait(t, "the leg to end", leg.Context().Done())
	if r := leg.Report(); r.Answered.IsZero() || r.HungUpBy != "party" {
		t.Errorf("report = %+v, want answered and hung up by the party", r)
	}
	leg.Hangup(nil)
}

func dialFails(how CalleePhone, want *call.Cause) func(*testing.T, Line) {
	return func(t *testing.T, line Line) {
		line.Callee(t, how)
		leg, err := dial(t, line, t.Context())
		if !errors.Is(err, want) || leg != nil {
			t.Errorf("dial = %v, %v, want no leg and %q", leg, err, want)
		}
	}
}

func dialTimesOut(t *testing.T, line Line) {
	line.Callee(t, RingsForEver)
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if _, err := dial(t, line, ctx); !errors.Is(err, call.NoAnswer) {
		t.Errorf("dial = %v, want no answer", err)
	}
}

func dialCancelled(t *testing.T, line Line) {
	line.Callee(t, RingsForEver)
	ctx, cancel := context.WithCancel(t.Context())
	ringing := make(chan struct{})
	go func() {
		<-ringing
		cancel()
	}()
	_, err := line.Dialer().Dial(ctx, call.Target{User: "callee", Ringing: func(string) { close(ringing) }}, call.Identity{Number: "0100"})
	if !errors.Is(err, call.Cancelled) {
		t.Errorf("dial = %v, want cancelled", err)
	}
}

func dialAnswering(t *testing.T, line Line) {
	line.Callee(t, Answers)
	asked := 0
	leg, err := line.Dialer().Dial(t.Context(), call.Target{User: "callee", Answering: func() error {
		asked++
		return nil
	}}, call.Identity{Number: "0100"})
	if err != nil || asked != 1 {
		t.Fatalf("dial: %v, asked %d times", err, asked)
	}
	line.LastCallee(t).Leave()
	wait(t, "the leg to end", leg.Context().Done())
	leg.Hangup(nil)
}

func dialUnwanted(t *testing.T, line Line) {
	line.Callee(t, Answers)
	no := call.Failure.With("no room in the book")
	leg, err := line.Dialer().Dial(t.Context(), call.Target{User: "callee", Answering: func() error { return no }}, call.Identity{Number: "0100"})
	if leg != nil || !errors.Is(err, call.Failure) || !strings.Contains(err.Error(), "no room") {
		t.Errorf("dial = %v, %v; want the error of Answering", leg, err)
	}
}

func bridged(t *testing.T, line Line) {
	a, _ := answered(t, line)
	defer a.Hangup(nil)
	line.Callee(t, Answers)
	b, err := dial(t, line, t.Context())
	if err != nil {
		t.Fatalf("dial: %v", err)
	}
	defer b.Hangup(nil)
	ended := make(chan call.End, 1)
	go func() {
		end, err := call.Bridge(t.Context(), a, b, call.BridgeOptions{})
		if err != nil {
			t.Errorf("bridge: %v", err)
		}
		ended <- end
	}()
	line.LastCallee(t).Leave()
	select {
	case end := <-ended:
		if end.By != b || end.Asked != nil {
			t.Errorf("bridge ended by %v asking %v, want by the callee", end.By, end.Asked)
		}
	case <-time.After(Patience):
		t.Fatal("the bridge did not end")
	}
}
