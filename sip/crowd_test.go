package sip

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestManyCallsAtOnceAllEnd lets callers answer, cancel and hang up at every moment, over real sockets.
func TestManyCallsAtOnceAllEnd(t *testing.T) {
	ua := runUA(t, Config{Guests: true, T1: 50 * time.Millisecond})
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	ua.OnInvite(func(d *Dialog) {
		d.OnOffer(func([]byte) ([]byte, error) { return []byte(sdpB), nil })
		if err := d.Ring(); err != nil {
			t.Error(err)
		}
		if strings.HasPrefix(d.CallID(), "reject") {
			d.Reject(End{Code: 486, Q850: 17})
			return
		}
		_, err := d.Answer(ctx, []byte(sdpB))
		if err == nil && strings.HasPrefix(d.CallID(), "ours") {
			d.Bye(End{})
		}
	})
	const callers, rounds = 12, 8
	var wg sync.WaitGroup
	for i := range callers {
		p := udpParty(t, ua, fmt.Sprint(i))
		if i%3 == 0 {
			p = tcpParty(t, ua, fmt.Sprint(i))
		}
		wg.Go(func() {
			for round := range rounds {
				p.oneCall([]string{"reject", "ours", "theirs", "cancel"}[(i+round)%4])
			}
		})
	}
	wg.Wait()
	for until := time.Now().Add(10 * time.Second); ua.Stats().Dialogs > 0 && time.Now().Before(until); {
		time.Sleep(5 * time.Millisecond)
	}
	if s := ua.Stats(); s.Dialogs != 0 || s.Malformed != 0 {
		t.Errorf("left behind: %+v", s)
	}
}

// oneCall is a caller that reacts to whatever comes until the call of the given kind is over.
func (p *party) oneCall(kind string) {
	p.callID, p.remoteTag = kind+token(), ""
	branch := p.send("INVITE", withBody(sdpA)...)
	number := p.cseq
	over := false
	for !over {
		b, ok := p.wire.recv(p.patience)
		if !ok {
			p.t.Errorf("%s %s: nothing comes any more", p.user, p.callID)
			return
		}
		m := parseText(b)
		if m.get("Call-ID") != p.callID {
			continue // left over from the last call
		}
		method := m.get("CSeq")[strings.IndexByte(m.get("CSeq"), ' ')+1:]
		switch {
		case strings.HasPrefix(m.first, "BYE"):
			p.reply(m, "200 OK")
			over = true
		case strings.HasPrefix(m.first, "SIP/2.0 180") && kind == "cancel":
			p.remoteTag = ""
			p.raw(p.request("CANCEL", branch, number))
		case method == "BYE":
			over = true
		case method != "INVITE" || strings.HasPrefix(m.first, "SIP/2.0 1"):
		case strings.HasPrefix(m.first, "SIP/2.0 200"):
			first := p.remoteTag == ""
			p.remoteTag = m.param("To", "tag")
			p.ack(number)
			if first && kind != "ours" { // also when the CANCEL came too late
				p.send("BYE")
			}
		default: // 486, 487
			p.remoteTag = m.param("To", "tag")
			p.raw(p.request("ACK", branch, number))
			over = true
		}
	}
}
