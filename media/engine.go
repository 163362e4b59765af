package media

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"runtime"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

// Config is what an Engine is made of. The zero value listens on every address with ephemeral ports.
type Config struct {
	// FirstPort and LastPort bound the RTP ports, both included; a port takes an even number and the
	// odd one after it (RFC 3550 §11). Both zero: whatever the kernel gives, for tests.
	FirstPort, LastPort uint16

	// Listen is the address that sockets are bound to; the zero value, as any unspecified address, is every address
	// of the family in which the port's own is advertised.
	Listen netip.Addr

	// Advertise chooses the address written into SDP for a peer, whose signalling address it is given.
	// nil advertises Listen or, when that is every address, the one that the system would send from.
	Advertise func(remote netip.Addr) netip.Addr

	// Loops is how many loops share the ports; 0 is one per core. The second is begun when the first has many.
	Loops int

	// SilenceLimit is how long a party that should be sending may send nothing before its OnSilent is
	// called; 0 is for ever.
	SilenceLimit time.Duration
}

// What Open, Answer and Accept return besides ErrMalformed and ErrNoCommonCodec and what the operating
// system says.
var (
	ErrClosed      = errors.New("closed")
	ErrPortsTaken  = errors.New("no free port")
	ErrUnreachable = errors.New("address that cannot be reached")
)

// An Engine owns RTP ports and the loops that drive them. Its methods may be called from any goroutine.
type Engine struct {
	cfg   Config
	log   *slog.Logger
	net   network
	ports *ports
	loops []*loop
	full  int // ports of one loop before the next is begun

	mu     sync.Mutex           // taken before a port's
	state  state                // guarded by mu
	opened int                  // guarded by mu: ports open
	mixers map[*Mixer]gathering // guarded by mu: who hears each

	books sync.Mutex
	alive map[*Port]struct{} // guarded by books: ports whose sockets are open
}

// state is where an engine is in its one life.
type state uint8

const (
	engineBuilt state = iota
	engineRuns
	engineOver
)

// NewEngine checks cfg and makes an engine; nothing is heard before Run.
func NewEngine(cfg Config, log *slog.Logger) (*Engine, error) { return newEngine(cfg, log, kernel()) }

func newEngine(cfg Config, log *slog.Logger, net network) (*Engine, error) {
	if cfg.Listen = cfg.Listen.Unmap(); cfg.Listen.IsUnspecified() {
		cfg.Listen = netip.Addr{}
	}
	ports, err := newPorts(net, cfg.FirstPort, cfg.LastPort)
	if err != nil {
		return nil, err
	}
	if cfg.Loops <= 0 {
		cfg.Loops = runtime.NumCPU()
	}
	ports.failed = func(err error) { log.Error("media sockets were not closed cleanly", "error", err) }
	e := &Engine{cfg: cfg, log: log, net: net, ports: ports, full: loopFull, mixers: make(map[*Mixer]gathering), alive: make(map[*Port]struct{})}
	for range cfg.Loops {
		l, err := newLoop(e, log)
		if err != nil {
			return nil, errors.Join(err, e.dismantle())
		}
		e.loops = append(e.loops, l)
	}
	return e, nil
}

// Run drives the ports until ctx ends, then closes those still open and gives every socket back.
// It is called once.
//
// A loop with ports keeps its P, in Go's scheduler, while it waits for packets. So that everything else has as
// many as before, GOMAXPROCS is raised by one for each loop that has had ports until Run returns; Go then no longer
// follows changes of the machine's limits by itself.
func (e *Engine) Run(ctx context.Context) error {
	e.mu.Lock()
	if e.state != engineBuilt {
		e.mu.Unlock()
		return fmt.Errorf("media engine: %w", ErrClosed)
	}
	e.state = engineRuns
	addProcs(e.begun())
	e.mu.Unlock()
	defer func() { addProcs(-e.begun()) }() // nothing begins any more
	loops, ctx := errgroup.WithContext(ctx)
	for _, l := range e.loops {
		loops.Go(l.run)
	}
	stop := context.AfterFunc(ctx, func() {
		for _, l := range e.loops {
			l.halt()
		}
	})
	err := loops.Wait()
	stop()
	return errors.Join(err, e.end())
}

// Close gives everything back without Run. After Run it does nothing.
func (e *Engine) Close() error {
	e.mu.Lock()
	built := e.state == engineBuilt
	e.mu.Unlock()
	if !built {
		return nil
	}
	return e.end()
}

// Running reports whether sound is carried.
func (e *Engine) Running() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.state == engineRuns
}

// begun is how many loops have had ports. mu is held while ports may be opened.
func (e *Engine) begun() int {
	n := 0
	for _, l := range e.loops {
		if l.begun {
			n++
		}
	}
	return n
}

// procs serialises changes of GOMAXPROCS.
var procs sync.Mutex

func addProcs(n int) {
	procs.Lock()
	defer procs.Unlock()
	runtime.GOMAXPROCS(runtime.GOMAXPROCS(0) + n)
}

// end closes what is open when the loops have ended: from here on this goroutine is every loop.
func (e *Engine) end() error {
	e.mu.Lock()
	e.state = engineOver
	e.mu.Unlock()
	for _, p := range e.survivors() {
		p.Close()
		p.mu.Lock()
		l := p.at
		p.mu.Unlock()
		if l != nil {
			l.serve(p)
		}
	}
	for _, l := range e.loops {
		l.share()
	}
	e.ports.end()
	return e.dismantle()
}

func (e *Engine) dismantle() error {
	var errs []error
	for _, l := range e.loops {
		errs = append(errs, l.poll.close())
	}
	return errors.Join(errs...)
}

func (e *Engine) survivors() []*Port {
	e.books.Lock()
	defer e.books.Unlock()
	all := make([]*Port, 0, len(e.alive))
	for p := range e.alive {
		all = append(all, p)
	}
	return all
}

// gone is told by a loop that p is closed: it does not watch the sockets any more, or could not end that.
func (e *Engine) gone(p *Port, err error) {
	if err = errors.Join(err, e.ports.release(Now(), p.rtp, p.rtcp, err == nil)); err != nil {
		e.log.Error("media port was not closed cleanly", "port", p.opts.Name, "error", err)
	}
	e.books.Lock()
	defer e.books.Unlock()
	delete(e.alive, p)
}

// Stats counts what the engine has done since it was made.
type Stats struct {
	Ports           int    // open now
	PacketsReceived uint64 // RTP and RTCP, whatever became of them
	PacketsSent     uint64 // RTP and RTCP
	PacketsRejected uint64 // malformed, or from a stranger's address
	Forwarded       uint64 // RTP packets sent on as they arrived
	Pulled          uint64 // frames pulled from sources
	Late            uint64 // turns of 20 ms that were left out because the machine did not keep up
	Lag             Lag    // of the ticks that were not left out
	MostPorts       int    // that the range has room for; 0: the kernel chooses them
}

// Stats returns the counters, at most 20 ms old.
func (e *Engine) Stats() Stats {
	e.mu.Lock()
	s := Stats{Ports: e.opened, MostPorts: e.ports.pairs}
	e.mu.Unlock()
	for _, l := range e.loops {
		s.PacketsReceived += l.shared.received.Load()
		s.PacketsSent += l.shared.sent.Load()
		s.PacketsRejected += l.shared.rejected.Load()
		s.Forwarded += l.shared.forwarded.Load()
		s.Pulled += l.shared.pulled.Load()
		s.Late += l.shared.late.Load()
		s.Lag.add(&l.shared)
	}
	return s
}
