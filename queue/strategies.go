package queue

import (
	"cmp"
	"time"
)

// leastrecent rings the one whose last call ended first; who had none comes before, in the members' order.
type leastrecent struct{ oneAtATime }

func (leastrecent) Pick(m Moment) []Agent {
	return least(m.choices(), func(a, b Agent) int { return a.LastCall.Compare(b.LastCall) })
}

// fewestcalls rings the one who has taken the fewest calls, and of several the one who has rested longest.
type fewestcalls struct{ oneAtATime }

func (fewestcalls) Pick(m Moment) []Agent {
	return least(m.choices(), func(a, b Agent) int {
		return cmp.Or(cmp.Compare(a.Calls, b.Calls), a.LastCall.Compare(b.LastCall))
	})
}

// leastTalkTime rings the one who has talked for the shortest time in all, and of several the one who has
// rested longest.
type leastTalkTime struct{ oneAtATime }

func (leastTalkTime) Pick(m Moment) []Agent {
	return least(m.choices(), func(a, b Agent) int {
		return cmp.Or(cmp.Compare(a.Talked, b.Talked), a.LastCall.Compare(b.LastCall))
	})
}

// least is the first of the least.
func least(of []Agent, compare func(a, b Agent) int) []Agent {
	first := 0
	for i := range of {
		if compare(of[i], of[first]) < 0 {
			first = i
		}
	}
	return of[first : first+1]
}

// wrandom rings anyone, the likelier the lower their penalty: of penalty 1 half as often as of 0, of penalty
// 3 a quarter as often. There are no tiers among those who are open to the caller.
type wrandom struct{ oneAtATime }

func (wrandom) Pick(m Moment) []Agent {
	of := m.fresh()
	sum := 0.0
	for _, a := range of {
		sum += weightOf(a)
	}
	draw := m.Rand.Float64() * sum
	for i, a := range of {
		if draw -= weightOf(a); draw < 0 {
			return of[i : i+1]
		}
	}
	return of[len(of)-1:] // what rounding left over
}

func weightOf(a Agent) float64 { return 1 / float64(1+a.Penalty) }

// ringall rings everybody, and who becomes free meanwhile too. Agents of a higher penalty are left alone
// while phones of a lower one ring, unless it is tiers that say when their turn comes.
type ringall struct{ tiered bool }

func (ringall) More() (time.Duration, bool) { return 0, true }

func (r ringall) Pick(m Moment) []Agent {
	switch {
	case r.tiered:
		return m.Free
	case len(m.Ringing) == 0:
		return tier(m.Free)
	}
	highest := m.Ringing[0].Penalty
	for _, a := range m.Ringing {
		highest = max(highest, a.Penalty)
	}
	return upTo(m.Free, highest)
}

// progressive rings the first in the members' order, and while nobody answers one more every so often, by
// penalty and then in the members' order, until all ring.
type progressive struct{ after time.Duration }

func (p progressive) More() (time.Duration, bool) { return p.after, true }

func (progressive) Pick(m Moment) []Agent { return m.fresh()[:1] }
