package media

import (
	"errors"
	"net/netip"
	"slices"
	"time"
)

// Why a description could not be used. Both are wrapped with what was wrong.
var (
	ErrMalformed     = errors.New("malformed SDP")            // SIP answers it with 400
	ErrNoCommonCodec = errors.New("no audio codec in common") // SIP answers it with 488
)

// A Direction says which way audio flows, seen by whoever wrote the description (RFC 8866 §6.7).
type Direction uint8

const (
	SendRecv Direction = iota
	SendOnly           // the writer speaks and does not listen: it holds the other side
	RecvOnly           // the writer listens only
	Inactive
)

// String is the attribute's name: "sendrecv".
func (d Direction) String() string {
	return [...]string{"sendrecv", "sendonly", "recvonly", "inactive"}[d&3]
}

// Answer is the direction that answers d when the answerer would do both (RFC 3264 §6.1).
func (d Direction) Answer() Direction {
	switch d {
	case SendOnly:
		return RecvOnly
	case RecvOnly:
		return SendOnly
	}
	return d
}

// Sends and Receives say what the writer of the description does.
func (d Direction) Sends() bool    { return d == SendRecv || d == SendOnly }
func (d Direction) Receives() bool { return d == SendRecv || d == RecvOnly }

// A Format is one codec of a description: the payload type that the writer wants to receive it under.
type Format struct {
	PayloadType uint8
	Law         Law
}

// A Description is the one audio stream of an SDP body, ours or theirs (RFC 8866). Other streams and other
// codecs are remembered only as far as an answer must mention them.
type Description struct {
	Address netip.Addr // where the writer wants audio; invalid when it gave a host name, unspecified for old-style hold
	Port    uint16     // 0: the stream is refused

	RTCP netip.AddrPort // where the writer wants RTCP; the port after Port when it does not say
	Mux  bool           // RTP and RTCP share Port (RFC 5761)

	Formats   []Format      // G.711 only, in the writer's order, each law once
	Event     uint8         // payload type of telephone-event at 8000 Hz; 0: none (RFC 4733)
	PTime     time.Duration // audio the writer wants in a packet; 0: it does not say
	MaxPTime  time.Duration // the most it takes; 0: it does not say
	Direction Direction

	profile  string    // "RTP/AVP" or "RTP/AVPF"; "" is RTP/AVP
	position int       // of the audio among the m-lines
	others   []section // the m-lines beside it, in order
}

// section is a stream that is refused: what an answer must repeat of it (RFC 3264 §6).
type section struct {
	media   string
	profile string
	format  string
}

// Held reports whether the writer does not want to hear us: by direction, or by the unspecified address
// of RFC 2543 (RFC 3264 §8.4).
func (d Description) Held() bool {
	return !d.Direction.Receives() || d.unspecified()
}

func (d Description) unspecified() bool { return d.Address.IsValid() && d.Address.IsUnspecified() }

// Offer describes an endpoint of ours that takes audio in laws, in that order, at RTP port port and RTCP at
// the next one. Telephone events are offered under payload type 101.
func Offer(address netip.Addr, port uint16, laws []Law) Description {
	d := Description{
		Address: address, Port: port, RTCP: netip.AddrPortFrom(address, port+1),
		Event: eventPayloadType, PTime: FrameDuration,
	}
	for _, law := range laws {
		if !slices.ContainsFunc(d.Formats, func(f Format) bool { return f.Law == law }) {
			d.Formats = append(d.Formats, Format{PayloadType: staticPayloadType(law), Law: law})
		}
	}
	return d
}

const eventPayloadType = 101 // what everybody uses for telephone-event

// staticPayloadType is the law's number in RFC 3551, table 4.
func staticPayloadType(law Law) uint8 {
	if law == ALaw {
		return 8
	}
	return 0
}

// An Agreement is what two descriptions have in common, seen from our side.
type Agreement struct {
	Formats   []Format      // both sides take these, in our order; the payload types are theirs
	Event     uint8         // their payload type for telephone-event; 0: keys go in-band or by SIP INFO
	PTime     time.Duration // audio in our packets: 20 ms, or less when they take no more
	Direction Direction     // ours, answering theirs; SendRecv when they would do both
	Mux       bool          // they offer RTP and RTCP on one port
}

// Law is the one to send: the first agreed.
func (a Agreement) Law() Law { return a.Formats[0].Law }

// Negotiate compares what they wrote, an offer or an answer, with the laws that we take, in our order of
// preference. It returns ErrNoCommonCodec when they refused the stream or share no law with us.
func Negotiate(theirs Description, ours []Law) (Agreement, error) {
	a := Agreement{
		Event: theirs.Event, Mux: theirs.Mux, PTime: FrameDuration,
		Direction: theirs.Direction.Answer(),
	}
	if theirs.unspecified() && a.Direction.Sends() {
		// They take nothing at that address; the old style of hold says no more.
		a.Direction = RecvOnly
		if !theirs.Direction.Sends() {
			a.Direction = Inactive
		}
	}
	if most := theirs.MaxPTime; most > 0 && most < a.PTime {
		a.PTime = most
	}
	if theirs.Port == 0 {
		return Agreement{}, ErrNoCommonCodec
	}
	for _, law := range ours {
		for _, f := range theirs.Formats {
			if f.Law == law && !slices.Contains(a.Formats, f) {
				a.Formats = append(a.Formats, f)
			}
		}
	}
	if len(a.Formats) == 0 {
		return Agreement{}, ErrNoCommonCodec
	}
	return a, nil
}

// Answer describes our endpoint in answer to offer: the agreed formats under the offer's payload types, and
// the offer's other streams refused in their places (RFC 3264 §6).
func (a Agreement) Answer(offer Description, address netip.Addr, port uint16) Description {
	return Description{
		Address: address, Port: port, RTCP: netip.AddrPortFrom(address, port+1), Mux: a.Mux,
		Formats: a.Formats, Event: a.Event, PTime: FrameDuration, Direction: a.Direction,
		profile: offer.profile, position: offer.position, others: offer.others,
	}
}
