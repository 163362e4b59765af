package media

import (
	"log/slog"
	"math/bits"
	"sync"
	"sync/atomic"
	"time"
)

const (
	wheelSlots = 20         // ports that must be pulled are spread over twenty milliseconds
	wheelStep  = int64(1e6) // nanoseconds from slot to slot
	wheelTurn  = wheelSlots * wheelStep
	wheelFull  = 8                          // ports in a slot before another one is opened: a wake-up serves several
	wheelLate  = 5 * wheelTurn              // behind by more than this, ticks are left out rather than made up for
	careTurns  = 5                          // every port's slow business is looked at each so many turns: 100 ms
	napLength  = 400_000                    // nanoseconds in which packets are collected when there are many
	napWorth   = int(wheelTurn / napLength) // packets in a turn from which on that pays: one in a nap
)

// loop is one clock with its share of the ports. What is not guarded belongs to the goroutine in run.
//
// A turn is: wait for packets or the next tick; forward what came; pull what is due. Changes come from other
// goroutines as commands in a port's inbox, and post tells the loop to look there.
type loop struct {
	engine *Engine
	log    *slog.Logger
	poll   poller

	mu     sync.Mutex
	posted []*Port     // guarded by mu: ports whose inbox has something
	spare  []*Port     // guarded by mu: the list before, to be used again
	news   atomic.Bool // posted is not empty
	stop   atomic.Bool
	wanted int  // guarded by engine.mu: ports that are here or on their way
	begun  bool // guarded by engine.mu: it has had ports

	now   int64
	local map[*Port]struct{} // the ports driven here
	loose map[*Port]struct{} // those of them that hear a voice which is on its way here
	ports []*Port            // by place; nil: free
	free  []int              // places

	wheel [wheelSlots][]*Port
	used  uint32 // bit i: wheel[i] is not empty
	next  int64  // when the next slot is due
	slot  int    // which one it is
	turn  int    // counts the wheel's turns modulo careTurns

	lastWait int64
	burst    int  // packets since the turn began
	busy     bool // so many that naps pay

	count   counts
	packet  packet
	piece   TapPacket
	frame   Frame
	buf     [rtpLargest]byte
	out     [rtpLargest]byte
	samples [rtpLargest]int16
	shared  sharedCounts
}

// counts are a loop's share of Stats; shared is a copy that others may read, at most one turn old.
type counts struct {
	received, sent, rejected, forwarded, pulled, late uint64

	ticks  uint64                 // slots that had something to do
	lag    int64                  // nanoseconds that they came too late, all together
	behind [len(LagBounds)]uint64 // by LagBounds
}

type sharedCounts struct {
	received, sent, rejected, forwarded, pulled, late, ticks atomic.Uint64

	lag    atomic.Int64
	behind [len(LagBounds)]atomic.Uint64
}

func newLoop(e *Engine, log *slog.Logger) (*loop, error) {
	poll, err := e.net.poller()
	if err != nil {
		return nil, err
	}
	return &loop{engine: e, log: log, poll: poll, local: make(map[*Port]struct{}), loose: make(map[*Port]struct{})}, nil
}

// post asks the loop to look into p's inbox. Any goroutine may call it.
func (l *loop) post(p *Port) {
	l.mu.Lock()
	l.posted = append(l.posted, p)
	first := len(l.posted) == 1
	l.news.Store(true)
	l.mu.Unlock()
	if first {
		l.poll.wake()
	}
}

// halt makes run return soon. Any goroutine may call it.
func (l *loop) halt() {
	l.stop.Store(true)
	l.poll.wake()
}

// run drives the ports until halt.
func (l *loop) run() error {
	for !l.stop.Load() {
		nap, limit := l.rest(Now())
		if err := l.poll.wait(nap, limit); err != nil {
			return err
		}
		l.step(Now())
	}
	return nil
}

// rest says how long there is nothing to do, and for how long of it packets should be left to gather.
func (l *loop) rest(now int64) (nap, limit time.Duration) {
	if len(l.local) == 0 {
		return 0, -1
	}
	limit = time.Duration(max(0, l.due()-now))
	if l.busy && !l.news.Load() {
		nap = max(0, min(time.Duration(l.lastWait+napLength-now), limit))
		limit -= nap
	}
	return nap, limit
}

// due is when the next tick is that has something to do: the next slot in use, or the end of the turn, when
// slow business is looked after.
func (l *loop) due() int64 {
	slots := wheelSlots - 1 - l.slot
	if ahead := l.used >> l.slot; ahead != 0 {
		slots = min(slots, bits.TrailingZeros32(ahead))
	}
	return l.next + int64(slots)*wheelStep
}

// step does everything that is to be done at now: commands, the packets that wait, the ticks that are due.
func (l *loop) step(now int64) {
	l.now, l.lastWait = now, now
	tokens := l.poll.ready()
	if l.news.Load() {
		l.visit()
	}
	for _, token := range tokens {
		l.receive(token)
	}
	l.burst += len(tokens)
	l.tick(now)
}

// receive takes one packet from the socket that token stands for.
func (l *loop) receive(token uint32) {
	p := l.ports[token/2]
	if p == nil {
		return
	}
	defer l.contain(p)
	s := p.rtp
	if token%2 == 1 {
		s = p.rtcp
	}
	if s == nil { // given back since the poller saw it
		return
	}
	n, from, ok := s.recv(l.buf[:])
	if !ok {
		return
	}
	l.count.received++
	if b := l.buf[:n]; token%2 == 1 || isRTCP(b) {
		p.takeRTCP(l, from, b)
	} else {
		p.take(l, from, b)
	}
}
