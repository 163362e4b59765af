package media

import (
	"net/netip"
	"time"
)

// A poller tells one loop which of its sockets have something to read. All methods belong to the loop's
// goroutine but wake, which may be called from any.
type poller interface {
	// add begins to watch s; token is what ready says of it.
	add(s socket, token uint32) error

	// remove ends that. Afterwards s may be closed, or added to another poller.
	remove(s socket) error

	// wait returns when a socket is ready, after wake, or when limit has passed; a negative limit is for ever.
	// It may sleep for nap before it looks: packets that come meanwhile are taken together, which costs less.
	wait(nap, limit time.Duration) error

	// ready returns the tokens of the sockets found ready since the last call, each once; one packet of each
	// is to be read, and a socket that has more is ready again. The slice is good until the next wait.
	ready() []uint32

	wake()
	close() error
}

// A socket is one bound UDP socket. No method blocks; they belong to the goroutine of its loop, or of
// whoever has the socket when no loop does.
type socket interface {
	// recv reads one packet; ok is false when there is none.
	recv(b []byte) (n int, from netip.AddrPort, ok bool)

	// aim says where send sends to.
	aim(to netip.AddrPort)

	// send reports whether the packet was taken by the system. One that was not is lost, as on the wire.
	send(b []byte) bool

	// forget throws away what waits to be read, and where send sends to. Nobody watches the socket meanwhile.
	forget()

	local() netip.AddrPort
	close() error
}

// A network makes sockets and pollers that fit each other.
type network interface {
	// bind may be called from any goroutine.
	bind(local netip.AddrPort) (socket, error)
	poller() (poller, error)
}

// trafficClass is the byte that asks the network to hurry: expedited forwarding (RFC 4594 §4.1, DSCP 46).
const trafficClass = 46 << 2
