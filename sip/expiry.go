package sip

import (
	"strconv"
	"time"

	"github.com/emiago/sipgo/sip"
)

// expireLater ends the call with 487 when its INVITE has an Expires header and is not answered by then (RFC 3261
// §13.3.1).
func (d *Dialog) expireLater() {
	for _, v := range values(d.invite, "expires") {
		n, err := strconv.ParseUint(trim(v), 10, 32)
		if err != nil {
			continue // it is optional, and nothing else of the call depends on it
		}
		d.mu.Lock()
		if d.state == early {
			d.expiry.set(d.ua, time.Duration(n)*time.Second, d.expired)
		}
		d.mu.Unlock()
		return
	}
}

func (d *Dialog) expired() {
	d.mu.Lock()
	due := d.state == early && d.expiry.due()
	d.mu.Unlock()
	if due { // as if the caller had cancelled: it is the caller who does not wait any longer
		d.reject(End{Code: sip.StatusRequestTerminated, Q850: 16, Reason: "invitation expired", By: ByParty})
	}
}
