package media

import "net/netip"

const (
	latchProbation = 4           // packets in a row that a stranger must send to be taken for the party
	latchSilence   = 500_000_000 // nanoseconds without the party after which a stranger is listened to
	latchExpiry    = 500_000_000 // nanoseconds after which a stranger's row of packets is forgotten
	latchReturn    = 50          // packets by which a party shows that it did not move after all
)

// latch decides whose packets are the party's and where it is to be sent to.
//
// A telephone behind a NAT says in SDP an address that nobody can reach, so the address that its packets come
// from counts (symmetric RTP, RFC 4961). The first packet from a known host, the one in SDP or the one that
// signals, is the party's at once; anybody else needs latchProbation packets in a row. From then on only that
// address is heard. The very address of the SDP takes its place at once, whoever was there first; any other one
// after the same probation, and only when the party has fallen silent. When a re-INVITE names another address, we send there at
// once and learn anew; the former source is still heard, and counts again when nobody else comes for a second.
// So a stranger who sprays packets at our ports is neither heard nor sent to (RTP bleed).
type latch struct {
	source    netip.AddrPort // where the party's packets come from; not valid: none yet
	heard     int64          // when the party was heard last
	signalled netip.AddrPort // where SDP says; not valid: it does not say
	peer      netip.Addr     // where the signalling comes from
	former    netip.AddrPort // source until SDP said another address: heard, not sent to
	stayed    int            // packets from former since then

	suspect netip.AddrPort // the stranger on probation
	row     int            // its packets so far
	ssrc    uint32
	next    uint16 // the number that its next packet must have
	last    int64  // when it was heard
}

// signal tells the latch what SDP says: of an offer or answer, the first or a later one.
func (l *latch) signal(to netip.AddrPort) {
	if to == l.signalled {
		return
	}
	l.signalled = to
	if l.source.IsValid() && l.source != to {
		l.former, l.source, l.stayed = l.source, netip.AddrPort{}, 0
	}
	l.row = 0
}

// target is where to send; not valid: nowhere yet.
func (l *latch) target() netip.AddrPort {
	if l.source.IsValid() {
		return l.source
	}
	return l.signalled
}

// knows reports whether the host is one that the party is known to be at.
func (l *latch) knows(host netip.Addr) bool {
	return host == l.signalled.Addr() || host == l.peer || host == l.source.Addr()
}

// admit takes the source of a valid packet and reports whether it is the party's.
func (l *latch) admit(now int64, from netip.AddrPort, ssrc uint32, seq uint16) bool {
	if from == l.source {
		l.heard = now
		return true
	}
	if from == l.signalled {
		l.settle(now, from)
		return true
	}
	if from == l.former {
		if l.heard, l.stayed = now, l.stayed+1; l.stayed >= latchReturn {
			l.settle(now, from)
		}
		return true
	}
	if !l.source.IsValid() && l.knows(from.Addr()) {
		l.settle(now, from)
		return true
	}
	if l.source.IsValid() && now-l.heard < latchSilence {
		l.row = 0
		return false
	}
	return l.probe(now, from, ssrc, seq)
}

// probe counts the packets of a stranger.
func (l *latch) probe(now int64, from netip.AddrPort, ssrc uint32, seq uint16) bool {
	if from != l.suspect || ssrc != l.ssrc || seq != l.next || now-l.last > latchExpiry {
		l.suspect, l.ssrc, l.row = from, ssrc, 0
	}
	l.row++
	l.next, l.last = seq+1, now
	if l.row < latchProbation {
		return false
	}
	l.settle(now, from)
	return true
}

func (l *latch) settle(now int64, from netip.AddrPort) {
	l.source, l.former = from, netip.AddrPort{}
	l.heard, l.row = now, 0
}
