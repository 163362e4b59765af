package sip

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// phone is a party that has an account.
func (w *world) phone(user, addr string) *party {
	p := w.party(addr)
	p.user = user
	return p
}

// asks sends a request, answers the challenge and returns the final response.
func (p *party) asks(method string, lines ...string) message {
	p.t.Helper()
	tag := p.remoteTag
	p.send(method, lines...)
	challenge := p.want("SIP/2.0 401")
	if tag != "" && challenge.param("To", "tag") != tag {
		p.t.Errorf("the challenge has another To tag:\n%s", challenge)
	}
	p.send(method, append([]string{p.credentials(challenge, method, "s-"+p.user)}, lines...)...)
	return p.want("SIP/2.0 ")
}

// registers logs the phone on under the Call-ID; that leaves its subscription as it is.
func (p *party) registers(callID string, cseq int) {
	p.t.Helper()
	before := *p
	defer func() {
		p.callID, p.remoteTag, p.uri, p.cseq = before.callID, before.remoteTag, before.uri, before.cseq
	}()
	p.callID, p.remoteTag, p.uri, p.cseq = callID, "", "sip:hatif.test", cseq
	to := strings.NewReplacer("To: <sip:0777@", "To: <sip:"+p.user+"@")
	p.raw(to.Replace(p.request("REGISTER", p.branch(), p.cseq, "Expires: 3600")))
	challenge := p.want("SIP/2.0 401")
	p.cseq++
	p.raw(to.Replace(p.request("REGISTER", p.branch(), p.cseq, "Expires: 3600", p.credentials(challenge, "REGISTER", "s-"+p.user))))
	p.want("SIP/2.0 200")
}

// lamp is the next NOTIFY, which must show so many messages, new and old, and is answered.
func (p *party) lamp(fresh, old int) message {
	p.t.Helper()
	m := p.notice(fresh, old)
	p.reply(m, "200 OK")
	return m
}

// notice is lamp without the answer.
func (p *party) notice(fresh, old int) message {
	p.t.Helper()
	m := p.want("NOTIFY sip:" + p.user + "@" + p.addr + " SIP/2.0")
	waiting := map[bool]string{true: "yes", false: "no"}[fresh > 0]
	if want := fmt.Sprintf("Messages-Waiting: %s\r\nVoice-Message: %d/%d\r\n", waiting, fresh, old); m.body != want {
		p.t.Errorf("the phone is told %q, want %q", m.body, want)
	}
	if m.get("Content-Type") != "application/simple-message-summary" || m.get("Event") == "" || m.get("Contact") == "" {
		p.t.Errorf("NOTIFY is:\n%s", m)
	}
	return m
}

// holds says what a mailbox holds, and lets everybody be told.
func (w *world) holds(mailbox string, fresh, old int) {
	w.ua.SetMessages(mailbox, fresh, old)
	synctest.Wait()
}

// lit is an account with a mailbox of another name, so that they are not mixed up.
var lit = Account{User: "2001", Mailbox: "m2001"}

func TestAPhoneThatLogsOnIsToldWhatWaits(t *testing.T) {
	inWorld(t, Config{}, func(t *testing.T, w *world) {
		w.ua.SetAccounts(testAccounts(lit, Account{User: "2002", Mailbox: "m2002"}, Account{User: "2003"}))
		w.holds("m2001", 2, 8)
		p, q, r := w.phone("2001", "192.0.2.7:5070"), w.phone("2002", "192.0.2.8:5070"), w.phone("2003", "192.0.2.9:5070")
		p.registers("a", 1)
		m := p.lamp(2, 8)
		if m.get("Subscription-State") != "active" || m.get("Event") != "message-summary" || m.param("To", "tag") != "" ||
			!strings.HasPrefix(m.get("From"), "<sip:2001@192.0.2.1>;tag=") || !strings.HasPrefix(m.get("To"), "<sip:2001@192.0.2.7") {
			t.Errorf("NOTIFY is:\n%s", m)
		}
		p.registers("a", 3) // a refresh: it knows
		p.silence(time.Minute)
		p.registers("b", 1) // it has started again
		p.lamp(2, 8)
		q.registers("c", 1)
		q.lamp(0, 0) // its lamp may be lit from before
		r.registers("d", 1)
		r.silence(time.Minute)
		q.silence(time.Minute)
	})
}

func TestEveryPhoneOfThePeopleOfAMailboxIsToldOfAChange(t *testing.T) {
	inWorld(t, Config{}, func(t *testing.T, w *world) {
		w.ua.SetAccounts(testAccounts(lit, Account{User: "2002", Mailbox: "m2001"}, Account{User: "2003", Mailbox: "m2003"}))
		desk, mobile := w.phone("2001", "192.0.2.7:5070"), w.phone("2001", "192.0.2.8:5070")
		colleague, other := w.phone("2002", "192.0.2.9:5070"), w.phone("2003", "192.0.2.10:5070")
		for i, p := range []*party{desk, mobile, colleague, other} {
			p.registers(fmt.Sprint("c", i), 1)
			p.lamp(0, 0)
		}
		w.holds("m2001", 1, 0)
		for _, p := range []*party{desk, mobile, colleague} {
			p.lamp(1, 0)
		}
		w.holds("m2001", 1, 0) // no news
		for _, p := range []*party{desk, mobile, colleague, other} {
			p.silence(time.Minute)
		}
		w.holds("m2001", 0, 1)
		for _, p := range []*party{desk, mobile, colleague} {
			p.lamp(0, 1)
		}
	})
}

func TestALampIsForAllMailboxesOfTheAccount(t *testing.T) {
	inWorld(t, Config{}, func(t *testing.T, w *world) {
		w.ua.SetAccounts(testAccounts(Account{User: "2001", Mailbox: "m2001,600"}))
		w.holds("600", 1, 2)
		p := w.phone("2001", "192.0.2.7:5070")
		p.registers("a", 1)
		p.lamp(1, 2)
		w.holds("m2001", 4, 3)
		p.lamp(5, 5)
		w.holds("60", 1, 0)
		p.silence(time.Minute)
	})
}

func TestAFixedPhoneIsToldOfAChange(t *testing.T) {
	inWorld(t, Config{}, func(t *testing.T, w *world) {
		w.ua.SetAccounts(testAccounts(Account{User: "2001", Mailbox: "m2001", Host: "192.0.2.7:5070"}))
		p := w.phone("2001", "192.0.2.7:5070")
		p.lamp(0, 0) // it has an account and a mailbox now
		w.holds("m2001", 4, 0)
		p.lamp(4, 0)
	})
}

func TestWhatChangesWhileAPhoneIsBeingToldIsToldAfterwards(t *testing.T) {
	inWorld(t, Config{}, func(t *testing.T, w *world) {
		w.ua.SetAccounts(testAccounts(lit))
		p := w.phone("2001", "192.0.2.7:5070")
		p.registers("a", 1)
		p.lamp(0, 0)
		w.holds("m2001", 1, 0)
		first := p.notice(1, 0)
		w.holds("m2001", 2, 0)
		w.holds("m2001", 3, 0)
		p.reply(first, "100 Trying") // no answer yet
		synctest.Wait()
		p.reply(first, "200 OK")
		p.lamp(3, 0)
		p.silence(time.Minute)
	})
}

func TestAPhoneThatDidNotHearIsToldWhenItShowsUpAgain(t *testing.T) {
	inWorld(t, Config{}, func(t *testing.T, w *world) {
		w.ua.SetAccounts(testAccounts(lit))
		p := w.phone("2001", "192.0.2.7:5070")
		p.registers("a", 1)
		p.lamp(0, 0)
		w.holds("m2001", 1, 0)
		p.patience = time.Second
		for range 11 { // 500 ms, 1, 2, 4, 4, …: until 32 s have passed
			p.patience = 5 * time.Second
			p.notice(1, 0)
		}
		p.silence(time.Minute)
		p.registers("a", 3)
		p.lamp(1, 0)
		p.registers("a", 5)
		p.silence(time.Minute)
	})
}

func TestAPhoneThatUnderstandsNothingIsNotAskedAgain(t *testing.T) {
	inWorld(t, Config{}, func(t *testing.T, w *world) {
		w.ua.SetAccounts(testAccounts(lit))
		p := w.phone("2001", "192.0.2.7:5070")
		p.registers("a", 1)
		p.reply(p.notice(0, 0), "489 Bad Event")
		p.registers("a", 3)
		p.silence(time.Minute)
	})
}

func TestPhonesHearOfAnotherMailboxWhenTheFileGivesThemOne(t *testing.T) {
	inWorld(t, Config{}, func(t *testing.T, w *world) {
		w.ua.SetAccounts(testAccounts(Account{User: "2001"}))
		w.holds("m2001", 1, 1)
		w.holds("m1", 5, 0)
		p := w.phone("2001", "192.0.2.7:5070")
		p.registers("a", 1)
		p.silence(time.Minute)
		w.ua.SetAccounts(testAccounts(lit))
		p.lamp(1, 1)
		w.ua.SetAccounts(testAccounts(lit, Account{User: "2002"})) // nothing changed for it
		p.silence(time.Minute)
		w.ua.SetAccounts(testAccounts(Account{User: "2001", Mailbox: "m1"}))
		p.lamp(5, 0)
		w.ua.SetAccounts(testAccounts(Account{User: "2001"}))
		p.lamp(0, 0)
		w.holds("m1", 6, 0)
		p.silence(time.Minute)
	})
}

func TestNobodyIsToldBeforeTheAgentRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		net := newMemNet()
		ua, err := newUA(Config{}.withDefaults(), []packetConn{net.listen(uaAddr)}, nil, nil, testLog(t))
		if err != nil {
			t.Fatal(err)
		}
		p := (&world{t: t, net: net, ua: ua}).phone("2001", "192.0.2.7:5070")
		ua.SetAccounts(testAccounts(Account{User: "2001", Mailbox: "m2001", Host: "192.0.2.7:5070"}))
		ua.SetMessages("m2001", 1, 0)
		p.silence(time.Minute)
		if err := ua.Close(); err != nil {
			t.Error(err)
		}
	})
}
