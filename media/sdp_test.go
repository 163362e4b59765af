package media

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// sdpBody joins lines as a phone would send them.
func sdpBody(lines ...string) []byte { return []byte(strings.Join(lines, "\r\n") + "\r\n") }

var sdpHead = []string{"v=0", "o=- 1 1 IN IP4 192.0.2.7", "s=-", "c=IN IP4 192.0.2.7", "t=0 0"}

// withHead is a body of the usual session lines and these.
func withHead(lines ...string) []byte {
	return sdpBody(append(append([]string(nil), sdpHead...), lines...)...)
}

var publicOnly = []cmp.Option{
	cmpopts.IgnoreUnexported(Description{}),
	cmp.Comparer(func(a, b netip.Addr) bool { return a == b }),
	cmp.Comparer(func(a, b netip.AddrPort) bool { return a == b }),
}

func TestADescriptionIsReadAsPhonesWriteIt(t *testing.T) {
	phone := netip.MustParseAddr("192.0.2.7")
	both := []Format{{0, MuLaw}, {8, ALaw}}
	for _, c := range []struct {
		name string
		body []byte
		want Description
	}{
		{"the usual offer", withHead("m=audio 4000 RTP/AVP 0 8 101", "a=rtpmap:0 PCMU/8000", "a=rtpmap:8 PCMA/8000",
			"a=rtpmap:101 telephone-event/8000", "a=fmtp:101 0-16", "a=ptime:20", "a=sendrecv"),
			Description{Address: phone, Port: 4000, RTCP: netip.AddrPortFrom(phone, 4001), Formats: both, Event: 101, PTime: 20 * time.Millisecond}},
		{"static payload types without rtpmap", withHead("m=audio 4000 RTP/AVP 8 0"),
			Description{Address: phone, Port: 4000, RTCP: netip.AddrPortFrom(phone, 4001), Formats: []Format{{8, ALaw}, {0, MuLaw}}}},
		{"bare line feeds and no session lines but c=", []byte("c=IN IP4 192.0.2.7\nm=audio 4000 RTP/AVP 0\n"),
			Description{Address: phone, Port: 4000, RTCP: netip.AddrPortFrom(phone, 4001), Formats: both[:1]}},
		{"c= only in the media", sdpBody("v=0", "s=-", "m=audio 4000 RTP/AVP 0", "c=IN IP4 192.0.2.7"),
			Description{Address: phone, Port: 4000, RTCP: netip.AddrPortFrom(phone, 4001), Formats: both[:1]}},
		{"c= in the media wins", withHead("m=audio 4000 RTP/AVP 0", "c=IN IP4 192.0.2.8"),
			Description{Address: netip.MustParseAddr("192.0.2.8"), Port: 4000,
				RTCP: netip.MustParseAddrPort("192.0.2.8:4001"), Formats: both[:1]}},
		{"G.711 under dynamic payload types", withHead("m=audio 4000 RTP/AVP 96 97 98", "a=rtpmap:96 opus/48000/2",
			"a=rtpmap:97 pcma/8000", "a=rtpmap:98 PCMU/8000/1"),
			Description{Address: phone, Port: 4000, RTCP: netip.AddrPortFrom(phone, 4001), Formats: []Format{{97, ALaw}, {98, MuLaw}}}},
		{"G.711 at another rate is something else", withHead("m=audio 4000 RTP/AVP 96 0", "a=rtpmap:96 PCMU/16000"),
			Description{Address: phone, Port: 4000, RTCP: netip.AddrPortFrom(phone, 4001), Formats: both[:1]}},
		{"telephone events at several clock rates", withHead("m=audio 4000 RTP/AVP 0 110 111 112", "a=rtpmap:110 telephone-event/48000",
			"a=rtpmap:111 telephone-event/8000", "a=rtpmap:112 telephone-event/16000"),
			Description{Address: phone, Port: 4000, RTCP: netip.AddrPortFrom(phone, 4001), Formats: both[:1], Event: 111}},
		{"held by direction of the session", withHead("a=inactive", "m=audio 4000 RTP/AVP 0"),
			Description{Address: phone, Port: 4000, RTCP: netip.AddrPortFrom(phone, 4001), Formats: both[:1], Direction: Inactive}},
		{"direction of the media wins", withHead("a=inactive", "m=audio 4000 RTP/AVP 0", "a=sendonly"),
			Description{Address: phone, Port: 4000, RTCP: netip.AddrPortFrom(phone, 4001), Formats: both[:1], Direction: SendOnly}},
		{"RTCP elsewhere", withHead("m=audio 4000 RTP/AVP 0", "a=rtcp:5555 IN IP4 192.0.2.9"),
			Description{Address: phone, Port: 4000, RTCP: netip.MustParseAddrPort("192.0.2.9:5555"), Formats: both[:1]}},
		{"RTCP on the same port", withHead("m=audio 4000 RTP/AVP 0", "a=rtcp-mux"),
			Description{Address: phone, Port: 4000, RTCP: netip.AddrPortFrom(phone, 4000), Mux: true, Formats: both[:1]}},
		{"IPv6", sdpBody("v=0", "c=IN IP6 2001:db8::7", "m=audio 4000 RTP/AVP 0"),
			Description{Address: netip.MustParseAddr("2001:db8::7"), Port: 4000,
				RTCP: netip.MustParseAddrPort("[2001:db8::7]:4001"), Formats: both[:1]}},
		{"a host name is left for the packets to tell", sdpBody("c=IN IP4 phone.example.org", "m=audio 4000 RTP/AVP 0"),
			Description{Port: 4000, RTCP: netip.AddrPortFrom(netip.Addr{}, 4001), Formats: both[:1]}},
		{"the second audio stream when the first is of no use", withHead("m=audio 4000 RTP/SAVP 0", "m=audio 4002 RTP/AVP 8", "a=maxptime:30"),
			Description{Address: phone, Port: 4002, RTCP: netip.AddrPortFrom(phone, 4003), Formats: both[1:], MaxPTime: 30 * time.Millisecond}},
		{"encrypted audio only has nothing for us", withHead("m=audio 4000 RTP/SAVP 0"),
			Description{Address: phone, Port: 4000, RTCP: netip.AddrPortFrom(phone, 4001)}},
		{"refused", sdpBody("v=0", "m=audio 0 RTP/AVP 0"), Description{Formats: both[:1]}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := ParseDescription(c.body)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got, publicOnly...); diff != "" {
				t.Errorf("want(-) got(+):\n%s", diff)
			}
		})
	}
}

func TestWhatIsNoAudioDescriptionIsMalformedAndSaysWhy(t *testing.T) {
	for body, why := range map[string]string{
		"":                              "no audio stream",
		"hello":                         "no audio stream",
		"v=1\r\nm=audio 4 RTP/AVP 0":    "version",
		"m=audio":                       "incomplete",
		"m=audio 70000 RTP/AVP 0":       "port",
		"m=audio -1 RTP/AVP 0":          "port",
		"m=audio 4000 RTP/AVP 0":        "no c= line",
		"c=IN IP4\nm=audio 4 RTP/AVP 0": "c= line",
		"c=IN IP4 239.1.1.1/127\nm=audio 4 RTP/AVP 0": "multicast",
		strings.Repeat("m=audio 4 RTP/AVP 0\n", 100):  "too many",
	} {
		_, err := ParseDescription([]byte(body))
		if !errors.Is(err, ErrMalformed) || !strings.Contains(fmt.Sprint(err), why) {
			t.Errorf("%q: %v, want malformed because of %q", body, err, why)
		}
	}
}

func TestADescriptionWithoutAudioIsWellFormedButOfNoUse(t *testing.T) {
	if _, err := ParseDescription([]byte("m=video 4000 RTP/AVP 96")); !errors.Is(err, ErrNoCommonCodec) || errors.Is(err, ErrMalformed) {
		t.Errorf("video alone: %v, want ErrNoCommonCodec", err)
	}
}

func TestTheAnswerListsWhatBothCanDoInOurOrder(t *testing.T) {
	for _, c := range []struct {
		offer string
		ours  []Law
		want  []Format
	}{
		{"0 8", []Law{MuLaw, ALaw}, []Format{{0, MuLaw}, {8, ALaw}}},
		{"0 8", []Law{ALaw, MuLaw}, []Format{{8, ALaw}, {0, MuLaw}}},
		{"0 8", []Law{ALaw}, []Format{{8, ALaw}}},
		{"18 8 9", []Law{MuLaw, ALaw}, []Format{{8, ALaw}}},
		{"0 8", []Law{ALaw, ALaw}, []Format{{8, ALaw}}},
	} {
		offer, err := ParseDescription(withHead("m=audio 4000 RTP/AVP " + c.offer))
		if err != nil {
			t.Fatal(err)
		}
		got, err := Negotiate(offer, c.ours)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.want, got.Formats); diff != "" || got.Law() != c.want[0].Law {
			t.Errorf("offer %s, ours %v: want(-) got(+):\n%s", c.offer, c.ours, diff)
		}
	}
}

func TestNothingInCommonIsSaid(t *testing.T) {
	for _, body := range [][]byte{
		withHead("m=audio 4000 RTP/AVP 18 9", "a=rtpmap:18 G729/8000"),
		withHead("m=audio 4000 RTP/AVP 8"),
		withHead("m=audio 4000 RTP/SAVP 0"),
		withHead("m=audio 0 RTP/AVP 0"),
		withHead("m=audio 4000 UDPTL t38"),
	} {
		d, err := ParseDescription(body)
		if err != nil {
			t.Fatalf("%s: %v", body, err)
		}
		if _, err := Negotiate(d, []Law{MuLaw}); !errors.Is(err, ErrNoCommonCodec) {
			t.Errorf("%s: %v, want no common codec", body, err)
		}
	}
}

func TestHoldIsAnsweredByItsOppositeDirection(t *testing.T) {
	for _, c := range []struct {
		address, attribute string
		held               bool
		answer             Direction
	}{
		{"192.0.2.7", "sendrecv", false, SendRecv},
		{"192.0.2.7", "sendonly", true, RecvOnly},
		{"192.0.2.7", "recvonly", false, SendOnly},
		{"192.0.2.7", "inactive", true, Inactive},
		{"0.0.0.0", "sendrecv", true, RecvOnly},
		{"0.0.0.0", "sendonly", true, RecvOnly},
		{"0.0.0.0", "recvonly", true, Inactive},
		{"0.0.0.0", "inactive", true, Inactive},
	} {
		d, err := ParseDescription(sdpBody("v=0", "c=IN IP4 "+c.address, "m=audio 4000 RTP/AVP 0", "a="+c.attribute))
		if err != nil {
			t.Fatal(err)
		}
		a, err := Negotiate(d, []Law{MuLaw})
		if err != nil {
			t.Fatal(err)
		}
		if d.Held() != c.held || a.Direction != c.answer {
			t.Errorf("%s %s: held %v, answered %v; want %v, %v", c.address, c.attribute, d.Held(), a.Direction, c.held, c.answer)
		}
	}
}

func TestPacketsAreNoLongerThanTheOtherSideTakes(t *testing.T) {
	d, err := ParseDescription(withHead("m=audio 4000 RTP/AVP 0", "a=maxptime:10"))
	if err != nil {
		t.Fatal(err)
	}
	if a, err := Negotiate(d, []Law{MuLaw}); err != nil || a.PTime != 10*time.Millisecond {
		t.Errorf("packets of %v (%v), want 10ms", a.PTime, err)
	}
}

func TestOtherStreamsAreRefusedInTheirPlaces(t *testing.T) {
	offer, err := ParseDescription(withHead(
		"m=video 5000 RTP/AVP 96 97", "a=rtpmap:96 H264/90000",
		"m=audio 4000 RTP/AVPF 8 101", "a=rtpmap:101 telephone-event/8000",
		"m=image 6000 udptl t38",
		"m=audio 4010 RTP/AVP 0"))
	if err != nil {
		t.Fatal(err)
	}
	a, err := Negotiate(offer, []Law{MuLaw, ALaw})
	if err != nil {
		t.Fatal(err)
	}
	body := string(a.Answer(offer, netip.MustParseAddr("198.51.100.1"), 10000).Marshal())
	var streams []string
	for line := range strings.Lines(body) {
		if strings.HasPrefix(line, "m=") {
			streams = append(streams, strings.TrimSpace(line))
		}
	}
	want := []string{"m=video 0 RTP/AVP 96", "m=audio 10000 RTP/AVPF 8 101", "m=image 0 udptl t38", "m=audio 0 RTP/AVP 0"}
	if diff := cmp.Diff(want, streams); diff != "" {
		t.Errorf("want(-) got(+):\n%s", diff)
	}
	for _, line := range []string{"c=IN IP4 198.51.100.1", "a=rtpmap:8 PCMA/8000", "a=fmtp:101 0-15", "a=sendrecv", "a=ptime:20", "t=0 0"} {
		if !strings.Contains(body, line+"\r\n") {
			t.Errorf("no %q in\n%s", line, body)
		}
	}
}

func TestOurOfferComesBackAsItWas(t *testing.T) {
	for _, addr := range []string{"198.51.100.1", "2001:db8::1"} {
		offer := Offer(netip.MustParseAddr(addr), 10000, []Law{ALaw, MuLaw, ALaw})
		got, err := ParseDescription(offer.Marshal())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(offer, got, publicOnly...); diff != "" {
			t.Errorf("%s: want(-) got(+):\n%s", addr, diff)
		}
	}
}

func TestASessionKeepsItsIdentityAndCountsItsChanges(t *testing.T) {
	origin := func(body []byte) (id, version uint64) {
		if _, err := fmt.Sscanf(string(body), "v=0\r\no=- %d %d IN", &id, &version); err != nil {
			t.Fatalf("%v in\n%s", err, body)
		}
		return id, version
	}
	s, d := NewSession(), Offer(netip.MustParseAddr("198.51.100.1"), 10000, []Law{MuLaw})
	first := s.Marshal(d)
	id, version := origin(first)
	if again := s.Marshal(d); !bytes.Equal(first, again) {
		t.Errorf("the same description was written as\n%s\nand\n%s", first, again)
	}
	d.Direction = SendOnly
	if id2, v2 := origin(s.Marshal(d)); id2 != id || v2 != version+1 {
		t.Errorf("after a change o= is %d %d, was %d %d", id2, v2, id, version)
	}
	if other, _ := origin(NewSession().Marshal(d)); other == id {
		t.Error("two sessions have one identity")
	}
}

func FuzzSDP(f *testing.F) {
	f.Add(withHead("m=audio 4000 RTP/AVP 0 8 101", "a=rtpmap:101 telephone-event/8000", "a=rtcp:5 IN IP6 ::1"))
	f.Add(withHead("m=video 1 RTP/AVP 9", "m=audio 4000/2 RTP/AVPF 96", "a=rtpmap:96 PCMA/8000", "a=rtcp-mux", "a=ptime:NaN"))
	f.Add([]byte("c=IN IP6 fe80::1%eth0\nm=audio 65535 RTP/AVP 0 300 -1\na=rtpmap\na=rtpmap:0"))
	f.Fuzz(func(t *testing.T, body []byte) {
		d, err := ParseDescription(body)
		if err != nil {
			if !errors.Is(err, ErrMalformed) && !errors.Is(err, ErrNoCommonCodec) {
				t.Errorf("%q is neither ErrMalformed nor ErrNoCommonCodec", err)
			}
			return
		}
		a, err := Negotiate(d, []Law{MuLaw, ALaw})
		if err != nil {
			return
		}
		answer := a.Answer(d, netip.MustParseAddr("198.51.100.1"), 10000)
		again, err := ParseDescription(answer.Marshal())
		if err != nil {
			t.Fatalf("our answer is malformed: %v\n%s", err, answer.Marshal())
		}
		if len(again.Formats) != len(a.Formats) || again.Event != a.Event {
			t.Errorf("the answer says %v, %d; agreed was %v, %d", again.Formats, again.Event, a.Formats, a.Event)
		}
		if got, want := bytes.Count(answer.Marshal(), []byte("\r\nm=")), len(d.others)+1; got != want {
			t.Errorf("%d m-lines answer %d", got, want)
		}
	})
}
