package media

import "encoding/binary"

const (
	rtpHeader  = 12   // bytes of the fixed header (RFC 3550 §5.1)
	rtpLargest = 2048 // bytes of the longest packet read; no telephone sends one
	payloadTop = 1600 // samples of the longest audio packet taken: 200 ms

	comfortNoise = 13 // payload type (RFC 3389); it says that the party is silent, and we let it be so
)

// packet is one RTP packet as it was read. The payload is part of the loop's buffer and has at least
// rtpHeader bytes before it, where the header of the forwarded packet is written.
type packet struct {
	marker    bool
	kind      payloadKind
	seq       uint16
	timestamp uint32
	ssrc      uint32
	buf       []byte // the whole packet
	start     int    // of the payload in buf
	end       int
}

func (k *packet) payload() []byte { return k.buf[k.start:k.end] }

// payloadKind is what a payload type stands for on one port.
type payloadKind uint8

const (
	kindUnknown payloadKind = iota
	kindMuLaw
	kindALaw
	kindEvent
	kindComfort
)

func kindOf(law Law) payloadKind { return kindMuLaw + payloadKind(law) }

func (k payloadKind) audio() bool { return k == kindMuLaw || k == kindALaw }

func (k payloadKind) law() Law { return Law(k - kindMuLaw) }

// parseRTP reads the header of b into k, skipping contributors, the extension and the padding
// (RFC 3550 §5.1, §5.3.1). It reports whether b is an RTP packet with a payload.
func parseRTP(b []byte, k *packet) bool {
	if len(b) <= rtpHeader || b[0]>>6 != 2 {
		return false
	}
	start, end := rtpHeader+4*int(b[0]&0x0F), len(b)
	if b[0]&0x10 != 0 {
		if start+4 > end {
			return false
		}
		start += 4 + 4*int(binary.BigEndian.Uint16(b[start+2:]))
	}
	if b[0]&0x20 != 0 {
		pad := int(b[end-1])
		if pad == 0 {
			return false
		}
		end -= pad
	}
	if start >= end {
		return false
	}
	k.marker = b[1]&0x80 != 0
	k.seq = binary.BigEndian.Uint16(b[2:])
	k.timestamp = binary.BigEndian.Uint32(b[4:])
	k.ssrc = binary.BigEndian.Uint32(b[8:])
	k.buf, k.start, k.end = b, start, end
	return true
}

// isRTCP tells RTCP from RTP on a port that they share (RFC 5761 §4).
func isRTCP(b []byte) bool { return len(b) > 1 && b[1] >= 192 && b[1] <= 223 }

// writeRTP writes the fixed header into b.
func writeRTP(b []byte, payloadType uint8, marker bool, seq uint16, timestamp, ssrc uint32) {
	_ = b[rtpHeader-1]
	b[0], b[1] = 0x80, payloadType
	if marker {
		b[1] |= 0x80
	}
	binary.BigEndian.PutUint16(b[2:], seq)
	binary.BigEndian.PutUint32(b[4:], timestamp)
	binary.BigEndian.PutUint32(b[8:], ssrc)
}
