package sip

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// subscribes asks for a phone's lamp and is told at once.
func (p *party) subscribes(fresh, old int, lines ...string) message {
	p.t.Helper()
	res := p.asks("SUBSCRIBE", append([]string{"Event: message-summary"}, lines...)...)
	if !strings.HasPrefix(res.first, "SIP/2.0 200") {
		p.t.Fatalf("SUBSCRIBE got:\n%s", res)
	}
	p.uri = strings.Trim(res.get("Contact"), "<>")
	p.lamp(fresh, old)
	return res
}

func TestAPhoneThatSubscribedIsToldAtOnceAndOfEveryChangeUntilItHasEnough(t *testing.T) {
	inWorld(t, Config{}, func(t *testing.T, w *world) {
		w.ua.SetAccounts(testAccounts(lit))
		w.holds("m2001", 2, 8)
		p := w.phone("2001", "192.0.2.7:5070")
		res := p.asks("SUBSCRIBE", "Event: message-summary;id=7", "Expires: 600", "Accept: application/simple-message-summary")
		if !strings.HasPrefix(res.first, "SIP/2.0 200") || res.get("Expires") != "600" || res.param("To", "tag") == "" || res.get("Contact") == "" {
			t.Errorf("SUBSCRIBE got:\n%s", res)
		}
		m := p.lamp(2, 8)
		for name, want := range map[string]string{
			"Event": "message-summary;id=7", "Subscription-State": "active;expires=600", "Call-ID": p.callID, "CSeq": "1 NOTIFY",
			"From": "<sip:0777@hatif.test>;tag=" + res.param("To", "tag"), "To": `"Caller \"One\"" <sip:2001@hatif.test>;tag=party`,
		} {
			if m.get(name) != want {
				t.Errorf("NOTIFY: %s is %q, want %q", name, m.get(name), want)
			}
		}
		time.Sleep(time.Minute)
		w.holds("m2001", 3, 8)
		if m := p.lamp(3, 8); m.get("Subscription-State") != "active;expires=540" || m.get("CSeq") != "2 NOTIFY" {
			t.Errorf("NOTIFY is:\n%s", m)
		}
		w.holds("m2001", 3, 8)
		w.holds("m2002", 1, 0)
		p.silence(time.Minute)
		if res := p.asks("SUBSCRIBE", "Event: message-summary;id=7", "Expires: 0"); !strings.HasPrefix(res.first, "SIP/2.0 200") || res.get("Expires") != "0" {
			t.Errorf("the end of the subscription got:\n%s", res)
		}
		if m := p.lamp(3, 8); m.get("Subscription-State") != "terminated;reason=timeout" {
			t.Errorf("the last NOTIFY is:\n%s", m)
		}
		w.holds("m2001", 4, 8)
		p.silence(time.Minute)
		if n := w.ua.Stats().Subscriptions; n != 0 {
			t.Errorf("%d subscriptions are left", n)
		}
	})
}

func TestAQuestionIsAnsweredAndForgotten(t *testing.T) {
	inWorld(t, Config{}, func(t *testing.T, w *world) {
		w.ua.SetAccounts(testAccounts(lit))
		w.holds("m2001", 1, 0)
		p := w.phone("2001", "192.0.2.7:5070")
		p.asks("SUBSCRIBE", "Event: message-summary", "Expires: 0")
		if m := p.lamp(1, 0); m.get("Subscription-State") != "terminated;reason=timeout" {
			t.Errorf("NOTIFY is:\n%s", m)
		}
		w.holds("m2001", 2, 0)
		p.silence(time.Minute)
	})
}

func TestASubscriptionLastsNoLongerThanAllowed(t *testing.T) {
	for asked, want := range map[string]string{
		"": "600", "Expires: 7200": "600", "Expires: 99999999999999999999": "600", "Expires: soon": "600", "Expires: 60": "60", "Expires: 1": "1",
	} {
		inWorld(t, Config{MaxExpiry: 10 * time.Minute}, func(t *testing.T, w *world) {
			w.ua.SetAccounts(testAccounts(lit))
			p := w.phone("2001", "192.0.2.7:5070")
			var lines []string
			if asked != "" {
				lines = []string{asked}
			}
			if res := p.subscribes(0, 0, lines...); res.get("Expires") != want {
				t.Errorf("%q got %s, want %s", asked, res.get("Expires"), want)
			}
			began := time.Now()
			p.patience = time.Hour
			m := p.lamp(0, 0)
			if lasted := m.at.Sub(began); m.get("Subscription-State") != "terminated;reason=timeout" || lasted.Seconds() != life(want) {
				t.Errorf("%q: after %v:\n%s", asked, lasted, m)
			}
			p.send("SUBSCRIBE", "Event: message-summary")
			p.want("SIP/2.0 481")
		})
	}
}

func life(s string) float64 {
	d, err := time.ParseDuration(s + "s")
	if err != nil {
		panic(err)
	}
	return d.Seconds()
}

func TestARefreshProlongsTheSubscriptionAndFollowsThePhone(t *testing.T) {
	inWorld(t, Config{}, func(t *testing.T, w *world) {
		w.ua.SetAccounts(testAccounts(lit, Account{User: "2002", Mailbox: "m2002"}))
		p := w.phone("2001", "192.0.2.7:5070")
		p.subscribes(0, 0, "Expires: 100")
		time.Sleep(90 * time.Second)
		q := w.phone("2001", "192.0.2.8:5070") // the same, elsewhere
		q.callID, q.remoteTag, q.uri, q.cseq = p.callID, p.remoteTag, p.uri, p.cseq
		q.subscribes(0, 0, "Expires: 100") // a NOTIFY, although there is no news
		time.Sleep(90 * time.Second)
		w.holds("m2001", 1, 0)
		q.lamp(1, 0)
		p.silence(time.Second)

		stale := q.request("SUBSCRIBE", q.branch(), 1, "Event: message-summary")
		q.raw(stale)
		challenge := q.want("SIP/2.0 401")
		q.raw(q.request("SUBSCRIBE", q.branch(), 1, "Event: message-summary", q.credentials(challenge, "SUBSCRIBE", "s-2001")))
		q.want("SIP/2.0 500")
		if res := q.asks("SUBSCRIBE", "Event: message-summary;id=2"); !strings.HasPrefix(res.first, "SIP/2.0 481") {
			t.Errorf("another event's refresh got:\n%s", res)
		}
		q.user = "2002"
		if res := q.asks("SUBSCRIBE", "Event: message-summary"); !strings.HasPrefix(res.first, "SIP/2.0 403") {
			t.Errorf("another user's refresh got:\n%s", res)
		}
		q.user = "2001"
		if m := q.lamp(1, 0); m.get("Subscription-State") != "terminated;reason=timeout" {
			t.Errorf("NOTIFY is:\n%s", m)
		}
	})
}

func TestASubscriptionHasNamesThatNobodyGuesses(t *testing.T) {
	inWorld(t, Config{}, func(t *testing.T, w *world) {
		w.ua.SetAccounts(testAccounts(lit))
		p := w.phone("2001", "192.0.2.7:5070")
		p.subscribes(0, 0)
		for _, change := range []func(q *party){
			func(q *party) { q.callID = "another" }, func(q *party) { q.tag = "another" }, func(q *party) { q.remoteTag = "another" },
		} {
			q := *p
			q.branches = 100
			change(&q)
			q.send("SUBSCRIBE", "Event: message-summary", "Expires: 0")
			q.want("SIP/2.0 481")
			p.branches, p.cseq = q.branches, q.cseq
		}
		p.send("BYE") // of a call it would be the end
		p.want("SIP/2.0 481")
		p.subscribes(0, 0)
	})
}

func TestAPhoneIsKnownByItsContactWhenItSubscribesFromAnotherPort(t *testing.T) {
	inWorld(t, Config{}, func(t *testing.T, w *world) {
		w.ua.SetAccounts(testAccounts(lit))
		p, q := w.phone("2001", "192.0.2.7:5070"), w.phone("2001", "192.0.2.7:6000")
		p.registers("a", 1)
		p.lamp(0, 0)
		q.send("SUBSCRIBE", "Event: message-summary")
		challenge := q.want("SIP/2.0 401")
		text := q.request("SUBSCRIBE", q.branch(), 200, "Event: message-summary", q.credentials(challenge, "SUBSCRIBE", "s-2001"))
		q.raw(strings.Replace(text, "Contact: <sip:2001@192.0.2.7:6000>", "Contact: <sip:2001@192.0.2.7:5070>", 1))
		q.want("SIP/2.0 200")
		p.lamp(0, 0)
		time.Sleep(time.Minute)
		w.holds("m2001", 1, 0)
		if m := p.lamp(1, 0); m.param("To", "tag") == "" {
			t.Errorf("NOTIFY is:\n%s", m)
		}
		p.silence(time.Minute)
	})
}

func TestASubscriptionThatCannotBeIsToldWhy(t *testing.T) {
	for name, c := range map[string]struct {
		user         string
		lines        []string
		want, header string
	}{
		"another event":    {"2001", []string{"Event: presence"}, "489", "Allow-Events: message-summary, refer"},
		"no event":         {"2001", nil, "489", "Allow-Events: message-summary, refer"},
		"two events":       {"2001", []string{"Event: message-summary", "Event: message-summary"}, "489", ""},
		"another body":     {"2001", []string{"Event: message-summary", "Accept: text/plain, application/pidf+xml"}, "406", "Accept: application/simple-message-summary"},
		"no mailbox":       {"2003", []string{"Event: message-summary"}, "404", ""},
		"a short form":     {"2001", []string{"o: Message-Summary"}, "200", "Expires: 3600"},
		"any body":         {"2001", []string{"Event: message-summary", "Accept: text/plain, */*;q=0.1"}, "200", ""},
		"any application":  {"2001", []string{"Event: message-summary", "Accept: application/*"}, "200", ""},
		"several headers":  {"2001", []string{"Event: message-summary", "Accept: text/plain", "Accept: Application/Simple-Message-Summary"}, "200", ""},
		"only a caller":    {"2004", []string{"Event: message-summary"}, "200", ""},
		"only to be rung":  {"2005", []string{"Event: message-summary"}, "200", ""},
		"wrong user's box": {"2003", []string{"Event: message-summary", "X-Mailbox: m2001"}, "404", ""},
	} {
		inWorld(t, Config{Guests: true}, func(t *testing.T, w *world) {
			w.ua.SetAccounts(testAccounts(lit, Account{User: "2003"},
				Account{User: "2004", Mailbox: "m", Type: User}, Account{User: "2005", Mailbox: "m", Type: Peer}))
			p := w.phone(c.user, "192.0.2.7:5070")
			res := p.asks("SUBSCRIBE", c.lines...)
			if header, value, _ := strings.Cut(c.header, ": "); !strings.HasPrefix(res.first, "SIP/2.0 "+c.want) || header != "" && res.get(header) != value {
				t.Errorf("%s: want %s %s, got:\n%s", name, c.want, c.header, res)
			}
			if c.want == "200" {
				p.lamp(0, 0)
			} else if p.silence(time.Minute); w.ua.Stats().Subscriptions != 0 {
				t.Errorf("%s: a subscription was made", name)
			}
		})
	}
}

func TestNobodySubscribesToSomebodyElse(t *testing.T) {
	for user, want := range map[string]string{"2001": "200", "2002": "403", "0777": "200"} {
		inWorld(t, Config{}, func(t *testing.T, w *world) {
			w.ua.SetAccounts(testAccounts(lit, Account{User: "2002", Mailbox: "m2002"}))
			p := w.phone("2001", "192.0.2.7:5070")
			p.uri = "sip:" + user + "@hatif.test"
			if res := p.asks("SUBSCRIBE", "Event: message-summary"); !strings.HasPrefix(res.first, "SIP/2.0 "+want) {
				t.Errorf("to %s: want %s, got:\n%s", user, want, res)
			}
			if want == "200" {
				p.lamp(0, 0)
			}
		})
	}
}

func TestASubscriptionNeedsToSayWhereItIs(t *testing.T) {
	inWorld(t, Config{}, func(t *testing.T, w *world) {
		w.ua.SetAccounts(testAccounts(lit))
		p := w.phone("2001", "192.0.2.7:5070")
		for _, lack := range []string{";tag=party", "Contact: <sip:2001@192.0.2.7:5070>\r\n"} {
			p.remoteTag = ""
			p.send("SUBSCRIBE", "Event: message-summary")
			challenge := p.want("SIP/2.0 401")
			text := p.request("SUBSCRIBE", p.branch(), 200, "Event: message-summary", p.credentials(challenge, "SUBSCRIBE", "s-2001"))
			p.raw(strings.Replace(text, lack, "", 1))
			p.want("SIP/2.0 400")
		}
	})
}

func TestChangesInARowAreToldAsOne(t *testing.T) {
	inWorld(t, Config{}, func(t *testing.T, w *world) {
		w.ua.SetAccounts(testAccounts(lit))
		p := w.phone("2001", "192.0.2.7:5070")
		p.subscribes(0, 0)
		time.Sleep(time.Minute)
		w.holds("m2001", 1, 0)
		first := p.notice(1, 0)
		for n := 2; n < 10; n++ { // while the NOTIFY is out
			w.holds("m2001", n, 0)
		}
		synctest.Wait()
		p.reply(first, "200 OK")
		last := p.lamp(9, 0)
		if pause := last.at.Sub(first.at); pause != time.Second {
			t.Errorf("the next NOTIFY came after %v, want 1 s (RFC 3842 §3.10)", pause)
		}
		w.holds("m2001", 10, 0)
		w.holds("m2001", 9, 0) // as it was, before the second is over
		p.silence(time.Minute)
	})
}

func TestAPhoneThatDoesNotListenIsNotSubscribedAnyMore(t *testing.T) {
	for answer, stays := range map[string]bool{"481 Gone": false, "500 Oops": false, "": false, "503 Later": true} {
		inWorld(t, Config{}, func(t *testing.T, w *world) {
			w.ua.SetAccounts(testAccounts(lit))
			p := w.phone("2001", "192.0.2.7:5070")
			p.subscribes(0, 0)
			time.Sleep(time.Minute)
			w.holds("m2001", 1, 0)
			m := p.notice(1, 0)
			switch {
			case stays:
				p.reply(m, answer, "Retry-After: 5")
				w.holds("m2001", 2, 0)
				w.holds("m2001", 1, 0) // what it did not take
				p.lamp(1, 0)
			case answer != "":
				p.reply(m, answer)
			default:
				for range 10 {
					p.notice(1, 0)
				}
			}
			time.Sleep(time.Minute)
			if n := w.ua.Stats().Subscriptions; n != map[bool]int{true: 1}[stays] {
				t.Errorf("after %q: %d subscriptions", answer, n)
			}
			w.holds("m2001", 2, 0)
			if stays {
				p.lamp(2, 0)
				return
			}
			p.silence(time.Minute)
			p.send("SUBSCRIBE", "Event: message-summary")
			p.want("SIP/2.0 481")
		})
	}
}

func TestAUserHasTwoSubscriptionsForEachPhoneAndTheOldestGivesWay(t *testing.T) {
	inWorld(t, Config{MaxContacts: 7}, func(t *testing.T, w *world) {
		account := lit
		account.MaxContacts = 1
		w.ua.SetAccounts(testAccounts(account, Account{User: "2002", Mailbox: "m2001"}))
		first, second := w.phone("2001", "192.0.2.7:5070"), w.phone("2001", "192.0.2.8:5070")
		third, other := w.phone("2001", "192.0.2.9:5070"), w.phone("2002", "192.0.2.10:5070")
		for _, p := range []*party{first, other, second} {
			p.subscribes(0, 0)
		}
		first.subscribes(0, 0) // a refresh
		third.subscribes(0, 0)
		if m := second.lamp(0, 0); m.get("Subscription-State") != "terminated;reason=rejected" {
			t.Errorf("NOTIFY is:\n%s", m)
		}
		time.Sleep(time.Second)
		w.holds("m2001", 1, 0)
		for _, p := range []*party{first, third, other} {
			p.lamp(1, 0)
		}
		second.silence(time.Minute)
	})
}

func TestAPhoneThatSubscribedIsNotToldTwice(t *testing.T) {
	inWorld(t, Config{}, func(t *testing.T, w *world) {
		w.ua.SetAccounts(testAccounts(lit))
		p, q := w.phone("2001", "192.0.2.7:5070"), w.phone("2001", "192.0.2.8:5070")
		for _, phone := range []*party{p, q} {
			phone.registers(phone.addr, 1)
			phone.lamp(0, 0)
		}
		p.subscribes(0, 0)
		time.Sleep(time.Minute)
		w.holds("m2001", 1, 0)
		if m := p.lamp(1, 0); m.param("To", "tag") == "" {
			t.Errorf("NOTIFY is:\n%s", m)
		}
		if m := q.lamp(1, 0); m.param("To", "tag") != "" {
			t.Errorf("NOTIFY is:\n%s", m)
		}
		p.registers("again", 1)
		p.silence(time.Minute)
		p.asks("SUBSCRIBE", "Event: message-summary", "Expires: 0")
		p.lamp(1, 0)
		w.holds("m2001", 2, 0)
		p.lamp(2, 0) // unasked, again
		q.lamp(2, 0)
	})
}

func TestASubscriptionEndsWithTheMailbox(t *testing.T) {
	for name, accounts := range map[string]map[string]Account{
		"no mailbox": testAccounts(Account{User: "2001"}), "no account": testAccounts(Account{User: "2002"}),
	} {
		inWorld(t, Config{}, func(t *testing.T, w *world) {
			w.ua.SetAccounts(testAccounts(lit))
			w.holds("m2001", 1, 0)
			w.holds("m1", 2, 0)
			p := w.phone("2001", "192.0.2.7:5070")
			p.subscribes(1, 0)
			time.Sleep(time.Minute)
			w.ua.SetAccounts(testAccounts(Account{User: "2001", Mailbox: "m1"}))
			p.lamp(2, 0)
			w.ua.SetAccounts(accounts)
			if m := p.lamp(0, 0); m.get("Subscription-State") != "terminated;reason=noresource" {
				t.Errorf("%s: NOTIFY is:\n%s", name, m)
			}
			p.silence(time.Minute)
		})
	}
}

func TestSubscriptionsEndWithTheAgent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &world{t: t, net: newMemNet()}
		var err error
		c := Config{Realm: testRealm}
		if w.ua, err = newUA(c.withDefaults(), []packetConn{w.net.listen(uaAddr)}, nil, nil, testLog(t)); err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- w.ua.Run(ctx) }()
		synctest.Wait()
		w.ua.SetAccounts(testAccounts(lit))
		p := w.phone("2001", "192.0.2.7:5070")
		p.subscribes(0, 0)
		stop()
		if m := p.lamp(0, 0); m.get("Subscription-State") != "terminated;reason=probation;retry-after=30" {
			t.Errorf("NOTIFY is:\n%s", m)
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
		if s := w.ua.Stats(); s.Subscriptions != 0 || s.Transactions != 0 {
			t.Errorf("left behind: %+v", s)
		}
	})
}
