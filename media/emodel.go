package media

import (
	"math"
	"time"
)

// The E-model's constants for a G.711 call with the standard's default noise and loudness.
const (
	ratingBase   = 93.2 // R0 - Is of the default values (ITU-T G.107 §7.7, Table 2)
	lossRobust   = 25.1 // Bpl of G.711 with packet loss concealment (ITU-T G.113 Appendix I)
	lossImpaired = 95.0 // Ie-eff approaches it as everything is lost (ITU-T G.107 §7.5)
)

// MOS estimates how a listener would rate a G.711 leg with packet loss concealment, from 1 (bad) to 4.5,
// by the E-model (ITU-T G.107). loss is the share of packets lost or too late, 0 to 1; delay is one way,
// mouth to ear; jitter is the interarrival jitter (RFC 3550 §6.4.1), which the far end's buffer is assumed
// to turn into twice as much delay. Losses are taken to be random (BurstR = 1).
func MOS(loss float64, delay, jitter time.Duration) float64 {
	return rating(loss, delay+2*jitter).mos()
}

// transmission is the E-model's rating factor R.
type transmission float64

// rating is R = R0 - Is - Id - Ie-eff, the advantage factor being zero.
func rating(loss float64, delay time.Duration) transmission {
	if math.IsNaN(loss) {
		loss = 0
	}
	percent := 100 * min(max(loss, 0), 1)
	equipment := lossImpaired * percent / (percent + lossRobust)
	return transmission(ratingBase - delayImpairment(delay) - equipment)
}

// delayImpairment is Idd (ITU-T G.107 §7.4, equations 7-27 and 7-28): nothing below 100 ms.
// The echo terms Idte and Idle are left out: a digital phone's echo loss is not known to us.
func delayImpairment(delay time.Duration) float64 {
	ms := float64(delay) / float64(time.Millisecond)
	if ms <= 100 {
		return 0
	}
	x := math.Log2(ms / 100)
	return 25 * (math.Pow(1+math.Pow(x, 6), 1.0/6) - 3*math.Pow(1+math.Pow(x/3, 6), 1.0/6) + 2)
}

// mos maps R to the mean opinion score (ITU-T G.107 Annex B).
func (r transmission) mos() float64 {
	switch {
	case r <= 0:
		return 1
	case r >= 100:
		return 4.5
	}
	x := float64(r)
	return max(1, 1+0.035*x+x*(x-60)*(100-x)*7e-6)
}
