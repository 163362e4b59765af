package store

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"io"
	"net/netip"
	"sync"
	"time"
)

// Packed messages are a byte for the version and then, deflated, message by message: a byte of flags, microseconds since
// the message before, both addresses, and the text; numbers are varints, and what has a length is led by it.
const (
	packVersion = 1

	flagReceived = 1 << 0
	flagTCP      = 1 << 1

	mostUnpacked = 4 << 20 // bytes that a row may become
)

// deflaters are worth keeping: each is half a megabyte.
var deflaters = sync.Pool{New: func() any {
	w, err := flate.NewWriter(nil, flate.BestSpeed)
	if err != nil {
		panic(err) // the level is one of flate's
	}
	return w
}}

// pack writes messages as they are stored.
func pack(messages []Signal) ([]byte, error) {
	var out bytes.Buffer
	out.WriteByte(packVersion)
	w := deflaters.Get().(*flate.Writer)
	defer deflaters.Put(w)
	w.Reset(&out)
	var head []byte
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
		head = binary.AppendVarint(append(head[:0], flags), at-last)
		last = at
		for _, a := range []netip.AddrPort{m.Local, m.Remote} {
			b, err := a.MarshalBinary()
			if err != nil {
				return nil, err
			}
			head = append(binary.AppendUvarint(head, uint64(len(b))), b...)
		}
		head = binary.AppendUvarint(head, uint64(len(m.Text)))
		if _, err := w.Write(head); err != nil {
			return nil, err
		}
		if _, err := w.Write(m.Text); err != nil {
			return nil, err
		}
	}
	err := w.Close()
	return out.Bytes(), err
}

// unpack reads what pack has written.
func unpack(packed []byte) ([]Signal, error) {
	if len(packed) == 0 || packed[0] != packVersion {
		return nil, badlyPacked("of another version")
	}
	b, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(packed[1:])), mostUnpacked+1))
	if err != nil {
		return nil, errors.Join(errPacked, err)
	}
	if len(b) > mostUnpacked {
		return nil, badlyPacked("too many")
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

// cut takes what is led by its length.
func cut(b []byte) (piece, rest []byte, err error) {
	length, n := binary.Uvarint(b)
	if n <= 0 || length > uint64(len(b)-n) {
		return nil, nil, badlyPacked("cut off")
	}
	return b[n : n+int(length)], b[n+int(length):], nil
}
