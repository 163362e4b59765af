package stories_test

import (
	"fmt"
	"testing"

	"hatif/hatiftest"
	"hatif/internal/softphone"
)

// transfers are what the people do, by the means and the situation: it says whose legs are in the row.
var transfers = map[string]map[string]func(d *desk) []string{
	"*2": {
		"answered": func(d *desk) []string {
			d.agent.Press("*2")
			d.agent.ExpectPrompt("transfer")
			d.customer.ExpectMusic("default")
			d.agent.Press("2003")
			c := d.answers()
			if who := c.Caller(); who.Number != "2001" {
				d.Errorf("the colleague sees %+v calling, want the agent", who)
			}
			hearEachOther(d, d.agent, c)
			d.customer.ExpectMusic("default")
			d.agent.Hangup()
			hearEachOther(d, d.customer, c)
			return []string{"1001", "2001", "2003"}
		},
		"busy": func(d *desk) []string {
			d.colleague.SetPolicy(softphone.RejectWith(486))
			d.agent.Press("*22003")
			d.agent.ExpectPrompt("person-busy")
			hearEachOther(d, d.customer, d.agent)
			return []string{"1001", "2003", "2001"}
		},
		"no answer": func(d *desk) []string {
			d.agent.Press("*22003")
			d.colleague.ExpectRing()
			d.heardTone(d.agent, 425)
			d.agent.ExpectPrompt("person-not-answering")
			hearEachOther(d, d.customer, d.agent)
			return []string{"1001", "2003", "2001"}
		},
		"invalid": func(d *desk) []string {
			d.agent.Press("*29")
			d.agent.ExpectPrompt("not-valid")
			d.agent.Press("9")
			d.agent.ExpectPrompt("transfer-failed")
			hearEachOther(d, d.customer, d.agent)
			return []string{"1001", "2001"}
		},
		"customer leaves": func(d *desk) []string {
			d.agent.Press("*22003")
			ring := d.colleague.ExpectRing()
			d.customer.Hangup()
			d.agent.ExpectEnd()
			ring.ExpectEnd()
			return []string{"1001", "2003", "2001"}
		},
		"transferer leaves early": func(d *desk) []string {
			d.agent.Press("*22003")
			ring := d.colleague.ExpectRing()
			d.agent.Hangup()
			ring.Answer()
			hearEachOther(d, d.customer, ring)
			return []string{"1001", "2001", "2003"}
		},
	},
	"#1": {
		"answered": func(d *desk) []string {
			d.agent.Press("#1")
			d.agent.ExpectPrompt("transfer")
			d.customer.ExpectMusic("default")
			d.lastKeys("2003")
			return d.handedOn()
		},
		"busy": func(d *desk) []string {
			d.colleague.SetPolicy(softphone.RejectWith(486))
			d.lastKeys("#12003")
			return d.refused()
		},
		"no answer": func(d *desk) []string {
			d.lastKeys("#12003")
			return d.unanswered()
		},
		"invalid": func(d *desk) []string {
			d.agent.Press("#19")
			d.agent.ExpectPrompt("not-valid")
			d.agent.Press("9")
			d.agent.ExpectPrompt("transfer-failed")
			hearEachOther(d, d.customer, d.agent)
			return []string{"1001", "2001"}
		},
		"customer leaves": func(d *desk) []string {
			d.agent.Press("#120")
			d.customer.Hangup()
			d.agent.ExpectEnd()
			return []string{"1001", "2001"}
		},
		"transferer leaves early": func(d *desk) []string {
			d.agent.Press("#120")
			d.agent.Hangup()
			d.customer.ExpectEnd()
			return []string{"1001", "2001"}
		},
	},
	"REFER": {
		"answered": func(d *desk) []string {
			d.refer("2003")
			d.told(200)
			return d.handedOn()
		},
		"busy": func(d *desk) []string {
			d.colleague.SetPolicy(softphone.RejectWith(486))
			d.refer("2003")
			d.told(200)
			return d.refused()
		},
		"no answer": func(d *desk) []string {
			d.refer("2003")
			return d.unanswered()
		},
		"invalid": func(d *desk) []string {
			d.refer("9999")
			d.told(404)
			hearEachOther(d, d.customer, d.agent)
			return []string{"1001", "2001"}
		},
		"customer leaves": func(d *desk) []string {
			d.refer("2003")
			ring := d.colleague.ExpectRing()
			d.agent.ExpectEnd()
			d.customer.Hangup()
			ring.ExpectEnd()
			return []string{"1001", "2001", "2003"}
		},
		"transferer leaves early": func(d *desk) []string {
			d.refer("2003")
			ctx, cancel := d.wait()
			defer cancel()
			_ = d.agent.Call.Hangup(ctx) // which may cross our own
			c := d.answers()
			hearEachOther(d, d.customer, c)
			return []string{"1001", "2001", "2003"}
		},
	},
	"REFER+Replaces": {
		"answered": func(d *desk) []string {
			second := d.second("2003")
			c := d.answers()
			hearEachOther(d, second, c)
			d.referTo(second)
			d.told(200)
			d.agent.ExpectEnd()
			second.ExpectEnd()
			hearEachOther(d, d.customer, c)
			return []string{"1001", "2001", "2001", "2003"}
		},
		"busy": func(d *desk) []string {
			d.colleague.SetPolicy(softphone.RejectWith(486))
			second := d.second("2003")
			second.ExpectRefused(486)
			return d.resumed()
		},
		"no answer": func(d *desk) []string {
			second := d.second("2003")
			second.ExpectRefused(480)
			return d.resumed()
		},
		"invalid": func(d *desk) []string {
			second := d.second("2003")
			d.answers()
			second.ExpectAnswered()
			second.Hangup()
			d.referTo(second)
			d.told(481)
			return d.resumed()
		},
		"customer leaves": func(d *desk) []string {
			second := d.second("2003")
			c := d.answers()
			hearEachOther(d, second, c)
			d.customer.Hangup()
			d.agent.ExpectEnd()
			hearEachOther(d, second, c)
			second.Hangup()
			c.ExpectEnd()
			return []string{"1001", "2001"}
		},
		"transferer leaves early": func(d *desk) []string {
			second := d.second("2003")
			ring := d.colleague.ExpectRing()
			second.ExpectRinging()
			d.referToRinging(second)
			second.ExpectEnd()
			d.customer.ExpectMusic("default")
			ring.Answer() // the same that rang before
			hearEachOther(d, d.customer, ring)
			return []string{"1001", "2001", "2001", "2003"}
		},
	},
}

// handedOn is a blind transfer to a colleague who answers.
func (d *desk) handedOn() []string {
	d.agent.ExpectEnd()
	c := d.answers()
	if who := c.Caller(); who.Number != "1001" || who.Name != "A customer" {
		d.Errorf("the colleague sees %+v calling, want the customer", who)
	}
	hearEachOther(d, d.customer, c)
	return []string{"1001", "2001", "2003"}
}

// refused is a blind transfer to a colleague who is busy.
func (d *desk) refused() []string {
	d.agent.ExpectEnd()
	return d.comesBack()
}

// unanswered is a blind transfer to a colleague who does not answer.
func (d *desk) unanswered() []string {
	d.agent.ExpectEnd()
	d.colleague.ExpectRing()
	d.heardTone(d.customer, 425)
	return d.comesBack()
}

// comesBack is the agent being called back.
func (d *desk) comesBack() []string {
	back := d.agentPhone.ExpectRing()
	d.customer.ExpectMusic("default")
	if who := back.Caller(); who.Number != "1001" || who.Name != "A customer" {
		d.Errorf("the agent sees %+v calling back, want the customer", who)
	}
	back.Answer()
	hearEachOther(d, d.customer, back)
	return []string{"1001", "2001", "2003", "2001"}
}

// second puts the customer on hold and calls somebody from the agent's phone.
func (d *desk) second(number string) *hatiftest.Call {
	d.agent.Hold()
	d.customer.ExpectMusic("default")
	return d.agentPhone.Dial(number)
}

func (d *desk) resumed() []string {
	d.agent.Resume()
	hearEachOther(d, d.customer, d.agent)
	return []string{"1001", "2001"}
}

// I2, I3, I5, C5: every way to transfer in every situation, over real SIP and RTP.
func TestTransfers(t *testing.T) {
	for means, situations := range transfers {
		for situation, act := range situations {
			for _, recorded := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s %s recorded=%v", means, situation, recorded), func(t *testing.T) {
					t.Parallel()
					d := newDesk(t, recorded)
					d.done(act(d)...)
				})
			}
		}
	}
}
