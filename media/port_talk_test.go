package media

import (
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"
)

// described parses what a port has written.
func described(t *testing.T, sdp []byte) Description {
	t.Helper()
	d, err := ParseDescription(sdp)
	if err != nil {
		t.Fatalf("our own SDP cannot be read: %v\n%s", err, sdp)
	}
	return d
}

// origin is the o= line.
func origin(sdp []byte) string {
	for line := range strings.Lines(string(sdp)) {
		if strings.HasPrefix(line, "o=") {
			return strings.TrimSpace(line)
		}
	}
	return ""
}

func open(t *testing.T, opts PortOptions) (*bench, *Port) {
	b := newBench(t, Config{})
	p, err := b.engine.Open(opts)
	if err != nil {
		t.Fatal(err)
	}
	return b, p
}

const linphone = "v=0\r\no=2001 3411 1290 IN IP4 192.168.1.20\r\ns=Talk\r\nc=IN IP4 192.168.1.20\r\nt=0 0\r\n" +
	"m=audio 7078 RTP/AVP 96 8 0 97\r\na=rtpmap:96 opus/48000/2\r\na=rtpmap:97 telephone-event/8000\r\na=fmtp:97 0-15\r\n" +
	"m=video 9078 RTP/AVP 98\r\na=rtpmap:98 VP8/90000\r\n"

func TestAnOfferHasAllOurLawsAndTelephoneEvents(t *testing.T) {
	_, p := open(t, PortOptions{Laws: []Law{ALaw, MuLaw}})
	d := described(t, p.Offer())
	if len(d.Formats) != 2 || d.Formats[0].Law != ALaw || d.Event != 101 || d.Direction != SendRecv {
		t.Errorf("the offer is %+v", d)
	}
	if d.Address != netip.MustParseAddr("192.0.2.1") || d.Port != p.LocalAddr().Port() || d.Port%2 != 0 {
		t.Errorf("the offer names %v:%d, the port is %v", d.Address, d.Port, p.LocalAddr())
	}
	if again := p.Offer(); origin(again) != origin(p.Offer()) {
		t.Error("the version grows although nothing has changed")
	}
	before := origin(p.Offer())
	p.Prefer(MuLaw)
	if after := p.Offer(); origin(after) == before || described(t, after).Formats[0].Law != MuLaw {
		t.Errorf("after Prefer the offer is\n%s", after)
	}
}

func TestAnAnswerHasTheCommonCodecsInOurOrderUnderTheirNumbers(t *testing.T) {
	_, p := open(t, PortOptions{Laws: []Law{MuLaw, ALaw}})
	answer, err := p.Answer([]byte(linphone))
	if err != nil {
		t.Fatal(err)
	}
	text := string(answer)
	for _, want := range []string{"m=audio ", " RTP/AVP 0 8 97\r\n", "a=rtpmap:97 telephone-event/8000", "m=video 0 RTP/AVP 98"} {
		if !strings.Contains(text, want) {
			t.Errorf("the answer lacks %q:\n%s", want, text)
		}
	}
	if strings.Contains(text, "opus") || strings.Index(text, "m=video") < strings.Index(text, "m=audio") {
		t.Errorf("the answer has a codec that we lack, or its streams in another order:\n%s", text)
	}
	offer := string(p.Offer())
	for _, want := range []string{" RTP/AVP 0 8 97\r\n", "m=video 0 "} { // RFC 3264 §8: streams keep their places
		if !strings.Contains(offer, want) {
			t.Errorf("our later offer lacks %q:\n%s", want, offer)
		}
	}
}

func TestWhatCannotBeUsedIsRefusedAndChangesNothing(t *testing.T) {
	b, p := open(t, PortOptions{Laws: []Law{MuLaw}})
	if _, err := p.Answer([]byte(linphone)); err != nil {
		t.Fatal(err)
	}
	before := origin(p.Offer())
	onlyA := strings.Replace(linphone, "96 8 0 97", "96 8 97", 1)
	for sdp, want := range map[string]error{onlyA: ErrNoCommonCodec, "not SDP": ErrMalformed, "": ErrMalformed} {
		if _, err := p.Answer([]byte(sdp)); !errors.Is(err, want) {
			t.Errorf("Answer: %v, want %v", err, want)
		}
		if err := p.Accept([]byte(sdp)); !errors.Is(err, want) {
			t.Errorf("Accept: %v, want %v", err, want)
		}
	}
	b.settle()
	if origin(p.Offer()) != before || p.out.law != MuLaw || !p.out.sends {
		t.Error("a refused description has changed something")
	}
}

func TestHoldIsAnsweredAndTheVersionGrows(t *testing.T) {
	_, p := open(t, PortOptions{})
	first, err := p.Answer([]byte(linphone))
	if err != nil {
		t.Fatal(err)
	}
	if p.Held() {
		t.Error("a call that was just answered is on hold")
	}
	again, err := p.Answer([]byte(linphone))
	if err != nil || origin(again) != origin(first) {
		t.Errorf("the same offer again: %v; %s, then %s", err, origin(first), origin(again))
	}
	last := origin(again)
	for attribute, want := range map[string]Direction{"a=sendonly\r\n": RecvOnly, "a=inactive\r\n": Inactive} {
		answer, err := p.Answer([]byte(strings.Replace(linphone, "a=fmtp", attribute+"a=fmtp", 1)))
		if err != nil {
			t.Fatal(err)
		}
		if got := described(t, answer).Direction; got != want || !p.Held() {
			t.Errorf("%q is answered %v, held: %v", attribute, got, p.Held())
		}
		if origin(answer) == last {
			t.Error("the version did not grow")
		}
		last = origin(answer)
	}
	if _, err := p.Answer([]byte(strings.Replace(linphone, "a=fmtp", "a=recvonly\r\na=fmtp", 1))); err != nil || p.Held() {
		t.Errorf("a party that only listens is on hold: %v", err)
	}
}

func TestAPreferredLawIsSentFromNowOn(t *testing.T) {
	b := newBench(t, Config{})
	bob := b.ring(PortOptions{}, terms{})
	bob.port.Hear(&frames{name: "music", b: 0x11})
	b.run(40 * time.Millisecond)
	bob.port.Prefer(ALaw)
	b.run(40 * time.Millisecond)
	got := bob.hears()
	want := []byte{0x11}
	Transcode(MuLaw, ALaw, want)
	if len(got) != 4 || got[0].PayloadType != 0 || got[3].PayloadType != 8 || got[3].Payload[0] != want[0] {
		t.Errorf("bob hears %v", got)
	}
}

func TestPartiesMayUseOtherNumbersThanOurs(t *testing.T) {
	b := newBench(t, Config{})
	p, err := b.engine.Open(PortOptions{})
	if err != nil {
		t.Fatal(err)
	}
	bob := &phone{b: b, port: p, at: netip.MustParseAddrPort("192.168.1.20:7078"), ssrc: 9}
	p.Offer()
	answer := strings.NewReplacer("96 8 0 97", "110 96", "96 opus/48000/2", "110 PCMA/8000", "97 telephone", "96 telephone", "fmtp:97", "fmtp:96").Replace(linphone)
	if err := p.Accept([]byte(answer)); err != nil {
		t.Fatal(err)
	}
	p.Hear(&frames{name: "music", b: 0x11})
	p.SendDigit('3', 60*time.Millisecond)
	b.run(300 * time.Millisecond)
	kinds := map[uint8]int{}
	for _, pk := range bob.hears() {
		kinds[pk.PayloadType]++
	}
	if kinds[110] == 0 || kinds[96] != 5 || len(kinds) != 2 {
		t.Errorf("packets by payload type: %v, want A-law under 110 and events under 96", kinds)
	}
	for _, pt := range []uint8{110, 8, 0, 101, 96} { // under its numbers, and under those of our offer
		before := p.measure().PacketsReceived
		bob.put(bob.packet(bob.seq, bob.ts, pt, false, []byte{1, 2, 3, 4}))
		bob.seq++
		if p.measure().PacketsReceived != before+1 {
			t.Errorf("payload type %d is not taken", pt)
		}
	}
}

func TestTheAdvertisedAddressIsChosenForThePeer(t *testing.T) {
	var asked netip.Addr
	b := newBench(t, Config{Advertise: func(remote netip.Addr) netip.Addr {
		asked = remote
		return netip.MustParseAddr("203.0.113.1")
	}})
	p, err := b.engine.Open(PortOptions{Remote: netip.MustParseAddr("198.51.100.9")})
	if err != nil {
		t.Fatal(err)
	}
	if d := described(t, p.Offer()); d.Address != netip.MustParseAddr("203.0.113.1") || asked != netip.MustParseAddr("198.51.100.9") {
		t.Errorf("%v is told %v", asked, d.Address)
	}
}

func TestAStreamThatIsEndedIsHeldUntilItIsBack(t *testing.T) {
	_, p := open(t, PortOptions{Laws: []Law{MuLaw, ALaw}, Offer: []byte(linphone)})
	first := described(t, answered(t, p, linphone))
	ended := strings.Replace(linphone, "audio 7078", "audio 0", 1)
	for range 2 { // a stream that is not there may be ended once more
		if d := described(t, answered(t, p, ended)); d.Port != 0 || len(d.others) != 1 || !p.Held() {
			t.Errorf("port 0 is answered with %+v, held: %v", d, p.Held())
		}
	}
	if d := described(t, p.Offer()); d.Port != first.Port {
		t.Errorf("our own offer has the port %d, not %d", d.Port, first.Port)
	}
	if d := described(t, answered(t, p, linphone)); d.Port != first.Port || p.Held() || d.Direction != SendRecv || len(d.Formats) != 2 {
		t.Errorf("the stream that is back is answered with %+v, held: %v", d, p.Held())
	}
	if err := p.Accept([]byte(ended)); err != nil || !p.Held() {
		t.Errorf("our offer answered with port 0: %v, held: %v", err, p.Held())
	}
	_, fresh := open(t, PortOptions{Laws: []Law{MuLaw}})
	if _, err := fresh.Answer([]byte(ended)); !errors.Is(err, ErrNoCommonCodec) {
		t.Errorf("a call that begins without audio: %v", err)
	}
}

// answered is what p answers to an offer that it takes.
func answered(t *testing.T, p *Port, offer string) []byte {
	t.Helper()
	sdp, err := p.Answer([]byte(offer))
	if err != nil {
		t.Fatal(err)
	}
	return sdp
}
