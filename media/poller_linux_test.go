package media

import (
	"net/netip"
	"runtime"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestThePollerWaitsNoLongerThanItsLimit(t *testing.T) {
	for _, coarse := range []bool{false, true} {
		made, err := kernel().poller()
		if err != nil {
			t.Fatal(err)
		}
		p := made.(*epoll)
		p.coarse = coarse
		for _, nap := range []time.Duration{0, 500 * time.Microsecond} {
			began, waits := time.Now(), 0
			for ; time.Since(began) < 3*time.Millisecond; waits++ { // Go's own signals may end a wait early
				if err := p.wait(nap, 3*time.Millisecond); err != nil {
					t.Fatal(err)
				}
			}
			if d := time.Since(began); waits > 20 || d > 2*time.Second {
				t.Errorf("coarse %v, nap %v: waited %d times in %v, want once in 3ms", coarse, nap, waits, d)
			}
			if got := p.ready(); len(got) != 0 {
				t.Errorf("tokens %v out of nowhere", got)
			}
		}
		if err := p.close(); err != nil {
			t.Error(err)
		}
	}
}

func TestAWakeUpIsNeverLost(t *testing.T) {
	p, err := kernel().poller()
	if err != nil {
		t.Fatal(err)
	}
	defer p.close()
	for i := range 2000 {
		woken := make(chan struct{})
		go func() {
			p.wake()
			p.wake()
			close(woken)
		}()
		began := time.Now()
		nap := time.Duration(i%3) * 250 * time.Microsecond // most wake-ups fall into it
		if err := p.wait(nap, 5*time.Second); err != nil {
			t.Fatal(err)
		}
		p.ready()
		<-woken
		if time.Since(began) > 4*time.Second {
			t.Fatalf("wake-up %d was slept through", i)
		}
		if i%2 == 0 { // take the second one, if it came after ready
			if err := p.wait(0, 0); err != nil {
				t.Fatal(err)
			}
			p.ready()
		}
	}
}

func TestAWakeUpDuringANapEndsTheWaitBehindIt(t *testing.T) {
	made, err := kernel().poller()
	if err != nil {
		t.Fatal(err)
	}
	defer made.close()
	p := made.(*epoll)
	p.napping.Store(true)
	p.wake()
	p.wake()
	p.napping.Store(false)
	done := make(chan error, 1)
	go func() { done <- p.wait(time.Nanosecond, -1) }()
	select {
	case err := <-done:
		if err != nil {
			t.Fatal(err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("it was slept through")
	}
	if p.woken.Load() {
		t.Error("the next wake-up would be taken for this one")
	}
}

func TestAddressesSurviveTheSystemsForm(t *testing.T) {
	for _, c := range []struct {
		six  bool
		addr string
	}{{false, "192.0.2.7:4000"}, {true, "192.0.2.7:4000"}, {true, "[2001:db8::7]:65535"}} {
		s := &udpSocket{six: c.six}
		s.aim(netip.MustParseAddrPort(c.addr))
		if got := fromSystem(&s.to); got.String() != c.addr {
			t.Errorf("%s comes back as %v", c.addr, got)
		}
		if want := map[bool]uint16{true: unix.AF_INET6, false: unix.AF_INET}[c.six]; s.to.Family != want {
			t.Errorf("%s has family %d", c.addr, s.to.Family)
		}
	}
}

func TestASocketAsksTheNetworkToHurry(t *testing.T) {
	made, err := kernel().bind(netip.AddrPortFrom(loopback, 0))
	if err != nil {
		t.Fatal(err)
	}
	defer made.close()
	if class, err := unix.GetsockoptInt(made.(*udpSocket).fd, unix.IPPROTO_IP, unix.IP_TOS); err != nil || class != 0xB8 {
		t.Errorf("the traffic class is %#x (%v), want expedited forwarding", class, err)
	}
}

func TestTheGarbageCollectorDoesNotWaitForALoop(t *testing.T) {
	e, _ := running(t, Config{Loops: 4}, kernel())
	for range 4 {
		p, err := e.Open(PortOptions{})
		if err != nil {
			t.Fatal(err)
		}
		p.Hear(nil) // each loop has a port, and waits twenty milliseconds at a time
		p.Quality()
	}
	best := time.Hour // of many: the machine may be busy with other things
	for range 100 {
		began := time.Now()
		runtime.GC() // stops the world twice
		best = min(best, time.Since(began))
	}
	if best > 8*time.Millisecond {
		t.Errorf("a collection takes %v at best: it waits for the loops", best)
	}
}
