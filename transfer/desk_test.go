package transfer_test

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hatif/call"
	"hatif/call/calltest"
	"hatif/media"
	"hatif/transfer"
)

// house is where everybody may do everything but 1001, and call everybody.
type house struct{ people []string }

func (h house) May(l call.Leg, _ transfer.Right) bool { return l.Info().User != "1001" }

func (h house) Shown(l call.Leg) bool { return h.May(l, transfer.MayTransfer) }

func (h house) Leads(_ call.Leg, number string) error {
	if !slices.Contains(h.people, number) {
		return call.NotFound
	}
	return nil
}

func (h house) Person(by call.Leg, number string) (string, error) { return number, h.Leads(by, number) }

func (h house) Farewell(call.Leg, string) (media.Source, bool) { return nil, false }

func (h house) Longer(_ call.Leg, sofar string) bool {
	return slices.ContainsFunc(h.people, func(p string) bool { return p != sofar && strings.HasPrefix(p, sofar) })
}

func (h house) Say(_ call.Leg, prompt string) (media.Source, bool) {
	return calltest.Sound("prompt "+prompt, time.Second), true
}

// desk is a conversation of a caller with a person, in virtual time.
type desk struct {
	*testing.T
	board   *transfer.Switchboard
	network calltest.Network
	options transfer.Options
	heirs   []string

	caller, callee *calltest.Leg
	call           *call.Call
	cancel         context.CancelFunc
	done           chan struct{} // closed when the two below are set
	out            transfer.Outcome
	err            error
}

// sit connects caller and callee.
func sit(t *testing.T, caller, callee string, change func(*transfer.Config)) *desk {
	return sitIn(t, everybody, caller, callee, change)
}

var everybody = house{[]string{"1001", "2001", "2002", "2003"}}

func sitIn(t *testing.T, h transfer.House, caller, callee string, change func(*transfer.Config)) *desk {
	d := &desk{T: t, board: transfer.New()}
	d.options = transfer.Options{
		Config: transfer.Defaults(), House: h, Dialer: &d.network,
		Music: func(call.Leg) media.Source { return calltest.Sound("music", 0) },
		Left:  func(who call.Leg, to string) { d.heirs = append(d.heirs, who.Info().User+" to "+to) },
	}
	if change != nil {
		change(&d.options.Config)
	}
	d.caller, d.callee = calltest.Caller(caller, callee), calltest.NewLeg(call.Info{User: callee, Called: callee})
	d.begin("c1")
	return d
}

// beside is another conversation on the same switchboard.
func (d *desk) beside(id, caller, callee string) *desk {
	time.Sleep(time.Second)
	e := &desk{T: d.T, board: d.board, options: d.options}
	e.options.Dialer = &e.network
	e.caller, e.callee = calltest.Caller(caller, callee), calltest.NewLeg(call.Info{User: callee, Called: callee})
	e.begin(id)
	return e
}

func (d *desk) begin(id string) {
	d.call = call.New(id, d.caller, "en", slog.New(slog.DiscardHandler))
	ctx, cancel := context.WithCancel(d.Context())
	d.cancel, d.done = cancel, make(chan struct{})
	go func() {
		defer close(d.done)
		d.out, d.err = d.board.Converse(ctx, d.call, d.callee, d.options)
	}()
	synctest.Wait()
}

// hears checks what a party hears now.
func (d *desk) hears(l *calltest.Leg, want string) {
	d.Helper()
	synctest.Wait()
	if got := l.Hearing(); got != want {
		d.Errorf("%s hears %q, want %q; %s", l.Info().User, got, want, d.path())
	}
}

func (d *desk) talk(a, b *calltest.Leg) {
	d.Helper()
	d.hears(a, "voice "+b.Info().User)
	d.hears(b, "voice "+a.Info().User)
}

func (d *desk) over(legs ...*calltest.Leg) {
	d.Helper()
	synctest.Wait()
	for _, l := range legs {
		if l.Context().Err() == nil {
			d.Errorf("%s is still on the line; %s", l.Info().User, d.path())
		}
	}
}

// ends waits for the end of the conversation and checks that nobody is left.
func (d *desk) ends() {
	d.Helper()
	synctest.Wait()
	select {
	case <-d.done:
	default:
		d.Fatalf("the conversation goes on; %s", d.path())
	}
	if n := d.board.Talks(); n != 0 {
		d.Errorf("%d legs are left on the switchboard", n)
	}
	for _, l := range d.network.Legs() {
		if call.Leg(l) != d.call.Leg && l.Context().Err() == nil {
			d.Errorf("%s was left behind; %s", l.Info().User, d.path())
		}
	}
}

func (d *desk) path() string {
	var lines []string
	for _, n := range d.call.Snapshot().Path {
		lines = append(lines, n.Text)
	}
	return strings.Join(lines, " | ")
}

// asks has by ask 2003, who picks up.
func (d *desk) asks(by *calltest.Leg) (target *calltest.Leg) {
	d.Helper()
	d.network.Plug("2003", calltest.Phone{Answers: true, AnswerAfter: time.Second})
	by.Press("*2")
	by.Press("2003")
	time.Sleep(2 * time.Second)
	synctest.Wait()
	legs := d.network.Legs()
	if len(legs) == 0 {
		d.Fatalf("2003 has not answered; %s", d.path())
	}
	target = legs[len(legs)-1]
	d.talk(by, target)
	return target
}

func bubble(name string, t *testing.T, f func(t *testing.T)) {
	t.Run(name, func(t *testing.T) { synctest.Test(t, f) })
}
