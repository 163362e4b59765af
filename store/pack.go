package store

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"io"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/klauspost/compress/s2"
)

// Packed messages are a byte for the version and then, as a block of S2, message by message: a byte of flags, microseconds
// since the message before, both addresses, and the text; numbers are varints, and what has a length is led by it.
const (
	packVersion = 2 // 1 was the same, deflated

	flagReceived = 1 << 0
	flagTCP      = 1 << 1

	mostUnpacked = 4 << 20 // bytes that a row may become
)

// packing is room for messages that are packed: as they are, and in S2.
type packing struct{ plain, dense []byte }

var packings = sync.Pool{New: func() any { return new(packing) }}

// pack writes messages as they are stored.
func pack(messages []Signal) ([]byte, error) {
	room := packings.Get().(*packing)
	defer packings.Put(room)
	b := room.plain[:0]
	last := int64(0)
	for i := range messages {
		m := &messages[i]
		flags := byte(0)
		if m.Received {
			flags |= flagReceived
		}
		if m.Network == "TCP" {
			flags |= flagTCP
		}
		at := m.At.UnixMicro()
		b = binary.AppendVarint(append(b, flags), at-last)
		last = at
		for _, a := range []netip.AddrPort{m.Local, m.Remote} {
			address, err := a.MarshalBinary()
			if err != nil {
				return nil, err
			}
			b = append(binary.AppendUvarint(b, uint64(len(address))), address...)
		}
		b = append(binary.AppendUvarint(b, uint64(len(m.Text))), m.Text...)
	}
	room.plain = b
	room.dense = slices.Grow(room.dense[:0], s2.MaxEncodedLen(len(b)))
	return append([]byte{packVersion}, s2.Encode(room.dense[:cap(room.dense)], b)...), nil
}

// unpack reads what pack has written.
func unpack(packed []byte) ([]Signal, error) {
	b, err := plain(packed)
	if err != nil {
		return nil, err
	}
	var all []Signal
	last := int64(0)
	for len(b) > 0 {
		m := Signal{Received: b[0]&flagReceived != 0, Network: "UDP"}
		if b[0]&flagTCP != 0 {
			m.Network = "TCP"
		}
		after, n := binary.Varint(b[1:])
		if n <= 0 {
			return nil, badlyPacked("no time")
		}
		last += after
		m.At = time.UnixMicro(last).UTC()
		b = b[1+n:]
		for _, a := range []*netip.AddrPort{&m.Local, &m.Remote} {
			var address []byte
			if address, b, err = cut(b); err == nil {
				err = a.UnmarshalBinary(address)
			}
			if err != nil {
				return nil, errors.Join(errPacked, err)
			}
		}
		if m.Text, b, err = cut(b); err != nil {
			return nil, err
		}
		all = append(all, m)
	}
	return all, nil
}

// plain is the messages as they were before they were packed. Those of an earlier hatif are read until they are old enough to
// go.
func plain(packed []byte) (b []byte, err error) {
	switch {
	case len(packed) == 0 || packed[0] != 1 && packed[0] != packVersion:
		return nil, badlyPacked("of another version")
	case packed[0] == 1:
		b, err = io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(packed[1:])), mostUnpacked+1))
	default:
		if n, err := s2.DecodedLen(packed[1:]); err == nil && n > mostUnpacked {
			return nil, badlyPacked("too many")
		}
		b, err = s2.Decode(nil, packed[1:])
	}
	if err != nil {
		return nil, errors.Join(errPacked, err)
	}
	if len(b) > mostUnpacked {
		return nil, badlyPacked("too many")
	}
	return b, nil
}

// cut takes what is led by its length.
func cut(b []byte) (piece, rest []byte, err error) {
	length, n := binary.Uvarint(b)
	if n <= 0 || length > uint64(len(b)-n) {
		return nil, nil, badlyPacked("cut off")
	}
	return b[n : n+int(length)], b[n+int(length):], nil
}
