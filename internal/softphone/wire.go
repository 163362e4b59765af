package softphone

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"time"
)

// A wire carries one call's RTP: a socket of its own, or a share in a Fleet's.
type wire interface {
	local() netip.AddrPort
	// reportAddr is where RTCP is taken; not valid: nowhere.
	reportAddr() netip.AddrPort
	// meet says where the other side takes RTP and RTCP, once that is known; packets flow from then on.
	meet(remote, reports netip.AddrPort)
	// move changes to another port without a word to the other side.
	move() error
	close() error
}

// ownWire is two sockets, their readers and a ticker for one call.
type ownWire struct {
	host    string
	audio   *Audio
	reports *reports // nil: no RTCP
	stop    context.CancelFunc
	wg      sync.WaitGroup

	mu     sync.Mutex
	socket *net.UDPConn   // guarded by mu
	remote netip.AddrPort // guarded by mu; not valid: nowhere to send to yet
}

// openOwnWire opens the sockets; without a time between reports there is no RTCP.
func openOwnWire(host string, a *Audio, every time.Duration) (*ownWire, error) {
	ctx, stop := context.WithCancel(context.Background())
	w := &ownWire{host: host, audio: a, stop: stop}
	if err := w.move(); err != nil {
		stop()
		return nil, err
	}
	if every > 0 {
		r, err := openReports(host, a, every)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("RTCP socket: %w", err), w.close())
		}
		w.reports = r
		w.wg.Go(r.read)
	}
	w.wg.Go(func() { w.tick(ctx) })
	return w, nil
}

func (w *ownWire) local() netip.AddrPort {
	w.mu.Lock()
	defer w.mu.Unlock()
	return udpAddr(w.socket)
}

func udpAddr(c *net.UDPConn) netip.AddrPort {
	a := c.LocalAddr().(*net.UDPAddr).AddrPort()
	return netip.AddrPortFrom(a.Addr().Unmap(), a.Port())
}

func (w *ownWire) reportAddr() netip.AddrPort {
	if w.reports == nil {
		return netip.AddrPort{}
	}
	return udpAddr(w.reports.socket)
}

func (w *ownWire) meet(remote, reports netip.AddrPort) {
	w.mu.Lock()
	w.remote = remote
	w.mu.Unlock()
	if w.reports != nil {
		w.reports.meet(reports)
	}
}

// move opens the socket, or another one in its place.
func (w *ownWire) move() error {
	c, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(hostAddr(w.host), 0)))
	if err != nil {
		return fmt.Errorf("RTP socket: %w", err)
	}
	w.mu.Lock()
	old := w.socket
	w.socket = c
	w.mu.Unlock()
	w.wg.Go(func() { w.read(c) })
	if old != nil {
		return old.Close()
	}
	return nil
}

func hostAddr(host string) netip.Addr {
	if a, err := netip.ParseAddr(host); err == nil {
		return a
	}
	return netip.AddrFrom4([4]byte{127, 0, 0, 1})
}

func (w *ownWire) read(c *net.UDPConn) {
	buf := make([]byte, 2048)
	for {
		n, from, err := c.ReadFromUDPAddrPort(buf)
		switch {
		case errors.Is(err, net.ErrClosed):
			return
		case err != nil:
			continue // an ICMP error of an earlier packet: the other side is not there yet, or no more
		}
		w.audio.ear.hear(buf[:n], time.Now(), netip.AddrPortFrom(from.Addr().Unmap(), from.Port()))
	}
}

// tick sends a packet every 20 ms, by the clock and not by the pauses, so that nothing drifts.
func (w *ownWire) tick(ctx context.Context) {
	t := time.NewTicker(frameLength)
	defer t.Stop()
	var report <-chan time.Time
	if w.reports != nil {
		r := time.NewTicker(w.reports.every)
		defer r.Stop()
		report = r.C
	}
	begin, ticks := time.Now(), 0
	for {
		select {
		case <-t.C:
		case <-report:
			w.reports.send()
			continue
		case <-ctx.Done():
			return
		}
		due := int(time.Since(begin) / frameLength)
		if due-ticks > 50 { // the machine stood still: do not send a second of sound at once
			ticks = due - 1
		}
		for ; ticks < due; ticks++ {
			w.audio.talker.tick(w.send)
		}
	}
}

// send is best effort as UDP is: what cannot be sent is lost, and the far side's counters tell.
func (w *ownWire) send(packet []byte) {
	w.mu.Lock()
	c, remote := w.socket, w.remote
	w.mu.Unlock()
	if remote.IsValid() {
		_, _ = c.WriteToUDPAddrPort(packet, remote) //nolint:errcheck // best effort, as said above
	}
}

func (w *ownWire) close() error {
	w.stop()
	w.mu.Lock()
	err := w.socket.Close()
	w.mu.Unlock()
	if w.reports != nil {
		err = errors.Join(err, w.reports.socket.Close())
	}
	w.wg.Wait()
	return err
}
