package stories_test

import (
	"context"
	"math"
	"strings"
	"testing"
	"time"

	"hatif/hatiftest"
	"hatif/internal/softphone"
	"hatif/store"
)

// people is a file in which everybody has a mailbox but 2003, and rings for two seconds.
const people = `
languages: [en, ar, fr]
defaults:
  mailbox: {min_length: 500ms, max_silence: 2s}
users:
  "2001": {name: Amal Haddad,  secret: amal,  context: agents,     mailbox: {pin: "4821"}, language: ar}
  "2002": {name: Karim Nasser, secret: karim, context: agents,     mailbox: {pin: "1234"}}
  "2003": {name: Luc Bernard,  secret: luc,   context: agents}
  "3001": {name: Omar Said,    secret: omar,  context: managers,   mailbox: {pin: "7777"}}
  "5001": {name: Quality,      secret: qual,  context: complaints, mailbox: {pin: "9999"}}
mailboxes:
  "600": {name: Complaints, pin: "6001", open_to: [complaints]}
contexts:
  staff:
    "2000": {voicemail_menu: {}}
    "2099": {voicemail_menu: {mailbox: own}}
    "600": [{voicemail: {mailbox: "600", greeting: none}}, {playback: thank-you}]
    _XXXX: [{dial: {user: "{{ .Extension }}", ring: 2s}}, {voicemail: "{{ .Extension }}"}]
  agents:     {include: [staff], may_call: [agents, managers]}
  managers:   {include: [staff], may_call: everyone}
  complaints: {include: [staff], may_call: everyone}
`

// quietPhone is a phone that is silent until it is told to speak.
func quietPhone(pbx *hatiftest.PBX, user string) *hatiftest.Phone {
	ph := pbx.PhoneWith(hatiftest.PhoneOptions{User: user, Voice: softphone.Silence})
	ph.Register()
	return ph
}

// hears waits until so many packets of a pure tone have been heard, from a place on. Each piece of the sound is
// looked at once.
func hears(t testing.TB, c *hatiftest.Call, from softphone.Position, hz float64, packets int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), hatiftest.Patience)
	defer cancel()
	const piece = 4 // packets
	seen, pure := 0, 0
	if _, err := c.WaitHeard(ctx, from, func(h softphone.Heard) bool {
		all := h.Packets
		for ; seen+piece <= len(all); seen += piece {
			h.Packets = all[seen : seen+piece]
			if got, share := h.Tone(); math.Abs(got-hz) < 15 && share > 0.9 {
				pure += piece
			}
		}
		return pure >= packets
	}); err != nil {
		t.Fatalf("%s hears %d packets of %.0f Hz, want %d: %v; but %v", c.Phone(), pure, hz, packets, err, c.Sounds())
	}
}

// afterBeep presses the keys, waits for the beep and says a tone for so long.
func afterBeep(t testing.TB, c *hatiftest.Call, keys string, hz float64, d time.Duration) {
	t.Helper()
	from := c.Now()
	if keys != "" {
		c.Press(keys)
	}
	hears(t, c, from, 1000, 8)
	c.Say(softphone.Tone(hz, 0.3))
	n := int(d / (20 * time.Millisecond))
	began := c.Now()
	ctx, cancel := context.WithTimeout(context.Background(), hatiftest.Patience+d)
	defer cancel()
	// The PBX sends silence meanwhile: its packets are the clock.
	if _, err := c.WaitHeard(ctx, began, func(h softphone.Heard) bool { return len(h.Packets) >= n }); err != nil {
		t.Fatalf("while speaking: %v", err)
	}
}

// logOn dials 2000 and keys in mailbox and PIN.
func logOn(ph *hatiftest.Phone, mailbox, pin string) *hatiftest.Call {
	c := ph.Dial("2000")
	c.ExpectPrompt("voicemail/mailbox")
	c.Press(mailbox + "#")
	c.ExpectPrompt("voicemail/password")
	c.Press(pin + "#")
	return c
}

// leaveFor leaves a message of a tone by hanging up.
func leaveFor(t testing.TB, pbx *hatiftest.PBX, ph *hatiftest.Phone, number string, hz float64) store.Message {
	t.Helper()
	before := len(pbx.Messages(number, ""))
	c := ph.Dial(number)
	c.ExpectAnswered()
	afterBeep(t, c, "#", hz, time.Second)
	c.Hangup()
	all := pbx.ExpectMessages(number, "", before+1)
	return all[len(all)-1]
}

// V1, V2: whoever is not reached has a mailbox, at once where no phone is registered.
func TestACallThatIsNotTakenGoesToTheMailbox(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		phone  func(ring *hatiftest.Call)
		prompt string
		result string
	}{
		{"not registered", nil, "en/voicemail/is-unavailable", "no answer"},
		{"not answered", func(*hatiftest.Call) {}, "en/voicemail/is-unavailable", "no answer"},
		{"busy", func(r *hatiftest.Call) { _ = r.Busy() }, "en/voicemail/is-on-the-phone", "busy"},
		{"declined", func(r *hatiftest.Call) { r.Decline() }, "en/voicemail/is-unavailable", "busy"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			pbx := hatiftest.Start(t, hatiftest.Options{Config: people})
			caller := quietPhone(pbx, "3001")
			var callee *hatiftest.Phone
			if c.phone != nil {
				callee = pbx.Phone("2002")
			}
			dialled := time.Now()
			call := caller.Dial("2002")
			if callee != nil {
				c.phone(callee.ExpectRing())
			}
			call.ExpectAnswered()
			if waited := time.Since(dialled); c.phone == nil && waited > 1900*time.Millisecond {
				t.Errorf("the mailbox answered after %v, want at once", waited)
			}
			call.ExpectPrompt(c.prompt)
			afterBeep(t, call, "#", 440, time.Second)
			call.Press("#")
			call.ExpectPrompt("voicemail/message-saved")
			call.ExpectEnd()
			row := call.ExpectRow()
			if row.Result != c.result {
				t.Errorf("result %q, want %q", row.Result, c.result)
			}
			list := pbx.ExpectMessages("2002", "new", 1)
			m := list[len(list)-1]
			rec := pbx.Message(m)
			if d := time.Duration(len(rec.Samples)) * time.Second / time.Duration(rec.Rate); m.Number != "3001" || d != m.Duration || d < 900*time.Millisecond || d > 3*time.Second {
				t.Errorf("message %+v, the file lasts %v", m, d)
			}
			if callee != nil {
				callee.Unregister()
			}
		})
	}
}

func TestWhoHasNoMailboxIsJustNotReached(t *testing.T) {
	t.Parallel()
	pbx := hatiftest.Start(t, hatiftest.Options{Config: people})
	caller := pbx.Phone("3001")
	caller.Dial("2003").ExpectRefused(480)
	callee := pbx.Phone("2003")
	c := caller.Dial("2003")
	ring := callee.ExpectRing()
	if err := ring.Busy(); err != nil {
		t.Fatal(err)
	}
	c.ExpectRefused(486)
}

// X3, V3, V4 with the shipped file: from the call that nobody takes to the deleted message.
func TestAMessageIsLeftHeardAndDeletedWithTheShippedFile(t *testing.T) {
	t.Parallel()
	pbx := hatiftest.Start(t, hatiftest.Options{})
	manager := quietPhone(pbx, "3001")
	c := manager.Dial("2001")
	c.ExpectPrompt("ar/voicemail/the-person-at") // 2001 has no phone; the manager's language is the file's first
	afterBeep(t, c, "#", 700, 3*time.Second)
	c.Hangup()
	m := pbx.ExpectMessages("2001", "new", 1)[0]

	agent := quietPhone(pbx, "2001")
	l := logOn(agent, "2001", pbx.PIN("2001"))
	l.ExpectPrompt("ar/voicemail/you-have")
	l.ExpectPrompt("ar/voicemail/menu-listen")
	l.Press("1")
	l.ExpectPrompt("ar/voicemail/first-message")
	l.ExpectPrompt("ar/date/today")
	hears(t, l, l.Now(), 700, 50)
	l.ExpectPrompt("ar/voicemail/menu-repeat")
	l.Press("7")
	l.ExpectPrompt("ar/voicemail/deleted")
	l.Press("7")
	l.ExpectPrompt("ar/voicemail/undeleted")
	l.Press("7")
	l.ExpectPrompt("ar/voicemail/deleted")
	l.Press("#")
	l.ExpectPrompt("ar/goodbye")
	l.ExpectEnd()
	pbx.ExpectMessages("2001", "", 0)
	if !strings.Contains(pathOf(l.ExpectRow()), "mailbox 2001 opened") {
		t.Errorf("path: %s", pathOf(l.ExpectRow()))
	}
	if m.Number != "3001" || m.Name != "Omar Said" || m.Duration < 2*time.Second {
		t.Errorf("message: %+v", m)
	}
}

// X3: every staff context reaches 2000, and nobody from outside.
func TestEveryStaffContextReachesVoicemail(t *testing.T) {
	t.Parallel()
	pbx := hatiftest.Start(t, hatiftest.Options{})
	for _, user := range []string{"2001", "3001", "4001", "5001"} {
		t.Run(user, func(t *testing.T) {
			t.Parallel()
			pbx := pbx.For(t)
			c := logOn(pbx.Phone(user), user, pbx.PIN(user))
			c.ExpectPrompt("voicemail/no-messages")
			c.Press("#")
			c.ExpectPrompt("goodbye")
			c.ExpectEnd()
		})
	}
	pbx.Phone("1001").Dial("2000").ExpectRefused(403)
}

func TestComplaintsAreHeardByTheirPeopleAlone(t *testing.T) {
	t.Parallel()
	pbx := hatiftest.Start(t, hatiftest.Options{Config: people})
	c := quietPhone(pbx, "3001").Dial("600")
	afterBeep(t, c, "", 600, time.Second)
	c.Press("#")
	c.ExpectPrompt("voicemail/message-saved")
	c.ExpectPrompt("thank-you") // the dialplan goes on
	c.ExpectEnd()
	pbx.ExpectMessages("600", "new", 1)
	other := logOn(pbx.Phone("2001"), "600", "6001")
	other.ExpectPrompt("voicemail/login-incorrect")
	other.Hangup()
	quality := logOn(pbx.Phone("5001"), "600", "6001")
	quality.ExpectPrompt("en/voicemail/you-have")
	from := quality.Now()
	quality.Press("1")
	hears(t, quality, from, 600, 30)
	quality.Hangup()
	pbx.ExpectMessages("600", "old", 1)
}

func TestAFullMailboxSaysSoToTheCaller(t *testing.T) {
	t.Parallel()
	pbx := hatiftest.Start(t, hatiftest.Options{Config: changed(t, people, `mailbox: {pin: "1234"}`, `mailbox: {pin: "1234", max_messages: 1}`)})
	caller := quietPhone(pbx, "3001")
	leaveFor(t, pbx, caller, "2002", 440)
	c := caller.Dial("2002")
	c.ExpectPrompt("voicemail/mailbox-full")
	c.ExpectEnd()
	if n := len(pbx.Messages("2002", "")); n != 1 {
		t.Errorf("the full mailbox holds %d messages", n)
	}
}

func TestSilenceEndsAMessageOnTheWireToo(t *testing.T) {
	t.Parallel()
	pbx := hatiftest.Start(t, hatiftest.Options{Config: people})
	c := quietPhone(pbx, "3001").Dial("2002")
	c.ExpectAnswered()
	afterBeep(t, c, "#", 440, time.Second)
	c.Say(softphone.Nothing()) // not even packets
	c.ExpectPrompt("voicemail/message-saved")
	c.ExpectEnd()
	if m := pbx.ExpectMessages("2002", "new", 1)[0]; m.Duration < 1500*time.Millisecond || m.Duration > 3*time.Second {
		t.Errorf("the message lasts %v, want a second of sound and one of silence", m.Duration)
	}
}

func TestAStopOfHatifKeepsTheMessageBeingLeft(t *testing.T) {
	t.Parallel()
	pbx := hatiftest.Start(t, hatiftest.Options{Config: people})
	c := quietPhone(pbx, "3001").Dial("2002")
	c.ExpectAnswered()
	afterBeep(t, c, "#", 440, 2*time.Second) // a busy machine may begin to write late, and be stopped early
	pbx.Restart()
	pbx.Phone("2002")
	if m := pbx.ExpectMessages("2002", "new", 1)[0]; m.Duration < 900*time.Millisecond {
		t.Errorf("the message lasts %v", m.Duration)
	}
}

// pathOf is a row's path.
func pathOf(row store.Call) string {
	var lines []string
	for _, n := range row.Path {
		lines = append(lines, n.Text)
	}
	return strings.Join(lines, "\n")
}
