package media

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/pion/rtp"
)

// networks are those that an engine runs on in the real world.
var networks = map[string]func() network{
	"this system's": kernel,
	"the portable":  func() network { return portable{} },
}

// running is an engine over real sockets on the loopback.
func running(t testing.TB, cfg Config, net network) (e *Engine, stop func()) {
	t.Helper()
	cfg.Listen = loopback
	e, err := newEngine(cfg, slog.New(slog.NewTextHandler(t.Output(), nil)), net)
	if err != nil {
		t.Fatal(err)
	}
	if cfg.Loops > 1 {
		e.full = 1 // each loop has its share at once
	}
	ctx, cancel := context.WithCancel(t.Context())
	over := make(chan error, 1)
	go func() { over <- e.Run(ctx) }()
	var once sync.Once
	stop = func() {
		once.Do(func() {
			cancel()
			select {
			case err := <-over:
				if err != nil {
					t.Error(err)
				}
			case <-time.After(10 * time.Second):
				t.Error("the engine does not end")
			}
		})
	}
	t.Cleanup(stop)
	return e, stop
}

// caller is a phone with a real socket.
type caller struct {
	t    testing.TB
	port *Port
	conn *net.UDPConn
	at   *net.UDPAddr
	seq  uint16
}

func call(t testing.TB, e *Engine, opts PortOptions) *caller {
	t.Helper()
	conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(loopback, 0)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	p, err := e.Open(opts)
	if err != nil {
		t.Fatal(err)
	}
	sdp := fmt.Sprintf("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio %d RTP/AVP 0 8 101\r\na=rtpmap:101 telephone-event/8000\r\n",
		conn.LocalAddr().(*net.UDPAddr).Port)
	if _, err := p.Answer([]byte(sdp)); err != nil {
		t.Fatal(err)
	}
	return &caller{t: t, port: p, conn: conn, at: net.UDPAddrFromAddrPort(p.LocalAddr())}
}

// say sends a packet whose payload begins with n.
func (c *caller) say(n uint32) {
	c.t.Helper()
	payload := binary.BigEndian.AppendUint32(nil, n)
	payload = append(payload, bytes.Repeat([]byte{0x55}, 156)...)
	c.seq++
	data := rtpPacket(c.t, rtp.Header{Version: 2, SequenceNumber: c.seq, Timestamp: uint32(c.seq) * 160, SSRC: 1}, payload)
	if _, err := c.conn.WriteToUDP(data, c.at); err != nil {
		c.t.Fatal(err)
	}
}

// next waits for the next packet of audio.
func (c *caller) next() (rtp.Packet, bool) {
	c.t.Helper()
	var b [2048]byte
	if err := c.conn.SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
		c.t.Fatal(err)
	}
	n, err := c.conn.Read(b[:])
	if err != nil {
		return rtp.Packet{}, false
	}
	var p rtp.Packet
	if err := p.Unmarshal(b[:n]); err != nil {
		c.t.Fatal(err)
	}
	return p, true
}

// within waits until what holds, but not for ever.
func within(t testing.TB, d time.Duration, what func() bool) bool {
	t.Helper()
	for end := time.Now().Add(d); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if what() {
			return true
		}
	}
	return what()
}

func TestTwoPhonesTalkOverRealSockets(t *testing.T) {
	for name, net := range networks {
		t.Run(name, func(t *testing.T) {
			e, _ := running(t, Config{}, net())
			a, b := call(t, e, PortOptions{}), call(t, e, PortOptions{})
			a.port.Hear(b.port.Voice())
			b.port.Hear(a.port.Voice())
			a.port.Quality() // the loop has seen it when it answers
			b.port.Quality()
			for i := range uint32(50) {
				a.say(i)
				b.say(1000 + i)
				for _, c := range []struct {
					who  *caller
					want uint32
				}{{b, i}, {a, 1000 + i}} {
					p, ok := c.who.next()
					if !ok || len(p.Payload) != 160 || binary.BigEndian.Uint32(p.Payload) != c.want {
						t.Fatalf("packet %d: %v, payload %x", i, ok, p.Payload)
					}
				}
			}
			q := a.port.Quality()
			if q.PacketsReceived != 50 || q.PacketsSent != 50 || q.PacketsLost != 0 || q.Codec != "PCMU" || q.MOS < 4 {
				t.Errorf("the quality is %+v", q)
			}
			a.port.Close()
			if final := a.port.Quality(); final != q {
				t.Errorf("the final quality is %+v, before the end it was %+v", final, q)
			}
			if !within(t, 5*time.Second, func() bool { s := e.Stats(); return s.Forwarded == 100 && s.Ports == 1 }) {
				t.Errorf("the engine counts %+v", e.Stats())
			}
		})
	}
}

func TestAPromptIsHeardAtTheRightPaceOverRealSockets(t *testing.T) {
	for name, net := range networks {
		t.Run(name, func(t *testing.T) {
			e, _ := running(t, Config{}, net())
			a := call(t, e, PortOptions{})
			began := time.Now()
			done := a.port.Hear(&frames{name: "prompt", b: 3, n: 25})
			var got []rtp.Packet
			for range 25 {
				p, ok := a.next()
				if !ok {
					t.Fatalf("only %d packets came", len(got))
				}
				got = append(got, p)
			}
			continuous(t, got)
			if d := time.Since(began); d < 470*time.Millisecond || d > 3*time.Second {
				t.Errorf("half a second of prompt took %v", d)
			}
			select {
			case <-done:
			case <-time.After(5 * time.Second):
				t.Error("nobody was told that the prompt has ended")
			}
		})
	}
}

// descriptors is how many files and sockets this process has open; -1 where that is not known.
func descriptors() int {
	dir, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return -1
	}
	return len(dir)
}

func TestWhenRunEndsSocketsAndGoroutinesAreGivenBack(t *testing.T) {
	for name, net := range networks {
		t.Run(name, func(t *testing.T) {
			goroutines, files, procs := runtime.NumGoroutine(), descriptors(), runtime.GOMAXPROCS(0)
			e, stop := running(t, Config{Loops: 3}, net())
			var ports []*Port
			var heard []<-chan struct{}
			for i := range 30 {
				p, err := e.Open(PortOptions{})
				if err != nil {
					t.Fatal(err)
				}
				ports = append(ports, p)
				if i%3 == 0 {
					heard = append(heard, p.Hear(&frames{name: "music"}))
				} else {
					heard = append(heard, p.Hear(ports[i/2].Voice()))
				}
			}
			for _, p := range ports[:10] {
				p.Close()
			}
			stop()
			for i, done := range heard {
				if !closed(done) {
					t.Errorf("port %d still hears something", i)
				}
			}
			last := ports[20]
			last.Close()
			last.SendDigit('1', 0)
			last.InjectDigit('1')
			if q := last.Quality(); q != (Quality{}) {
				t.Errorf("an unused port's quality is %+v", q)
			}
			if !closed(last.Hear(&frames{name: "music"})) {
				t.Error("a port of an engine that has ended hears something")
			}
			if _, err := e.Open(PortOptions{}); !errors.Is(err, ErrClosed) {
				t.Errorf("Open: %v, want ErrClosed", err)
			}
			if err := e.Run(t.Context()); !errors.Is(err, ErrClosed) {
				t.Errorf("Run again: %v, want ErrClosed", err)
			}
			if e.Stats().Ports != 0 || len(e.alive) != 0 {
				t.Errorf("%d ports are open, %d sockets pairs are", e.Stats().Ports, len(e.alive))
			}
			if !within(t, 5*time.Second, func() bool { return runtime.NumGoroutine() <= goroutines }) {
				t.Errorf("%d goroutines, before there were %d", runtime.NumGoroutine(), goroutines)
			}
			if now := descriptors(); now > files {
				t.Errorf("%d files are open, before there were %d", now, files)
			}
			if now := runtime.GOMAXPROCS(0); now != procs {
				t.Errorf("GOMAXPROCS is %d, before it was %d", now, procs)
			}
		})
	}
}

func TestAPortMayBeClosedBeforeTheEngineRuns(t *testing.T) {
	net := newMemory()
	e, err := newEngine(Config{Listen: loopback}, slog.New(slog.DiscardHandler), net)
	if err != nil {
		t.Fatal(err)
	}
	a, err := e.Open(PortOptions{})
	if err != nil {
		t.Fatal(err)
	}
	b, err := e.Open(PortOptions{})
	if err != nil {
		t.Fatal(err)
	}
	done := a.Hear(b.Voice())
	b.Close()
	a.Quality()
	a.Close()
	if !closed(done) || net.open() != 0 {
		t.Errorf("told: %v, %d sockets open", closed(done), net.open())
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := e.Run(ctx); err != nil {
		t.Error(err)
	}
}

func TestPortsMayBeClosedInAnyOrderWhileBridged(t *testing.T) {
	e, _ := running(t, Config{Loops: 2}, kernel())
	files := descriptors()
	for order := range 8 {
		a, b := call(t, e, PortOptions{}), call(t, e, PortOptions{})
		heardByA, heardByB := a.port.Hear(b.port.Voice()), b.port.Hear(a.port.Voice())
		for i := range uint32(20) {
			a.say(i)
			b.say(i)
			if i != 10 {
				continue
			}
			steps := []func(){a.port.Close, b.port.Close}
			if order&1 != 0 {
				steps[0], steps[1] = steps[1], steps[0]
			}
			if order&2 != 0 {
				steps = append(steps, func() { a.port.Hear(nil) }, a.port.Close)
			}
			if order&4 != 0 {
				var all sync.WaitGroup
				for _, step := range steps {
					all.Go(step)
				}
				all.Wait()
				continue
			}
			for _, step := range steps {
				step()
			}
		}
		for _, done := range []<-chan struct{}{heardByA, heardByB} {
			select {
			case <-done:
			case <-time.After(5 * time.Second):
				t.Fatalf("order %d: somebody still hears a closed port", order)
			}
		}
		a.port.Quality()
		b.port.Quality()
		a.conn.Close()
		b.conn.Close()
	}
	if now := descriptors(); now > files {
		t.Errorf("%d files are open, before there were %d", now, files)
	}
}

func TestAPortIsSmall(t *testing.T) {
	b := newBench(t, Config{})
	var before, after runtime.MemStats
	ring := func(n int) (all []*phone) {
		for range n {
			ph := b.ring(PortOptions{}, terms{})
			ph.port.Hear(&frames{name: "music"})
			ph.socket().deaf = true
			all = append(all, ph)
		}
		return all
	}
	ring(50)
	runtime.GC()
	runtime.ReadMemStats(&before)
	phones := ring(200)
	b.run(100 * time.Millisecond)
	runtime.GC()
	runtime.ReadMemStats(&after)
	each := (after.HeapAlloc - before.HeapAlloc) / 200
	t.Logf("%d bytes a port", each)
	if each > 8<<10 {
		t.Errorf("a port is %d bytes", each)
	}
	runtime.KeepAlive(phones)
}

func TestWithoutAnythingSaidTheSystemChoosesTheAdvertisedAddress(t *testing.T) {
	e, err := NewEngine(Config{}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer e.dismantle()
	p, err := e.Open(PortOptions{Remote: loopback})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if d := described(t, p.Offer()); d.Address != loopback {
		t.Errorf("a peer on this machine is told %v", d.Address)
	}
	if _, err := e.Open(PortOptions{}); err == nil {
		t.Error("an address was made up for an unknown peer")
	}
	e.cfg.Advertise = func(netip.Addr) netip.Addr { return netip.Addr{} }
	if _, err := e.Open(PortOptions{Remote: loopback}); err == nil {
		t.Error("no address was advertised")
	}
	if _, err := NewEngine(Config{FirstPort: 7, LastPort: 7}, nil); err == nil {
		t.Error("a range without a pair was taken")
	}
}

func TestAPortWithoutAPairLeftIsRefusedByName(t *testing.T) {
	first, last := freeRange(t, 1)
	e, _ := running(t, Config{FirstPort: first, LastPort: last}, kernel())
	p, err := e.Open(PortOptions{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = e.Open(PortOptions{})
	if want := fmt.Sprintf("RTP range %d-%d", first, last); !errors.Is(err, ErrPortsTaken) || !bytes.Contains([]byte(err.Error()), []byte(want)) {
		t.Errorf("the error is %v, want one that names %s", err, want)
	}
	p.Close()
	p.Quality()
	if _, err = e.Open(PortOptions{}); !errors.Is(err, ErrPortsTaken) {
		t.Errorf("a pair that was closed a moment ago: %v", err)
	}
}
