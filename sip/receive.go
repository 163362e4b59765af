package sip

import (
	"bytes"
	"hash/maphash"
	"strconv"
	"strings"

	"github.com/emiago/sipgo/sip"
)

// maxHandlers is how many requests may be handled at one time; more are refused with 503.
const maxHandlers = 2000

// lenientParser reads only what every response is made of, so that a message with one bad header can be told so.
func lenientParser() *sip.Parser {
	full := sip.DefaultHeadersParser()
	few := make(map[string]sip.HeaderParser)
	for _, name := range []string{"via", "v", "from", "f", "to", "t", "call-id", "i", "cseq"} {
		few[name] = full[name]
	}
	return sip.NewParser(sip.WithHeadersParsers(few))
}

// receive takes one packet, on the socket's reader: what must keep its order is done before it returns, what may
// take time goes to a goroutine. b is the caller's.
func (ua *UA) receive(b []byte, from flow) {
	defer ua.contain()
	// A line feed alone ends no line (RFC 3261 §7), but some receivers of our responses would think so: a header
	// that we copy must not become two.
	head, _, _ := bytes.Cut(b, []byte("\r\n\r\n"))
	if bytes.Count(head, []byte("\n")) != bytes.Count(head, []byte("\r\n")) || bytes.IndexByte(head, 0) >= 0 {
		ua.stats.malformed.Add(1)
		return
	}
	b = canonical(b) // for a parser that knows one spelling
	m, err := ua.parser.ParseSIP(b)
	if err != nil {
		ua.refuseMalformed(b, from, err)
		return
	}
	switch m := m.(type) {
	case *sip.Request:
		m.SetTransport(from.wire.network())
		m.SetSource(from.remote.String())
		if why := incomplete(m); why != "" {
			ua.badRequest(m, from, why)
			return
		}
		ua.stats.request(m.Method)
		if tag, _ := m.To().Params.Get("tag"); m.Method == sip.INVITE && tag == "" {
			ua.traces.seen(m.CallID().Value())
		}
		ua.traces.note(ua.traces.find(m), from, true, b) // canonical has made b ours
		ua.receiveRequest(m, from)
	case *sip.Response:
		m.SetTransport(from.wire.network())
		m.SetSource(from.remote.String())
		ua.traces.note(ua.traces.find(m), from, true, b)
		ua.receiveResponse(m)
	}
}

// refuseMalformed answers 400 when the message is a request that says where it comes from (RFC 3261 §21.4.1).
func (ua *UA) refuseMalformed(b []byte, from flow, why error) {
	m, err := ua.lenient.ParseSIP(b)
	req, ok := m.(*sip.Request)
	if err != nil {
		ua.stats.malformed.Add(1)
		tag := strconv.FormatUint(maphash.Bytes(ua.seed, b), 36) // the same for a retransmission
		if text := plainRefusal(b, tag); text != nil {
			ua.log.Debug("unreadable request", "from", from.remote, "error", why)
			if err := from.send(text); err != nil {
				ua.log.Debug("response not sent", "to", from.remote, "error", err)
			}
		}
		return
	}
	if !ok {
		ua.stats.malformed.Add(1)
		return
	}
	req.SetTransport(from.wire.network())
	req.SetSource(from.remote.String())
	ua.badRequest(req, from, why.Error())
}

// badRequest answers 400 without a transaction. ACK is never answered, and what has no sender cannot be.
func (ua *UA) badRequest(req *sip.Request, from flow, why string) {
	ua.stats.malformed.Add(1)
	ua.log.Debug("malformed request", "from", from.remote, "error", why)
	if req.Method == sip.ACK || req.Via() == nil || req.From() == nil || req.To() == nil || req.CallID() == nil || req.CSeq() == nil {
		return
	}
	ua.stateless(replyTo(req, from), ua.response(req, sip.StatusBadRequest))
}

// incomplete says what a request lacks of what every request has (RFC 3261 §8.1.1); "" when it is whole.
func incomplete(req *sip.Request) string {
	switch {
	case req.Via() == nil:
		return "no Via"
	case req.From() == nil:
		return "no From"
	case req.To() == nil:
		return "no To"
	case req.CallID() == nil:
		return "no Call-ID"
	case req.CSeq() == nil:
		return "no CSeq"
	case req.CSeq().MethodName != req.Method:
		return "CSeq of another method"
	}
	var from, to, callID, cseq int
	for _, h := range req.Headers() {
		switch h.(type) {
		case *sip.FromHeader:
			from++
		case *sip.ToHeader:
			to++
		case *sip.CallIDHeader:
			callID++
		case *sip.CSeqHeader:
			cseq++
		}
	}
	if from > 1 || to > 1 || callID > 1 || cseq > 1 {
		return "more than one From, To, Call-ID or CSeq"
	}
	return ""
}

// stateless sends a response that is not kept: a retransmission of the request gets it anew (RFC 3261 §8.2.7).
func (ua *UA) stateless(to flow, res *sip.Response) {
	ua.stats.response(methodOf(res), res.StatusCode)
	text := wireBytes(res)
	ua.traces.note(ua.traces.find(res), to, false, text)
	if err := to.send(text); err != nil {
		ua.log.Debug("response not sent", "to", to.remote, "error", err)
	}
}

// steadyTag gives the retransmissions of one request the same To tag, although nothing of it is kept (RFC 3261 §8.2.7).
func (ua *UA) steadyTag(req *sip.Request, res *sip.Response) *sip.Response {
	if tag, _ := req.To().Params.Get("tag"); tag != "" { // of a subscription
		return res
	}
	branch, _ := req.Via().Params.Get("branch")
	sum := maphash.String(ua.seed, branch+"\x00"+req.CallID().Value())
	res.To().Params.Add("tag", strconv.FormatUint(sum, 36))
	return res
}

func (ua *UA) receiveResponse(res *sip.Response) {
	via, cseq := res.Via(), res.CSeq()
	if via == nil || cseq == nil || res.StatusCode < 100 || res.StatusCode > 699 {
		ua.stats.malformed.Add(1)
		return
	}
	ua.stats.answered(cseq.MethodName, res.StatusCode)
	branch, _ := via.Params.Get("branch")
	if tx := ua.txs.findClient(clientKey{branch, cseq.MethodName}); tx != nil {
		tx.receive(res)
		return
	}
	// A 2xx to an INVITE may come again after its transaction is gone; its ACK must, too (RFC 3261 §13.2.2.4).
	if cseq.MethodName == sip.INVITE && res.IsSuccess() && res.From() != nil {
		tag, _ := res.From().Params.Get("tag")
		if d, _ := ua.dialogs.find(tag); d != nil {
			d.acknowledgeAgain(res)
		}
	}
}

func (ua *UA) receiveRequest(req *sip.Request, from flow) {
	to := replyTo(req, from)
	method := req.Method
	if method == sip.ACK {
		method = sip.INVITE // an ACK to a refusal belongs to the INVITE (RFC 3261 §17.2.3)
	}
	key := serverKeyOf(req, method)
	if tx := ua.txs.findServer(key); tx != nil {
		if req.Method != sip.ACK {
			ua.stats.retransmissions.Add(1)
			tx.again()
			return
		}
		tx.acked()
		// Some phones give the ACK of a 2xx the INVITE's branch: the dialog sees it as well.
	}
	switch {
	case req.Method == sip.ACK:
		if d := ua.dialogOf(req); d != nil {
			d.acked(req)
		}
		return
	case req.Method == sip.CANCEL:
		ua.cancel(req, to)
		return
	case !known(req.Method):
		ua.stateless(to, ua.response(req, sip.StatusNotImplemented, sip.NewHeader("Allow", allowed)))
		return
	}
	if res := ua.preview(req); res != nil {
		ua.stateless(to, res)
		return
	}
	if tag, _ := req.To().Params.Get("tag"); tag != "" {
		ua.inDialog(req, from, to, key, tag)
		return
	}
	ua.outOfDialog(req, from, to, key)
}

// cancel answers a CANCEL and tells the INVITE that it is meant for (RFC 3261 §9.2).
func (ua *UA) cancel(req *sip.Request, to flow) {
	invite := ua.txs.findServer(serverKeyOf(req, sip.INVITE))
	if invite == nil {
		ua.stateless(to, ua.response(req, sip.StatusCallTransactionDoesNotExists))
		return
	}
	tx := ua.newServerTx(req, serverKeyOf(req, sip.CANCEL), to)
	ua.reply(tx, ua.response(req, sip.StatusOK))
	invite.cancelled(req)
}

// preview finds what makes any request unacceptable, whatever it is about (RFC 3261 §8.2); nil: nothing. Max-Forwards
// is not among it: it counts the hops of proxies (§16.3), and with us every request is where it was to go.
func (ua *UA) preview(req *sip.Request) *sip.Response {
	if !strings.EqualFold(req.SipVersion, "SIP/2.0") { // its case means nothing (RFC 3261 §7.1)
		return ua.response(req, sip.StatusVersionNotSupported)
	}
	// Who asks for sips is promised TLS all the way (RFC 3261 §26.2.2), which we do not have.
	if s := req.Recipient.Scheme; s != "sip" && s != "tel" {
		return ua.response(req, 416)
	}
	var unsupported []string
	for _, v := range values(req, "require") {
		for _, option := range splitQuoted(v, ',') {
			if option = trim(option); option != "" && !isSupported(option) {
				unsupported = append(unsupported, option)
			}
		}
	}
	if len(unsupported) > 0 { // RFC 3261 §8.2.2.3; 100rel among them (RFC 3262 §3)
		return ua.response(req, sip.StatusBadExtension, sip.NewHeader("Unsupported", join(unsupported)))
	}
	return nil
}

// reply sends a response of a transaction that nobody else answers.
func (ua *UA) reply(tx *serverTx, res *sip.Response) {
	if err := tx.respond(res); err != nil {
		ua.log.Debug("second final response", "method", tx.method, "status", res.StatusCode, "error", err)
	}
}

// outOfDialog takes a request that belongs to no dialog.
func (ua *UA) outOfDialog(req *sip.Request, from, to flow, key serverKey) {
	switch req.Method {
	case sip.OPTIONS:
		// RFC 3261 §11.2: the status is that of an INVITE. Nobody is asked who they are: phones and balancers ping.
		if ua.draining.Load() {
			ua.stateless(to, ua.response(req, sip.StatusServiceUnavailable, ua.retryAfter()))
			return
		}
		ua.stateless(to, ua.capabilities(req))
		return
	case sip.INVITE, sip.REGISTER, sip.SUBSCRIBE, sip.MESSAGE, sip.REFER:
	case sip.PUBLISH:
		ua.stateless(to, ua.response(req, sip.StatusMethodNotAllowed, sip.NewHeader("Allow", allowed)))
		return
	default: // BYE, INFO, UPDATE, PRACK, NOTIFY belong to a dialog (RFC 3261 §12.2.2)
		ua.stateless(to, ua.response(req, sip.StatusCallTransactionDoesNotExists))
		return
	}
	ua.admit(req, from, to, key)
}

// admit asks who sent a request and hands it to handle, on a goroutine.
func (ua *UA) admit(req *sip.Request, from, to flow, key serverKey) {
	// Who it is comes before anything of a request is kept (RFC 3261 §26.3.2.4): a stranger costs no memory, with
	// wrong credentials neither, and whose address was forged is not sent one refusal again and again.
	account, refusal := ua.auth.Authenticate(req)
	if refusal != nil {
		ua.stateless(to, ua.steadyTag(req, refusal))
		return
	}
	ua.names.learn(account.User, req)
	if ua.handlers.Add(1) > maxHandlers {
		ua.handlers.Add(-1)
		ua.stats.overload.Add(1)
		ua.stateless(to, ua.response(req, sip.StatusServiceUnavailable, ua.retryAfter()))
		return
	}
	tx := ua.newServerTx(req, key, to)
	started := ua.spawn(func() {
		if d := ua.handle(req, from, tx, account); d != nil {
			d.introduce()
		}
	})
	if !started {
		ua.handlers.Add(-1)
		ua.reply(tx, ua.response(req, sip.StatusServiceUnavailable))
	}
}

// handle serves an account's request that belongs to no call, on its own goroutine. It returns the dialog that the
// request made; nil: none.
func (ua *UA) handle(req *sip.Request, from flow, tx *serverTx, account Account) *Dialog {
	defer ua.handlers.Add(-1)
	defer ua.answerPanic(req, tx)
	switch req.Method {
	case sip.REGISTER:
		res, phones := ua.registrar.serve(account, req)
		ua.reply(tx, res)
		ua.lamps.registered(account, phones)
	case sip.INVITE:
		return ua.invited(req, from, tx, account)
	case sip.SUBSCRIBE:
		ua.subscribe(req, from, tx, account)
	case sip.REFER: // a transfer needs a call; RFC 3515 §2.4.2
		ua.reply(tx, ua.response(req, sip.StatusForbidden))
	default:
		ua.reply(tx, ua.response(req, sip.StatusMethodNotAllowed, sip.NewHeader("Allow", allowed)))
	}
	return nil
}

// answerPanic turns a panic of a handler into 500. It is deferred.
func (ua *UA) answerPanic(req *sip.Request, tx *serverTx) {
	if p := recover(); p != nil {
		ua.reply(tx, ua.response(req, sip.StatusInternalServerError))
		panic(p) // contain logs it
	}
}

// capabilities is the answer to OPTIONS (RFC 3261 §11.2).
func (ua *UA) capabilities(req *sip.Request) *sip.Response {
	return ua.response(req, sip.StatusOK,
		sip.NewHeader("Allow", allowed), sip.NewHeader("Accept", acceptedBodies), sip.NewHeader("Accept-Encoding", "identity"),
		sip.NewHeader("Accept-Language", "ar, en, fr"), sip.NewHeader("Supported", supported),
		sip.NewHeader("Allow-Events", allowedEvents))
}

// retryLater is how many seconds a phone should stay away while we drain.
const retryLater = "30"

func (ua *UA) retryAfter() sip.Header { return sip.NewHeader("Retry-After", retryLater) }
