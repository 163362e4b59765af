package erlang

import (
	"math"
	"time"
)

// A Model is a queue in balance. What it says of waiting is about every caller, those who give up included.
type Model struct {
	rate, serving, leaving float64 // a second: callers who come; whom all agents together can serve; who loses patience

	agents int
	peak   float64 // the likeliest virtual wait
	drift  float64 // the exponent there, by which everything is scaled
	none   float64 // the weight of the states in which a caller need not wait
	some   float64 // the weight of those in which one must
}

// New makes the model of a queue to which calls come at rate a second, each of which keeps one of the agents busy for
// handle on average. patience is the callers', on average; 0: they wait for ever.
//
// The virtual wait of a caller who would never give up has the density
//
//	v(x) = λ π exp(λ∫₀ˣ G(u)du − nμx), G(u) = exp(−θu)
//
// where π is the probability that all agents but one are busy (Baccelli and Hebuterne, 1981); the rest are integrals.
func New(rate float64, handle, patience time.Duration, agents int) *Model {
	m := &Model{rate: rate, agents: agents, serving: float64(agents) / handle.Seconds()}
	if patience > 0 {
		m.leaving = 1 / patience.Seconds()
	}
	if !m.Stable() {
		return m
	}
	if m.rate > m.serving { // the virtual wait is likeliest where as many give up as there are too many
		m.peak = math.Log(m.rate/m.serving) / m.leaving
		m.drift = m.exponent(m.peak)
	}
	m.none = math.Exp(lnInverseB(rate*handle.Seconds(), agents-1) - m.drift)
	m.some = rate * m.integral(0, func(float64) float64 { return 1 })
	return m
}

// Stable reports whether the line does not grow for ever.
func (m *Model) Stable() bool { return m.leaving > 0 || m.rate < m.serving }

// Waits is the part of the callers who find no agent free.
func (m *Model) Waits() float64 {
	if !m.Stable() {
		return 1
	}
	if math.IsInf(m.none, 1) {
		return 0
	}
	return m.some / (m.none + m.some)
}

// Over is the part of the callers who wait for longer than limit.
func (m *Model) Over(limit time.Duration) float64 {
	if !m.Stable() {
		return 1
	}
	x := limit.Seconds()
	return m.Waits() * m.patient(x) * m.mean(x, func(float64) float64 { return 1 })
}

// InTime is the part of the callers who are answered within limit.
func (m *Model) InTime(limit time.Duration) float64 {
	if !m.Stable() {
		return 0
	}
	x := limit.Seconds()
	return 1 - m.Waits()*(1-m.mean(0, m.patient)+m.mean(x, m.patient))
}

// Abandoned is the part of the callers who give up.
func (m *Model) Abandoned() float64 {
	if m.leaving == 0 {
		return 0
	}
	return m.Waits() * (1 - m.mean(0, m.patient))
}

// Wait is how long callers wait on average, until they are answered or give up; math.Inf when the line grows for ever.
func (m *Model) Wait() (seconds float64) {
	if !m.Stable() {
		return math.Inf(1)
	}
	return m.Waits() * m.mean(0, m.endured)
}

// AnsweredWait is how long those wait on average who are answered.
func (m *Model) AnsweredWait() (seconds float64) {
	if !m.Stable() {
		return math.Inf(1)
	}
	return m.Waits() * m.mean(0, func(x float64) float64 { return x * m.patient(x) }) / (1 - m.Abandoned())
}

// Occupancy is the part of their time that agents are busy.
func (m *Model) Occupancy() float64 {
	if !m.Stable() {
		return 1
	}
	return m.rate / m.serving * (1 - m.Abandoned())
}

// patient is the part of the callers whose patience is longer than x.
func (m *Model) patient(x float64) float64 { return math.Exp(-m.leaving * x) }

// endured is how long callers wait on average who would be answered after x.
func (m *Model) endured(x float64) float64 {
	if m.leaving == 0 {
		return x
	}
	return -math.Expm1(-m.leaving*x) / m.leaving
}

func (m *Model) exponent(x float64) float64 { return m.rate*m.endured(x) - m.serving*x }

// mean is the part of f's mean over the virtual waits of those who must wait that lies above from.
func (m *Model) mean(from float64, f func(float64) float64) float64 {
	return m.rate * m.integral(from, f) / m.some
}

// integral is that of f times the density of the virtual wait, scaled, from a wait on: by Simpson's rule, as far as
// there is anything to add.
func (m *Model) integral(from float64, f func(float64) float64) float64 {
	const (
		steps      = 1 << 12
		negligible = -50
	)
	to := max(1, m.peak)
	for m.exponent(to)-m.drift > negligible {
		to *= 1.5
	}
	if to <= from {
		return 0
	}
	width, sum := (to-from)/steps, 0.0
	for i := range steps + 1 {
		weight := 2.0
		switch {
		case i == 0 || i == steps:
			weight = 1
		case i%2 == 1:
			weight = 4
		}
		x := from + float64(i)*width
		sum += weight * f(x) * math.Exp(m.exponent(x)-m.drift)
	}
	return sum * width / 3
}

// lnInverseB is the logarithm of the inverse of Erlang's formula B: of the part of callers who find all lines busy where
// nobody can wait.
func lnInverseB(load float64, lines int) float64 {
	inverse := 0.0
	for k := 1; k <= lines; k++ {
		next := math.Log(float64(k)/load) + inverse
		inverse = max(next, 0) + math.Log1p(math.Exp(-math.Abs(next)))
	}
	return inverse
}
