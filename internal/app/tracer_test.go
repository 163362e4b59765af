package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"hatif/call"
	"hatif/media"
	"hatif/sip"
	"hatif/store"
	"hatif/web"
)

// A fakeTrace is a UA of which only traces are asked, and the store that they are brought to.
type fakeTrace struct {
	mu       sync.Mutex
	messages map[string][]sip.Message // guarded by mu; by Call-ID
	packed   int                      // guarded by mu
	saved    []string                 // guarded by mu
}

func (f *fakeTrace) save(_ context.Context, call string, messages []store.Signal) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	var texts []string
	for _, m := range messages {
		texts = append(texts, string(m.Text))
	}
	f.saved = append(f.saved, fmt.Sprint(call, " ", strings.Join(texts, "+")))
	if call == "c1" {
		return errors.New("the database is away") // that must not end anything
	}
	return nil
}

// expect looks at what was saved, and how many traces are left.
func (f *fakeTrace) expect(t *testing.T, left int, saved ...string) {
	t.Helper()
	synctest.Wait()
	f.mu.Lock()
	defer f.mu.Unlock()
	if !slices.Equal(f.saved, saved) || len(f.messages) != left {
		t.Errorf("stored %q, want %q; %d traces are left, want %d", f.saved, saved, len(f.messages), left)
	}
}

func (f *fakeTrace) Trace(callIDs ...string) (all []sip.Message) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, id := range callIDs {
		all = append(all, f.messages[id]...)
	}
	return all
}

func (f *fakeTrace) ForgetTrace(callIDs ...string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, id := range callIDs {
		delete(f.messages, id)
	}
}

func (f *fakeTrace) PackTraces() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.packed++
}

func TestTheMessagesOfACallAreStoredWhenTheLastOnesHaveCome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		say := func(text string) sip.Message { return sip.Message{At: time.Now(), Text: []byte(text)} }
		ua := &fakeTrace{messages: map[string][]sip.Message{"a": {say("INVITE")}, "b": {say("BYE")}, "late": {say("INVITE")}}}
		tr := newTracer(ua, ua.save, slog.New(slog.DiscardHandler))
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- tr.run(ctx) }()

		tr.over(&call.Record{ID: "c1", Legs: []call.LegRecord{{CallID: "a"}, {CallID: "b"}, {}}})
		tr.over(&call.Record{ID: "silent", Legs: []call.LegRecord{{CallID: "untraced"}}})
		time.Sleep(lastWords - 100*time.Millisecond)
		ua.expect(t, 3) // too early
		ua.mu.Lock()
		ua.messages["b"] = append(ua.messages["b"], say("200"))
		ua.mu.Unlock()
		time.Sleep(2 * traceRound)
		ua.expect(t, 1, "c1 INVITE+BYE+200")
		tr.over(&call.Record{ID: "c2", Legs: []call.LegRecord{{CallID: "late"}}})
		stop() // what is left is stored at once
		if err := <-done; err != nil {
			t.Error(err)
		}
		ua.expect(t, 0, "c1 INVITE+BYE+200", "c2 INVITE")
		if ua.packed == 0 {
			t.Error("nothing was packed")
		}
	})
}

func TestRatesAreThoseSinceTheLastLook(t *testing.T) {
	var p pace
	began := time.Now()
	p.start(began)
	bansOf := bans([]sip.Ban{{Source: mustPrefix(t, "192.0.2.7"), Account: "1"}, {Source: mustPrefix(t, "2001:db8::/64")}})
	if bansOf[0].Source != "192.0.2.7" || bansOf[1].Source != "2001:db8::/64" {
		t.Errorf("bans are written %+v", bansOf)
	}
	l := loadOf(&p, 2*time.Second, 1000, began.Add(10*time.Second))
	if l.Cores != .2 || l.Packets != 100 {
		t.Errorf("at first %+v", l)
	}
	l = loadOf(&p, 7*time.Second, 2000, began.Add(20*time.Second))
	if l.Cores != .5 || l.Packets != 100 {
		t.Errorf("then %+v", l)
	}
}

func loadOf(p *pace, cpu time.Duration, packets uint64, at time.Time) web.Load {
	l := web.Load{CPU: cpu}
	p.rates(&l, media.Stats{PacketsReceived: packets / 2, PacketsSent: packets / 2}, at)
	return l
}

func mustPrefix(t *testing.T, source string) netip.Prefix {
	t.Helper()
	p, err := prefixOf(source)
	if err != nil {
		t.Fatal(err)
	}
	return p
}
