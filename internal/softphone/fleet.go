package softphone

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// FleetOptions say how many phones share what.
type FleetOptions struct {
	Server    string // host:port of the PBX
	Transport string // "udp" (also when empty) or "tcp"
	BindHost  string // "" is 127.0.0.1
	Sockets   int    // for RTP; 0 is 2
	Deaf      bool   // only the first of them is read: most calls hear nothing, and cost nothing (see Listens)
	// Tick is how finely the calls are spread over the 20 ms of a frame; 0 is 1 ms. Phones have clocks of
	// their own, and finer is more like them: a PBX that is sent many packets at once has less to do for
	// each, and each of them waits longer. Every tick costs the generator a wake-up.
	Tick time.Duration
	Log  *slog.Logger
}

// A Fleet is many phones that share one SIP socket, a few RTP sockets and a handful of goroutines, so that
// the generator of a load costs little beside what it loads. Its calls keep no packets, count by stamps,
// and cannot change their port; its phones keep no SIP trace.
type Fleet struct {
	opts    FleetOptions
	end     *endpoint
	sockets []*fleetSocket
	stop    context.CancelFunc
	wg      sync.WaitGroup
	phones  atomic.Uint32
	lines   atomic.Uint32
	lag     atomic.Int64 // nanoseconds; written by the clock only

	mu    sync.Mutex
	slots [][]*fleetWire // guarded by mu; who sends in each tick of a frame
}

// What arrived is fetched every few ticks of the clock: the kernel knows when it came.
const fetchEvery = 4 * time.Millisecond

// NewFleet binds the sockets and starts the clock. Close it.
func NewFleet(o FleetOptions) (*Fleet, error) {
	if o.Transport == "" {
		o.Transport = "udp"
	}
	if o.BindHost == "" {
		o.BindHost = "127.0.0.1"
	}
	if o.Sockets <= 0 {
		o.Sockets = 2
	}
	if o.Tick <= 0 {
		o.Tick = time.Millisecond
	}
	o.Tick = min(o.Tick, frameLength)
	end, err := openEndpoint(o.Transport, o.BindHost, o.Server, true, o.Log)
	if err != nil {
		return nil, fmt.Errorf("fleet: %w", err)
	}
	ctx, stop := context.WithCancel(context.Background())
	f := &Fleet{opts: o, end: end, stop: stop, slots: make([][]*fleetWire, frameLength/o.Tick)}
	for range o.Sockets {
		s, err := openFleetSocket(o.BindHost)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("fleet: %w", err), f.Close())
		}
		f.sockets = append(f.sockets, s)
	}
	f.wg.Go(func() { f.clock(ctx) })
	return f, nil
}

// Phone adds a phone to the fleet. Server, Transport, BindHost, Keep and Log are the fleet's; there is no RTCP.
func (f *Fleet) Phone(o Options) *Phone {
	o.Server, o.Transport, o.BindHost, o.Log, o.Keep = f.opts.Server, f.opts.Transport, f.opts.BindHost, f.opts.Log, -1
	p := newPhone(o.withDefaults(), f.end, fmt.Sprintf("%s-%d", o.User, f.phones.Add(1)))
	p.fleet = f
	return p
}

// Traffic is what a fleet's RTP sockets did so far.
type Traffic struct {
	Sent, Received uint64
	Strays         uint64 // packets for no call: before a call knew its other side, or after it had ended
	SendFailures   uint64
	Latency        Latency       // one-way, of the stamps
	Requests       uint64        // SIP requests other than INVITE and ACK, the repeated ones once
	Lag            time.Duration // the furthest that the fleet's clock was behind: more than 20 ms is a generator too weak
}

// Traffic adds up all calls, the ended ones too.
func (f *Fleet) Traffic() Traffic {
	t := Traffic{Requests: f.end.requests.Load(), Lag: time.Duration(f.lag.Load())}
	for _, s := range f.sockets {
		t.Sent += s.packets.sent.Load()
		t.Received += s.received.Load()
		t.Strays += s.strays.Load()
		t.SendFailures += s.packets.failed.Load()
		s.latency.mu.Lock()
		t.Latency.Merge(&s.latency.all)
		s.latency.mu.Unlock()
	}
	return t
}

// Close pulls the plug of every phone and returns when all sockets and goroutines are gone.
func (f *Fleet) Close() error {
	f.end.mu.Lock()
	calls := make([]*Call, 0, len(f.end.calls))
	for _, c := range f.end.calls {
		calls = append(calls, c)
	}
	f.end.mu.Unlock()
	for _, c := range calls {
		c.finish(&End{ByUs: true, How: "closed"})
	}
	err := f.end.close()
	f.stop()
	f.wg.Wait()
	for _, s := range f.sockets {
		err = errors.Join(err, s.packets.close())
	}
	return err
}

// attach gives a call a share in the sockets.
func (f *Fleet) attach(a *Audio) {
	n := f.lines.Add(1)
	s := f.sockets[int(n)%len(f.sockets)]
	a.ear.latency = &s.latency
	a.wire = &fleetWire{fleet: f, socket: s, audio: a, slot: int(n) % len(f.slots)}
}

// clock sends for every call once in 20 ms, and fetches what arrived. It owns the sockets.
func (f *Fleet) clock(ctx context.Context) {
	pace, done := newPace()
	defer done()
	tick := frameLength / time.Duration(len(f.slots))
	fetch := max(1, int(fetchEvery/tick))
	next := time.Now()
	for slot := 0; ctx.Err() == nil; slot++ {
		f.send(slot % len(f.slots))
		if slot%fetch == 0 {
			for _, s := range f.sockets[:f.read()] {
				s.packets.receive()
			}
		}
		next = next.Add(tick)
		late := time.Since(next)
		f.lag.Store(max(f.lag.Load(), int64(late)))
		if late > frameLength {
			next = time.Now() // the machine stood still: the phones did too
		}
		pace(time.Until(next))
	}
}

// read is how many of the sockets are read.
func (f *Fleet) read() int {
	if f.opts.Deaf {
		return 1
	}
	return len(f.sockets)
}

// Listens reports whether the call hears what it is sent.
func (f *Fleet) Listens(a *Audio) bool {
	w, shares := a.wire.(*fleetWire)
	return shares && slices.Contains(f.sockets[:f.read()], w.socket)
}

func (f *Fleet) send(slot int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, w := range f.slots[slot] {
		w.audio.talker.tick(w.add)
	}
	for _, s := range f.sockets {
		s.packets.flush()
	}
}

// A fleetWire is one call's share.
type fleetWire struct {
	fleet  *Fleet
	socket *fleetSocket
	audio  *Audio
	slot   int
	remote netip.AddrPort // guarded by fleet.mu; not valid: the call sends nothing yet
}

func (w *fleetWire) local() netip.AddrPort { return w.socket.packets.addr }

func (w *fleetWire) add(packet []byte) { w.socket.packets.add(packet, w.remote) }

func (w *fleetWire) reportAddr() netip.AddrPort { return netip.AddrPort{} }

func (w *fleetWire) meet(remote, _ netip.AddrPort) {
	f := w.fleet
	f.mu.Lock()
	defer f.mu.Unlock()
	if !w.remote.IsValid() {
		f.slots[w.slot] = append(f.slots[w.slot], w)
	}
	w.socket.forget(w.remote, w.audio)
	w.remote = remote
	w.socket.expect(remote, w.audio)
}

func (w *fleetWire) move() error { return errors.New("a call of a fleet cannot change its port") }

func (w *fleetWire) close() error {
	f := w.fleet
	f.mu.Lock()
	defer f.mu.Unlock()
	w.socket.forget(w.remote, w.audio)
	all := f.slots[w.slot]
	for i, other := range all {
		if other == w {
			all[i] = all[len(all)-1]
			all[len(all)-1] = nil
			f.slots[w.slot] = all[:len(all)-1]
			break
		}
	}
	return nil
}

// A fleetSocket is one UDP socket for many calls, which are told apart by where their packets come from: a
// PBX has a port for each leg.
type fleetSocket struct {
	packets          *packetSocket
	received, strays atomic.Uint64
	latency          latencies

	mu    sync.RWMutex
	calls map[netip.AddrPort]*Audio // guarded by mu; by the other side's address
}

func openFleetSocket(host string) (*fleetSocket, error) {
	s := &fleetSocket{calls: make(map[netip.AddrPort]*Audio)}
	p, err := openPackets(hostAddr(host), s.take)
	if err != nil {
		return nil, fmt.Errorf("RTP socket: %w", err)
	}
	s.packets = p
	return s, nil
}

func (s *fleetSocket) expect(remote netip.AddrPort, a *Audio) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls[remote] = a
}

func (s *fleetSocket) forget(remote netip.AddrPort, a *Audio) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.calls[remote] == a { // the PBX may have given the port to another call already
		delete(s.calls, remote)
	}
}

// take is given each packet that arrived.
func (s *fleetSocket) take(b []byte, at time.Time, from netip.AddrPort) {
	s.mu.RLock()
	a := s.calls[from]
	s.mu.RUnlock()
	s.received.Add(1)
	if a == nil {
		s.strays.Add(1)
		return
	}
	a.ear.hear(b, at, from)
}
