package foresight

import (
	"iter"
	"math/rand/v2"
	"time"

	"hatif/queue"
)

// A Demand is who comes, and how long they talk and wait.
type Demand struct {
	calls func(r *rand.Rand) iter.Seq[queue.TrialCall] // of one run
	begin time.Time                                    // of a run
	since time.Time                                    // from when on callers count: the line is in balance by then
	until time.Time
	mixed []stretch // for the formulas

	Calls    int           // of a run, on average
	Talk     time.Duration // on average
	Patience time.Duration // on average; 0: for ever
}

// A stretch is a time in which calls come at one rate.
type stretch struct {
	rate  float64 // calls a second
	calls float64
}

// Rates is a demand that is the same at all hours: calls come independently of one another, and talk and patience are
// exponentially distributed, as in Erlang's formulas.
type Rates struct {
	CallsPerHour float64
	Talk         time.Duration
	Patience     time.Duration // 0: callers wait for ever
	Length       time.Duration // of a run, behind the time in which it comes into balance
}

// settling is how many conversations' time an empty line takes, at least, until nothing is left of its having been empty.
const settling = 60

// Demand makes r a Demand.
func (r Rates) Demand() Demand {
	begin := time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC) // any will do
	since := begin.Add(max(time.Hour, settling*r.Talk))
	rate := r.CallsPerHour / time.Hour.Seconds()
	d := Demand{
		begin: begin, since: since, until: since.Add(r.Length), Talk: r.Talk, Patience: r.Patience,
		Calls: int(rate * r.Length.Seconds()), mixed: []stretch{{rate, 1}},
	}
	d.calls = func(chance *rand.Rand) iter.Seq[queue.TrialCall] {
		return func(yield func(queue.TrialCall) bool) {
			for at := begin; ; {
				if at = at.Add(some(chance, time.Duration(float64(time.Second)/rate))); !at.Before(d.until) {
					return
				}
				if !yield(queue.TrialCall{At: at, Talk: some(chance, r.Talk), Patience: patience(chance, r.Patience)}) {
					return
				}
			}
		}
	}
	return d
}

// some is a time of an exponential distribution.
func some(chance *rand.Rand, mean time.Duration) time.Duration {
	return time.Duration(chance.ExpFloat64() * float64(mean))
}

// patience is that of one caller. Who has hardly any has some: 0 would be for ever.
func patience(chance *rand.Rand, mean time.Duration) time.Duration {
	if mean == 0 {
		return 0
	}
	return max(some(chance, mean), 1)
}
