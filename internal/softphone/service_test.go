package softphone

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"
	"github.com/pion/rtcp"
)

func TestAPhoneAsksWhetherTheServerIsThere(t *testing.T) {
	t.Parallel()
	r := startRegistrar(t, "udp", "MD5")
	ok(t, phone(t, Options{Server: r.addr, User: "2001"}).Options(within(t)))
}

func TestATextArrivesAndIsInTheTrace(t *testing.T) {
	t.Parallel()
	a, b := pair(t, Options{}, Options{})
	ctx := within(t)
	ok(t, a.Message(ctx, "2001", "the meeting is at ten"))
	m := must(b.WaitMessage(ctx, func(m Message) bool { return m.IsRequest("MESSAGE") }))(t)
	if m.Body() != "the meeting is at ten" || m.Out {
		t.Errorf("came as\n%s", m)
	}
}

func TestALampIsSubscribedTo(t *testing.T) {
	t.Parallel()
	r := startRegistrar(t, "udp", "MD5")
	p := phone(t, Options{Server: r.addr, User: "2001", Secret: r.secret})
	ctx := within(t)
	s := must(p.Subscribe(ctx, "message-summary", time.Hour))(t)
	body := must(p.WaitNotice(ctx, "message-summary", func(b string) bool { return strings.Contains(b, "yes") }))(t)
	if !strings.Contains(body, "Messages-Waiting: yes") || len(p.Notices("message-summary")) != 1 {
		t.Errorf("the lamp was told %q", body)
	}
	ok(t, s.Refresh(ctx, 0))
	last := must(p.WaitMessage(ctx, func(m Message) bool { return m.IsRequest("SUBSCRIBE") && m.Header("Expires") == "0" }))(t)
	if !strings.Contains(last.Header("To"), "tag=") {
		t.Errorf("the end of the subscription is outside its dialog:\n%s", last)
	}
	must(p.WaitMessage(ctx, func(m Message) bool { return m.Out && m.IsResponse("NOTIFY", 200) }))(t)
}

func TestATransferThatIsDeclinedSaysSo(t *testing.T) {
	t.Parallel()
	a, b := pair(t, Options{}, Options{})
	out, _ := talking(t, a, b)
	_, err := out.Refer(within(t), "3001")
	var refused *Refused
	if !errors.As(err, &refused) || refused.Code != 603 {
		t.Fatalf("refer said %v", err)
	}
	refer := must(b.WaitMessage(within(t), func(m Message) bool { return m.IsRequest("REFER") }))(t)
	if !strings.Contains(refer.Header("Refer-To"), "sip:3001@") || !strings.Contains(refer.Header("Referred-By"), "sip:1001@") {
		t.Errorf("asked with\n%s", refer)
	}
}

func TestAnAttendedTransferNamesTheOtherDialog(t *testing.T) {
	t.Parallel()
	a, b := pair(t, Options{}, Options{})
	first, _ := talking(t, a, b)
	second, _ := talking(t, a, b)
	if _, err := first.ReferTo(within(t), second); err == nil {
		t.Fatal("phones take no transfers, and this one did")
	}
	refer := must(b.WaitMessage(within(t), func(m Message) bool { return m.IsRequest("REFER") }))(t)
	env := second.envelope()
	for _, want := range []string{"?Replaces=" + env.callID + "%3B", "to-tag%3D" + env.toTag, "from-tag%3D" + second.localTag} {
		if !strings.Contains(refer.Header("Refer-To"), want) {
			t.Errorf("Refer-To %s has no %s", refer.Header("Refer-To"), want)
		}
	}
}

func TestTheProgressOfATransferIsCollected(t *testing.T) {
	t.Parallel()
	a, b := pair(t, Options{}, Options{})
	out, in := talking(t, a, b)
	transfer := &Transfer{call: out, after: len(out.Messages())}
	ctx := within(t)
	for _, status := range []string{"100 Trying", "180 Ringing", "200 OK"} {
		ok(t, in.Request(ctx, "NOTIFY", "message/sipfrag;version=2.0", "SIP/2.0 "+status+"\r\n", map[string]string{"Event": "refer"}))
	}
	if code := must(transfer.Wait(ctx))(t); code != 200 {
		t.Errorf("the transfer ended with %d", code)
	}
	if codes := transfer.Codes(); len(codes) != 3 || codes[1] != 180 {
		t.Errorf("codes %v", codes)
	}
}

func TestAKeyGoesAsInfo(t *testing.T) {
	t.Parallel()
	a, b := pair(t, Options{}, Options{})
	out, _ := talking(t, a, b)
	ctx := within(t)
	ok(t, out.Info(ctx, '#'))
	m := must(b.WaitMessage(ctx, func(m Message) bool { return m.IsRequest("INFO") }))(t)
	if m.Header("Content-Type") != "application/dtmf-relay" || !strings.HasPrefix(m.Body(), "Signal=#\r\n") {
		t.Errorf("came as\n%s", m)
	}
}

func TestAPhoneBehindNATWritesAnAddressThatNobodyReaches(t *testing.T) {
	t.Parallel()
	r := startRegistrar(t, "udp", "MD5")
	p := phone(t, Options{Server: r.addr, User: "2001", Secret: r.secret, BehindNAT: true})
	ctx := within(t)
	must(p.Register(ctx, 0))(t)
	m := must(p.WaitMessage(ctx, func(m Message) bool { return m.IsRequest("REGISTER") }))(t)
	if !strings.Contains(m.Header("Contact"), privateHost) || !strings.Contains(m.Header("Via"), privateHost) || !strings.Contains(m.Header("Via"), "rport") {
		t.Errorf("registered with\n%s", m)
	}
}

func TestReportsCrossAndMeasureTheWay(t *testing.T) {
	t.Parallel()
	a, b := pair(t, Options{Reports: 200 * time.Millisecond}, Options{Reports: 200 * time.Millisecond})
	out, in := talking(t, a, b)
	ctx := within(t)
	must(out.WaitHeard(ctx, out.Now(), func(Heard) bool { return out.RoundTrip() > 0 }))(t)
	if trip := out.RoundTrip(); trip > time.Second {
		t.Errorf("loopback takes %v", trip)
	}
	var blocks int
	for _, p := range in.Reports() {
		if sr, isSR := p.(*rtcp.SenderReport); isSR && len(sr.Reports) > 0 {
			blocks++
			if got := sr.Reports[0]; got.FractionLost != 0 || got.TotalLost != 0 || got.LastSequenceNumber == 0 {
				t.Errorf("reported %+v of loopback", got)
			}
		}
	}
	if blocks == 0 {
		t.Error("no sender report had anything to say of what was heard")
	}
}

func TestALossShowsInTheReport(t *testing.T) {
	t.Parallel()
	e := newEar(0, &latencies{})
	now := time.Now()
	for i, seq := range []uint16{65534, 65535, 2, 3} { // 0 and 1 are lost
		y := Packet{At: now.Add(time.Duration(i) * 20 * time.Millisecond), Seq: seq, Timestamp: uint32(i * 160), SSRC: 9}
		e.tally.count(&y)
	}
	block, found := e.reception()
	if !found || block.TotalLost != 2 || block.FractionLost != 2*256/6 || block.LastSequenceNumber != 65539 || block.Jitter != 0 {
		t.Errorf("reported %+v", block)
	}
	if block, _ = e.reception(); block.FractionLost != 0 {
		t.Errorf("the same loss is reported twice: %+v", block)
	}
}

func TestACallSurvivesANATThatForgets(t *testing.T) {
	t.Parallel()
	a, b := pair(t, Options{}, Options{})
	out, in := talking(t, a, b)
	ctx := within(t)
	ok(t, in.Hears(ctx, out.Audio))
	before := out.RTPAddr()
	ok(t, out.Rebind())
	h := must(in.WaitHeard(ctx, in.Now()+2, func(h Heard) bool { return len(h.Packets) > 0 }))(t)
	if from := h.Packets[len(h.Packets)-1].From; from == before || from != out.RTPAddr() {
		t.Errorf("packets come from %v, the phone is at %v", from, out.RTPAddr())
	}
}

// subscribe is the registrar's lamp: one NOTIFY that says yes.
func (r *registrar) subscribe(client func(*sip.Request) error) func(*sip.Request, sip.ServerTransaction) {
	return func(req *sip.Request, tx sip.ServerTransaction) {
		r.mu.Lock()
		defer r.mu.Unlock()
		res := sip.NewResponseFromRequest(req, 200, "OK", nil)
		res.AppendHeader(sip.NewHeader("Contact", "<sip:lamp@"+r.addr+">"))
		res.AppendHeader(sip.NewHeader("Expires", headerValue(req, "Expires")))
		if err := tx.Respond(res); err != nil || headerValue(req, "Expires") == "0" {
			return
		}
		notify := sip.NewRequest(sip.NOTIFY, req.Contact().Address)
		from, to := res.To().AsFrom(), req.From().AsTo()
		notify.AppendHeader(&from)
		notify.AppendHeader(&to)
		notify.AppendHeader(req.CallID())
		notify.AppendHeader(sip.NewHeader("Event", "message-summary"))
		notify.AppendHeader(sip.NewHeader("Subscription-State", "active"))
		notify.AppendHeader(sip.NewHeader("Content-Type", "application/simple-message-summary"))
		notify.SetBody([]byte("Messages-Waiting: yes\r\n"))
		_ = client(notify)
	}
}
