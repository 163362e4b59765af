package stories_test

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"

	"hatif/hatiftest"
	"hatif/internal/softphone"
	"hatif/store"
)

const (
	pcmu = softphone.PCMU
	pcma = softphone.PCMA
)

func speaks(pbx *hatiftest.PBX, user string, codecs ...softphone.Codec) *hatiftest.Phone {
	ph := pbx.PhoneWith(hatiftest.PhoneOptions{User: user, Codecs: codecs})
	ph.Register()
	return ph
}

// U5
func TestTheAnswerListsWhatBothCanDoInTheOrderOfTheFile(t *testing.T) {
	t.Parallel()
	pbx := open(t, `secret: amal,`, `secret: amal, codecs: [alaw, ulaw],`, `secret: karim,`, `secret: karim, codecs: [alaw],`)
	for _, c := range []struct {
		user  string
		offer []softphone.Codec
		want  []softphone.Codec
	}{
		{"2001", []softphone.Codec{pcmu, pcma}, []softphone.Codec{pcma, pcmu}},
		{"2001", []softphone.Codec{pcmu}, []softphone.Codec{pcmu}},
		{"2002", []softphone.Codec{pcmu, pcma}, []softphone.Codec{pcma}},
		{"2003", []softphone.Codec{pcma, pcmu}, []softphone.Codec{pcmu, pcma}},
	} {
		call := speaks(pbx, c.user, c.offer...).Dial("*43")
		call.ExpectAnswered()
		answer, _ := call.Theirs()
		if !slices.Equal(answer.Codecs, c.want) {
			t.Errorf("user %s offers %v and is answered %v, want %v", c.user, c.offer, answer.Codecs, c.want)
		}
		if answer.Event == 0 {
			t.Errorf("the answer to %s has no telephone-event", c.user)
		}
		call.ExpectAudioFrom(call) // echo
		call.Hangup()
	}
	speaks(pbx, "2002", pcmu).Dial("*43").ExpectRefused(488)
}

// U5
func TestACallWhoseDescriptionDoesNotFitIsRefusedAndLeavesARow(t *testing.T) {
	t.Parallel()
	pbx := open(t)
	g729 := func(local netip.AddrPort) string {
		return fmt.Sprintf("v=0\r\no=- 1 1 IN IP4 %[1]s\r\ns=-\r\nc=IN IP4 %[1]s\r\nt=0 0\r\nm=audio %[2]d RTP/AVP 18\r\na=rtpmap:18 G729/8000\r\n", local.Addr(), local.Port())
	}
	ph := pbx.PhoneWith(hatiftest.PhoneOptions{User: "2001", SDP: g729})
	ph.Register()
	ph.Dial("*43").ExpectRefused(488)
	video := pbx.PhoneWith(hatiftest.PhoneOptions{User: "2001", SDP: func(local netip.AddrPort) string {
		return fmt.Sprintf("v=0\r\no=- 1 1 IN IP4 %[1]s\r\ns=-\r\nc=IN IP4 %[1]s\r\nt=0 0\r\nm=video %[2]d RTP/AVP 96\r\na=rtpmap:96 VP8/90000\r\n", local.Addr(), local.Port())
	}})
	video.Dial("*43").ExpectRefused(488)
	row := pbx.ExpectRow("a call without a common codec", func(r store.Call) bool { return r.Cause.SIP == 488 })
	if row.Result != "refused" || row.User != "2001" || row.Called != "*43" || row.Cause.Name != "no common codec" || row.Cause.Q850 != 88 ||
		!row.Answered.IsZero() || len(row.Legs) != 1 || row.Legs[0].CallID == "" || len(row.Path) != 1 {
		t.Errorf("its row: %+v", row)
	}
	pbx.PhoneWith(hatiftest.PhoneOptions{User: "2001", SDP: func(netip.AddrPort) string {
		return "v=0\r\nm=audio x RTP/AVP 0\r\n"
	}}).Dial("*43").ExpectRefused(400)
	pbx.ExpectRow("a call with a malformed description", func(r store.Call) bool {
		return r.Result == "refused" && r.Cause.SIP == 400 && r.Cause.Q850 == 95
	})
	pbx.ExpectIdle()
}

// U5
func TestMuLawAndALawAreBridgedWithTheSoundRightBothWays(t *testing.T) {
	t.Parallel()
	pbx := open(t)
	for _, c := range []struct{ a, b softphone.Codec }{{pcmu, pcma}, {pcma, pcmu}, {pcma, pcma}, {pcmu, pcmu}} {
		a, b := talk(t, speaks(pbx, "2001", c.a), speaks(pbx, "2002", c.b))
		if a.Codec() != c.a || b.Codec() != c.b {
			t.Errorf("the phones send %v and %v, want %v and %v", a.Codec(), b.Codec(), c.a, c.b)
		}
		a.Say(softphone.Tone(440, 0.3))
		b.Say(softphone.Tone(1000, 0.3))
		a.ExpectTone(1000)
		b.ExpectTone(440)
		for _, side := range []struct {
			call *hatiftest.Call
			want softphone.Codec
		}{{a, c.a}, {b, c.b}} {
			for _, p := range side.call.Heard(0).Audio() {
				if softphone.Codec(p.PayloadType) != side.want {
					t.Errorf("%s, which speaks %v, was sent payload type %d", side.call.Phone(), side.want, p.PayloadType)
					break
				}
			}
		}
		// Level: a tone of 0.3 must not come out louder or softer than the laws make it.
		if level := a.Heard(a.Now() - 20).Level(); level < -12 || level > -9 {
			t.Errorf("%v→%v: a tone of −10.5 dB arrives with %.1f dB", c.b, c.a, level)
		}
		a.Hangup()
		b.ExpectEnd()
	}
	row := pbx.ExpectRow("a bridged call", func(r store.Call) bool { return r.User == "2001" && len(r.Path) > 0 })
	for _, l := range row.Legs {
		if l.Quality.Codec == "" || l.Quality.PacketsReceived == 0 {
			t.Errorf("leg %s has quality %+v", l.User, l.Quality)
		}
	}
}

// U5
func TestPromptsAndMusicAreHeardInALaw(t *testing.T) {
	t.Parallel()
	pbx := open(t)
	agent, caller := speaks(pbx, "2001", pcma), speaks(pbx, "1001", pcma)
	agent.SetPolicy(softphone.Mute)
	c := caller.Dial("0777")
	c.ExpectMusic("default")
	in := agent.ExpectRing()
	in.Answer()
	hearEachOther(t, c, in)
}
