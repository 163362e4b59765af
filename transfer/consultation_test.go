package transfer_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"hatif/call"
	"hatif/call/calltest"
	"hatif/transfer"
)

// sides are the two ways that an attended transfer can go: by whom the caller called, and by the caller.
var sides = map[string]func(t *testing.T) (d *desk, by, customer *calltest.Leg){
	"by the one who was called": func(t *testing.T) (*desk, *calltest.Leg, *calltest.Leg) {
		d := sit(t, "1001", "2001", nil)
		return d, d.callee, d.caller
	},
	"by the caller": func(t *testing.T) (*desk, *calltest.Leg, *calltest.Leg) {
		d := sit(t, "2001", "1001", nil)
		return d, d.caller, d.callee
	},
}

func TestAnAttendedTransferIsCompleted(t *testing.T) {
	for side, begin := range sides {
		for how, act := range map[string]func(*calltest.Leg){
			"by hanging up": func(l *calltest.Leg) { l.Leave() },
			"by *2":         func(l *calltest.Leg) { l.Press("*2") },
			"from all three": func(l *calltest.Leg) {
				l.Press("*3")
				time.Sleep(time.Second)
				l.Leave()
			},
			"while talking with the customer": func(l *calltest.Leg) {
				l.Press("*4")
				time.Sleep(time.Second)
				l.Leave()
			},
		} {
			bubble(side+" "+how, t, func(t *testing.T) {
				d, by, customer := begin(t)
				target := d.asks(by)
				d.hears(customer, "music")
				act(by)
				d.over(by)
				d.talk(customer, target)
				if customer.Keys()+target.Keys() != "" {
					t.Errorf("the customer was played %q, the target %q", customer.Keys(), target.Keys())
				}
				target.Press("7")
				d.hears(customer, "voice 2003")
				if customer.Keys() != "7" {
					t.Errorf("a key of the new party did not arrive: %q", customer.Keys())
				}
				if len(d.heirs) != 1 || d.heirs[0] != "2001 to 2003" {
					t.Errorf("heirs %q", d.heirs)
				}
				customer.Leave()
				d.ends()
				if r := d.call.Snapshot(); r.Agent != "2003" || d.out.To != "" {
					t.Errorf("agent %q, outcome %+v", r.Agent, d.out)
				}
			})
		}
	}
}

func TestAnAttendedTransferIsAborted(t *testing.T) {
	for side, begin := range sides {
		for when, act := range map[string]func(d *desk, by *calltest.Leg){
			"while the number is asked for": func(_ *desk, by *calltest.Leg) { by.Press("*2"); time.Sleep(time.Second); by.Press("*1") },
			"while it rings": func(d *desk, by *calltest.Leg) {
				d.network.Plug("2003", calltest.Phone{})
				by.Press("*22003")
				time.Sleep(time.Second)
				d.hears(by, "tone ringback")
				by.Press("*1")
			},
			"while they talk":                 func(d *desk, by *calltest.Leg) { d.asks(by); by.Press("*1") },
			"while all three talk":            func(d *desk, by *calltest.Leg) { d.asks(by); by.Press("*3"); time.Sleep(time.Second); by.Press("*1") },
			"while talking with the customer": func(d *desk, by *calltest.Leg) { d.asks(by); by.Press("*4"); time.Sleep(time.Second); by.Press("*1") },
			"by the target's hanging up":      func(d *desk, by *calltest.Leg) { d.asks(by).Leave() },
			"without a number":                func(_ *desk, by *calltest.Leg) { by.Press("*2"); time.Sleep(10 * time.Second) },
		} {
			bubble(side+" "+when, t, func(t *testing.T) {
				d, by, customer := begin(t)
				act(d, by)
				d.talk(customer, by)
				if d.network.Lines.Busy("2003") != 0 {
					t.Error("2003 is still on the line")
				}
				if customer.Keys() != "" {
					t.Errorf("the customer was played %q", customer.Keys())
				}
				by.Leave()
				d.ends()
				d.over(by)
			})
		}
	}
}

func TestWhenTheCustomerLeavesAllEnds(t *testing.T) {
	for side, begin := range sides {
		for when, act := range map[string]func(d *desk, by *calltest.Leg){
			"while the number is asked for": func(_ *desk, by *calltest.Leg) { by.Press("*220") },
			"while it rings":                func(d *desk, by *calltest.Leg) { d.network.Plug("2003", calltest.Phone{}); by.Press("*22003") },
			"while it rings on alone": func(d *desk, by *calltest.Leg) {
				d.network.Plug("2003", calltest.Phone{})
				by.Press("*22003")
				time.Sleep(time.Second)
				by.Leave()
			},
			"while they talk":      func(d *desk, by *calltest.Leg) { d.asks(by) },
			"while all three talk": func(d *desk, by *calltest.Leg) { d.asks(by).Press("1"); by.Press("*3") },
		} {
			bubble(side+" "+when, t, func(t *testing.T) {
				d, by, customer := begin(t)
				act(d, by)
				time.Sleep(2 * time.Second)
				customer.Leave()
				d.ends()
				if d.network.Lines.Busy("2003") != 0 {
					t.Error("2003 is still on the line")
				}
				if call.Leg(by) != d.call.Leg { // the call's own leg is the dialplan's to hang up
					d.over(by)
				}
			})
		}
	}
}

func TestAllThreeHearEachOther(t *testing.T) {
	bubble("", t, func(t *testing.T) {
		d := sit(t, "1001", "2001", nil)
		target := d.asks(d.callee)
		d.callee.Press("*3")
		for _, l := range []*calltest.Leg{d.caller, d.callee, target} {
			d.hears(l, "three-way")
		}
		d.callee.Press("5")
		d.hears(target, "three-way")
		if d.caller.Keys() != "5" || target.Keys() != "5" {
			t.Errorf("a key reached the customer as %q and the target as %q", d.caller.Keys(), target.Keys())
		}
		d.callee.Press("*4")
		d.talk(d.caller, d.callee)
		d.hears(target, "music")
		d.callee.Press("*4")
		d.talk(d.callee, target)
		d.hears(d.caller, "music")
		d.cancel()
		d.ends()
		d.over(d.callee, target)
		if d.err == nil {
			t.Error("a conversation that our side ends returns no error")
		}
	})
}

func TestOnlyTheOneWhoTransfersHasCodes(t *testing.T) {
	bubble("", t, func(t *testing.T) {
		d := sit(t, "2002", "2001", nil)
		target := d.asks(d.callee)
		target.Press("*1")
		d.caller.Press("*2")
		d.talk(d.callee, target)
		d.hears(d.caller, "music")
		if d.callee.Keys() != "*1" {
			t.Errorf("the target's keys arrived as %q", d.callee.Keys())
		}
		d.caller.Leave()
		d.ends()
	})
}

func TestWhoIsSpokenWithInAConsultationIsHeldLikeAnybody(t *testing.T) {
	bubble("", t, func(t *testing.T) {
		d := sit(t, "1001", "2001", nil)
		target := d.asks(d.callee)
		d.callee.Hold()
		d.hears(target, "music")
		d.callee.Resume()
		d.talk(d.callee, target)
		target.Hold()
		d.callee.Press("*2") // the one who has put us on hold is transferred to
		d.hears(d.caller, "music")
		target.Resume()
		d.talk(d.caller, target)
		target.Leave()
		d.ends()
	})
}

func TestTheTransfererIsCalledBackWhenNobodyAnswers(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*transfer.Config)
		again  calltest.Phone // how 2001 takes the call back
		late   bool           // 2003 answers at the second try
		with   string         // whom the customer talks with at last
		dialed []string
	}{
		"who answers":                    {again: calltest.Phone{Answers: true, AnswerAfter: time.Second}, with: "2001", dialed: []string{"2003", "2001"}},
		"who does not":                   {again: calltest.Phone{Refuses: call.Busy}, dialed: []string{"2003", "2001", "2003", "2001", "2003", "2001"}},
		"and then the target again":      {again: calltest.Phone{Refuses: call.Busy}, late: true, with: "2003", dialed: []string{"2003", "2001", "2003"}},
		"or not, where the file says so": {change: func(c *transfer.Config) { c.Recall = false }, dialed: []string{"2003"}},
		"once":                           {change: func(c *transfer.Config) { c.RecallTries = 0 }, dialed: []string{"2003", "2001"}},
	} {
		for _, byCaller := range []bool{false, true} {
			bubble(name, t, func(t *testing.T) {
				caller, callee := "1001", "2001"
				if byCaller {
					caller, callee = callee, caller
				}
				d := sit(t, caller, callee, c.change)
				by, customer := d.callee, d.caller
				if byCaller {
					by, customer = customer, by
				}
				d.network.Plug("2003", calltest.Phone{})
				d.network.Plug("2001", c.again)
				by.Press("*22003")
				time.Sleep(time.Second)
				by.Leave()
				time.Sleep(5 * time.Second)
				d.hears(customer, "music")
				if c.late {
					time.Sleep(10 * time.Second)
					d.network.Plug("2003", calltest.Phone{Answers: true})
				}
				time.Sleep(3 * time.Minute)
				if got := d.network.Dialed(); len(got) != len(c.dialed) {
					t.Errorf("dialled %q, want %q", got, c.dialed)
				}
				if c.with != "" {
					d.hears(customer, "voice "+c.with)
					customer.Leave()
				}
				d.ends()
				if c.with == "" {
					if heard := customer.Heard(); heard[len(heard)-2] != "tone beeperr, prompt transfer-failed" && heard[len(heard)-1] != "tone beeperr, prompt transfer-failed" {
						t.Errorf("the customer was not told: %q", heard)
					}
					if d.call.Leg != call.Leg(customer) || customer.Context().Err() != nil {
						t.Error("the customer is not the call's any more")
					}
				}
			})
		}
	}
}

// explosive is a dialer with a bug.
type explosive struct{}

func (explosive) Dial(context.Context, call.Target, call.Identity) (call.Leg, error) { panic("boom") }

func TestADialThatPanicsBringsTheTwoTogetherAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := sit(t, "1001", "2001", nil)
		d.caller.Leave() // the conversation that sit has begun
		d.ends()
		d.caller, d.callee = calltest.Caller("1001", "2001"), calltest.NewLeg(call.Info{User: "2001", Called: "2001"})
		d.options.Dialer = explosive{}
		d.begin("c2")
		d.callee.Press("*22003")
		time.Sleep(10 * time.Second)
		d.talk(d.caller, d.callee)
		d.caller.Leave()
		d.ends()
	})
}
