package sip

import (
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"
)

// A serverTx is a request that came, and the responses that we owe it (RFC 3261 §17.2).
type serverTx struct {
	ua     *UA
	key    serverKey
	merge  mergeKey // guarded by ua.txs.mu; zero: none
	method sip.RequestMethod
	flow   flow // where responses go
	began  time.Time
	trace  *trace // of the call that it belongs to; nil: none

	mu       sync.Mutex
	state    txState            // guarded by mu
	last     []byte             // guarded by mu: the last response, sent again to a retransmission
	alarm    alarm              // guarded by mu: timer G, H, I, J or L
	interval time.Duration      // guarded by mu: timer G's
	deadline time.Time          // guarded by mu: timer H's end
	cancel   *sip.Request       // guarded by mu: the CANCEL that came before onCancel was set
	onCancel func(*sip.Request) // guarded by mu
}

func (ua *UA) newServerTx(req *sip.Request, key serverKey, f flow) *serverTx {
	tx := &serverTx{ua: ua, key: key, method: req.Method, flow: f, began: time.Now(), trace: ua.traces.find(req)}
	ua.txs.addServer(tx)
	return tx
}

// again answers a retransmission of the request.
func (tx *serverTx) again() {
	tx.mu.Lock()
	last := tx.last
	if tx.state == txAccepted || tx.state == txConfirmed || tx.state == txDone {
		last = nil // RFC 6026 §7.1: absorbed; the dialog sends its 200 again by itself
	}
	tx.mu.Unlock()
	if last != nil {
		tx.send(last)
	}
}

// respond sends a response. It fails when the final one has been sent.
func (tx *serverTx) respond(res *sip.Response) error {
	b := wireBytes(res)
	tx.mu.Lock()
	if tx.state > txProceeding {
		tx.mu.Unlock()
		return errAnswered
	}
	tx.last = b
	if res.StatusCode >= 200 {
		tx.onCancel = nil // it would hold the call for as long as the transaction lives
	}
	ended := false
	switch invite := tx.method == sip.INVITE; {
	case res.StatusCode < 200:
		tx.state = txProceeding
	case invite && res.StatusCode < 300:
		tx.state = txAccepted
		tx.alarm.set(tx.ua, tx.ua.timeout(), tx.fire) // timer L
	case invite:
		tx.state = txCompleted
		tx.deadline = time.Now().Add(tx.ua.timeout()) // timer H
		tx.interval = tx.ua.t1
		if tx.flow.reliable() {
			tx.interval = tx.ua.timeout() // no timer G
		}
		tx.alarm.set(tx.ua, tx.interval, tx.fire)
	case tx.flow.reliable():
		ended = true // timer J is zero
	default:
		tx.state = txCompleted
		tx.alarm.set(tx.ua, tx.ua.timeout(), tx.fire) // timer J
	}
	tx.mu.Unlock()
	tx.ua.stats.response(tx.method, res.StatusCode)
	if res.StatusCode >= 200 {
		tx.ua.stats.served[indexOf(tx.method)].add(time.Since(tx.began))
	}
	tx.send(b)
	if ended {
		tx.end()
	}
	return nil
}

// resend is how a dialog sends its 2xx again (RFC 3261 §13.3.1.4).
func (tx *serverTx) resend() {
	tx.mu.Lock()
	last := tx.last
	tx.mu.Unlock()
	tx.send(last)
}

// acked takes the ACK of a refusal.
func (tx *serverTx) acked() {
	tx.mu.Lock()
	if tx.state != txCompleted {
		tx.mu.Unlock()
		return
	}
	tx.state, tx.last = txConfirmed, nil
	reliable := tx.flow.reliable()
	if !reliable {
		tx.alarm.set(tx.ua, tx.ua.t4(), tx.fire) // timer I
	}
	tx.mu.Unlock()
	if reliable {
		tx.end()
	}
}

// cancelled takes the CANCEL of the request: the dialog hears of it, now or when it is there.
func (tx *serverTx) cancelled(req *sip.Request) {
	tx.mu.Lock()
	f := tx.onCancel
	if f == nil && tx.state <= txProceeding {
		tx.cancel = req
	}
	tx.mu.Unlock()
	if f != nil {
		f(req)
	}
}

// setOnCancel says who hears of a CANCEL. It returns the one that has come already.
func (tx *serverTx) setOnCancel(f func(*sip.Request)) *sip.Request {
	tx.mu.Lock()
	defer tx.mu.Unlock()
	if tx.cancel == nil && tx.state <= txProceeding {
		tx.onCancel = f
	}
	return tx.cancel
}

func (tx *serverTx) fire() {
	tx.mu.Lock()
	if tx.state == txDone || !tx.alarm.due() {
		tx.mu.Unlock()
		return
	}
	if tx.state != txCompleted || tx.method != sip.INVITE || !time.Now().Before(tx.deadline) {
		tx.mu.Unlock()
		tx.end()
		return
	}
	tx.interval = min(2*tx.interval, tx.ua.t2())
	tx.alarm.set(tx.ua, min(tx.interval, max(time.Until(tx.deadline), 0)), tx.fire)
	last := tx.last
	tx.mu.Unlock()
	tx.send(last)
}

// end forgets the transaction.
func (tx *serverTx) end() {
	tx.mu.Lock()
	tx.state, tx.last, tx.onCancel, tx.cancel = txDone, nil, nil, nil
	tx.alarm.stop()
	tx.mu.Unlock()
	tx.ua.txs.dropServer(tx)
}

// send writes to the flow. A response that cannot be sent is as good as one that was lost: the client asks again,
// or gives up by its own timer.
func (tx *serverTx) send(b []byte) {
	if b == nil { // it ended meanwhile
		return
	}
	tx.ua.traces.note(tx.trace, tx.flow, false, b)
	if err := tx.flow.send(b); err != nil {
		tx.ua.log.Debug("response not sent", "to", tx.flow.remote, "error", err)
	}
}
