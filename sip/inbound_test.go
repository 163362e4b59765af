package sip

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestACallIsRungAnsweredAndEndedByTheCaller(t *testing.T) {
	inWorld(t, Config{Guests: true}, func(t *testing.T, w *world) {
		calls := w.calls()
		p := w.party("192.0.2.7:5070")
		p.send("INVITE", withBody(sdpA, "User-Agent: Phone 1", "X-Test: a", "Supported: replaces")...)
		trying := p.want("SIP/2.0 100")
		if v := trying.get("Via"); !strings.Contains(v, "received=192.0.2.7") || !strings.Contains(v, "rport=5070") {
			t.Errorf("Via of the response is %q, want received and rport (RFC 3581 §4)", v)
		}
		d := <-calls
		if d.Called() != "0777" || d.From() != (Party{"1001", `Caller "One"`}) || d.UserAgent() != "Phone 1" || d.User() != "" {
			t.Errorf("called %q from %+v with %q by %q", d.Called(), d.From(), d.UserAgent(), d.User())
		}
		if string(d.Offer()) != sdpA || !d.Inbound() || d.Remote().String() != "192.0.2.7:5070" || fmt.Sprint(d.Header("X-Test")) != "[a]" {
			t.Errorf("offer %q, remote %v, header %v", d.Offer(), d.Remote(), d.Header("X-Test"))
		}
		if err := d.Ring(); err != nil {
			t.Fatal(err)
		}
		ringing := p.want("SIP/2.0 180")
		if ringing.param("To", "tag") == "" || ringing.param("To", "tag") != d.ID().LocalTag || ringing.get("Contact") == "" {
			t.Errorf("180 does not make an early dialog:\n%s", ringing)
		}
		if err := d.Progress(183, []byte(sdpB)); err != nil {
			t.Fatal(err)
		}
		if m := p.want("SIP/2.0 183"); m.body != sdpB {
			t.Errorf("183 carries %q", m.body)
		}
		done := make(chan error, 1)
		go func() {
			_, err := d.Answer(t.Context(), []byte(sdpB))
			done <- err
		}()
		ok := p.want("SIP/2.0 200")
		if ok.body != sdpB || ok.get("Contact") != "<sip:0777@192.0.2.1:5060>" || !strings.Contains(ok.get("Allow"), "UPDATE") || ok.get("Content-Type") != "application/sdp" {
			t.Errorf("200 is:\n%s", ok)
		}
		synctest.Wait()
		select {
		case err := <-done:
			t.Fatalf("Answer returned before the ACK: %v", err)
		default:
		}
		p.ack(p.cseq)
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		if err := d.Ring(); err != nil {
			t.Errorf("Ring on an answered call: %v", err)
		}
		p.send("BYE", `Reason: Q.850;cause=31;text="gone; really"`)
		p.want("SIP/2.0 200")
		if end := ends(t, d); *end != (End{200, 31, "gone; really", ByParty}) {
			t.Errorf("the call ended with %+v", *end)
		}
		p.silence(time.Minute)
		if n := w.ua.Stats().Transactions; n != 0 {
			t.Errorf("%d transactions a minute after the call", n)
		}
	})
}

func TestAnInviteThatExpiresIsNotRungForLonger(t *testing.T) {
	inWorld(t, Config{Guests: true}, func(t *testing.T, w *world) {
		calls := w.calls()
		p := w.party("192.0.2.7:5070")
		begin := time.Now()
		branch := p.send("INVITE", withBody(sdpA, "Expires: 2")...)
		p.want("SIP/2.0 100")
		d := <-calls
		if err := d.Ring(); err != nil {
			t.Fatal(err)
		}
		p.want("SIP/2.0 180")
		if m := p.want("SIP/2.0 487"); m.at.Sub(begin) != 2*time.Second {
			t.Errorf("487 after %v", m.at.Sub(begin))
		}
		p.raw(p.request("ACK", branch, p.cseq))
		if end := ends(t, d); end.By != ByParty || end.Code != 487 {
			t.Errorf("ended with %+v", *end)
		}
		q := w.party("192.0.2.8:5070") // answered in time: it counts no more
		d = w.answered(q, calls, "Expires: 2")
		q.silence(time.Minute)
		if d.End() != nil {
			t.Errorf("ended: %v", d.End())
		}
		r := w.party("192.0.2.9:5070")
		branch = r.send("INVITE", withBody(sdpA, "Expires: soon")...)
		r.want("SIP/2.0 100")
		d = <-calls
		r.silence(time.Minute)
		d.Reject(End{Code: 486})
		r.want("SIP/2.0 486")
		r.raw(r.request("ACK", branch, r.cseq))
	})
}

func TestATelephoneNumberMayBeDialledAsSuch(t *testing.T) {
	inWorld(t, Config{}, func(t *testing.T, w *world) {
		w.ua.SetAccounts(testAccounts(Account{User: "1001"}))
		calls := w.calls()
		for i, c := range []struct{ uri, want string }{
			{"tel:600", "600"}, {"tel:600;phone-context=hatif.test", "600"}, {"TEL:+1-(201)-555.0123", "+12015550123"},
		} {
			p := w.party(fmt.Sprintf("192.0.2.%d:5070", 7+i))
			p.uri = c.uri
			dial := func(lines ...string) {
				p.cseq++
				p.raw(strings.Replace(p.request("INVITE", p.branch(), p.cseq, withBody(sdpA, lines...)...), "<sip:0777@hatif.test>", "<"+c.uri+">", 1))
			}
			dial()
			challenge := p.want("SIP/2.0 401")
			p.remoteTag = ""
			dial(p.credentials(challenge, "INVITE", "s-1001"))
			p.want("SIP/2.0 100")
			d := <-calls
			if d.Called() != c.want || d.To().Number != c.want {
				t.Errorf("%s: called %q, to %q", c.uri, d.Called(), d.To().Number)
			}
			d.Reject(End{Code: 486})
			p.want("SIP/2.0 486")
			p.raw(p.request("ACK", fmt.Sprintf("z9hG4bK%s-%d", p.callID, p.branches), p.cseq))
		}
	})
}

func TestAGuestMayNotClaimToBeAnAccount(t *testing.T) {
	inWorld(t, Config{Guests: true}, func(t *testing.T, w *world) {
		w.ua.SetAccounts(testAccounts(Account{User: "1001"}))
		p := w.party("192.0.2.7:5070")
		for _, from := range []string{"<sip:1001@h>", "<sip:%31001@h>", "<tel:1001>", "<tel:1-001>"} {
			p.remoteTag = ""
			p.cseq++
			p.raw(strings.Replace(p.request("INVITE", p.branch(), p.cseq), "<sip:1001@hatif.test>", from, 1))
			p.want("SIP/2.0 401")
		}
	})
}

func TestTheAnswerIsRepeatedUntilTheAckAndTheCallGivenUpWithoutIt(t *testing.T) {
	inWorld(t, Config{Guests: true}, func(t *testing.T, w *world) {
		calls := w.calls()
		p := w.party("192.0.2.7:5070")
		p.send("INVITE", withBody(sdpA)...)
		p.want("SIP/2.0 100")
		d := <-calls
		done := make(chan error, 1)
		go func() {
			_, err := d.Answer(t.Context(), []byte(sdpB))
			done <- err
		}()
		first := p.want("SIP/2.0 200")
		// RFC 3261 §13.3.1.4: T1, doubled up to T2, for 64*T1.
		var at []string
		for {
			b, _ := p.wire.recv(time.Minute)
			m := parseText(b)
			if strings.HasPrefix(m.first, "BYE") {
				if got := m.at.Sub(first.at); got != 32*time.Second {
					t.Errorf("BYE after %v, want 64*T1", got)
				}
				if r := m.get("Reason"); !strings.HasPrefix(r, "Q.850;cause=102") {
					t.Errorf("Reason of the BYE is %q", r)
				}
				p.reply(m, "200 OK")
				break
			}
			if !strings.HasPrefix(m.first, "SIP/2.0 200") || m.body != sdpB {
				t.Fatalf("want the 200 again, got:\n%s", m)
			}
			at = append(at, m.at.Sub(first.at).String())
		}
		if got := strings.Join(at, " "); got != "500ms 1.5s 3.5s 7.5s 11.5s 15.5s 19.5s 23.5s 27.5s 31.5s" {
			t.Errorf("the 200 was repeated after %s", got)
		}
		var end *End
		if err := <-done; !errors.As(err, &end) || end.By != ByNetwork || end.Q850 != 102 {
			t.Errorf("Answer: %v", err)
		}
		ends(t, d)
	})
}

func TestALateOfferIsMadeInThe200AndAnsweredInTheAck(t *testing.T) {
	inWorld(t, Config{Guests: true}, func(t *testing.T, w *world) {
		calls := w.calls()
		p := w.party("192.0.2.7:5070")
		p.send("INVITE")
		p.want("SIP/2.0 100")
		d := <-calls
		if d.Offer() != nil {
			t.Errorf("an INVITE without body has the offer %q", d.Offer())
		}
		late := make(chan string, 1)
		go func() {
			sdp, err := d.Answer(t.Context(), []byte(sdpB))
			late <- fmt.Sprint(string(sdp), err)
		}()
		p.want("SIP/2.0 200")
		p.ack(p.cseq, withBody(sdpA)...)
		if got := <-late; got != sdpA+"<nil>" {
			t.Errorf("Answer returned %s", got)
		}
		d.Bye(End{})
		bye := p.want("BYE sip:1001@192.0.2.7:5070")
		if bye.param("To", "tag") != "party" || bye.param("From", "tag") != d.ID().LocalTag || bye.get("CSeq") != "1 BYE" {
			t.Errorf("BYE is:\n%s", bye)
		}
		p.reply(bye, "200 OK")
		if end := ends(t, d); *end != (End{200, 16, "", ByUs}) {
			t.Errorf("the call ended with %+v", *end)
		}
	})
}

func TestACancelEndsACallThatIsNotAnswered(t *testing.T) {
	inWorld(t, Config{Guests: true}, func(t *testing.T, w *world) {
		calls := w.calls()
		p := w.party("192.0.2.7:5070")
		branch := p.send("INVITE", withBody(sdpA)...)
		p.want("SIP/2.0 100")
		d := <-calls
		if err := d.Ring(); err != nil {
			t.Fatal(err)
		}
		p.want("SIP/2.0 180")
		tag := p.remoteTag
		p.remoteTag = ""
		p.raw(p.request("CANCEL", branch, p.cseq, `Reason: SIP;cause=200;text="Call completed elsewhere"`))
		if m := p.want("SIP/2.0 200"); m.get("CSeq") != fmt.Sprint(p.cseq, " CANCEL") {
			t.Errorf("CANCEL is answered with:\n%s", m)
		}
		m := p.want("SIP/2.0 487")
		if m.param("To", "tag") != tag {
			t.Errorf("487 has another To tag than 180:\n%s", m)
		}
		if end := ends(t, d); *end != (End{487, 26, "Call completed elsewhere", ByParty}) {
			t.Errorf("the call ended with %+v", *end)
		}
		if _, err := d.Answer(t.Context(), []byte(sdpB)); err == nil {
			t.Error("a cancelled call was answered")
		}
		d.Reject(End{Code: 486})
		// The refusal is repeated until its ACK comes (timer G), and no longer.
		p.want("SIP/2.0 487")
		p.remoteTag = tag
		p.raw(p.request("ACK", branch, p.cseq))
		p.silence(time.Minute)
	})
}

func TestACancelAfterTheAnswerChangesNothing(t *testing.T) {
	inWorld(t, Config{Guests: true}, func(t *testing.T, w *world) {
		calls := w.calls()
		p := w.party("192.0.2.7:5070")
		branch := p.send("INVITE", withBody(sdpA)...)
		p.want("SIP/2.0 100")
		d := <-calls
		done := make(chan error, 1)
		go func() {
			_, err := d.Answer(t.Context(), []byte(sdpB))
			done <- err
		}()
		p.want("SIP/2.0 200")
		p.raw(p.request("CANCEL", branch, p.cseq))
		if m := p.want("SIP/2.0 200"); !strings.HasSuffix(m.get("CSeq"), "CANCEL") {
			t.Errorf("CANCEL is answered with:\n%s", m)
		}
		p.ack(p.cseq)
		if err := <-done; err != nil || d.End() != nil {
			t.Errorf("the call ended: %v, %v", err, d.End())
		}
	})
}

func TestAnswerAndCancelAtOnceHaveOneOutcome(t *testing.T) {
	outcomes := make(map[string]int)
	for i := range 60 {
		inWorld(t, Config{Guests: true}, func(t *testing.T, w *world) {
			calls := w.calls()
			p := w.party("192.0.2.7:5070")
			branch := p.send("INVITE", withBody(sdpA)...)
			p.want("SIP/2.0 100")
			d := <-calls
			cancel := p.request("CANCEL", branch, p.cseq)
			done := make(chan error, 1)
			start := make(chan struct{})
			go func() {
				<-start
				if i%3 == 0 {
					time.Sleep(0)
				}
				_, err := d.Answer(t.Context(), []byte(sdpB))
				done <- err
			}()
			close(start)
			p.raw(cancel)
			var ok, refused, cancelled int
			for range 2 {
				m := p.want("SIP/2.0 ")
				switch {
				case strings.HasSuffix(m.get("CSeq"), "CANCEL"):
					cancelled++
				case strings.HasPrefix(m.first, "SIP/2.0 200"):
					ok++
					p.remoteTag = m.param("To", "tag")
					p.ack(p.cseq)
				case strings.HasPrefix(m.first, "SIP/2.0 487"):
					refused++
					p.remoteTag = m.param("To", "tag")
					p.raw(p.request("ACK", branch, p.cseq))
				}
			}
			err := <-done
			if cancelled != 1 || ok+refused != 1 || (err == nil) != (ok == 1) || (d.End() == nil) != (ok == 1) {
				t.Fatalf("CANCEL answered %d times, INVITE with 200 %d and 487 %d times, Answer: %v, End: %v", cancelled, ok, refused, err, d.End())
			}
			outcomes[fmt.Sprintf("200:%d", ok)]++
			p.silence(10 * time.Second)
		})
	}
	t.Logf("outcomes: %v", outcomes)
}

func TestARetransmittedInviteGetsTheLastResponseAndMakesNoSecondCall(t *testing.T) {
	inWorld(t, Config{Guests: true}, func(t *testing.T, w *world) {
		calls := w.calls()
		p := w.party("192.0.2.7:5070")
		branch := p.send("INVITE", withBody(sdpA)...)
		p.want("SIP/2.0 100")
		d := <-calls
		p.raw(p.request("INVITE", branch, p.cseq, withBody(sdpA)...))
		p.want("SIP/2.0 100")
		if err := d.Ring(); err != nil {
			t.Fatal(err)
		}
		p.want("SIP/2.0 180")
		tag := p.remoteTag
		p.remoteTag = ""
		p.raw(p.request("INVITE", branch, p.cseq, withBody(sdpA)...))
		p.want("SIP/2.0 180")
		// The same INVITE by another way is a loop (RFC 3261 §8.2.2.2).
		p.remoteTag = ""
		p.raw(p.request("INVITE", p.branch(), p.cseq, withBody(sdpA)...))
		p.want("SIP/2.0 482")
		synctest.Wait()
		if len(calls) != 0 || w.ua.Stats().Retransmissions != 2 {
			t.Errorf("%d calls more, %+v", len(calls), w.ua.Stats())
		}
		p.remoteTag = tag
		d.Reject(End{Code: 486, Q850: 17, Reason: "on the phone"})
		for range 2 { // nobody acknowledges the 482 either
			if m := p.want("SIP/2.0 4"); strings.HasPrefix(m.first, "SIP/2.0 486") && m.get("Reason") != `Q.850;cause=17;text="on the phone"` {
				t.Errorf("refused with:\n%s", m)
			}
		}
	})
}

func TestHangingUpBeforeTheAckWaitsForIt(t *testing.T) {
	inWorld(t, Config{Guests: true}, func(t *testing.T, w *world) {
		calls := w.calls()
		p := w.party("192.0.2.7:5070")
		p.send("INVITE", withBody(sdpA)...)
		p.want("SIP/2.0 100")
		d := <-calls
		ctx, cancel := context.WithCancelCause(t.Context())
		done := make(chan error, 1)
		go func() {
			_, err := d.Answer(ctx, []byte(sdpB))
			done <- err
		}()
		p.want("SIP/2.0 200")
		why := errors.New("enough")
		cancel(why)
		if err := <-done; !errors.Is(err, why) {
			t.Errorf("Answer: %v, want the context's cause", err)
		}
		d.Bye(End{Q850: 16})
		ends(t, d)
		p.want("SIP/2.0 200") // RFC 3261 §15: no BYE before the ACK
		p.ack(p.cseq)
		p.reply(p.want("BYE"), "200 OK")
		p.silence(time.Minute)
	})
}

func TestTheCallerMayHangUpBeforeItsAckAndBeforeTheAnswer(t *testing.T) {
	inWorld(t, Config{Guests: true}, func(t *testing.T, w *world) {
		calls := w.calls()
		p := w.party("192.0.2.7:5070")
		p.send("INVITE", withBody(sdpA)...)
		p.want("SIP/2.0 100")
		d := <-calls
		go func() { _, _ = d.Answer(t.Context(), []byte(sdpB)) }()
		p.want("SIP/2.0 200")
		p.send("BYE")
		p.want("SIP/2.0 200")
		ends(t, d)
		p.silence(time.Minute) // the 200 is not repeated

		q := w.party("192.0.2.8:5070")
		q.send("INVITE", withBody(sdpA)...)
		q.want("SIP/2.0 100")
		d = <-calls
		if err := d.Ring(); err != nil {
			t.Fatal(err)
		}
		q.want("SIP/2.0 180")
		q.send("BYE") // RFC 3261 §15.1.2
		if m := q.want("SIP/2.0 200"); !strings.HasSuffix(m.get("CSeq"), "BYE") {
			t.Errorf("got:\n%s", m)
		}
		q.want("SIP/2.0 487")
		ends(t, d)
	})
}

func TestAHandlerThatPanicsRefusesItsCallAndNothingElse(t *testing.T) {
	synctestPanic := func(t *testing.T, w *world) {
		w.ua.OnInvite(func(*Dialog) { panic("bug") })
		p := w.party("192.0.2.7:5070")
		branch := p.send("INVITE", withBody(sdpA)...)
		p.want("SIP/2.0 100")
		m := p.want("SIP/2.0 500")
		p.remoteTag = m.param("To", "tag")
		p.raw(p.request("ACK", branch, p.cseq))
		synctest.Wait()
		if n := w.ua.Stats().Panics; n != 1 {
			t.Errorf("%d panics counted", n)
		}
		w.ua.stats.panics.Store(0)
		q := w.party("192.0.2.8:5070")
		q.send("OPTIONS")
		q.want("SIP/2.0 200")
	}
	inWorld(t, Config{Guests: true}, synctestPanic)
}
