package dialplan

import (
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"hatif/call"
	"hatif/call/calltest"
	"hatif/media"
	"hatif/queue"
	"hatif/transfer"
)

const transferring = `
  incoming:
    "0777": [{set: {after: ""}}, {queue: {name: help, answered: {set: {after: "{{ .after }}x"}}}}]
    "0888": [{record: conversation}, {goto: {extension: "0777"}}]
  staff:
    may_call: everyone
`

// studio is a recorder that keeps its books.
type studio struct {
	mu    sync.Mutex
	files []*tape // guarded by mu
}

// tape is who was heard in a file, in order: "1001 2001".
type tape struct {
	owner   *studio
	heard   []string // guarded by owner.mu
	stopped int      // guarded by owner.mu
}

func (s *studio) Start(_ string, a, b media.Voice) (call.Recording, error) {
	f := &tape{owner: s}
	s.mu.Lock()
	s.files = append(s.files, f)
	s.mu.Unlock()
	f.Between(a, b, nil)
	return f, nil
}

func (f *tape) Between(a, b, c media.Voice) {
	var who []string
	for _, v := range []media.Voice{a, b, c} {
		if v != nil {
			who = append(who, strings.TrimPrefix(v.String(), "voice "))
		}
	}
	slices.Sort(who)
	f.owner.mu.Lock()
	defer f.owner.mu.Unlock()
	if now := strings.Join(who, " "); len(f.heard) == 0 || f.heard[len(f.heard)-1] != now {
		f.heard = append(f.heard, now)
	}
}

func (f *tape) Stop() error {
	f.owner.mu.Lock()
	defer f.owner.mu.Unlock()
	f.stopped++
	return nil
}

func (f *tape) Name() string { return "today/c1.wav" }

// stage is a customer who talks with an agent, and everything that they are watched with.
type stage struct {
	*testing.T
	services Services
	plan     *Plan
	network  *calltest.Network
	studio   *studio
	talks    *transfer.Switchboard

	customer, agent *calltest.Leg
	call            *call.Call
	record          <-chan call.Record
	told            int           // the last SIP status that a REFER was answered with
	events          []queue.Event // of the queue
}

// serve runs a call of the leg.
func (s *stage) serve(id string, l *calltest.Leg) (*call.Call, <-chan call.Record) {
	c := call.New(id, l, "en", slog.New(slog.NewTextHandler(io.Discard, nil)))
	record := make(chan call.Record, 1)
	go func() { record <- s.plan.Serve(s.Context(), c) }()
	return c, record
}

// open has the customer call and the agent 2001 answer; colleague is how 2003 takes calls.
func openStage(t *testing.T, recorded bool, colleague calltest.Phone) *stage {
	number := "0777"
	if recorded {
		number = "0888"
	}
	return openStageWith(t, transferring, number, colleague)
}

// openStageWith is openStage with other contexts, where the customer dials number.
func openStageWith(t *testing.T, contexts, number string, colleague calltest.Phone) *stage {
	return openStageChanged(t, contexts, number, colleague, nil)
}

// openStageChanged is openStageWith with other services; change may be nil.
func openStageChanged(t *testing.T, contexts, number string, colleague calltest.Phone, change func(*Services)) *stage {
	s := &stage{T: t, services: house(), network: &calltest.Network{}, studio: &studio{}, talks: transfer.New()}
	s.services.Users = map[string]User{
		"1001": {Context: "incoming", Callable: true},
		"2001": {Context: "staff", Callable: true}, "2003": {Context: "staff", Callable: true},
		"2004": {Context: "staff", Callable: true},
	}
	s.services.Queues = map[string]queue.Config{"help": {Strategy: "linear", RingTimeout: 10 * time.Second, MaxWait: time.Minute, WrapUp: 5 * time.Second}, "empty": {Strategy: "linear", RingTimeout: time.Second, MaxWait: 2 * time.Second}}
	floor := queue.New(queue.Options{Observe: func(e queue.Event) { s.events = append(s.events, e) }})
	floor.Apply(s.services.Queues, []queue.Member{{User: "2001", Queue: "help"}})
	floor.SetRegistered("2001", true)
	s.network.Lines.Watch(floor.SetBusy)
	s.network.Plug("2001", calltest.Phone{Answers: true})
	s.network.Plug("2003", colleague)
	s.services.Line, s.services.Dialer, s.services.Recorder = floor, s.network, s.studio
	s.services.Features, s.services.Talks = transfer.Defaults(), s.talks
	if change != nil {
		change(&s.services)
	}
	s.plan = compiled(t, contexts, s.services)
	s.customer = caller(s.services, "1001", number)
	s.call, s.record = s.serve("c1", s.customer)
	time.Sleep(time.Second)
	s.agent = s.network.Legs()[0]
	s.hear("at the beginning", s.customer, s.agent)
	return s
}

// hear checks that the two hear each other.
func (s *stage) hear(when string, a, b *calltest.Leg) {
	s.Helper()
	synctest.Wait()
	for _, x := range [][2]*calltest.Leg{{a, b}, {b, a}} {
		if got, want := x[0].Hearing(), "voice "+x[1].Info().User; got != want {
			s.Errorf("%s: %s hears %q, want %q\n%s", when, x[0].Info().User, got, want, path(s.call.Snapshot()))
		}
	}
}

// shows checks whom a party's phone shows.
func (s *stage) shows(when string, l *calltest.Leg, want string) {
	s.Helper()
	synctest.Wait()
	if got := l.Shows().Number; got != want {
		s.Errorf("%s: the phone of %s shows %q, want %q", when, l.Info().User, got, want)
	}
}

// hearing checks what a party hears.
func (s *stage) hearing(when string, l *calltest.Leg, want string) {
	s.Helper()
	synctest.Wait()
	if got := l.Hearing(); got != want {
		s.Errorf("%s: %s hears %q, want %q\n%s", when, l.Info().User, got, want, path(s.call.Snapshot()))
	}
}

// colleague is the leg of 2003 that was picked up last.
func (s *stage) colleague() *calltest.Leg { return s.last("2003") }

// last is the leg of a person that was picked up last.
func (s *stage) last(user string) *calltest.Leg {
	s.Helper()
	synctest.Wait()
	legs := s.network.Legs()
	for _, l := range slices.Backward(legs) {
		if l.Info().User == user {
			return l
		}
	}
	s.Fatalf("%s has not answered\n%s", user, path(s.call.Snapshot()))
	return nil
}

func (s *stage) refer(to string, replaces *calltest.Leg) {
	t := call.Transfer{To: to, ReferredBy: "<sip:2001@hatif.test>", Result: func(code int) { s.told = code }}
	if replaces != nil {
		t.Replaces = replaces
	}
	s.agent.Transfer(t)
}

// gone checks that the legs are over.
func (s *stage) gone(legs ...*calltest.Leg) {
	s.Helper()
	synctest.Wait()
	for _, l := range legs {
		if l.Context().Err() == nil {
			s.Errorf("%s is still on the line, hears %q\n%s", l.Info().User, l.Hearing(), path(s.call.Snapshot()))
		}
	}
}

// done ends the customer's call and checks what it leaves behind.
func (s *stage) done(recorded bool, legs int) call.Record {
	s.Helper()
	silent := s.customer.Context().Err() == nil && slices.Contains(s.customer.Heard(), "silence")
	s.customer.Leave()
	r := <-s.record
	time.Sleep(time.Minute) // what the agent's going sets in motion
	synctest.Wait()
	if silent {
		s.Errorf("the customer heard silence: %q", s.customer.Heard())
	}
	if keys := s.customer.Keys(); keys != "" {
		s.Errorf("the customer was played the keys %q", keys)
	}
	if n := s.talks.Talks(); n != 0 {
		s.Errorf("%d legs are left on the switchboard", n)
	}
	for _, user := range []string{"1001", "2001", "2003"} {
		if n := s.network.Lines.Busy(user); n != 0 {
			s.Errorf("%s has %d lines busy", user, n)
		}
	}
	want := 0
	if recorded {
		want = 1
	}
	if len(r.Recordings) != want || len(s.studio.files) != want {
		s.Errorf("%d recordings in the record, %d files, want %d", len(r.Recordings), len(s.studio.files), want)
	}
	for _, f := range s.studio.files {
		if f.stopped != 1 {
			s.Errorf("the recording was stopped %d times", f.stopped)
		}
		for _, who := range f.heard {
			if !strings.Contains(who, "1001") {
				s.Errorf("the customer is not in the whole recording: %q", f.heard)
			}
		}
	}
	if len(r.Legs) != legs || r.Legs[0].User != "1001" || r.Result != call.ResultAnswered || r.Merged != "" {
		s.Errorf("the record has %d legs, want %d, the first of %s; %s, merged into %q", len(r.Legs), legs, r.Legs[0].User, r.Result, r.Merged)
	}
	for _, l := range r.Legs {
		if l.Ended.IsZero() {
			s.Errorf("the leg of %s has no end in the record", l.User)
		}
	}
	if got := s.call.Var("after"); got != "x" {
		s.Errorf("the branch after the conversation ran %d times\n%s", len(got), path(r))
	}
	return r
}
