package stories_test

import (
	"context"
	"fmt"
	"math"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"hatif/hatiftest"
	"hatif/internal/softphone"
	"hatif/store"
)

// A customer dials 0777, or 0888 where the conversation is recorded, and reaches the agent 2001. 2003 is the colleague
// to whom they are transferred. Everything is shorter than in life.
const switchroom = `
languages: [en]
users:
  "2001": {name: Amal Haddad,  secret: amal,   context: staff, queue: help}
  "2003": {name: Luc Bernard,  secret: luc,    context: staff}
  "2004": {name: Eve,          secret: eve,    context: staff}
  "1001": {name: A customer,   secret: caller, context: outside}
queues:
  help: {strategy: linear, ring_timeout: 5s, max_wait: 30s}
features: {number_tries: 2, number_timeout: 2s, answer_timeout: 3s, recall_pause: 1s}
contexts:
  outside:
    "0777": {queue: help}
    "0888": [{record: conversation}, {queue: help}]
  staff:
    may_call: everyone
    "2003": {dial: {user: "2003", ring: 1s}}
    "700": {park: {places: 701-702, wait: 3s}}
    _7XX: {retrieve: "{{ .Extension }}"}
    "*8": pickup
`

// desk is a customer who talks with an agent.
type desk struct {
	*testing.T
	pbx      *hatiftest.PBX
	recorded bool

	agentPhone, colleague *hatiftest.Phone
	customer, agent       *hatiftest.Call
	transfer              *softphone.Transfer

	lost func() time.Duration // what this machine has missed of the time since the beginning
}

// watchClock measures how much time this machine misses because it does something else: then phones say nothing, too.
func watchClock(t *testing.T) (lost func() time.Duration) {
	const every = 20 * time.Millisecond
	var missed atomic.Int64
	done, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		tick := time.NewTicker(every)
		defer tick.Stop()
		last := time.Now()
		for {
			select {
			case <-done:
				return
			case now := <-tick.C:
				if d := time.Since(last); d > 2*every {
					missed.Add(int64(d - every))
				}
				last = now
			}
		}
	}()
	t.Cleanup(func() { close(done); <-stopped })
	return func() time.Duration { return time.Duration(missed.Load()) }
}

func newDesk(t *testing.T, recorded bool) *desk {
	d := &desk{T: t, recorded: recorded, lost: watchClock(t), pbx: hatiftest.Start(t, hatiftest.Options{Config: switchroom})}
	d.agentPhone, d.colleague = d.pbx.Phone("2001"), d.pbx.Phone("2003")
	number := "0777"
	if recorded {
		number = "0888"
	}
	d.customer = d.pbx.Phone("1001").Dial(number)
	d.agent = d.agentPhone.ExpectRing()
	d.agent.Answer()
	hearEachOther(t, d.customer, d.agent)
	return d
}

func (d *desk) wait() (context.Context, context.CancelFunc) {
	return context.WithTimeout(d.Context(), hatiftest.Patience)
}

// answers has the colleague pick up.
func (d *desk) answers() *hatiftest.Call {
	d.Helper()
	c := d.colleague.ExpectRing()
	c.Answer()
	return c
}

func (d *desk) refer(to string) {
	d.Helper()
	ctx, cancel := d.wait()
	defer cancel()
	var err error
	if d.transfer, err = d.agent.Refer(ctx, to); err != nil {
		d.Fatalf("REFER to %s: %v", to, err)
	}
}

func (d *desk) referTo(other *hatiftest.Call) {
	d.Helper()
	ctx, cancel := d.wait()
	defer cancel()
	var err error
	if d.transfer, err = d.agent.ReferTo(ctx, other.Call); err != nil {
		d.Fatalf("REFER to another call: %v", err)
	}
}

// lastKeys are those after which the agent is hung up, perhaps before the phone has sent the end of the last one.
func (d *desk) lastKeys(keys string) {
	d.Helper()
	ctx, cancel := d.wait()
	defer cancel()
	if err := d.agent.Call.Press(ctx, keys); err != nil && d.agent.Ended() == nil {
		d.Fatalf("the agent presses %s: %v", keys, err)
	}
}

// referToRinging asks for a transfer to a call that is not answered yet: its tag is that of the 180.
func (d *desk) referToRinging(other *hatiftest.Call) {
	d.Helper()
	ringing := message(d, d.agentPhone, "180", func(m softphone.Message) bool {
		return !m.Out && m.Code() == 180 && m.Header("Call-ID") == other.CallID()
	})
	tag := func(header string) string {
		_, tag, _ := strings.Cut(ringing.Header(header), "tag=")
		tag, _, _ = strings.Cut(tag, ";")
		return tag
	}
	replaces := url.QueryEscape(fmt.Sprintf("%s;to-tag=%s;from-tag=%s", other.CallID(), tag("To"), tag("From")))
	ctx, cancel := d.wait()
	defer cancel()
	if err := d.agent.Request(ctx, "REFER", "", "", map[string]string{"Refer-To": "<sip:2003@hatif.test?Replaces=" + replaces + ">"}); err != nil {
		d.Fatalf("REFER to a ringing call: %v", err)
	}
	message(d, d.agentPhone, "NOTIFY of success", func(m softphone.Message) bool {
		return !m.Out && m.IsRequest("NOTIFY") && strings.HasPrefix(m.Body(), "SIP/2.0 200")
	})
}

// told checks what the agent's phone was told of its REFER.
func (d *desk) told(want int) {
	d.Helper()
	ctx, cancel := d.wait()
	defer cancel()
	code, err := d.transfer.Wait(ctx)
	if err != nil || code != want {
		d.Errorf("the agent's phone was told %d, %v; want %d", code, err, want)
	}
}

// done ends what still goes on and checks what was left: one row with all legs, one recording, no hole in what the
// customer heard, no key of a code that they heard.
func (d *desk) done(legs ...string) store.Call {
	d.Helper()
	if d.customer.Ended() == nil {
		d.customer.Hangup()
	}
	row := d.customer.ExpectRow()
	d.pbx.ExpectIdle()
	rows := slices.DeleteFunc(d.pbx.Rows(), func(r store.Call) bool { return r.User != "1001" })
	if len(rows) != 1 || row.Result != "answered" || row.User != "1001" {
		d.Errorf("%d rows of the customer's call; %s", len(rows), row.Result)
	}
	var users []string
	for _, l := range row.Legs {
		users = append(users, l.User)
		if l.Ended.IsZero() {
			d.Errorf("the leg of %s has no end", l.User)
		}
	}
	if !slices.Equal(users, legs) {
		d.Errorf("legs of %q, want %q", users, legs)
	}
	if keys := d.customer.Heard(0).Keys(); keys != "" {
		d.Errorf("the customer heard the keys %q", keys)
	}
	d.unbroken()
	want := 0
	if d.recorded {
		want = 1
	}
	if len(row.Recordings) != want {
		d.Fatalf("recordings %q, want %d", row.Recordings, want)
	}
	for _, name := range row.Recordings {
		rec := d.pbx.Recording(name)
		if lasts := time.Duration(len(rec.Samples)) * time.Second / time.Duration(rec.Rate); (lasts - row.Ended.Sub(row.Connected)).Abs() > 500*time.Millisecond+d.lost() {
			d.Errorf("the recording lasts %v, the conversation %v", lasts, row.Ended.Sub(row.Connected))
		}
		d.customerIn(rec)
	}
	return row
}

// longestHole is how long a customer may hear nothing when the party changes.
const longestHole = 250 * time.Millisecond

// unbroken checks that the customer heard something all the time. A hole is one in the arrival and in the timestamps:
// packets that were only late are none.
func (d *desk) unbroken() {
	d.Helper()
	packets := d.customer.Heard(0).Audio()
	for i := 1; i < len(packets); i++ {
		hole := packets[i].At.Sub(packets[i-1].At)
		if packets[i].SSRC == packets[i-1].SSRC {
			hole = min(hole, time.Duration(int32(packets[i].Timestamp-packets[i-1].Timestamp))*time.Second/8000)
		}
		if hole > longestHole+d.lost() {
			d.Errorf("the customer heard nothing for %v, %v after the first sound, of %v", hole, packets[i-1].At.Sub(packets[0].At), packets[len(packets)-1].At.Sub(packets[0].At))
		}
	}
}

// customerIn checks that the customer, who speaks all the time, is in the whole recording.
func (d *desk) customerIn(rec hatiftest.Recording) {
	d.Helper()
	window := rec.Rate / 4
	quiet := 0
	for from := window; from+2*window < len(rec.Samples); from += window {
		if slices.Max(rec.Samples[from:from+window]) < 500 {
			quiet++
		}
	}
	if silent := time.Duration(quiet) * 250 * time.Millisecond; silent > 2*d.lost() {
		d.Errorf("the customer is not in %v of a recording of %v", silent, time.Duration(len(rec.Samples))*time.Second/time.Duration(rec.Rate))
	}
}

// heardTone waits until a call has heard a tone at any time: a ringback tone is silent most of the time.
func (d *desk) heardTone(c *hatiftest.Call, hz float64) {
	d.Helper()
	eventually(d, fmt.Sprintf("a tone of %.0f Hz", hz), func() bool { return tonesHeard(c, hz) > 0 })
}

// tonesHeard counts how often a tone begins in what a call has heard.
func tonesHeard(c *hatiftest.Call, want float64) (n int) {
	const window = 5 // packets of 20 ms
	packets := c.Heard(0).Audio()
	was := false
	for from := 0; from+window <= len(packets); from++ {
		hz, share := softphone.Heard{Packets: packets[from : from+window]}.Tone()
		is := share > 0.8 && math.Abs(hz-want) < 50
		if is && !was {
			n++
		}
		was = is
	}
	return n
}
