package stories_test

import (
	"slices"
	"testing"
	"time"

	"hatif/hatiftest"
	"hatif/internal/softphone"
)

// U1: all that an entry can say of a person, each in what somebody sees or hears of it.
func TestEverythingThatTheFileSaysOfAUserIsFelt(t *testing.T) {
	t.Parallel()
	pbx := hatiftest.Start(t, hatiftest.Options{Config: `
languages: [en, fr]
users:
  "2001":
    name: Zoé Martin
    secret: zoe-secret
    type: friend
    context: desk
    mailbox: {pin: "4821", min_length: 500ms}
    codecs: [alaw, ulaw]
    language: fr
    host: dynamic
  "2002": {name: Karim Nasser, secret: karim, context: desk}
contexts:
  desk:
    "100": {playback: goodbye}
    _2XXX: [{dial: {user: "{{ .Extension }}", ring: 5s}}, {voicemail: "{{ .Extension }}"}]
  vault:
    "200": echo
`})
	karim := pbx.Phone("2002")

	// host: dynamic, and a mailbox: nobody has logged on, so a message is taken at once.
	if m := leaveFor(t, pbx, karim, "2001", 440); m.Number != "2002" {
		t.Errorf("the message: %+v", m)
	}

	// secret
	wrong := pbx.PhoneWith(hatiftest.PhoneOptions{User: "2001", Secret: "zoe"})
	if _, code := register(t, wrong, time.Hour); code != 403 {
		t.Errorf("a wrong secret is answered with %d, want 403", code)
	}
	zoe := pbx.Phone("2001")

	// name: what the other side's display shows
	out := zoe.Dial("2002")
	in := karim.ExpectRing()
	if who := in.Caller(); who.Number != "2001" || who.Name != "Zoé Martin" {
		t.Errorf("the display shows %+v", who)
	}
	out.Hangup()
	in.ExpectEnd()

	// type: a friend is called; codecs: both are offered, the caller's first, so that nothing need be transcoded
	out = karim.Dial("2001")
	in = zoe.ExpectRing()
	in.Answer()
	if offer, _ := in.Theirs(); !slices.Equal(offer.Codecs, []softphone.Codec{pcmu, pcma}) {
		t.Errorf("2001 is offered %v, want PCMU, which the caller speaks, and PCMA", offer.Codecs)
	}
	out.Hangup()
	in.ExpectEnd()

	// language, context, and codecs in their order where nobody else is on the line
	for _, c := range []struct {
		phone  *hatiftest.Phone
		prompt string
		codec  softphone.Codec
	}{{zoe, "fr/goodbye", pcma}, {karim, "en/goodbye", pcmu}} {
		call := c.phone.Dial("100")
		call.ExpectPrompt(c.prompt)
		if answer, _ := call.Theirs(); answer.Codecs[0] != c.codec {
			t.Errorf("%s is answered %v, want %v first", c.phone, answer.Codecs, c.codec)
		}
		call.Hangup()
		c.phone.Dial("200").ExpectRefused(403)
	}
	pbx.ExpectIdle()
}
