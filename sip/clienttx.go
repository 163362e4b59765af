package sip

import (
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"
)

// A clientTx is a request of ours that waits for its responses (RFC 3261 §17.1).
type clientTx struct {
	ua    *UA
	key   clientKey
	flow  flow
	trace *trace // of the call that it belongs to; nil: none

	mu  sync.Mutex
	req *sip.Request // guarded by mu: nil once its ACK or CANCEL cannot be needed any more
	// handle gets every response in order, and each 2xx of an INVITE, retransmissions too (RFC 6026); or nil and
	// why there will be none. After a final response or an error nothing more comes, except those 2xx. It is called
	// on the socket's reader or a timer, with no lock held, and must not block. Guarded by mu: nil once nothing more
	// comes, since the transaction lives for half a minute longer, and what it holds is the whole call.
	handle   func(*sip.Response, error)
	state    txState       // guarded by mu
	raw      []byte        // guarded by mu: the request; after a refusal of an INVITE, its ACK
	alarm    alarm         // guarded by mu: timer A, B, D, E, F, K or M
	interval time.Duration // guarded by mu
	deadline time.Time     // guarded by mu
	giveUp   []byte        // guarded by mu: a CANCEL that waits for a provisional response
}

// request sends a request on a flow and returns at once. The Via header must be complete. When it fails, handle is
// not called.
func (ua *UA) request(req *sip.Request, f flow, handle func(*sip.Response, error)) (*clientTx, error) {
	if !f.valid() {
		return nil, errNoFlow
	}
	branch, _ := req.Via().Params.Get("branch")
	tx := &clientTx{
		ua: ua, key: clientKey{branch, req.Method}, req: req, flow: f, handle: handle, raw: wireBytes(req), trace: ua.traces.find(req),
		deadline: time.Now().Add(ua.timeout()), interval: ua.t1,
	}
	if f.reliable() {
		tx.interval = ua.timeout()
	}
	raw := tx.raw
	ua.stats.sent[indexOf(req.Method)].Add(1)
	ua.txs.addClient(tx)
	tx.mu.Lock()
	tx.alarm.set(ua, tx.interval, tx.fire)
	tx.mu.Unlock()
	ua.traces.note(tx.trace, f, false, raw)
	if err := f.send(raw); err != nil {
		tx.end()
		return nil, err
	}
	return tx, nil
}

// pending reports whether the final response is still out.
func (tx *clientTx) pending() bool {
	tx.mu.Lock()
	defer tx.mu.Unlock()
	return tx.state <= txProceeding
}

// receive takes a response.
func (tx *clientTx) receive(res *sip.Response) {
	if tx.method() == sip.INVITE {
		tx.receiveInvite(res)
		return
	}
	tx.mu.Lock()
	if tx.state > txProceeding {
		tx.mu.Unlock()
		return
	}
	ended, handle := false, tx.handle
	if res.StatusCode < 200 {
		tx.state = txProceeding
	} else {
		tx.state, tx.raw, tx.req, tx.handle = txCompleted, nil, nil, nil
		if ended = tx.flow.reliable(); !ended {
			tx.alarm.set(tx.ua, tx.ua.t4(), tx.fire) // timer K
		}
	}
	tx.mu.Unlock()
	handle(res, nil)
	if ended {
		tx.end()
	}
}

func (tx *clientTx) receiveInvite(res *sip.Response) {
	tx.mu.Lock()
	var send []byte
	pass, ended, cancel, handle := true, false, false, tx.handle
	switch {
	case tx.state > txAccepted:
		// RFC 3261 §17.1.1.2: every retransmission of a refusal is acknowledged.
		if send, pass = tx.raw, false; tx.state == txDone || res.StatusCode < 300 {
			send = nil
		}
	case tx.state == txAccepted:
		pass = res.StatusCode >= 200 && res.StatusCode < 300
	case res.StatusCode < 200:
		tx.state = txProceeding
		cancel = tx.giveUp != nil
		if cancel {
			// RFC 3261 §9.1: what is not answered 64*T1 after the CANCEL never will be.
			tx.alarm.set(tx.ua, tx.ua.timeout(), tx.fire)
		} else {
			tx.alarm.stop() // the caller says how long it may ring
		}
	case res.StatusCode < 300:
		tx.state, tx.raw, tx.req = txAccepted, nil, nil
		tx.alarm.set(tx.ua, tx.ua.timeout(), tx.fire) // timer M
	default:
		tx.state = txCompleted
		tx.raw = wireBytes(ackOf(tx.req, res))
		send, tx.req, tx.handle = tx.raw, nil, nil
		if ended = tx.flow.reliable(); !ended {
			tx.alarm.set(tx.ua, tx.ua.timeout(), tx.fire) // timer D
		}
	}
	tx.mu.Unlock()
	if send != nil {
		tx.send(send)
	}
	if cancel {
		tx.sendCancel()
	}
	if pass {
		handle(res, nil)
	}
	if ended {
		tx.end()
	}
}

// cancel gives up an INVITE: CANCEL is sent now, or as soon as a provisional response shows that the party has the
// INVITE (RFC 3261 §9.1). reason is the value of its Reason header; "" none.
func (tx *clientTx) cancel(reason string) {
	tx.mu.Lock()
	if tx.state > txProceeding || tx.giveUp != nil {
		tx.mu.Unlock()
		return
	}
	req := cancelOf(tx.req)
	if reason != "" {
		req.AppendHeader(sip.NewHeader("Reason", reason))
	}
	tx.giveUp = wireBytes(req)
	now := tx.state == txProceeding
	if now {
		tx.alarm.set(tx.ua, tx.ua.timeout(), tx.fire)
		tx.deadline = time.Now().Add(tx.ua.timeout())
	}
	tx.mu.Unlock()
	if now {
		tx.sendCancel()
	}
}

// sendCancel sends the CANCEL as a transaction of its own on the flow of the INVITE.
func (tx *clientTx) sendCancel() {
	tx.mu.Lock()
	raw := tx.giveUp
	tx.mu.Unlock()
	c := &clientTx{
		ua: tx.ua, key: clientKey{tx.key.branch, sip.CANCEL}, flow: tx.flow, raw: raw, trace: tx.trace,
		handle:   func(*sip.Response, error) {}, // what matters is the answer to the INVITE
		deadline: time.Now().Add(tx.ua.timeout()), interval: tx.ua.t1,
	}
	if c.flow.reliable() {
		c.interval = tx.ua.timeout()
	}
	tx.ua.txs.addClient(c)
	c.mu.Lock()
	c.alarm.set(c.ua, c.interval, c.fire)
	c.mu.Unlock()
	c.send(raw)
}

func (tx *clientTx) method() sip.RequestMethod { return tx.key.method }

func (tx *clientTx) fire() {
	tx.mu.Lock()
	if tx.state == txDone || !tx.alarm.due() {
		tx.mu.Unlock()
		return
	}
	if tx.state > txProceeding {
		tx.mu.Unlock()
		tx.end()
		return
	}
	if !time.Now().Before(tx.deadline) {
		tx.mu.Unlock()
		tx.fail(errTimeout) // timer B or F
		return
	}
	if tx.method() == sip.INVITE {
		tx.interval *= 2 // timer A
	} else if tx.interval = min(2*tx.interval, tx.ua.t2()); tx.state == txProceeding {
		tx.interval = tx.ua.t2() // timer E
	}
	tx.alarm.set(tx.ua, min(tx.interval, max(time.Until(tx.deadline), 0)), tx.fire)
	raw := tx.raw
	tx.mu.Unlock()
	tx.send(raw)
}

// fail ends a transaction; its owner hears of it when it was still waiting.
func (tx *clientTx) fail(err error) {
	if handle := tx.end(); handle != nil {
		handle(nil, err)
	}
}

// end forgets the transaction and returns who is to hear of it, if it was still waiting for its final response.
func (tx *clientTx) end() (handle func(*sip.Response, error)) {
	tx.mu.Lock()
	if tx.state <= txProceeding {
		handle = tx.handle
	}
	tx.state, tx.raw, tx.req, tx.handle = txDone, nil, nil, nil
	tx.alarm.stop()
	tx.mu.Unlock()
	tx.ua.txs.dropClient(tx)
	return handle
}

func (tx *clientTx) send(b []byte) {
	tx.ua.traces.note(tx.trace, tx.flow, false, b)
	if err := tx.flow.send(b); err != nil {
		tx.ua.log.Debug("request not sent again", "to", tx.flow.remote, "error", err)
	}
}
