package softphone

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/pion/sdp/v3"
)

// A Direction is which way the sound of a call may flow, as the describing side sees it (RFC 3264 §5.1).
type Direction string

const (
	SendRecv Direction = "sendrecv"
	SendOnly Direction = "sendonly" // hold
	RecvOnly Direction = "recvonly"
	Inactive Direction = "inactive"
)

func (d Direction) sends() bool    { return d == SendRecv || d == SendOnly }
func (d Direction) receives() bool { return d == SendRecv || d == RecvOnly }

// direction is made of its two halves.
func direction(sends, receives bool) Direction {
	switch {
	case sends && receives:
		return SendRecv
	case sends:
		return SendOnly
	case receives:
		return RecvOnly
	default:
		return Inactive
	}
}

// A Description is a session description of one audio stream, as far as a phone cares.
type Description struct {
	Addr      netip.AddrPort // where RTP is taken; port 0: the stream is refused
	RTCP      netip.AddrPort // not valid: the port above
	Codecs    []Codec        // in order of preference
	Event     uint8          // payload type of telephone-event; 0: none
	Direction Direction
	Mux       bool   // RTP and RTCP share the port (RFC 5761)
	Version   uint64 // of the session, grows with each change
	ID        uint64
}

// eventPayload is the payload type that the phone gives to telephone-event in its offers.
const eventPayload = 101

func (d Description) marshal() string {
	var b strings.Builder
	family := "IP4"
	if d.Addr.Addr().Is6() {
		family = "IP6"
	}
	fmt.Fprintf(&b, "v=0\r\no=- %d %d IN %s %s\r\ns=-\r\nc=IN %s %s\r\nt=0 0\r\nm=audio %d RTP/AVP",
		d.ID, d.Version, family, d.Addr.Addr(), family, d.Addr.Addr(), d.Addr.Port())
	for _, c := range d.Codecs {
		fmt.Fprintf(&b, " %d", c)
	}
	if d.Event != 0 {
		fmt.Fprintf(&b, " %d", d.Event)
	}
	b.WriteString("\r\n")
	for _, c := range d.Codecs {
		fmt.Fprintf(&b, "a=rtpmap:%d %s/8000\r\n", c, c)
	}
	if d.Event != 0 {
		fmt.Fprintf(&b, "a=rtpmap:%d telephone-event/8000\r\na=fmtp:%d 0-15\r\n", d.Event, d.Event)
	}
	if d.RTCP.IsValid() {
		fmt.Fprintf(&b, "a=rtcp:%d\r\n", d.RTCP.Port()) // RFC 3605
	}
	if d.Mux {
		b.WriteString("a=rtcp-mux\r\n")
	}
	fmt.Fprintf(&b, "a=ptime:20\r\na=%s\r\n", d.Direction)
	return b.String()
}

// ParseDescription reads the first audio stream of a session description.
func ParseDescription(body []byte) (Description, error) {
	var s sdp.SessionDescription
	if err := s.Unmarshal(body); err != nil {
		return Description{}, fmt.Errorf("session description: %w", err)
	}
	i := slices.IndexFunc(s.MediaDescriptions, func(m *sdp.MediaDescription) bool { return m.MediaName.Media == "audio" })
	if i < 0 {
		return Description{}, fmt.Errorf("session description without audio")
	}
	m := s.MediaDescriptions[i]
	d := Description{ID: s.Origin.SessionID, Version: s.Origin.SessionVersion, Direction: SendRecv}
	addr, err := connection(&s, m)
	if err != nil {
		return Description{}, err
	}
	d.Addr = netip.AddrPortFrom(addr, uint16(m.MediaName.Port.Value))
	for _, attr := range append(slices.Clone(s.Attributes), m.Attributes...) {
		d.attribute(attr, addr)
	}
	for _, format := range m.MediaName.Formats {
		if pt, err := strconv.ParseUint(format, 10, 7); err == nil && (pt == uint64(PCMU) || pt == uint64(PCMA)) {
			d.Codecs = append(d.Codecs, Codec(pt))
		}
	}
	return d, nil
}

func connection(s *sdp.SessionDescription, m *sdp.MediaDescription) (netip.Addr, error) {
	c := m.ConnectionInformation
	if c == nil {
		c = s.ConnectionInformation
	}
	if c == nil || c.Address == nil {
		return netip.Addr{}, fmt.Errorf("session description without an address")
	}
	addr, err := netip.ParseAddr(c.Address.Address)
	if err != nil {
		return netip.Addr{}, fmt.Errorf("session description: %w", err)
	}
	return addr, nil
}

func (d *Description) attribute(a sdp.Attribute, addr netip.Addr) {
	switch a.Key {
	case "sendrecv", "sendonly", "recvonly", "inactive":
		d.Direction = Direction(a.Key)
	case "rtpmap":
		pt, name, _ := strings.Cut(a.Value, " ")
		if n, err := strconv.ParseUint(pt, 10, 7); err == nil && strings.EqualFold(name, "telephone-event/8000") {
			d.Event = uint8(n)
		}
	case "rtcp":
		port, _, _ := strings.Cut(a.Value, " ")
		if n, err := strconv.ParseUint(port, 10, 16); err == nil {
			d.RTCP = netip.AddrPortFrom(addr, uint16(n))
		}
	}
}

// held reports whether the describing side has put us on hold, in any of the three styles.
func (d Description) held() bool {
	return !d.Direction.receives() || d.Addr.Addr().IsUnspecified()
}

// common are the codecs of theirs that are ours too, in their order.
func common(theirs, ours []Codec) []Codec {
	var both []Codec
	for _, c := range theirs {
		if slices.Contains(ours, c) {
			both = append(both, c)
		}
	}
	return both
}
