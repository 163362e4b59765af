package media

import (
	"math"
	"testing"
	"time"
)

// TestTheEstimateIsThatOfG107 compares with points worked out from the formulas of ITU-T G.107 by hand. The
// first is in the standard itself: all defaults give R = 93.2 and MOS = 4.41.
func TestTheEstimateIsThatOfG107(t *testing.T) {
	for _, c := range []struct {
		loss  float64
		delay time.Duration
		r     float64
		mos   float64
	}{
		{0, 0, 93.2, 4.41},
		{0, 100 * time.Millisecond, 93.2, 4.41},
		{0, 200 * time.Millisecond, 90.2, 4.34},
		{0, 300 * time.Millisecond, 78.6, 3.95},
		{0, 400 * time.Millisecond, 69.2, 3.57},
		{0.01, 0, 89.6, 4.33},
		{0.05, 0, 77.4, 3.91},
		{0.10, 0, 66.1, 3.43},
		{0.20, 0, 51.1, 2.64},
		{1, 0, 17.2, 1.17},
	} {
		r := rating(c.loss, c.delay)
		if math.Abs(float64(r)-c.r) > 0.5 || math.Abs(r.mos()-c.mos) > 0.05 {
			t.Errorf("loss %.0f %%, delay %v: R %.1f, MOS %.2f; want %.1f, %.2f", 100*c.loss, c.delay, float64(r), r.mos(), c.r, c.mos)
		}
	}
}

func TestTheEstimateOnlyFallsAsThingsGetWorse(t *testing.T) {
	last := 5.0
	for loss := 0.0; loss <= 1; loss += 0.01 {
		if mos := MOS(loss, 0, 0); mos > last || mos < 1 || mos > 4.5 {
			t.Fatalf("at %.2f loss MOS is %.2f after %.2f", loss, mos, last)
		} else {
			last = mos
		}
	}
	if good, bad := MOS(0, 50*time.Millisecond, 0), MOS(0, 50*time.Millisecond, 150*time.Millisecond); bad >= good {
		t.Errorf("jitter makes no difference: %.2f, %.2f", good, bad)
	}
	for _, odd := range []float64{math.NaN(), math.Inf(1), -3, 7} {
		if mos := MOS(odd, -time.Hour, time.Hour); math.IsNaN(mos) || mos < 1 || mos > 4.5 {
			t.Errorf("loss %v gives %v", odd, mos)
		}
	}
}
