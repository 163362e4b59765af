package media

import (
	"errors"
	"net"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

var loopback = netip.MustParseAddr("127.0.0.1")

// freeRange finds n pairs of ports in a row that can be bound now.
func freeRange(t *testing.T, n int) (first, last uint16) {
	t.Helper()
	for at := uint16(21000); at < 31000; at += uint16(2 * n) {
		r, err := newPorts(kernel(), at, at+uint16(2*n)-1)
		if err != nil {
			t.Fatal(err)
		}
		free := true
		for range n {
			a, b, err := r.open(0, loopback, false)
			if err != nil {
				free = false
				break
			}
			a.close()
			b.close()
		}
		if free {
			return at, at + uint16(2*n) - 1
		}
	}
	t.Fatal("no free ports on this machine")
	return 0, 0
}

func TestEveryPairIsBoundOnceAndTheEndOfTheRangeIsSaid(t *testing.T) {
	first, last := freeRange(t, 4)
	r, err := newPorts(kernel(), first, last)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[uint16]bool{}
	for range 4 {
		rtp, rtcp, err := r.open(0, loopback, false)
		if err != nil {
			t.Fatal(err)
		}
		defer rtp.close()
		defer rtcp.close()
		port := rtp.local().Port()
		if port%2 != 0 || rtcp.local().Port() != port+1 || port < first || port > last || seen[port] {
			t.Errorf("the pair is %d and %d", port, rtcp.local().Port())
		}
		seen[port] = true
	}
	_, _, err = r.open(0, loopback, false)
	if !errors.Is(err, ErrPortsTaken) || !strings.Contains(err.Error(), "4 pairs are open") {
		t.Errorf("a fifth: %v", err)
	}
}

func TestAPortThatAnotherProgramHasIsPassedOver(t *testing.T) {
	first, last := freeRange(t, 3)
	for _, taken := range []uint16{first, first + 3} { // one RTP port, one RTCP port
		conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(loopback, taken)))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
	}
	r, err := newPorts(kernel(), first, last)
	if err != nil {
		t.Fatal(err)
	}
	rtp, rtcp, err := r.open(0, loopback, false)
	if err != nil {
		t.Fatal(err)
	}
	defer rtp.close()
	defer rtcp.close()
	if got := rtp.local().Port(); got != first+4 {
		t.Errorf("the pair is at %d, want %d, the only free one", got, first+4)
	}
	if _, _, err := r.open(0, loopback, false); !errors.Is(err, ErrPortsTaken) || !strings.Contains(err.Error(), "2 used by other programs") {
		t.Errorf("the range is full: %v", err)
	}
	for _, port := range []uint16{first + 1, first + 2} { // the halves of the pairs that could not be had
		conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(loopback, port)))
		if err != nil {
			t.Errorf("port %d was kept: %v", port, err)
			continue
		}
		conn.Close()
	}
}

// openAndClose opens a pair, and closes it at a moment.
func openAndClose(t *testing.T, r *ports, now int64) {
	t.Helper()
	rtp, rtcp, err := r.open(0, loopback, false)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.release(now, rtp, rtcp, true); err != nil {
		t.Fatal(err)
	}
}

func TestAClosedPairCoolsBeforeItIsUsedAgain(t *testing.T) {
	r, err := newPorts(newMemory(), 10000, 10001)
	if err != nil {
		t.Fatal(err)
	}
	openAndClose(t, r, 1000)
	if _, _, err := r.open(1000+bindCooling-1, loopback, false); !errors.Is(err, ErrPortsTaken) || !strings.Contains(err.Error(), "1 closed a moment ago") {
		t.Errorf("a moment after: %v", err)
	}
	if _, _, err := r.open(1000+bindCooling, loopback, false); err != nil {
		t.Errorf("two seconds after: %v", err)
	}
}

func TestPairsAreTakenInTurnSoThatAClosedOneRests(t *testing.T) {
	r, err := newPorts(newMemory(), 10000, 10999)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[uint16]bool{}
	for range 500 {
		rtp, rtcp, err := r.open(0, loopback, false)
		if err != nil {
			t.Fatal(err)
		}
		port := rtp.local().Port()
		if seen[port] {
			t.Fatalf("port %d was given out twice while others were never used", port)
		}
		seen[port] = true
		if err := r.release(0, rtp, rtcp, true); err != nil {
			t.Fatal(err)
		}
	}
}

func TestTheSocketsOfAClosedPairServeTheNextOne(t *testing.T) {
	net := newMemory()
	r, err := newPorts(net, 10000, 10999)
	if err != nil {
		t.Fatal(err)
	}
	var closed []socket
	for range 3 {
		rtp, rtcp, err := r.open(0, loopback, false)
		if err != nil {
			t.Fatal(err)
		}
		closed = append(closed, rtp, rtcp)
	}
	for i := range 3 {
		if err := r.release(int64(i), closed[2*i], closed[2*i+1], true); err != nil {
			t.Fatal(err)
		}
	}
	late := closed[0].(*memorySocket)
	late.waiting = append(late.waiting, datagram{data: []byte("late")})
	late.aim(netip.MustParseAddrPort("192.0.2.1:4000"))

	hot, control, err := r.open(bindCooling-1, loopback, false)
	if err != nil || hot == closed[0] || net.open() != 8 {
		t.Fatalf("before they have cooled: %v, %v, %d sockets", hot, err, net.open())
	}
	rtp, rtcp, err := r.open(bindCooling, loopback, false)
	if err != nil || rtp != closed[0] || rtcp != closed[1] {
		t.Fatalf("then: %v and %v, %v", rtp, rtcp, err)
	}
	if _, _, heard := rtp.recv(make([]byte, 10)); heard || late.to.IsValid() {
		t.Errorf("the next call hears what came for the one before, or speaks to %v", late.to)
	}
	lone, none, err := r.open(bindCooling+2, loopback, true)
	if err != nil || lone != closed[2] || none != nil {
		t.Fatalf("an RTP port alone: %v and %v, %v", lone, none, err)
	}
	if odd, err := r.control(lone.local()); err != nil || odd != closed[3] {
		t.Errorf("its RTCP port: %v, %v", odd, err)
	}
	elsewhere, _, err := r.open(bindCooling+2, netip.MustParseAddr("127.0.0.2"), true)
	if err != nil || elsewhere == closed[4] {
		t.Errorf("at another address: %v, %v", elsewhere, err)
	}
	for _, pair := range [][2]socket{{hot, control}, {rtp, rtcp}, {lone, closed[3]}, {elsewhere, nil}} {
		if err := r.release(bindCooling+3, pair[0], pair[1], true); err != nil {
			t.Fatal(err)
		}
	}
	if net.open() != 9 {
		t.Errorf("%d sockets lie on the shelf", net.open())
	}
	r.end()
	if net.open() != 0 {
		t.Errorf("%d sockets are left over", net.open())
	}
}

func TestAPairIsGivenToOneOfMany(t *testing.T) {
	net := newMemory()
	r, err := newPorts(net, 10000, 10063)
	if err != nil {
		t.Fatal(err)
	}
	var held sync.Map
	var clock atomic.Int64
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			for range 500 {
				now := clock.Add(bindCooling / 8)
				rtp, rtcp, err := r.open(now, loopback, false)
				if errors.Is(err, ErrPortsTaken) {
					continue
				}
				if err != nil {
					t.Error(err)
					return
				}
				if _, twice := held.LoadOrStore(rtp.local(), true); twice || rtcp.local() != odd(rtp.local()) {
					t.Errorf("%v and %v were given to two", rtp.local(), rtcp.local())
				}
				held.Delete(rtp.local())
				if err := r.release(now, rtp, rtcp, true); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	r.end()
	if net.open() != 0 || len(r.taken) != 0 {
		t.Errorf("%d sockets and %d pairs are left over", net.open(), len(r.taken))
	}
}

func TestSocketsThatNobodyTakesAreClosedAfterAWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		net := newMemory()
		r, err := newPorts(net, 10000, 12999)
		if err != nil {
			t.Fatal(err)
		}
		var open [][2]socket
		for range shelfMost {
			rtp, rtcp, err := r.open(Now(), loopback, false)
			if err != nil {
				t.Fatal(err)
			}
			open = append(open, [2]socket{rtp, rtcp})
		}
		for _, pair := range open {
			if err := r.release(Now(), pair[0], pair[1], true); err != nil {
				t.Fatal(err)
			}
		}
		if net.open() != shelfMost {
			t.Errorf("%d sockets lie on the shelf", net.open())
		}
		time.Sleep(2 * time.Duration(shelfLong))
		if net.open() != 0 {
			t.Errorf("%d are still there", net.open())
		}
	})
}

func TestARangeThatIsFullOfSocketsOnTheShelfIsNot(t *testing.T) {
	r, err := newPorts(newMemory(), 10000, 10001)
	if err != nil {
		t.Fatal(err)
	}
	openAndClose(t, r, 0)
	if _, _, err := r.open(bindCooling, netip.MustParseAddr("127.0.0.2"), false); err != nil {
		t.Errorf("at another address: %v", err)
	}
}

func TestARangeWithoutAPairIsRefused(t *testing.T) {
	for _, c := range [][2]uint16{{10001, 10002}, {10000, 10000}, {10010, 10000}, {0, 100}, {65535, 65535}} {
		if _, err := newPorts(newMemory(), c[0], c[1]); err == nil {
			t.Errorf("%d-%d was taken", c[0], c[1])
		}
	}
	if _, err := newPorts(newMemory(), 10001, 10003); err != nil {
		t.Errorf("10001-10003 has the pair 10002, 10003: %v", err)
	}
}

func TestEphemeralPairsAreEvenAndOdd(t *testing.T) {
	r, err := newPorts(kernel(), 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		rtp, rtcp, err := r.open(0, loopback, false)
		if err != nil {
			t.Fatal(err)
		}
		defer rtp.close()
		defer rtcp.close()
		if port := rtp.local().Port(); port%2 != 0 || rtcp.local().Port() != port+1 {
			t.Errorf("the pair is %d and %d", port, rtcp.local().Port())
		}
	}
}

func TestAnAddressThatIsNotOursCannotBeListenedOn(t *testing.T) {
	r, err := newPorts(kernel(), 10000, 20000)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := r.open(0, netip.MustParseAddr("192.0.2.1"), false); err == nil || errors.Is(err, ErrPortsTaken) || !strings.Contains(err.Error(), "192.0.2.1") {
		t.Errorf("the error is %v, want one that names the address", err)
	}
}
