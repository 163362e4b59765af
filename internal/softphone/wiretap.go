package softphone

import (
	"bytes"
	"net"
	"strconv"
	"strings"
)

// tracedPackets is a UDP socket whose messages are traced, and lost when the trace says so.
type tracedPackets struct {
	net.PacketConn
	trace *trace
	read  *gate // open when sipgo reads: before that it does not know the socket, and would bind another
}

func (c *tracedPackets) ReadFrom(b []byte) (int, net.Addr, error) {
	c.read.open()
	for {
		n, from, err := c.PacketConn.ReadFrom(b)
		if err != nil || !isMessage(b[:n]) || !c.trace.note(false, from.String(), b[:n]) {
			return n, from, err
		}
	}
}

func (c *tracedPackets) WriteTo(b []byte, to net.Addr) (int, error) {
	if isMessage(b) && c.trace.note(true, to.String(), b) {
		return len(b), nil
	}
	return c.PacketConn.WriteTo(b, to)
}

// isMessage tells messages from keep-alives (RFC 5626 §3.5.1).
func isMessage(b []byte) bool { return len(bytes.Trim(b, "\r\n\x00")) > 0 }

// tracedStream is a TCP connection whose messages are traced. What arrives is cut into messages only for
// the trace; the reader gets the bytes as they come.
type tracedStream struct {
	net.Conn
	trace *trace

	pending []byte // read, but not yet a whole message; touched by the one reader
	gone    *gate  // open when it is closed, by whichever side
}

func (c *tracedStream) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if err != nil {
		c.gone.open()
		return n, err
	}
	if c.trace.off {
		return n, nil
	}
	c.pending = append(c.pending, b[:n]...)
	for {
		c.pending = bytes.TrimLeft(c.pending, "\r\n")
		size := messageSize(c.pending)
		if size == 0 {
			return n, nil
		}
		c.trace.note(false, c.RemoteAddr().String(), c.pending[:size])
		c.pending = append(c.pending[:0], c.pending[size:]...)
	}
}

func (c *tracedStream) Write(b []byte) (int, error) {
	if isMessage(b) && c.trace.note(true, c.RemoteAddr().String(), b) {
		return len(b), nil
	}
	return c.Conn.Write(b)
}

func (c *tracedStream) Close() error {
	c.gone.open()
	return c.Conn.Close()
}

// messageSize is the length of the message that b begins with; 0 while it is incomplete (RFC 3261 §18.3).
func messageSize(b []byte) int {
	head := bytes.Index(b, []byte("\r\n\r\n"))
	if head < 0 {
		return 0
	}
	length, err := strconv.Atoi(strings.TrimSpace(Message{Raw: string(b[:head+4])}.Header("Content-Length")))
	if err != nil || length < 0 {
		length = 0
	}
	if head+4+length > len(b) {
		return 0
	}
	return head + 4 + length
}
