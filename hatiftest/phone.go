package hatiftest

import (
	"context"
	"testing"
	"time"

	"hatif/internal/softphone"
)

// A Phone is a softphone that logs on to the PBX. The embedded phone has what is rarely needed.
type Phone struct {
	*softphone.Phone
	t   testing.TB
	pbx *PBX
}

// PhoneOptions change how a phone behaves; see softphone.Options. Server, User, Secret and DisplayName that are
// empty are filled in from the file.
type PhoneOptions = softphone.Options

// Phone makes a phone of user, logged on with the secret in the file.
func (p *PBX) Phone(user string) *Phone {
	p.t.Helper()
	ph := p.PhoneWith(PhoneOptions{User: user})
	ph.Register()
	return ph
}

// PhoneWith makes a phone with options that is not logged on.
func (p *PBX) PhoneWith(o PhoneOptions) *Phone {
	p.t.Helper()
	if o.Server == "" {
		o.Server = p.addrOn(o.BindHost)
	}
	if u, ok := p.cfg.Users[o.User]; ok {
		if o.Secret == "" {
			o.Secret = u.Secret
		}
		if o.DisplayName == "" {
			o.DisplayName = u.Name
		}
	}
	ph, err := softphone.New(o)
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), Patience)
		defer cancel()
		if p.stop != nil { // with the PBX gone nobody would confirm
			if err := ph.HangupAll(ctx); err != nil {
				p.t.Logf("%s: %v", ph, err) // no failure: the PBX may be ending the call too
			}
		}
		if err := ph.Close(); err != nil {
			p.t.Errorf("%s: %v", ph, err)
		}
	})
	return &Phone{Phone: ph, t: p.t, pbx: p}
}

// Register logs the phone on for an hour.
func (ph *Phone) Register() {
	ph.t.Helper()
	ctx, cancel := ph.wait()
	defer cancel()
	if _, err := ph.Phone.Register(ctx, time.Hour); err != nil {
		ph.t.Fatalf("%s did not log on: %v", ph, err)
	}
}

// Unregister logs the phone off.
func (ph *Phone) Unregister() {
	ph.t.Helper()
	ctx, cancel := ph.wait()
	defer cancel()
	if err := ph.Phone.Unregister(ctx); err != nil {
		ph.t.Fatalf("%s did not log off: %v", ph, err)
	}
}

func (ph *Phone) wait() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), Patience)
}

// Dial calls a number and returns at once; the Expect methods wait.
func (ph *Phone) Dial(number string) *Call {
	ph.t.Helper()
	return ph.DialWith(number, softphone.DialOptions{})
}

// DialWith is Dial with options.
func (ph *Phone) DialWith(number string, o softphone.DialOptions) *Call {
	ph.t.Helper()
	ctx, cancel := ph.wait()
	defer cancel()
	c, err := ph.Invite(ctx, number, o)
	if err != nil {
		ph.t.Fatalf("%s dials %s: %v", ph, number, err)
	}
	return &Call{Call: c, t: ph.t, pbx: ph.pbx}
}

// ExpectRing waits until the phone is called, and returns the ringing call.
func (ph *Phone) ExpectRing() *Call {
	ph.t.Helper()
	ctx, cancel := ph.wait()
	defer cancel()
	c, err := ph.NextCall(ctx)
	if err != nil {
		ph.t.Fatalf("%v", err)
	}
	return &Call{Call: c, t: ph.t, pbx: ph.pbx}
}

// ExpectNoRing fails when the phone has been called and nobody has taken the call with ExpectRing. It does not wait.
func (ph *Phone) ExpectNoRing() {
	ph.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if c, err := ph.NextCall(ctx); err == nil {
		ph.t.Errorf("%s was called by %s", ph, c.Caller().Number)
	}
}
