package sip

import (
	"context"
	"sync"

	"github.com/emiago/sipgo/sip"
)

// A path is how requests find the other side of a dialog: what a call and a subscription have in common (RFC 3261
// §12; RFC 5057 calls the two usages of a dialog).
type path struct {
	ua       *UA
	callID   string
	localTag string
	local    sip.FromHeader // the From of our requests, with our tag
	remote   sip.ToHeader   // the To of our requests, without the party's tag

	mu        sync.Mutex
	remoteTag string    // guarded by mu; "" until the party answered with one
	target    sip.Uri   // guarded by mu: the party's Contact (RFC 3261 §12.2)
	routes    []sip.Uri // guarded by mu: the route set
	peer      flow      // guarded by mu: where the party's messages come from
	seq       uint32    // guarded by mu: of our last request
	remoteSeq uint32    // guarded by mu: of the party's last request; 0 before the first
}

// begin takes the names and the way of a request that makes a dialog with us, and gives the dialog our tag, which
// every response to the request carries (RFC 3261 §12.1.1). Nobody else knows the dialog yet.
func (d *path) begin(req *sip.Request, from flow) {
	d.callID, d.remoteSeq = req.CallID().Value(), req.CSeq().SeqNo
	d.remoteTag, _ = req.From().Params.Get("tag")
	req.To().Params.Add("tag", d.localTag)
	d.local = req.To().AsFrom()
	d.remote = req.From().AsTo()
	d.heard(req, from)
	for _, h := range req.GetHeaders("record-route") {
		if r, ok := h.(*sip.RecordRouteHeader); ok { // in order
			d.routes = append(d.routes, *r.Address.Clone())
		}
	}
}

// name makes the From and To of our requests to somebody who has not spoken yet. target and peer are known.
func (d *path) name(from, to Party) {
	host, port := d.ua.contactAddr(d.peer)
	d.local = sip.FromHeader{
		DisplayName: quoteName(from.Name), Params: sip.HeaderParams{{K: "tag", V: d.localTag}},
		Address: sip.Uri{Scheme: "sip", User: escapeUser(from.Number), Host: host},
	}
	if port != defaultPort {
		d.local.Address.Port = port
	}
	d.remote = sip.ToHeader{
		DisplayName: quoteName(to.Name),
		Address:     sip.Uri{Scheme: "sip", User: escapeUser(to.Number), Host: d.target.Host, Port: d.target.Port},
	}
}

// heard takes what every request and response that makes or refreshes a dialog tells of the way: the party's Contact,
// and where it really is. mu is held.
func (d *path) heard(m sip.Message, from flow) {
	d.peer = from
	for _, h := range m.GetHeaders("contact") {
		if c, ok := h.(*sip.ContactHeader); ok && !c.Address.Wildcard {
			d.target = *c.Address.Clone()
			d.target.Headers = nil
			break
		}
	}
}

// uses reports whether the party is reached over w.
func (d *path) uses(w wire) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.peer.wire == w
}

// newRequest begins a request within the dialog (RFC 3261 §12.2.1.1). mu is held. Via and Contact follow when the
// flow is known.
func (d *path) newRequest(method sip.RequestMethod) *sip.Request {
	seq := d.seq
	if method != sip.ACK {
		d.seq++
		seq = d.seq
	}
	target, routes := *d.target.Clone(), d.routes
	if len(routes) > 0 && !routes[0].UriParams.Has("lr") {
		// A strict router of RFC 2543 takes its own name off the Request-URI.
		last := target
		target, routes = routes[0], append(append([]sip.Uri(nil), routes[1:]...), last)
	}
	req := sip.NewRequest(method, target)
	for i := range routes {
		req.AppendHeader(&sip.RouteHeader{Address: routes[i]})
	}
	hops := sip.MaxForwardsHeader(maxHops)
	req.AppendHeader(&hops)
	req.AppendHeader(sip.HeaderClone(&d.local))
	to := sip.HeaderClone(&d.remote).(*sip.ToHeader)
	if d.remoteTag != "" {
		to.Params.Add("tag", d.remoteTag)
	}
	req.AppendHeader(to)
	callID := sip.CallIDHeader(d.callID)
	req.AppendHeader(&callID)
	req.AppendHeader(&sip.CSeqHeader{SeqNo: seq, MethodName: method})
	req.AppendHeader(sip.NewHeader("User-Agent", d.ua.config.UserAgent))
	return req
}

// address completes a request for the flow that it leaves on.
func (d *path) address(req *sip.Request, f flow) {
	req.PrependHeader(d.ua.via(f))
	switch req.Method {
	case sip.INVITE, sip.UPDATE, sip.NOTIFY: // what may refresh the target (RFC 3261 §12.2, RFC 3311, RFC 6665)
		req.AppendHeader(d.ua.contact(d.local.Address.User, f))
	}
	if req.ContentLength() == nil {
		req.SetBody(nil)
	}
}

// hop is where requests of the dialog go next: a flow that is there, or a place that must be reached first. mu is
// held.
//
// A party that is behind NAT gives a Contact that we cannot reach, so it is only believed when the party's own
// messages come from that host, or proxies on the way have put themselves into the route set.
func (d *path) hop() (flow, place, error) {
	if len(d.routes) == 0 && d.peer.valid() && d.peer.reliable() && d.peer.wire.alive() {
		return d.peer, place{}, nil
	}
	uri := &d.target
	if len(d.routes) > 0 {
		uri = &d.routes[0]
	}
	p, err := placeOf(uri)
	if err != nil && d.peer.valid() && len(d.routes) == 0 {
		return d.peer, place{}, nil
	}
	if err != nil {
		return flow{}, place{}, err
	}
	to, literal := p.literal()
	if len(d.routes) == 0 && d.peer.valid() && (!literal || to.Addr() != d.peer.remote.Addr()) {
		return d.peer, place{}, nil
	}
	if literal {
		if p.network == "UDP" && d.peer.valid() && d.peer.wire.network() == "UDP" {
			return flow{d.peer.wire, to}, place{}, nil
		}
		if f, ok := d.ua.flowNow(p.network, to); ok {
			return f, place{}, nil
		}
	}
	return flow{}, p, nil
}

// reach waits for the flow to a place: a look-up, a connection.
func (ua *UA) reach(ctx context.Context, p place) (flow, error) {
	to, err := p.resolve(ctx)
	if err != nil {
		return flow{}, err
	}
	return ua.flowTo(ctx, p.network, to)
}

// onFlow hands the flow to a place to then: at once when it is there, on a goroutine when it must be made first.
func (ua *UA) onFlow(p place, then func(flow, error)) {
	if to, literal := p.literal(); literal {
		if f, ok := ua.flowNow(p.network, to); ok {
			then(f, nil)
			return
		}
	}
	if !ua.spawn(func() {
		ctx, cancel := context.WithTimeout(ua.lifetime(), ua.timeout())
		defer cancel()
		then(ua.reach(ctx, p))
	}) {
		then(flow{}, errNotServed)
	}
}

// send sends a request of the dialog and does not wait, not even for a connection that must be made first: that
// happens on a goroutine. A failure comes to handle like any other.
func (d *path) send(method sip.RequestMethod, build func(*sip.Request), handle func(*sip.Response, error)) {
	d.mu.Lock()
	req := d.newRequest(method)
	f, p, err := d.hop()
	d.mu.Unlock()
	if build != nil {
		build(req)
	}
	out := func(f flow) {
		d.address(req, f)
		if _, err := d.ua.request(req, f, handle); err != nil {
			handle(nil, err)
		}
	}
	switch {
	case err != nil:
		handle(nil, err)
	case f.valid():
		out(f)
	default:
		d.ua.onFlow(p, func(f flow, err error) {
			if err != nil {
				handle(nil, err)
				return
			}
			out(f)
		})
	}
}
