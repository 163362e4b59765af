package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"

	"hatif/internal/softphone"
)

// A testPBX is the least that hatif-load can be pointed at: it takes every REGISTER, answers every INVITE,
// waits for a key (or not, when an agent is dialled by number), calls an agent who is free and relays sound.
type testPBX struct {
	t      *testing.T
	addr   string
	caches *sipgo.DialogServerCache
	phone  *softphone.Phone // calls the agents
	deaf   atomic.Bool      // the agent's voice does not reach the caller once they talk
	full   atomic.Bool      // refuses calls

	mu       sync.Mutex
	contacts map[string]string // guarded by mu
	busy     map[string]bool   // guarded by mu
}

func startPBX(t *testing.T) *testPBX {
	t.Helper()
	b := &testPBX{t: t, contacts: make(map[string]string), busy: make(map[string]bool)}
	quiet := slog.New(slog.DiscardHandler)
	ua, err := sipgo.NewUA(sipgo.WithUserAgentTransactionLayerOptions(sip.WithTransactionLayerLogger(quiet)),
		sipgo.WithUserAgentTransportLayerOptions(sip.WithTransportLayerLogger(quiet)))
	if err != nil {
		t.Fatal(err)
	}
	srv, err := sipgo.NewServer(ua, sipgo.WithServerLogger(quiet))
	if err != nil {
		t.Fatal(err)
	}
	client, err := sipgo.NewClient(ua, sipgo.WithClientLogger(quiet), sipgo.WithClientHostname("127.0.0.1"))
	if err != nil {
		t.Fatal(err)
	}
	socket, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b.addr = socket.LocalAddr().String()
	port := socket.LocalAddr().(*net.UDPAddr).Port
	b.caches = sipgo.NewDialogServerCache(client, sip.ContactHeader{Address: sip.Uri{Scheme: "sip", User: "pbx", Host: "127.0.0.1", Port: port}})
	if b.phone, err = softphone.New(softphone.Options{User: "pbx", Server: b.addr, Voice: softphone.Nothing}); err != nil {
		t.Fatal(err)
	}
	srv.OnRegister(b.register)
	srv.OnInvite(b.invite)
	srv.OnAck(func(req *sip.Request, tx sip.ServerTransaction) { _ = b.caches.ReadAck(req, tx) })
	srv.OnBye(func(req *sip.Request, tx sip.ServerTransaction) { _ = b.caches.ReadBye(req, tx) })
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = srv.ServeUDP(socket)
	}()
	t.Cleanup(func() {
		_ = socket.Close()
		<-done
		ua.TransactionLayer().Close()
		if err := b.phone.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

func (b *testPBX) register(req *sip.Request, tx sip.ServerTransaction) {
	res := sip.NewResponseFromRequest(req, 200, "OK", nil)
	b.mu.Lock()
	if c := req.Contact(); c != nil {
		b.contacts[req.To().Address.User] = c.Address.String()
		res.AppendHeader(sip.NewHeader("Contact", "<"+c.Address.String()+">;expires=60"))
	}
	b.mu.Unlock()
	_ = tx.Respond(res)
}

// free books an agent: the one named, or any whose number begins with 2.
func (b *testPBX) free(name string) (user, contact string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for user, contact := range b.contacts {
		if !b.busy[user] && user[0] == '2' && (name[0] == '0' || name == user) {
			b.busy[user] = true
			return user, contact
		}
	}
	return "", ""
}

func (b *testPBX) invite(req *sip.Request, tx sip.ServerTransaction) {
	dlg, err := b.caches.ReadInvite(req, tx)
	if err != nil {
		return
	}
	if b.full.Load() {
		_ = dlg.Respond(503, "Service Unavailable", nil)
		return
	}
	offer, err := softphone.ParseDescription(req.Body())
	if err != nil {
		_ = dlg.Respond(488, "Not Acceptable Here", nil)
		return
	}
	rtp, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		b.t.Error(err)
		return
	}
	defer rtp.Close()
	sdp := fmt.Sprintf("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio %d RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000\r\n",
		rtp.LocalAddr().(*net.UDPAddr).Port)
	if err := dlg.RespondSDP([]byte(sdp)); err != nil {
		return
	}
	b.serve(dlg.Context(), rtp, offer.Addr, req.Recipient.User)
	if dlg.Context().Err() == nil {
		ctx, stop := context.WithTimeout(context.Background(), time.Second)
		defer stop()
		_ = dlg.Bye(ctx)
	}
}

func (b *testPBX) serve(ctx context.Context, rtp *net.UDPConn, caller netip.AddrPort, dialled string) {
	ctx, stop := context.WithTimeout(ctx, 20*time.Second)
	defer stop()
	keys, voice := make(chan struct{}, 1), make(chan []byte, 50)
	var wg sync.WaitGroup
	defer wg.Wait()
	defer rtp.Close()
	wg.Go(func() { hearCaller(rtp, keys, voice) })
	if dialled[0] == '0' {
		if !playUntil(ctx, rtp, caller, keys) {
			return
		}
	}
	user, contact := b.free(dialled)
	for ; user == ""; user, contact = b.free(dialled) { // an agent's last call may not be quite over
		if ctx.Err() != nil {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	defer func() { b.mu.Lock(); defer b.mu.Unlock(); delete(b.busy, user) }()
	agent, err := b.phone.Dial(ctx, contact)
	if err != nil {
		return
	}
	agent.Say(softphone.VoiceFunc(func(frame []byte, _ softphone.Codec) bool {
		select {
		case b := <-voice:
			copy(frame, b)
			return true
		default:
			return false
		}
	}))
	b.relay(ctx, agent, rtp, caller)
	hangup, done := context.WithTimeout(context.Background(), time.Second)
	defer done()
	_ = agent.Hangup(hangup)
}

// playUntil plays to the caller until a key is pressed, and reports whether one was.
func playUntil(ctx context.Context, rtp *net.UDPConn, caller netip.AddrPort, keys <-chan struct{}) bool {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for seq := 1; ; seq++ {
		packet := append([]byte{0x80, 0, byte(seq >> 8), byte(seq), 0, 0, 0, 1, 0, 0, 0, 9}, make([]byte, 160)...)
		_, _ = rtp.WriteToUDPAddrPort(packet, caller)
		select {
		case <-tick.C:
		case <-keys:
			return true
		case <-ctx.Done():
			return false
		}
	}
}

// relay sends what the agent says to the caller until either leaves.
func (b *testPBX) relay(ctx context.Context, agent *softphone.Call, rtp *net.UDPConn, caller netip.AddrPort) {
	from, sent := softphone.Position(0), 0
	for {
		h, err := agent.WaitHeard(ctx, from, func(h softphone.Heard) bool { return len(h.Packets) > 0 })
		if err != nil {
			return
		}
		from += softphone.Position(len(h.Packets))
		for _, p := range h.Packets {
			if sent++; b.deaf.Load() && sent > 5 {
				continue
			}
			packet := append([]byte{0x80, 0, byte(p.Seq >> 8), byte(p.Seq), 0, 0, 0, 0, 0, 0, 0, 9}, p.Payload...)
			_, _ = rtp.WriteToUDPAddrPort(packet, caller)
		}
	}
}

// hearCaller passes on the caller's sound, and keys, until the socket is closed.
func hearCaller(rtp *net.UDPConn, keys chan<- struct{}, voice chan<- []byte) {
	buf := make([]byte, 512)
	for {
		n, err := rtp.Read(buf)
		if err != nil {
			return
		}
		if n < 13 {
			continue
		}
		if buf[1]&0x7f == 101 {
			select {
			case keys <- struct{}{}:
			default:
			}
			continue
		}
		select {
		case voice <- append([]byte(nil), buf[12:n]...):
		default:
		}
	}
}
