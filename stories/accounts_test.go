package stories_test

import (
	"context"
	"regexp"
	"strings"
	"testing"
	"time"

	"hatif/hatiftest"
	"hatif/internal/softphone"
	"hatif/store"
)

// U4
func TestEveryRequestIsChallenged(t *testing.T) {
	t.Parallel()
	pbx := open(t)
	phone := pbx.Phone("2002")
	w := newWire(t, pbx)
	for _, c := range []struct{ method, header string }{
		{"INVITE", "Supported: timer"}, {"SUBSCRIBE", "Event: message-summary"},
		{"MESSAGE", "Content-Type: text/plain"}, {"REFER", "Refer-To: <sip:2001@example.com>"}, {"REGISTER", "Expires: 60"},
	} {
		w.send(w.request(c.method, "2002", "2001", c.header))
		answer := w.answer()
		if !strings.HasPrefix(answer, "SIP/2.0 401 ") || !strings.Contains(answer, "WWW-Authenticate: Digest ") {
			t.Errorf("%s without credentials is answered with\n%s\nwant 401 and a challenge", c.method, answer)
		}
	}
	phone.ExpectNoRing()
	if rows := pbx.Rows(); len(rows) != 0 {
		t.Errorf("strangers left rows in the call log: %+v", rows)
	}
	// With credentials they are heard, each in its way.
	ctx, cancel := context.WithTimeout(t.Context(), hatiftest.Patience)
	defer cancel()
	if err := phone.Options(ctx); err != nil {
		t.Errorf("OPTIONS: %v", err)
	}
}

// refusal is the final answer to a phone's request, without what differs between any two answers.
func refusal(t testing.TB, ph *hatiftest.Phone, method string) string {
	t.Helper()
	m := message(t, ph, "refusal", func(m softphone.Message) bool {
		return !m.Out && m.Method() == method && m.Code() >= 400 && m.Code() != 401
	})
	text := m.Raw
	for _, own := range []string{`(?m)^(Via|From|To|Call-ID|CSeq|Contact): .*\r?\n`, `nonce="[^"]*"`} {
		text = regexp.MustCompile(own).ReplaceAllString(text, "")
	}
	return text
}

// U4
func TestAWrongSecretAndAnUnknownUserLookTheSame(t *testing.T) {
	t.Parallel()
	pbx := open(t)
	known := pbx.PhoneWith(hatiftest.PhoneOptions{User: "2001", Secret: "guess"})
	unknown := pbx.PhoneWith(hatiftest.PhoneOptions{User: "2999", Secret: "guess"})
	for _, ph := range []*hatiftest.Phone{known, unknown} {
		if _, code := register(t, ph, time.Hour); code != 403 {
			t.Errorf("%s: REGISTER with a wrong secret is answered with %d, want 403", ph, code)
		}
		ph.Dial("2002").ExpectRefused(403)
	}
	for _, method := range []string{"REGISTER", "INVITE"} {
		if a, b := refusal(t, known, method), refusal(t, unknown, method); a != b {
			t.Errorf("the refusals of %s tell which users exist:\n%s\n%s", method, a, b)
		}
	}
	if rows := pbx.Rows(); len(rows) != 0 {
		t.Errorf("callers with wrong secrets left %d rows", len(rows))
	}
}

// U4: who calls is said by the credentials, whatever From claims.
func TestNobodyCallsInAnotherPersonsName(t *testing.T) {
	t.Parallel()
	pbx := open(t)
	liar, victim := pbx.Phone("2001"), pbx.Phone("2002")
	c := liar.DialWith("2002", softphone.DialOptions{From: "2003", Headers: map[string]string{
		"P-Asserted-Identity": `"The CEO" <sip:4001@example.com>`, "Remote-Party-ID": `<sip:4001@example.com>`,
	}})
	in := victim.ExpectRing()
	if who := in.Caller(); who.Number != "2001" || who.Name != "Amal Haddad" {
		t.Errorf("the display shows %+v, want Amal Haddad <2001>", who)
	}
	for _, h := range []string{"P-Asserted-Identity", "Remote-Party-ID"} {
		if v := in.Header(h); strings.Contains(v, "4001") {
			t.Errorf("%s passes through: %s", h, v)
		}
	}
	in.Decline()
	c.ExpectEnd()
	row := pbx.ExpectRow("the call", func(store.Call) bool { return true })
	if row.User != "2001" || row.Number != "2001" {
		t.Errorf("the row says that %s <%s> called", row.User, row.Number)
	}
}

// U4
func TestAGuestReachesTheContextForGuestsAndNothingElse(t *testing.T) {
	t.Parallel()
	pbx := open(t, "languages: [en]", "languages: [en]\nguests: lobby", "  nobody:", "  lobby:\n    \"100\": {playback: goodbye}\n  nobody:")
	staff := pbx.Phone("2001")
	guest := pbx.PhoneWith(hatiftest.PhoneOptions{User: "visitor", DisplayName: "A Visitor"})
	c := guest.Dial("100")
	c.ExpectPrompt("goodbye")
	c.ExpectEnd()
	row := pbx.ExpectRow("the guest's call", func(store.Call) bool { return true })
	if row.User != "" || row.Number != "visitor" || row.Context != "lobby" || row.Result != "service" {
		t.Errorf("the guest's row: user %q, number %q, context %q, result %q", row.User, row.Number, row.Context, row.Result)
	}
	guest.Dial("2001").ExpectRefused(403)
	guest.Dial("0777").ExpectRefused(403)
	guest.Dial("555").ExpectRefused(404)
	// A guest cannot pass for somebody of ours.
	thief := pbx.PhoneWith(hatiftest.PhoneOptions{User: "2002", Secret: "guess"})
	thief.Dial("100").ExpectRefused(403)
	if _, code := register(t, guest, time.Hour); code != 403 {
		t.Errorf("a guest's REGISTER is answered with %d, want 403", code)
	}
	staff.ExpectNoRing()
}

// U4
func TestGuestsAreRefusedWhereTheFileHasNoContextForThem(t *testing.T) {
	t.Parallel()
	pbx := open(t)
	w := newWire(t, pbx)
	if code := w.code(w.request("INVITE", "0777", "visitor")); code != "401" {
		t.Errorf("a stranger's INVITE is answered with %s, want 401", code)
	}
}

// U4
func TestSubscribeMessageAndReferWithCredentialsAreAnsweredByTheStandard(t *testing.T) {
	t.Parallel()
	pbx := open(t)
	ph := pbx.Phone("2001")
	ctx, cancel := context.WithTimeout(t.Context(), hatiftest.Patience)
	defer cancel()
	if err := ph.Message(ctx, "2002", "hello"); err == nil {
		t.Error("MESSAGE was accepted, and nobody will ever read it")
	}
	if _, err := ph.Subscribe(ctx, "presence", time.Hour); err == nil {
		t.Error("a SUBSCRIBE to presence was accepted")
	}
	for _, method := range []string{"MESSAGE", "SUBSCRIBE"} {
		if text := refusal(t, ph, method); strings.HasPrefix(text, "SIP/2.0 5") {
			t.Errorf("%s from a user of ours is answered with\n%s", method, text)
		}
	}
}
