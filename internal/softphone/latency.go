package softphone

import (
	"math/bits"
	"time"
)

// A Latency is a distribution of durations, exact to three per cent. The zero value is empty.
type Latency struct {
	counts [buckets]uint64
	Count  uint64
	Max    time.Duration
	sum    time.Duration
}

// The buckets are powers of two of a microsecond, each cut into 32.
const (
	cut     = 32
	buckets = 28 * cut // up to two minutes
)

// Add counts one duration; one less than zero, which only clocks that differ can make, counts as zero.
func (l *Latency) Add(d time.Duration) {
	d = max(d, 0)
	l.counts[bucket(d)]++
	l.Count++
	l.sum += d
	l.Max = max(l.Max, d)
}

// Merge adds what another distribution counted.
func (l *Latency) Merge(o *Latency) {
	for i, n := range o.counts {
		l.counts[i] += n
	}
	l.Count += o.Count
	l.sum += o.sum
	l.Max = max(l.Max, o.Max)
}

// Since is what was added after earlier, a copy of the same distribution, was taken. Its Max is the end of
// the highest bucket.
func (l *Latency) Since(earlier *Latency) *Latency {
	d := &Latency{Count: l.Count - earlier.Count, sum: l.sum - earlier.sum}
	for i, n := range l.counts {
		if d.counts[i] = n - earlier.counts[i]; d.counts[i] > 0 {
			d.Max = min(upper(i), l.Max)
		}
	}
	return d
}

// Quantile is the duration that the share q of all do not exceed: 0.5 is the median. 0 when empty.
func (l *Latency) Quantile(q float64) time.Duration {
	if l.Count == 0 {
		return 0
	}
	want := max(1, uint64(q*float64(l.Count)+0.5))
	seen := uint64(0)
	for i, n := range l.counts {
		if seen += n; seen >= want {
			return min(upper(i), l.Max)
		}
	}
	return l.Max
}

// Mean is the average; 0 when empty.
func (l *Latency) Mean() time.Duration {
	if l.Count == 0 {
		return 0
	}
	return l.sum / time.Duration(l.Count)
}

func bucket(d time.Duration) int {
	us := uint64(d / time.Microsecond)
	if us < cut {
		return int(us)
	}
	exp := bits.Len64(us) - 6 // us>>exp is 32 to 63
	return min(buckets-1, exp*cut+int(us>>exp))
}

// upper is the end of a bucket.
func upper(i int) time.Duration {
	if i < 2*cut {
		return time.Duration(i+1) * time.Microsecond
	}
	exp := i/cut - 1
	return time.Duration((uint64(i-exp*cut)+1)<<exp) * time.Microsecond
}
