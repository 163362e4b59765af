package media

import (
	"math/rand/v2"
	"net/netip"
	"strconv"

	"github.com/pion/sdp/v3"
)

// A Session numbers the descriptions of one port (the o= line, RFC 8866 §5.2): one identity for the port's
// life, and a version that grows by one whenever the description has changed (RFC 3264 §8).
// It belongs to one goroutine at a time.
type Session struct {
	id      uint64
	version uint64
	last    string // the description of that version, without its o= line
}

// NewSession begins a session with an identity of its own.
func NewSession() *Session {
	// Thirty-one bits: some phones read the numbers into a signed word.
	return &Session{id: uint64(rand.Uint32N(1<<31-1)) + 1}
}

// Marshal writes d as an SDP body.
func (s *Session) Marshal(d Description) []byte {
	desc := d.session()
	if body := marshal(desc); body != s.last {
		s.version, s.last = s.version+1, body
	}
	desc.Origin.SessionID, desc.Origin.SessionVersion = s.id, s.version
	return []byte(marshal(desc))
}

// Marshal writes d as an SDP body of a session of its own, version 1. A port that will write more than one
// body keeps a Session instead.
func (d Description) Marshal() []byte { return NewSession().Marshal(d) }

// marshal writes what we have built ourselves; the library fails on nothing of it.
func marshal(desc *sdp.SessionDescription) string {
	b, err := desc.Marshal()
	if err != nil {
		panic("media: SDP of ours cannot be written: " + err.Error())
	}
	return string(b)
}

// session is d in the library's form.
func (d Description) session() *sdp.SessionDescription {
	address, family := d.Address, "IP4"
	if !address.IsValid() {
		address = netip.IPv4Unspecified()
	}
	if address = address.Unmap(); address.Is6() {
		family = "IP6"
	}
	text := address.WithZone("").String()
	desc := &sdp.SessionDescription{
		Origin:                sdp.Origin{Username: "-", NetworkType: "IN", AddressType: family, UnicastAddress: text},
		SessionName:           "-",
		ConnectionInformation: &sdp.ConnectionInformation{NetworkType: "IN", AddressType: family, Address: &sdp.Address{Address: text}},
		TimeDescriptions:      []sdp.TimeDescription{{}},
	}
	for i := 0; i <= len(d.others); i++ {
		switch {
		case i == d.position:
			desc.MediaDescriptions = append(desc.MediaDescriptions, d.audio(address))
		case i < d.position:
			desc.MediaDescriptions = append(desc.MediaDescriptions, d.others[i].refused())
		default:
			desc.MediaDescriptions = append(desc.MediaDescriptions, d.others[i-1].refused())
		}
	}
	return desc
}

// audio is the m= section of the audio stream.
func (d Description) audio(address netip.Addr) *sdp.MediaDescription {
	m := &sdp.MediaDescription{MediaName: sdp.MediaName{
		Media: "audio", Port: sdp.RangedPort{Value: int(d.Port)}, Protos: []string{orAVP(d.profile)},
	}}
	for _, f := range d.Formats {
		pt := strconv.Itoa(int(f.PayloadType))
		m.MediaName.Formats = append(m.MediaName.Formats, pt)
		m.WithValueAttribute("rtpmap", pt+" "+f.Law.String()+"/8000")
	}
	if d.Event != 0 {
		pt := strconv.Itoa(int(d.Event))
		m.MediaName.Formats = append(m.MediaName.Formats, pt)
		m.WithValueAttribute("rtpmap", pt+" telephone-event/8000")
		m.WithValueAttribute("fmtp", pt+" 0-15")
	}
	if len(m.MediaName.Formats) == 0 {
		m.MediaName.Formats = []string{"0"} // an m-line names at least one format
	}
	if d.PTime > 0 {
		m.WithValueAttribute("ptime", strconv.FormatInt(d.PTime.Milliseconds(), 10))
	}
	if d.MaxPTime > 0 {
		m.WithValueAttribute("maxptime", strconv.FormatInt(d.MaxPTime.Milliseconds(), 10))
	}
	switch rtcp := d.RTCP; {
	case d.Port == 0 || !rtcp.IsValid() || rtcp.Port() == 0:
	case rtcp.Addr().Unmap() != address:
		family := "IP4"
		if rtcp.Addr().Unmap().Is6() {
			family = "IP6"
		}
		m.WithValueAttribute("rtcp", strconv.Itoa(int(rtcp.Port()))+" IN "+family+" "+rtcp.Addr().Unmap().WithZone("").String())
	case rtcp.Port() != d.Port+1:
		m.WithValueAttribute("rtcp", strconv.Itoa(int(rtcp.Port()))) // RFC 3605
	}
	if d.Mux {
		m.WithPropertyAttribute("rtcp-mux")
	}
	return m.WithPropertyAttribute(d.Direction.String())
}

// refused is the m= section that refuses a stream: port 0, nothing else (RFC 3264 §6).
func (s section) refused() *sdp.MediaDescription {
	return &sdp.MediaDescription{MediaName: sdp.MediaName{
		Media: s.media, Protos: []string{s.profile}, Formats: []string{s.format},
	}}
}

func orAVP(profile string) string {
	if profile == "" {
		return "RTP/AVP"
	}
	return profile
}
