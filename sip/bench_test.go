//go:build unix

package sip

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/icholy/digest"
)

// BenchmarkCall is the signalling of one call through the PBX over loopback: a caller that is challenged, 100, 180,
// 200, ACK; a call to a phone, 100, 180, 200, ACK; BYE on both legs: 20 messages. cpu-ms/call is the process's, the
// two scripted phones included.
func BenchmarkCall(b *testing.B) { benchmarkCall(b, false) }

// BenchmarkTracedCall is the same with its messages kept, and asked for at the end.
func BenchmarkTracedCall(b *testing.B) { benchmarkCall(b, true) }

func benchmarkCall(b *testing.B, trace bool) {
	ua, err := New(Config{Realm: testRealm, Listen: []string{"udp://127.0.0.1:0"}, Trace: trace}, nil, slog.New(slog.NewTextHandler(io.Discard, nil)))
	if err != nil {
		b.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- ua.Run(ctx) }()
	for ua.running() == nil {
		time.Sleep(time.Millisecond)
	}
	ua.SetAccounts(testAccounts(Account{User: "1001"}, Account{User: "2001"}))
	caller, phone := udpParty(b, ua, "1001"), udpParty(b, ua, "2001")
	phone.register(phone.addr)
	binding := ua.Registrar().Contacts("2001")[0]
	ua.OnInvite(func(in *Dialog) {
		if err := in.Ring(); err != nil {
			b.Error(err)
		}
		out, err := ua.Invite(ctx, Outgoing{Binding: binding, From: Party{"1001", "Caller"}, SDP: []byte(sdpB)})
		if err != nil {
			b.Error(err)
			return
		}
		if _, err := out.WaitAnswer(ctx); err != nil {
			b.Error(err)
		}
		if _, err := in.Answer(ctx, []byte(sdpB)); err != nil && in.End() == nil { // the BYE follows the ACK at once
			b.Error(err)
		}
		<-in.Context().Done()
		out.Bye(*in.End())
		if trace && len(ua.Trace(in.CallID())) == 0 {
			b.Error("the call left no trace")
		}
	})
	before := cpuTime()
	b.ReportAllocs()
	for b.Loop() {
		caller.callID, caller.remoteTag = token(), ""
		caller.cseq = 1
		branch := caller.send("INVITE", withBody(sdpA)...)
		challenge := caller.want("SIP/2.0 401")
		caller.raw(caller.request("ACK", branch, caller.cseq))
		c, err := digest.ParseChallenge(challenge.all("WWW-Authenticate")[0])
		if err != nil {
			b.Fatal(err)
		}
		cred, err := digest.Digest(c, digest.Options{Method: "INVITE", URI: caller.uri, Username: "1001", Password: "s-1001", Count: 1})
		if err != nil {
			b.Fatal(err)
		}
		caller.send("INVITE", withBody(sdpA, "Authorization: "+cred.String())...)
		invite := phone.want("INVITE")
		phone.take(invite)
		phone.reply(invite, "100 Trying")
		phone.reply(invite, "180 Ringing")
		phone.reply(invite, "200 OK", withBody(sdpA, "Contact: <sip:2001@"+phone.addr+">")...)
		phone.want("ACK")
		caller.want("SIP/2.0 100")
		caller.want("SIP/2.0 180")
		caller.want("SIP/2.0 200")
		caller.ack(caller.cseq)
		caller.send("BYE")
		caller.want("SIP/2.0 200")
		phone.reply(phone.want("BYE"), "200 OK")
	}
	b.ReportMetric(float64((cpuTime()-before).Microseconds())/1000/float64(b.N), "cpu-ms/call")
	stop()
	if err := <-done; err != nil {
		b.Error(err)
	}
}

// BenchmarkReceive is the path from the socket to the answer of one OPTIONS, without the kernel.
func BenchmarkReceive(b *testing.B) {
	ua, err := newUA(Config{}.withDefaults(), []packetConn{nowhere{}}, nil, nil, slog.New(slog.NewTextHandler(io.Discard, nil)))
	if err != nil {
		b.Fatal(err)
	}
	p := &party{transport: "UDP", addr: "192.0.2.7:5070", user: "1001", callID: "c", tag: "party", uri: "sip:0777@" + uaAddr}
	packet := []byte(p.request("OPTIONS", "z9hG4bK1", 1))
	from := flow{ua.udp[0], netip.MustParseAddrPort("192.0.2.7:5070")}
	b.ReportAllocs()
	for b.Loop() {
		ua.receive(packet, from)
	}
}

type nowhere struct{}

func (nowhere) ReadFromUDPAddrPort([]byte) (int, netip.AddrPort, error) {
	return 0, netip.AddrPort{}, net.ErrClosed
}
func (nowhere) WriteToUDPAddrPort(b []byte, _ netip.AddrPort) (int, error) { return len(b), nil }
func (nowhere) LocalAddr() net.Addr                                        { return (&deafConn{}).LocalAddr() }
func (nowhere) Close() error                                               { return nil }

func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkDialogMemory is what a call in progress keeps: the heap and the goroutines of one answered leg.
func BenchmarkDialogMemory(b *testing.B) {
	ua, err := New(Config{Realm: testRealm, Listen: []string{"udp://127.0.0.1:0"}, Guests: true, T1: 2 * time.Millisecond}, nil, slog.New(slog.NewTextHandler(io.Discard, nil)))
	if err != nil {
		b.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- ua.Run(ctx) }()
	for ua.running() == nil {
		time.Sleep(time.Millisecond)
	}
	ua.OnInvite(func(d *Dialog) { _, _ = d.Answer(ctx, []byte(sdpB)) })
	p := udpParty(b, ua, "1001")
	measure := func() (uint64, int) {
		time.Sleep(200 * time.Millisecond) // more than 64*T1: transactions are over
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc, runtime.NumGoroutine()
	}
	const calls = 500
	for b.Loop() {
		heap, goroutines := measure()
		for range calls {
			p.callID, p.remoteTag = token(), ""
			p.send("INVITE", withBody(sdpA)...)
			for !strings.HasPrefix(p.want("SIP/2.0 ").first, "SIP/2.0 200") {
			}
			p.ack(p.cseq)
		}
		heapNow, goroutinesNow := measure()
		b.ReportMetric(float64(heapNow-heap)/calls, "heap-B/leg")
		b.ReportMetric(float64(goroutinesNow-goroutines)/calls, "goroutines/leg")
	}
	stop()
	if err := <-done; err != nil {
		b.Error(err)
	}
}
