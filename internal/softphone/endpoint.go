package softphone

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"

	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"
)

// An endpoint is one SIP socket with its transactions, and the phones and calls behind it.
type endpoint struct {
	network string // "udp" or "tcp"
	server  string // host:port that requests outside dialogs go to
	local   netip.AddrPort
	trace   *trace
	log     *slog.Logger

	ctx    context.Context // ends with the endpoint
	cancel context.CancelFunc
	ua     *sipgo.UserAgent
	client *sipgo.Client
	socket *tracedPackets // over UDP
	door   *door          // over TCP

	requests atomic.Uint64 // sent by exchange

	wg     sync.WaitGroup
	mu     sync.Mutex
	closed bool              // guarded by mu; no goroutine starts any more
	phones map[string]*Phone // guarded by mu; by the user part of their Contact
	calls  map[string]*Call  // guarded by mu; by Call-ID and our tag
}

// socketBuffer is asked of the kernel for what arrives while the machine is busy; it gives what it allows.
const socketBuffer = 4 << 20

// openEndpoint binds the socket and serves it. server may be empty for a phone that only answers.
func openEndpoint(network, bindHost, server string, quiet bool, log *slog.Logger) (*endpoint, error) {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	ctx, cancel := context.WithCancel(context.Background())
	e := &endpoint{
		network: network, server: server, trace: newTrace(quiet), log: log, ctx: ctx, cancel: cancel,
		phones: make(map[string]*Phone), calls: make(map[string]*Call),
	}
	if err := e.bind(bindHost); err != nil {
		cancel()
		return nil, err
	}
	if err := e.serve(); err != nil {
		return nil, errors.Join(err, e.close())
	}
	return e, nil
}

func (e *endpoint) bind(host string) error {
	addr := net.JoinHostPort(host, "0")
	var local net.Addr
	switch e.network {
	case "udp":
		c, err := new(net.ListenConfig).ListenPacket(e.ctx, "udp", addr)
		if err != nil {
			return fmt.Errorf("SIP socket: %w", err)
		}
		if u, ok := c.(*net.UDPConn); ok {
			if err := u.SetReadBuffer(socketBuffer); err != nil {
				return errors.Join(fmt.Errorf("SIP socket: %w", err), c.Close())
			}
		}
		e.socket, local = &tracedPackets{PacketConn: c, trace: e.trace, read: newGate()}, c.LocalAddr()
	case "tcp":
		l, err := new(net.ListenConfig).Listen(e.ctx, "tcp", addr)
		if err != nil {
			return fmt.Errorf("SIP socket: %w", err)
		}
		e.door, local = newDoor(l, e.trace), l.Addr()
	default:
		return fmt.Errorf("transport %q is neither udp nor tcp", e.network)
	}
	var err error
	e.local, err = netip.ParseAddrPort(local.String())
	return err
}

// serve hands the socket to sipgo and routes requests to phones and calls.
func (e *endpoint) serve() error {
	var err error
	e.ua, err = sipgo.NewUA(
		sipgo.WithUserAgentTransactionLayerOptions(
			sip.WithTransactionLayerLogger(e.log),
			sip.WithTransactionLayerUnhandledResponseHandler(e.strayResponse)),
		sipgo.WithUserAgentTransportLayerOptions(sip.WithTransportLayerLogger(e.log)),
	)
	if err != nil {
		return err
	}
	if e.client, err = sipgo.NewClient(e.ua, sipgo.WithClientLogger(e.log)); err != nil {
		return err
	}
	server, err := sipgo.NewServer(e.ua, sipgo.WithServerLogger(e.log))
	if err != nil {
		return err
	}
	for _, m := range []sip.RequestMethod{sip.INVITE, sip.ACK, sip.BYE, sip.CANCEL, sip.OPTIONS, sip.INFO,
		sip.MESSAGE, sip.NOTIFY, sip.REFER, sip.UPDATE, sip.SUBSCRIBE} {
		server.OnRequest(m, func(req *sip.Request, tx sip.ServerTransaction) {
			e.join(func() { e.route(req, tx) })
		})
	}
	if e.socket != nil {
		e.spawn(func() {
			if err := server.ServeUDP(e.socket); err != nil && e.ctx.Err() == nil {
				e.log.Error("SIP socket ended", "error", err)
			}
		})
		<-e.socket.read.c
		return nil
	}
	e.spawn(func() { e.door.admit(e.ctx) })
	e.spawn(func() {
		if err := server.ServeTCP(inner{door: e.door, ctx: e.ctx}); e.ctx.Err() == nil {
			e.log.Error("SIP socket ended", "error", err)
		}
	})
	return nil
}

// spawn starts a goroutine that close waits for; it reports false when the endpoint is closed.
func (e *endpoint) spawn(f func()) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return false
	}
	e.wg.Go(f)
	return true
}

// join runs f on the caller's goroutine, which close then waits for.
func (e *endpoint) join(f func()) {
	e.mu.Lock()
	if e.closed {
		e.mu.Unlock()
		return
	}
	e.wg.Add(1)
	e.mu.Unlock()
	defer e.wg.Done()
	f()
}

// route gives a request to the call or the phone it is for.
func (e *endpoint) route(req *sip.Request, tx sip.ServerTransaction) {
	if req.CallID() == nil || req.From() == nil || req.To() == nil || req.CSeq() == nil {
		e.respond(tx, sip.NewResponseFromRequest(req, sip.StatusBadRequest, "Bad Request", nil))
		return
	}
	tag, inDialog := req.To().Params.Get("tag")
	if inDialog {
		if c := e.call(req.CallID().Value(), tag); c != nil {
			c.handle(req, tx)
			return
		}
		if p := e.phoneFor(req); p != nil && req.Method == sip.NOTIFY && p.subscribed(req.CallID().Value()) {
			e.respond(tx, sip.NewResponseFromRequest(req, sip.StatusOK, "OK", nil))
			return
		}
		if req.Method != sip.ACK {
			e.respond(tx, sip.NewResponseFromRequest(req, sip.StatusCallTransactionDoesNotExists, "Call/Transaction Does Not Exist", nil))
		}
		return
	}
	p := e.phoneFor(req)
	switch {
	case req.Method == sip.ACK: // of a call that is no more
	case p == nil:
		e.respond(tx, sip.NewResponseFromRequest(req, sip.StatusNotFound, "Not Found", nil))
	case req.Method == sip.INVITE:
		p.rung(req, tx)
	case req.Method == sip.OPTIONS || req.Method == sip.MESSAGE || req.Method == sip.NOTIFY:
		e.respond(tx, sip.NewResponseFromRequest(req, sip.StatusOK, "OK", nil))
	default:
		e.respond(tx, sip.NewResponseFromRequest(req, sip.StatusCallTransactionDoesNotExists, "Call/Transaction Does Not Exist", nil))
	}
}

// respond sends a response that nobody waits for; a failure is the transport's and is logged.
func (e *endpoint) respond(tx sip.ServerTransaction, res *sip.Response) {
	if err := tx.Respond(res); err != nil && e.ctx.Err() == nil {
		e.log.Debug("response was not sent", "response", res.StartLine(), "error", err)
	}
}

// phoneFor finds the phone by the user part of the Request-URI; a phone alone takes everything.
func (e *endpoint) phoneFor(req *sip.Request) *Phone {
	e.mu.Lock()
	defer e.mu.Unlock()
	if p := e.phones[req.Recipient.User]; p != nil || len(e.phones) != 1 {
		return p
	}
	for _, p := range e.phones {
		return p
	}
	return nil
}

func (e *endpoint) call(callID, tag string) *Call {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.calls[callID+" "+tag]
}

func (e *endpoint) add(c *Call) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.calls[c.callID+" "+c.localTag] = c
}

func (e *endpoint) remove(c *Call) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.calls, c.callID+" "+c.localTag)
}

// strayResponse sees responses of no transaction. A repeated 200 to an INVITE wants its ACK again (RFC 3261 §13.2.2.4).
func (e *endpoint) strayResponse(res *sip.Response) {
	if !res.IsSuccess() || res.CSeq() == nil || res.CSeq().MethodName != sip.INVITE || res.From() == nil || res.CallID() == nil {
		return
	}
	if c := e.call(res.CallID().Value(), res.From().Params.GetOr("tag", "")); c != nil {
		// Joined, since sipgo calls from a goroutine of its own and would open a new socket for an ACK after close.
		e.join(func() { c.acknowledgeAgain(res.CSeq().SeqNo) })
	}
}

// reach makes sure that a connection to the server is there before a request is sent.
func (e *endpoint) reach(ctx context.Context) error {
	if e.door == nil || e.server == "" {
		return nil
	}
	return e.door.connect(ctx, e.server)
}

// close ends everything at once, without a goodbye, and returns when every goroutine has ended.
func (e *endpoint) close() error {
	e.mu.Lock()
	if e.closed {
		e.mu.Unlock()
		e.wg.Wait()
		return nil
	}
	e.closed = true
	e.mu.Unlock()
	e.cancel()
	if e.ua != nil { // first, while the sockets are there: sipgo counts who uses them
		e.ua.TransactionLayer().Close()
	}
	var errs []error
	if e.socket != nil {
		errs = append(errs, e.socket.Close())
	}
	if e.door != nil {
		errs = append(errs, e.door.closeAll())
	}
	e.wg.Wait()
	if e.ua != nil && e.socket != nil {
		// A request that was on its way when the socket was closed has made sipgo open another one.
		_ = e.ua.TransportLayer().Close() //nolint:errcheck // the socket itself is closed already, and would say so
	}
	return errors.Join(errs...)
}
