package web

import (
	"encoding/binary"
	"net/netip"

	"hatif/store"
)

// A capture file in the classic format of pcap (draft-ietf-opsawg-pcap): a header, and before each packet its time and
// length. Its packets are raw IP: every message is a UDP datagram of its own, also where it came over TCP, since how a
// stream was cut into segments is not known.
const (
	pcapMagic  = 0xa1b2c3d4 // microseconds
	pcapLink   = 101        // LINKTYPE_RAW: an IPv4 or IPv6 header comes first
	pcapLength = 65535      // of a packet, at most
	udpNumber  = 17
	udpLength  = 8
	ipv4Length = 20
	ipv6Length = 40
	ipHops     = 64
)

// capture is a file with messages.
func capture(messages []store.Signal) []byte {
	order := binary.BigEndian
	b := order.AppendUint32(nil, pcapMagic)
	b = order.AppendUint16(order.AppendUint16(b, 2), 4) // version 2.4
	b = order.AppendUint64(b, 0)                        // UTC, and no accuracy that is known
	b = order.AppendUint32(order.AppendUint32(b, pcapLength), pcapLink)
	for _, m := range messages {
		from, to := m.Local, m.Remote
		if m.Received {
			from, to = to, from
		}
		packet := datagram(from, to, m.Text)
		b = order.AppendUint32(b, uint32(m.At.Unix()))
		b = order.AppendUint32(b, uint32(m.At.Nanosecond()/1000))
		b = order.AppendUint32(order.AppendUint32(b, uint32(len(packet))), uint32(len(packet)))
		b = append(b, packet...)
	}
	return b
}

// datagram is text in a UDP datagram, from address to address. Where the two are not of one family, both are IPv6
// (RFC 4291 §2.5.5.2).
func datagram(from, to netip.AddrPort, text []byte) []byte {
	a, z := from.Addr().Unmap().WithZone(""), to.Addr().Unmap().WithZone("")
	four := a.Is4() && z.Is4()
	head := ipv4Length
	if !four {
		head = ipv6Length
	}
	text = text[:min(len(text), pcapLength-head-udpLength)]
	length := udpLength + len(text)

	order := binary.BigEndian
	udp := order.AppendUint16(make([]byte, 0, length), from.Port())
	udp = order.AppendUint16(udp, to.Port())
	udp = order.AppendUint16(udp, uint16(length))
	udp = append(order.AppendUint16(udp, 0), text...)
	var pseudo []byte // RFC 768, RFC 8200 §8.1
	var ip []byte
	if four {
		pseudo = append(append(pseudo, a.AsSlice()...), z.AsSlice()...)
		pseudo = order.AppendUint16(append(pseudo, 0, udpNumber), uint16(length))
		ip = order.AppendUint16([]byte{0x45, 0}, uint16(ipv4Length+length))
		ip = append(ip, 0, 0, 0x40, 0, ipHops, udpNumber, 0, 0)
		ip = append(append(ip, a.AsSlice()...), z.AsSlice()...)
		order.PutUint16(ip[10:], checksum(ip))
	} else {
		x, y := a.As16(), z.As16()
		pseudo = append(append(pseudo, x[:]...), y[:]...)
		pseudo = append(order.AppendUint32(pseudo, uint32(length)), 0, 0, 0, udpNumber)
		ip = order.AppendUint16([]byte{0x60, 0, 0, 0}, uint16(length))
		ip = append(ip, udpNumber, ipHops)
		ip = append(append(ip, x[:]...), y[:]...)
	}
	sum := checksum(append(pseudo, udp...))
	if sum == 0 {
		sum = 0xffff // 0 would be none
	}
	order.PutUint16(udp[6:], sum)
	return append(ip, udp...)
}

// checksum is the Internet's (RFC 1071).
func checksum(b []byte) uint16 {
	var sum uint32
	for ; len(b) > 1; b = b[2:] {
		sum += uint32(binary.BigEndian.Uint16(b))
	}
	if len(b) == 1 {
		sum += uint32(b[0]) << 8
	}
	for sum>>16 != 0 {
		sum = sum&0xffff + sum>>16
	}
	return ^uint16(sum)
}
