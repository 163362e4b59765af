package softphone

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"sync"
)

// A door gives sipgo its TCP connections: those that others open to the phone and the one that the phone
// opens to its server, which requests then flow over in both directions, as from behind a NAT (RFC 5923).
type door struct {
	net.Listener // accepts what others open
	trace        *trace

	entering chan entry
	last     chan struct{} // closed when sipgo reads from the connection given last; touched by Accept only

	mu      sync.Mutex
	flow    *tracedStream   // guarded by mu; to the server, nil before the first request
	streams []*tracedStream // guarded by mu; every connection that may still be open
	dialing chan struct{}   // capacity 1: held by whoever opens the flow
}

type entry struct {
	conn  *tracedStream
	ready chan struct{}
}

func newDoor(l net.Listener, t *trace) *door {
	return &door{Listener: l, trace: t, entering: make(chan entry), dialing: make(chan struct{}, 1)}
}

// admit passes on what others open, until the listener is closed. It is a goroutine of its own.
func (d *door) admit(ctx context.Context) {
	for {
		c, err := d.Listener.Accept()
		if err != nil {
			return
		}
		select {
		case d.entering <- entry{conn: d.stream(c), ready: make(chan struct{})}:
		case <-ctx.Done():
			c.Close() //nolint:errcheck // nothing was sent on it
			return
		}
	}
}

// inner is the listener as sipgo sees it.
type inner struct {
	*door
	ctx context.Context
}

// Accept is called by sipgo's one accepting goroutine, which by calling again says that the connection it
// got before is being read and can be written to.
func (i inner) Accept() (net.Conn, error) {
	if i.last != nil {
		close(i.last)
		i.last = nil
	}
	select {
	case e := <-i.entering:
		i.last = e.ready
		return e.conn, nil
	case <-i.ctx.Done():
		return nil, net.ErrClosed
	}
}

// connect returns when a connection to the server is open and known to sipgo; phones of a Fleet share it.
func (d *door) connect(ctx context.Context, server string) error {
	select {
	case d.dialing <- struct{}{}:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	defer func() { <-d.dialing }()
	if d.open() != nil {
		return nil
	}
	c, err := new(net.Dialer).DialContext(ctx, "tcp", server)
	if err != nil {
		return fmt.Errorf("connect to %s: %w", server, err)
	}
	e := entry{conn: d.stream(c), ready: make(chan struct{})}
	select {
	case d.entering <- e:
	case <-ctx.Done():
		c.Close() //nolint:errcheck // nothing was sent on it
		return context.Cause(ctx)
	}
	select {
	case <-e.ready:
	case <-ctx.Done():
		c.Close() //nolint:errcheck // nothing was sent on it
		return context.Cause(ctx)
	}
	d.mu.Lock()
	d.flow = e.conn
	d.mu.Unlock()
	return nil
}

// open is the connection to the server; nil when there is none or it has ended.
func (d *door) open() *tracedStream {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.flow == nil || d.flow.gone.isOpen() {
		return nil
	}
	return d.flow
}

func (d *door) stream(c net.Conn) *tracedStream {
	s := &tracedStream{Conn: c, trace: d.trace, gone: newGate()}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.streams = slices.DeleteFunc(d.streams, func(old *tracedStream) bool { return old.gone.isOpen() })
	d.streams = append(d.streams, s)
	return s
}

// closeAll closes the listener and every connection.
func (d *door) closeAll() error {
	err := d.Listener.Close()
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, s := range d.streams {
		if !s.gone.isOpen() {
			err = errors.Join(err, s.Close())
		}
	}
	return err
}
