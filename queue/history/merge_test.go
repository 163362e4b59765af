package history

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// However many runs there are and whatever is in them, merging is the same as sorting, and leaves the runs as they were: the day's
// figures are folded twice for one page.
func TestRunsAreMergedInOrderAndStayAsTheyWere(t *testing.T) {
	var m merger // of all: nothing of one merging is in the next
	for _, spread := range []struct {
		name        string
		least, most time.Duration
	}{
		{"all alike", time.Second, time.Second},
		{"less than a digit", 0, 1000},
		{"waits", 0, 90 * time.Second},
		{"a clock that was set back", -time.Minute, time.Hour},
		{"the ends of time", math.MinInt64, math.MaxInt64},
	} {
		for _, n := range []int{0, 1, 2, 3, 50} {
			for _, longest := range []int{1, 10, 2000} {
				t.Run(fmt.Sprintf("%s/%d runs of up to %d", spread.name, n, longest), func(t *testing.T) {
					random := rand.New(rand.NewPCG(uint64(n), uint64(longest)))
					var runs, before [][]time.Duration
					var want []time.Duration
					for range n {
						run := make([]time.Duration, random.IntN(longest+1))
						for i := range run {
							run[i] = spread.least
							if span := uint64(spread.most) - uint64(spread.least); span > 0 {
								run[i] += time.Duration(random.Uint64N(span))
							}
						}
						slices.Sort(run)
						runs, before, want = append(runs, run), append(before, slices.Clone(run)), append(want, run...)
					}
					slices.Sort(want)
					if got := m.merged(runs); !slices.Equal(got, want) {
						t.Errorf("%d durations come in another order than sorted ones", len(want))
					}
					for i := range runs {
						if !slices.Equal(runs[i], before[i]) {
							t.Errorf("run %d was changed", i)
						}
					}
				})
			}
		}
	}
}
