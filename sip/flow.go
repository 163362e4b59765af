package sip

import (
	"errors"
	"net/netip"
)

// A flow is one of our sockets and one far address: where a message came from, or goes (the word is RFC 5626's).
// It is a value; the zero flow goes nowhere.
type flow struct {
	wire   wire
	remote netip.AddrPort
}

// A wire is a socket: a UDP socket that reaches everybody, or a TCP connection that reaches one.
type wire interface {
	// send writes one message. It does not keep b. On a connection it gives up after writeTimeout.
	send(b []byte, to netip.AddrPort) error
	network() string       // "UDP" or "TCP"
	local() netip.AddrPort // the port is the one that others reach us at; the address may be unspecified
	alive() bool
}

var errNoFlow = errors.New("no socket for this address")

func (f flow) valid() bool { return f.wire != nil }

// reliable reports whether the transport delivers by itself, so that nothing is retransmitted (RFC 3261 §17).
func (f flow) reliable() bool { return f.wire.network() == "TCP" }

func (f flow) send(b []byte) error {
	if f.wire == nil {
		return errNoFlow
	}
	return f.wire.send(b, f.remote)
}
