package sip

import (
	"bytes"
	"errors"
	"strconv"
	"sync"

	"github.com/emiago/sipgo/sip"
)

// The transactions of RFC 3261 §17, corrected by RFC 6026, are our own and not sipgo's, which is used for messages
// only. sipgo 1.7.2 takes each message on a new goroutine, so that two INFO keys or an INVITE and its CANCEL change
// places; answers 487 to a CANCEL by itself while an answer is on its way, and then retransmits the 200; needs a
// reader per client transaction; delays the second ACK by T2 with its lock held; keeps T1 and the largest datagram
// in package variables; and remembers every source address that ever sent a datagram.

// A txState is a state of figures 5 to 8 of RFC 3261 and of RFC 6026 §7.
type txState uint8

const (
	txTrying     txState = iota // client: calling or trying; server: nothing sent yet
	txProceeding                // a provisional response passed
	txAccepted                  // INVITE: 2xx passed; the dialogs own its retransmission (RFC 6026)
	txCompleted                 // final response passed, retransmissions are absorbed
	txConfirmed                 // INVITE server: the ACK of a refusal came
	txDone                      // forgotten
)

var (
	errTimeout   = errors.New("no answer")
	errGone      = errors.New("connection lost")
	errAnswered  = errors.New("the request has its final response")
	errNotServed = errors.New("the user agent is not running")
)

// serverKey is how a request finds its transaction (RFC 3261 §17.2.3). An ACK finds that of its INVITE, as does a
// CANCEL when method says so.
type serverKey struct {
	branch string
	host   string
	port   int
	method sip.RequestMethod
}

// clientKey is how a response finds its transaction (RFC 3261 §17.1.3).
type clientKey struct {
	branch string
	method sip.RequestMethod
}

const branchCookie = sip.RFC3261BranchMagicCookie

func serverKeyOf(req *sip.Request, method sip.RequestMethod) serverKey {
	via := req.Via()
	branch, _ := via.Params.Get("branch")
	if len(branch) <= len(branchCookie) || branch[:len(branchCookie)] != branchCookie {
		// An RFC 2543 client: the whole of Request-URI, From tag, Call-ID and CSeq make the key.
		tag, _ := req.From().Params.Get("tag")
		branch = req.Recipient.String() + "\x00" + tag + "\x00" + req.CallID().Value() + "\x00" +
			strconv.FormatUint(uint64(req.CSeq().SeqNo), 10) + "\x00" + branch
	}
	return serverKey{branch, via.Host, via.Port, method}
}

// mergeKey names a request whatever way it came (RFC 3261 §8.2.2.2).
type mergeKey struct {
	callID, tag string
	cseq        uint32
}

// transactions are all of a UA.
type transactions struct {
	mu     sync.Mutex
	server map[serverKey]*serverTx // guarded by mu
	client map[clientKey]*clientTx // guarded by mu
	merge  map[mergeKey]serverKey  // guarded by mu: initial INVITEs in progress
}

func newTransactions() *transactions {
	return &transactions{
		server: make(map[serverKey]*serverTx), client: make(map[clientKey]*clientTx), merge: make(map[mergeKey]serverKey),
	}
}

func (t *transactions) findServer(k serverKey) *serverTx {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.server[k]
}

func (t *transactions) findClient(k clientKey) *clientTx {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.client[k]
}

func (t *transactions) addServer(tx *serverTx) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.server[tx.key] = tx
}

func (t *transactions) addClient(tx *clientTx) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.client[tx.key] = tx
}

func (t *transactions) dropServer(tx *serverTx) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.server, tx.key)
	if tx.merge != (mergeKey{}) {
		delete(t.merge, tx.merge)
	}
}

func (t *transactions) dropClient(tx *clientTx) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.client, tx.key)
}

// merged notes an initial INVITE and reports whether it is in progress already by another way.
func (t *transactions) merged(tx *serverTx, k mergeKey) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if other, found := t.merge[k]; found && other != tx.key {
		return true
	}
	t.merge[k], tx.merge = tx.key, k
	return false
}

func (t *transactions) count() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.server) + len(t.client)
}

// waiting is how many requests of ours have no final response.
func (t *transactions) waiting() (n int) {
	for _, tx := range t.clients() {
		if tx.pending() {
			n++
		}
	}
	return n
}

func (t *transactions) clients() []*clientTx {
	t.mu.Lock()
	defer t.mu.Unlock()
	all := make([]*clientTx, 0, len(t.client))
	for _, tx := range t.client {
		all = append(all, tx)
	}
	return all
}

// lost fails every request of ours that waits for an answer on a connection that is gone.
func (t *transactions) lost(w wire) {
	for _, tx := range t.clients() {
		if tx.flow.wire == w {
			tx.fail(errGone)
		}
	}
}

// stop silences every timer; the UA is over.
func (t *transactions) stop() {
	t.mu.Lock()
	servers := make([]*serverTx, 0, len(t.server))
	for _, tx := range t.server {
		servers = append(servers, tx)
	}
	t.mu.Unlock()
	for _, tx := range servers {
		tx.end()
	}
	for _, tx := range t.clients() {
		tx.end()
	}
}

var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// wireBytes writes a message as it goes out. sipgo writes it in some fifty pieces, so the buffer is kept.
func wireBytes(m sip.Message) []byte {
	buf := buffers.Get().(*bytes.Buffer)
	buf.Reset()
	m.StringWrite(buf)
	b := bytes.Clone(buf.Bytes())
	buffers.Put(buf)
	return b
}
