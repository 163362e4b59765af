package sipleg_test

import (
	"context"
	"log/slog"
	"net/netip"
	"strings"
	"testing"
	"time"

	"hatif/call"
	"hatif/call/calltest"
	"hatif/call/sipleg"
	"hatif/internal/softphone"
	"hatif/media"
	"hatif/sip"
)

// wire is a Network over loopback with the parts that it joins, and phones at its far end.
type wire struct {
	net     *sipleg.Network
	ua      *sip.UA
	legs    chan *sipleg.Leg // those that Accept made
	caller  *softphone.Phone
	callees chan *softphone.Call // those that the callee took
}

func newWire(t *testing.T) *wire {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	loopback := netip.AddrFrom4([4]byte{127, 0, 0, 1})
	engine, err := media.NewEngine(media.Config{Listen: loopback}, log)
	if err != nil {
		t.Fatal(err)
	}
	ua, err := sip.New(sip.Config{Listen: []string{"udp://127.0.0.1:0"}}, nil, log)
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{ua: ua, legs: make(chan *sipleg.Leg, 10), callees: make(chan *softphone.Call, 10)}
	w.net = sipleg.New(sipleg.Options{
		UA: ua, Engine: engine, Log: log,
		Profile: func(user string) (sipleg.Profile, bool) {
			return sipleg.Profile{Identity: call.Identity{Number: user}, Context: "all", Laws: []media.Law{media.MuLaw, media.ALaw}}, true
		},
	})
	ua.OnInvite(func(d *sip.Dialog) {
		if leg, err := w.net.Accept(d); err == nil {
			w.legs <- leg
		}
	})
	ua.SetAccounts(map[string]sip.Account{
		"caller": {User: "caller", Secret: "s1"},
		"callee": {User: "callee", Secret: "s2"},
	})
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 2)
	go func() { ended <- engine.Run(ctx) }()
	go func() { ended <- ua.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		for range 2 {
			if err := <-ended; err != nil {
				t.Error(err)
			}
		}
		if n := engine.Stats().Ports; n != 0 {
			t.Errorf("%d ports are left", n)
		}
	})
	w.caller = w.phone(t, "caller", "s1")
	return w
}

func (w *wire) phone(t *testing.T, user, secret string) *softphone.Phone {
	t.Helper()
	_, addr, _ := strings.Cut(w.ua.Addrs()[0], "://")
	p, err := softphone.New(softphone.Options{Server: addr, User: user, Secret: secret})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

func (w *wire) Call(t *testing.T) (call.Leg, calltest.Party) {
	t.Helper()
	c, err := w.caller.Invite(t.Context(), "100", softphone.DialOptions{})
	if err != nil {
		t.Fatal(err)
	}
	select {
	case leg := <-w.legs:
		t.Cleanup(func() { leg.Hangup(nil) })
		return leg, party{t, c}
	case <-time.After(calltest.Patience):
		t.Fatal("the INVITE did not arrive")
		return nil, nil
	}
}

func (w *wire) Dialer() call.Dialer { return w.net }

func (w *wire) Callee(t *testing.T, how calltest.CalleePhone) {
	t.Helper()
	if how == calltest.IsUnplugged {
		return
	}
	p := w.phone(t, "callee", "s2")
	p.SetPolicy(map[calltest.CalleePhone]softphone.Policy{
		calltest.Answers:      softphone.AnswerAfter(0),
		calltest.RingsForEver: softphone.RingOnly,
		calltest.IsBusy:       softphone.RejectWith(486),
		calltest.Declines:     softphone.RejectWith(603),
	}[how])
	if _, err := p.Register(t.Context(), time.Hour); err != nil {
		t.Fatal(err)
	}
	go func() {
		for {
			c, err := p.NextCall(t.Context())
			if err != nil {
				return
			}
			w.callees <- c
		}
	}()
}

func (w *wire) LastCallee(t *testing.T) calltest.Party {
	t.Helper()
	select {
	case c := <-w.callees:
		p := party{t, c}
		p.do(p.WaitAnswered) // our side knows of the answer as soon as its ACK is on the way
		return p
	case <-time.After(calltest.Patience):
		t.Fatal("the callee was not called")
		return nil
	}
}

func (w *wire) Sound(name string, length time.Duration) media.Source {
	return calltest.Sound(name, length)
}

// party is a softphone's call as the conformance kit moves it.
type party struct {
	t *testing.T
	*softphone.Call
}

func (p party) do(f func(context.Context) error) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), calltest.Patience)
	defer cancel()
	if err := f(ctx); err != nil {
		p.t.Error(err)
	}
}

func (p party) Press(keys string) {
	p.do(p.WaitAnswered)
	p.do(func(ctx context.Context) error { return p.Call.Press(ctx, keys) })
}
func (p party) Leave()       { p.do(p.Hangup) }
func (p party) Hold()        { p.do(p.WaitAnswered); p.do(p.Call.Hold) }
func (p party) Resume()      { p.do(p.Call.Resume) }
func (p party) Keys() string { return p.Heard(0).Keys() }

func TestTheRealLegConforms(t *testing.T) {
	calltest.Conform(t, func(t *testing.T, name string, f func(*testing.T, calltest.Line)) {
		t.Run(name, func(t *testing.T) { f(t, newWire(t)) })
	})
}
