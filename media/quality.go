package media

import "time"

// Quality is how one leg sounded, measured at our end of it from RTP and from the far end's RTCP reports.
type Quality struct {
	Codec           string        // "PCMU" or "PCMA"; "" when no audio was agreed
	PacketsSent     uint64        // RTP packets we sent
	PacketsReceived uint64        // RTP packets taken from the party
	PacketsLost     uint64        // sequence numbers that never came (RFC 3550 §6.4.1)
	PacketsRejected uint64        // dropped: malformed, or from a stranger's address
	Jitter          time.Duration // interarrival jitter at the end of the call (RFC 3550 §6.4.1)
	MaxJitter       time.Duration // the worst it was
	RoundTrip       time.Duration // from RTCP; 0 when the party sent no reports
	MOS             float64       // estimate from 1 to 4.5 by the E-model (ITU-T G.107); 0 when nothing was received
}
