package sip

import (
	"slices"
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"
)

// dialogs are those in progress, by the tag that we gave them, which nobody else gives (RFC 3261 §19.3). The tags of
// those that we ended are remembered for a while: a BYE that crosses ours is answered with 200.
type dialogs struct {
	mu     sync.Mutex
	byTag  map[string]*Dialog  // guarded by mu
	ended  map[string]struct{} // guarded by mu: since turned
	older  map[string]struct{} // guarded by mu: before that
	turned time.Time           // guarded by mu
}

func (ds *dialogs) add(d *Dialog) {
	ds.mu.Lock()
	defer ds.mu.Unlock()
	ds.byTag[d.localTag] = d
}

// remove forgets a dialog, but when it was ended by us not for the next keep that it was.
func (ds *dialogs) remove(d *Dialog, byUs bool, keep time.Duration) {
	now := time.Now()
	ds.mu.Lock()
	defer ds.mu.Unlock()
	if ds.byTag[d.localTag] != d {
		return
	}
	delete(ds.byTag, d.localTag)
	if !byUs {
		return
	}
	if ds.ended == nil || now.Sub(ds.turned) > keep {
		ds.older, ds.ended, ds.turned = ds.ended, make(map[string]struct{}), now
	}
	ds.ended[d.localTag] = struct{}{}
}

// clear forgets everything.
func (ds *dialogs) clear() {
	ds.mu.Lock()
	defer ds.mu.Unlock()
	clear(ds.byTag)
	ds.ended, ds.older = nil, nil
}

// find returns the dialog of a tag of ours, or says that we ended it a moment ago.
func (ds *dialogs) find(tag string) (d *Dialog, recent bool) {
	ds.mu.Lock()
	defer ds.mu.Unlock()
	if d = ds.byTag[tag]; d != nil {
		return d, false
	}
	_, now := ds.ended[tag]
	_, before := ds.older[tag]
	return nil, now || before
}

func (ds *dialogs) count() int {
	ds.mu.Lock()
	defer ds.mu.Unlock()
	return len(ds.byTag)
}

func (ds *dialogs) all() []*Dialog {
	ds.mu.Lock()
	defer ds.mu.Unlock()
	all := make([]*Dialog, 0, len(ds.byTag))
	for _, d := range ds.byTag {
		all = append(all, d)
	}
	slices.SortFunc(all, func(a, b *Dialog) int { return a.began.Compare(b.began) })
	return all
}

// use reports whether a dialog's party is reached over w.
func (ds *dialogs) use(w wire) bool {
	return slices.ContainsFunc(ds.all(), func(d *Dialog) bool { return d.uses(w) })
}

// dialogOf finds the dialog of a request by Call-ID and both tags (RFC 3261 §12.2.2).
func (ua *UA) dialogOf(req *sip.Request) *Dialog {
	tag, _ := req.To().Params.Get("tag")
	d, _ := ua.dialogs.find(tag)
	if d == nil || !d.matches(req) {
		return nil
	}
	return d
}

// inDialog takes a request whose To header has a tag. One that belongs to no dialog leaves nothing behind.
func (ua *UA) inDialog(req *sip.Request, from, to flow, key serverKey, tag string) {
	d, recent := ua.dialogs.find(tag)
	switch {
	case d != nil && d.matches(req):
		d.receive(req, from, ua.newServerTx(req, key, to))
	case recent && req.Method == sip.BYE: // it crossed ours
		ua.stateless(to, ua.response(req, sip.StatusOK))
	case req.Method == sip.SUBSCRIBE && ua.lamps.find(req) != nil:
		ua.admit(req, from, to, key)
	default:
		ua.stateless(to, ua.response(req, sip.StatusCallTransactionDoesNotExists))
	}
}
