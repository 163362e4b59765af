package sip

import (
	"context"
	"errors"
	"fmt"
	"net"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestCallsInProgressCostNoGoroutine(t *testing.T) {
	inWorld(t, Config{Guests: true}, func(t *testing.T, w *world) {
		calls := w.calls()
		before := runtime.NumGoroutine()
		for i := range 100 {
			p := w.party(fmt.Sprintf("192.0.2.7:%d", 6000+i))
			w.answered(p, calls)
			q := w.party(fmt.Sprintf("192.0.2.8:%d", 6000+i))
			w.called(q)
		}
		synctest.Wait()
		if n := runtime.NumGoroutine() - before; n > 5 { // other tests are just ending
			t.Errorf("200 legs cost %d goroutines", n)
		}
		time.Sleep(time.Minute)
		if s := w.ua.Stats(); s.Dialogs != 200 || s.Transactions != 0 {
			t.Errorf("%d dialogs, %d transactions", s.Dialogs, s.Transactions)
		}
	})
}

func TestHangingUpACallWhoseAckNeverComesSendsByeOnce(t *testing.T) {
	inWorld(t, Config{Guests: true}, func(t *testing.T, w *world) {
		calls := w.calls()
		p := w.party("192.0.2.7:5070")
		p.send("INVITE", withBody(sdpA)...)
		p.want("SIP/2.0 100")
		d := <-calls
		go func() { _, _ = d.Answer(t.Context(), []byte(sdpB)) }()
		p.want("SIP/2.0 200")
		d.Bye(End{Q850: 21})
		if end := ends(t, d); end.Q850 != 21 {
			t.Errorf("ended with %+v", *end)
		}
		byes := 0
		for {
			b, ok := p.wire.recv(time.Minute)
			if !ok {
				break
			}
			if m := parseText(b); strings.HasPrefix(m.first, "BYE") {
				byes++
				if m.get("Reason") != "Q.850;cause=21" {
					t.Errorf("BYE is:\n%s", m)
				}
				p.reply(m, "200 OK")
			}
		}
		if byes != 1 {
			t.Errorf("%d BYEs", byes)
		}
	})
}

func TestAnAnswerThatComesAgainLongAfterIsAcknowledgedAgain(t *testing.T) {
	inWorld(t, Config{}, func(t *testing.T, w *world) {
		p := w.party("192.0.2.7:5070")
		_, invite := w.ring(p)
		p.reply(invite, "200 OK", withBody(sdpA, "Contact: <sip:1001@192.0.2.7:5070>")...)
		ack := p.want("ACK")
		time.Sleep(time.Minute)
		if n := w.ua.Stats().Transactions; n != 0 {
			t.Fatalf("%d transactions", n)
		}
		p.reply(invite, "200 OK", withBody(sdpA, "Contact: <sip:1001@192.0.2.7:5070>")...)
		if again := p.want("ACK"); again.String() != ack.String() {
			t.Errorf("the ACK changed:\n%s", again)
		}
	})
}

func TestProvisionalsThatNobodyReadsGiveWay(t *testing.T) {
	inWorld(t, Config{}, func(t *testing.T, w *world) {
		p := w.party("192.0.2.7:5070")
		d, invite := w.ring(p)
		for code := 180; code < 200; code++ {
			p.reply(invite, fmt.Sprint(code, " X"))
		}
		synctest.Wait()
		if first := <-d.Provisionals(); first.Code != 200-provisionalBacklog {
			t.Errorf("the oldest kept is %d", first.Code)
		}
		d.Cancel(End{})
		p.reply(p.want("CANCEL"), "200 OK")
		p.reply(invite, "487 Request Terminated")
		p.want("ACK")
	})
}

func TestACallIsRedirected(t *testing.T) {
	inWorld(t, Config{Guests: true}, func(t *testing.T, w *world) {
		w.ua.OnInvite(func(d *Dialog) { d.Redirect("sip:2@192.0.2.9", "sip:3@192.0.2.9") })
		p := w.party("192.0.2.7:5070")
		branch := p.send("INVITE")
		p.want("SIP/2.0 100")
		m := p.want("SIP/2.0 302")
		if m.get("Contact") != "<sip:2@192.0.2.9>, <sip:3@192.0.2.9>" {
			t.Errorf("302 is:\n%s", m)
		}
		p.raw(p.request("ACK", branch, p.cseq))
	})
}

func TestWithoutAnybodyToTakeCallsTheyAreRefused(t *testing.T) {
	inWorld(t, Config{Guests: true}, func(t *testing.T, w *world) {
		p := w.party("192.0.2.7:5070")
		branch := p.send("INVITE")
		p.want("SIP/2.0 100")
		p.want("SIP/2.0 480")
		p.raw(p.request("ACK", branch, p.cseq))
	})
}

func TestTooManyRequestsAtOnceAreSentAway(t *testing.T) {
	inWorld(t, Config{Guests: true}, func(t *testing.T, w *world) {
		w.ua.handlers.Add(maxHandlers)
		p := w.party("192.0.2.7:5070")
		p.send("INVITE")
		if m := p.want("SIP/2.0 503"); m.get("Retry-After") == "" {
			t.Errorf("503 is:\n%s", m)
		}
		w.ua.handlers.Add(-maxHandlers)
		if s := w.ua.Stats(); s.Overload != 1 || s.Transactions != 0 {
			t.Errorf("%+v", s)
		}
	})
}

func TestAPhoneThatComesBackOnAnotherPortIsReachedThere(t *testing.T) {
	inWorld(t, Config{Guests: true}, func(t *testing.T, w *world) {
		p := w.party("203.0.113.7:5070") // NAT: the Contact is private
		p.addr = "10.0.0.7:5060"
		d := w.answered(p, w.calls())
		q := w.party("203.0.113.7:9999")
		q.callID, q.tag, q.remoteTag, q.cseq, q.addr = p.callID, p.tag, p.remoteTag, p.cseq, p.addr
		q.send("OPTIONS")
		q.want("SIP/2.0 200")
		d.Bye(End{})
		q.reply(q.want("BYE"), "200 OK")
	})
}

func TestOverAConnectionOnlyTheAnswerIsRepeated(t *testing.T) {
	ua := runUA(t, Config{Guests: true, T1: 10 * time.Millisecond})
	calls := make(chan *Dialog, 1)
	ua.OnInvite(func(d *Dialog) { calls <- d })
	p := tcpParty(t, ua, "1001")
	p.send("INVITE", withBody(sdpA)...)
	p.want("SIP/2.0 100")
	d := <-calls
	done := make(chan error, 1)
	go func() {
		_, err := d.Answer(context.Background(), []byte(sdpB))
		done <- err
	}()
	for range 3 { // RFC 3261 §13.3.1.4: over TCP as well
		p.want("SIP/2.0 200")
	}
	p.ack(p.cseq)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	d.Bye(End{})
	for { // a 200 may have been on its way
		b, ok := p.wire.recv(p.patience)
		if !ok {
			t.Fatal("no BYE")
		}
		if m := parseText(b); strings.HasPrefix(m.first, "BYE") {
			p.silence(100 * time.Millisecond)
			p.reply(m, "200 OK")
			break
		}
	}
	q := tcpParty(t, ua, "1002")
	branch := q.send("INVITE", withBody(sdpA)...)
	q.want("SIP/2.0 100")
	(<-calls).Reject(End{Code: 486})
	q.want("SIP/2.0 486")
	q.silence(100 * time.Millisecond)
	q.raw(q.request("ACK", branch, q.cseq))
}

func TestOneAddressCannotTakeAllConnections(t *testing.T) {
	ua := runUA(t, Config{})
	var conns []net.Conn
	defer func() {
		for _, c := range conns {
			_ = c.Close()
		}
	}()
	for range maxPerAddress + 1 {
		c, err := net.Dial("tcp", portOf(ua))
		if err != nil {
			t.Fatal(err)
		}
		conns = append(conns, c)
	}
	last := conns[maxPerAddress]
	if err := last.SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
		t.Fatal(err)
	}
	var timeout net.Error
	if _, err := last.Read(make([]byte, 1)); err == nil || errors.As(err, &timeout) && timeout.Timeout() {
		t.Errorf("connection %d is kept: %v", maxPerAddress+1, err)
	}
	if n := ua.Stats().Connections; n != maxPerAddress {
		t.Errorf("%d connections", n)
	}
	for _, c := range conns {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}
	conns = nil
	noConnections(ua)
	p := tcpParty(t, ua, "1001")
	p.send("OPTIONS")
	p.want("SIP/2.0 200")
}
