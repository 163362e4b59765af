package sipleg

import (
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"hatif/call"
	"hatif/media"
	"hatif/sip"
)

// A Profile is what the file says of a user, as a leg needs it.
type Profile struct {
	Identity call.Identity // shown to those whom the user calls
	Context  string
	Language string
	Laws     []media.Law // in order of preference
}

// Options are what a Network is made of; all are needed, but for Lines and Guests.
type Options struct {
	UA      *sip.UA
	Engine  *media.Engine
	Profile func(user string) (Profile, bool) // the account's; called for every leg, from any goroutine
	Guest   func() Profile                    // of callers without an account; nil: none come
	Lines   *call.Lines                       // told who is on a call; nil: nobody asks
	InBand  bool                              // recognise keys in the audio of phones without RFC 4733
	Log     *slog.Logger
}

// A Network makes legs: of calls that come in (Accept) and of calls that go out (Dial). It implements call.Dialer.
type Network struct {
	Options
	last atomic.Uint64 // leg ids
	legs sync.Map      // *sip.Dialog → *Leg: those that live, for REFER with Replaces
	born string        // makes them differ from those of an earlier process
}

// New makes a Network. It owns nothing: the UA and the engine are the caller's to run and to stop.
func New(o Options) *Network {
	if o.Lines == nil {
		o.Lines = new(call.Lines)
	}
	return &Network{Options: o, born: fmt.Sprintf("%x", time.Now().UnixMilli())}
}

func (n *Network) id() string { return fmt.Sprintf("%s-%d", n.born, n.last.Add(1)) }

// A Refused is the error of an Accept that has refused the call: who called, and why there is no leg.
type Refused struct {
	Info  call.Info
	Cause *call.Cause
	Err   error
}

// Error is "call from Amal <2001>: no common codec".
func (r *Refused) Error() string { return fmt.Sprintf("call from %s: %v", r.Info.Caller, r.Err) }

// Unwrap is what was wrong.
func (r *Refused) Unwrap() error { return r.Err }

// Accept makes a leg of a call that came in, with a media port that fits its offer, not yet answered. When that
// cannot be, the dialog has been refused, and the error is a *Refused: 488 without a common codec or for an
// address that we cannot reach, 400 for a malformed description, 503 without a free port.
func (n *Network) Accept(d *sip.Dialog) (*Leg, error) {
	profile, err := n.profile(d)
	l := &Leg{net: n, dialog: d, events: make(chan call.Event, call.EventBacklog)}
	l.info = call.Info{
		ID: n.id(), Inbound: true, User: d.User(), Caller: profile.Identity, Called: d.Called(),
		Context: profile.Context, Language: profile.Language,
		CallID: d.CallID(), Remote: d.Remote().String(), Agent: d.UserAgent(), Began: d.Began(),
	}
	refuse := func(cause *call.Cause, err error) (*Leg, error) {
		d.Reject(endFor(cause, sip.ByUs))
		return nil, &Refused{Info: l.info, Cause: cause, Err: err}
	}
	if err != nil {
		return refuse(call.Forbidden, err)
	}
	port, err := n.Engine.Open(l.portOptions(profile.Laws, nil, d.Remote().Addr(), d.Offer()))
	if err != nil {
		return refuse(causeOfOpen(err), err)
	}
	if offer := d.Offer(); offer != nil {
		if l.answer, err = port.Answer(offer); err != nil {
			port.Close()
			return refuse(causeOfOffer(err), err)
		}
	}
	l.begin(port)
	return l, nil
}

func (n *Network) profile(d *sip.Dialog) (Profile, error) {
	if user := d.User(); user != "" {
		p, ok := n.Profile(user)
		if !ok {
			return p, fmt.Errorf("user %s is gone from the file", user)
		}
		return p, nil
	}
	if n.Guest == nil {
		return Profile{}, errors.New("a caller without an account")
	}
	p := n.Guest()
	p.Identity = call.Identity{Number: d.From().Number, Name: d.From().Name}
	return p, nil
}

// portOptions asks for a port on near's loop with near's codec first, so that the two need no transcoding.
func (l *Leg) portOptions(laws []media.Law, near *media.Port, remote netip.Addr, offer []byte) media.PortOptions {
	if near != nil {
		laws = agreedFirst(laws, near)
	}
	return media.PortOptions{
		Near: near, Laws: laws, Name: "voice " + l.info.User, Remote: remote, Offer: offer, InBand: l.net.InBand,
		OnDigit: func(key byte, held time.Duration) { l.event(call.Digit{Key: key, Duration: held}) },
		OnSilent: func() {
			if l.up.Load() { // who only listens before the answer need not send
				l.stop(call.MediaTimeout) // on the media loop: the script hangs up when it sees the context end
			}
		},
	}
}

// agreedFirst returns laws with the one in front that near has agreed on, when it is among them.
func agreedFirst(laws []media.Law, near *media.Port) []media.Law {
	if law, agreed := near.Agreed(); agreed {
		if i := slices.Index(laws, law); i > 0 {
			return slices.Insert(slices.Delete(slices.Clone(laws), i, i+1), 0, law)
		}
	}
	return laws
}
