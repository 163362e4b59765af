package media

import (
	"net"
	"net/netip"
	"runtime"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/pion/rtp"
)

// threadTime is the processor time of the calling thread.
func threadTime(t testing.TB) time.Duration {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_THREAD, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// The benchmarks drive one loop by hand over real sockets on the loopback, with 200 calls, and count the
// processor time of the loop alone: the phones' time is not counted, the kernel's on our behalf is.
// A call-second is 100 packets in and 100 out, so 8000 ns a packet are 0.8 CPU-ms a call-second.
func benchmarkCalls(b *testing.B, laws [2]string, taps bool) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	const phones = 400
	e, err := newEngine(Config{Listen: loopback, Loops: 1}, nil, kernel())
	if err != nil {
		b.Fatal(err)
	}
	e.state = engineRuns
	l := e.loops[0]
	callers := make([]*caller, phones)
	packets := make([][]byte, phones)
	for i := range callers {
		callers[i] = benchmarkCaller(b, e, laws[i%2])
		packets[i] = rtpPacket(b, rtp.Header{Version: 2, PayloadType: laws[i%2][0] - '0', SSRC: uint32(i + 1)}, make([]byte, 160))
	}
	var all []*Tap
	for i, c := range callers {
		c.port.Hear(callers[i^1].port.Voice())
		if taps {
			tap := NewTap(64)
			c.port.Voice().Tap(tap)
			all = append(all, tap)
		}
	}
	defer func() {
		for _, c := range callers {
			c.port.Close()
		}
		l.step(Now())
		if err := e.dismantle(); err != nil {
			b.Error(err)
		}
	}()
	l.step(Now())
	start := l.count.forwarded
	var spent time.Duration
	var pulled [16]TapPacket
	for round := 0; b.Loop(); round++ {
		for i, c := range callers {
			p := packets[i]
			p[2], p[3] = byte(round>>8), byte(round)
			if _, err := c.conn.Write(p); err != nil {
				b.Fatal(err)
			}
		}
		want := start + uint64(phones*(round+1))
		began := threadTime(b)
		for l.count.forwarded < want {
			if err := l.poll.wait(0, 0); err != nil {
				b.Fatal(err)
			}
			l.step(Now())
		}
		spent += threadTime(b) - began
		for _, c := range callers {
			drain(c.conn)
		}
		for _, tap := range all {
			tap.Pull(pulled[:])
		}
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(spent.Nanoseconds())/float64(l.count.forwarded-start), "cpu-ns/packet")
}

func benchmarkCaller(b *testing.B, e *Engine, law string) *caller {
	p, err := e.Open(PortOptions{})
	if err != nil {
		b.Fatal(err)
	}
	conn, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(p.LocalAddr()))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { conn.Close() })
	at := conn.LocalAddr().(*net.UDPAddr).AddrPort()
	ph := phone{at: netip.AddrPortFrom(at.Addr(), at.Port())}
	if _, err := p.Answer(ph.sdp(terms{codecs: law})); err != nil {
		b.Fatal(err)
	}
	return &caller{t: b, port: p, conn: conn}
}

// drain throws away what waits in a socket.
func drain(conn *net.UDPConn) {
	raw, err := conn.SyscallConn()
	if err != nil {
		return
	}
	var buf [2048]byte
	raw.Read(func(fd uintptr) bool {
		for {
			if _, _, err := syscall.Recvfrom(int(fd), buf[:], syscall.MSG_DONTWAIT); err != nil {
				return true
			}
		}
	})
}

func BenchmarkForward(b *testing.B) { benchmarkCalls(b, [2]string{"0", "0"}, false) }

func BenchmarkForwardTranscoded(b *testing.B) { benchmarkCalls(b, [2]string{"0", "8"}, false) }

func BenchmarkForwardTapped(b *testing.B) { benchmarkCalls(b, [2]string{"0", "0"}, true) }

// BenchmarkOurPart is forwarding without the kernel: what our own code adds to its system calls.
func BenchmarkOurPart(b *testing.B) {
	bench := newBench(b, Config{})
	alice, bob := bench.ring(PortOptions{}, terms{}), bench.ring(PortOptions{}, terms{})
	bridge(alice, bob)
	alice.socket().deaf, bob.socket().deaf = true, true
	data := alice.packet(1, 0, 0, false, make([]byte, 160))
	queue := make([]datagram, 1)
	l := bench.engine.loops[0]
	seq := uint16(1)
	b.ReportAllocs()
	for b.Loop() {
		seq++
		data[2], data[3] = byte(seq>>8), byte(seq)
		queue[0] = datagram{data, alice.at}
		alice.socket().waiting = queue
		bench.now += 20e6
		l.step(bench.now)
	}
}

// BenchmarkPlay is a prompt played to 200 parties.
func BenchmarkPlay(b *testing.B) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	e, err := newEngine(Config{Listen: loopback, Loops: 1}, nil, kernel())
	if err != nil {
		b.Fatal(err)
	}
	e.state = engineRuns
	l := e.loops[0]
	music := NewSound("music", make([]int16, 10*SampleRate))
	var callers []*caller
	for range 200 {
		c := benchmarkCaller(b, e, "0")
		c.port.Hear(music.Loop())
		callers = append(callers, c)
	}
	now := Now()
	l.step(now)
	var spent time.Duration
	for b.Loop() {
		began := threadTime(b)
		for range 20 {
			now += 1e6
			l.step(now)
		}
		spent += threadTime(b) - began
		for _, c := range callers {
			drain(c.conn)
		}
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(spent.Nanoseconds())/float64(l.count.pulled), "cpu-ns/packet")
	for _, c := range callers {
		c.port.Close()
	}
	l.step(now)
	if err := e.dismantle(); err != nil {
		b.Error(err)
	}
}

// BenchmarkPort is the life of a port: bound, agreed, given something to hear, closed, with its loop running.
// cpu-ns is of the whole process.
func BenchmarkPort(b *testing.B) {
	e, _ := running(b, Config{}, kernel())
	sdp := (&phone{at: netip.MustParseAddrPort("127.0.0.1:4000")}).sdp(terms{})
	silence := NewSound("silence", make([]int16, FrameSamples))
	var before, after unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &before); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		p, err := e.Open(PortOptions{})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := p.Answer(sdp); err != nil {
			b.Fatal(err)
		}
		p.Hear(silence.Loop())
		p.Close()
		p.Quality()
	}
	if err := unix.Getrusage(unix.RUSAGE_SELF, &after); err != nil {
		b.Fatal(err)
	}
	spent := after.Utime.Nano() + after.Stime.Nano() - before.Utime.Nano() - before.Stime.Nano()
	b.ReportMetric(float64(spent)/float64(b.N), "cpu-ns/port")
}
