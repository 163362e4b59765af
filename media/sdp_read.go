package media

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The reader is our own since the library's refuses whole bodies for what an audio endpoint does not need
// to understand: m=image beside the audio, a line of its own invention, a missing t=, lines out of order.

// maxStreams bounds the m-lines of a body: an answer repeats each of them.
const maxStreams = 16

// ParseDescription reads an SDP body. It is tolerant of line ends, of order and of everything that audio
// does not need; it returns ErrMalformed, with what is wrong, when the body describes nothing or says nothing
// usable about its audio stream, and ErrNoCommonCodec when it has streams but none of audio. It keeps nothing of
// body.
func ParseDescription(body []byte) (Description, error) {
	var r sdpReader
	for line := range strings.FieldsFuncSeq(string(body), func(c rune) bool { return c == '\n' || c == '\r' || c == 0 }) {
		if err := r.line(strings.TrimSpace(line)); err != nil {
			return Description{}, fmt.Errorf("%w: %w: %q", ErrMalformed, err, clip(line))
		}
	}
	d, err := r.description()
	if errors.Is(err, ErrNoCommonCodec) {
		return Description{}, err
	}
	if err != nil {
		return Description{}, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return d, nil
}

// clip shortens what is quoted in an error.
func clip(s string) string { return s[:min(len(s), 60)] }

// sdpReader collects what the lines say: first of the session, then of one stream after another.
type sdpReader struct {
	session sdpStream
	streams []sdpStream
}

// sdpStream is an m= section, or what the session's part says for all of them.
type sdpStream struct {
	media, profile string
	port           uint16
	formats        []string
	maps           map[uint8]string // a=rtpmap: payload type to encoding

	address   netip.Addr
	connected bool // there was a c= line
	rtcpPort  uint16
	rtcpAddr  netip.Addr
	mux       bool

	ptime, maxPTime time.Duration
	direction       Direction
	directed        bool
}

type sdpError string

func (e sdpError) Error() string { return string(e) }

// line takes one line without its end.
func (r *sdpReader) line(line string) error {
	kind, value, found := strings.Cut(line, "=")
	if !found || len(kind) != 1 {
		return nil // no line of SDP; others ignore it, too
	}
	here := &r.session
	if len(r.streams) > 0 {
		here = &r.streams[len(r.streams)-1]
	}
	switch kind[0] {
	case 'v':
		if strings.TrimSpace(value) != "0" {
			return sdpError("unknown version")
		}
	case 'm':
		s, err := parseMedia(value)
		if err != nil {
			return err
		}
		if len(r.streams) == maxStreams {
			return sdpError("too many streams")
		}
		r.streams = append(r.streams, s)
	case 'c':
		return here.connection(value)
	case 'a':
		name, value, _ := strings.Cut(value, ":")
		here.attribute(name, strings.TrimSpace(value))
	}
	return nil
}

// parseMedia reads `audio 49170/2 RTP/AVP 0 8 101`.
func parseMedia(value string) (sdpStream, error) {
	f := strings.Fields(value)
	if len(f) < 3 {
		return sdpStream{}, sdpError("incomplete m= line")
	}
	number, _, _ := strings.Cut(f[1], "/")
	port, err := strconv.ParseUint(number, 10, 16)
	if err != nil {
		return sdpStream{}, sdpError("bad port")
	}
	return sdpStream{media: f[0], port: uint16(port), profile: f[2], formats: f[3:]}, nil
}

// connection reads `IN IP4 192.0.2.7`, with a multicast address's `/ttl` left off.
func (s *sdpStream) connection(value string) error {
	f := strings.Fields(value)
	if len(f) < 3 || f[0] != "IN" {
		return sdpError("bad c= line")
	}
	host, _, _ := strings.Cut(f[2], "/")
	s.connected = true
	// A host name is allowed; we do not resolve it, and the party's first packets will tell.
	if addr, err := netip.ParseAddr(host); err == nil {
		s.address = addr.Unmap().WithZone("")
	}
	if s.address.IsMulticast() {
		return sdpError("multicast is not for telephones")
	}
	return nil
}

// attribute takes what it knows and ignores the rest, also where it is malformed.
func (s *sdpStream) attribute(name, value string) {
	switch strings.ToLower(name) {
	case "rtpmap":
		pt, encoding, _ := strings.Cut(value, " ")
		if n, err := strconv.ParseUint(pt, 10, 7); err == nil {
			if s.maps == nil {
				s.maps = make(map[uint8]string)
			}
			s.maps[uint8(n)] = strings.TrimSpace(encoding)
		}
	case "ptime":
		s.ptime = milliseconds(value)
	case "maxptime":
		s.maxPTime = milliseconds(value)
	case "rtcp": // RFC 3605
		f := strings.Fields(value)
		if len(f) == 0 {
			return
		}
		if n, err := strconv.ParseUint(f[0], 10, 16); err == nil {
			s.rtcpPort = uint16(n)
		}
		if len(f) == 4 {
			if addr, err := netip.ParseAddr(f[3]); err == nil && !addr.IsMulticast() {
				s.rtcpAddr = addr.Unmap().WithZone("")
			}
		}
	case "rtcp-mux":
		s.mux = true
	case "sendrecv":
		s.direction, s.directed = SendRecv, true
	case "sendonly":
		s.direction, s.directed = SendOnly, true
	case "recvonly":
		s.direction, s.directed = RecvOnly, true
	case "inactive":
		s.direction, s.directed = Inactive, true
	}
}

// milliseconds reads a packet length; 0 for what is none. Some write "20.0".
func milliseconds(value string) time.Duration {
	ms, err := strconv.ParseFloat(value, 64)
	if err != nil || !(ms > 0 && ms <= 10000) {
		return 0
	}
	return time.Duration(ms * float64(time.Millisecond))
}

// description makes the streams into one Description: of several audio streams the first that can be used.
func (r *sdpReader) description() (Description, error) {
	chosen := -1
	for i, s := range r.streams {
		if s.media != "audio" {
			continue
		}
		if chosen < 0 || !r.streams[chosen].usable() && s.usable() {
			chosen = i
		}
	}
	if chosen < 0 && len(r.streams) > 0 { // well said, and of no use to us: 488 (RFC 3261 §13.3.1.3)
		return Description{}, fmt.Errorf("%w: no audio stream", ErrNoCommonCodec)
	}
	if chosen < 0 {
		return Description{}, sdpError("no audio stream")
	}
	d, err := r.streams[chosen].describe(&r.session)
	if err != nil {
		return Description{}, err
	}
	d.position = chosen
	for i, s := range r.streams {
		if i == chosen {
			continue
		}
		format := "0"
		if len(s.formats) > 0 {
			format = s.formats[0]
		}
		d.others = append(d.others, section{media: s.media, profile: s.profile, format: format})
	}
	return d, nil
}

// usable reports whether the stream is plain RTP, not refused, and offers a law.
func (s *sdpStream) usable() bool {
	return s.port != 0 && s.plain() && slices.ContainsFunc(s.formats, func(f string) bool {
		_, ok := s.law(f)
		return ok
	})
}

// plain reports whether the stream is RTP without encryption; of feedback (RFC 4585) we make no use.
func (s *sdpStream) plain() bool { return s.profile == "RTP/AVP" || s.profile == "RTP/AVPF" }

// law is the law that a format of the m-line stands for.
func (s *sdpStream) law(format string) (Format, bool) {
	pt, encoding := s.encoding(format)
	switch encoding {
	case "PCMU/8000", "PCMU/8000/1":
		return Format{PayloadType: pt, Law: MuLaw}, true
	case "PCMA/8000", "PCMA/8000/1":
		return Format{PayloadType: pt, Law: ALaw}, true
	}
	return Format{}, false
}

// encoding is what a format's a=rtpmap says, in capitals, or what RFC 3551 says of a number without one.
func (s *sdpStream) encoding(format string) (pt uint8, encoding string) {
	n, err := strconv.ParseUint(format, 10, 7)
	if err != nil {
		return 0, ""
	}
	pt = uint8(n)
	if mapped, ok := s.maps[pt]; ok {
		return pt, strings.ToUpper(mapped)
	}
	switch pt {
	case 0:
		return pt, "PCMU/8000"
	case 8:
		return pt, "PCMA/8000"
	}
	return pt, ""
}

// describe is the stream with the session's defaults.
func (s *sdpStream) describe(session *sdpStream) (Description, error) {
	d := Description{
		Address: s.address, Port: s.port, Mux: s.mux, profile: s.profile,
		PTime: s.ptime, MaxPTime: s.maxPTime, Direction: s.direction,
	}
	if !s.connected {
		if !session.connected && s.port != 0 {
			return Description{}, sdpError("no c= line for the audio")
		}
		d.Address = session.address
	}
	if !s.directed {
		d.Direction = session.direction
	}
	if d.PTime == 0 {
		d.PTime = session.ptime
	}
	if d.MaxPTime == 0 {
		d.MaxPTime = session.maxPTime
	}
	d.RTCP = s.rtcp(d.Address)
	if !s.plain() {
		return d, nil // nothing that we could agree on
	}
	for _, format := range s.formats {
		if f, ok := s.law(format); ok && !slices.ContainsFunc(d.Formats, func(has Format) bool { return has.Law == f.Law }) {
			d.Formats = append(d.Formats, f)
		}
		if pt, encoding := s.encoding(format); d.Event == 0 && pt != 0 &&
			(encoding == "TELEPHONE-EVENT/8000" || encoding == "TELEPHONE-EVENT/8000/1") {
			d.Event = pt
		}
	}
	return d, nil
}

// rtcp is where the stream's RTCP goes: the next port unless it says otherwise (RFC 3605, RFC 5761).
func (s *sdpStream) rtcp(address netip.Addr) netip.AddrPort {
	if s.port == 0 {
		return netip.AddrPort{}
	}
	port := s.port + 1
	switch {
	case s.mux:
		port = s.port
	case s.rtcpPort != 0:
		port = s.rtcpPort
	}
	if s.rtcpAddr.IsValid() {
		address = s.rtcpAddr
	}
	return netip.AddrPortFrom(address, port)
}
