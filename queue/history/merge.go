package history

import (
	"math/bits"
	"time"
)

const (
	// digit is how many bits of a duration are brought in order at once: the places of as many heads fit the nearest cache.
	digit = 11
	// few is how many durations are merged faster than their digits are counted.
	few = 512
)

// A merger merges; what one merging needs beside its result the next one takes again.
type merger struct{ spare []time.Duration }

// merged is all of runs in order, each of which is. A report of half a year merges hundreds of runs with a quarter of a million of
// waits: comparing them, which no processor can foresee, took half of the report's time, and putting them where their digits say takes
// a constant number of passes however many runs there are.
func (m *merger) merged(runs [][]time.Duration) []time.Duration {
	var from [][]time.Duration // those with something in them
	n := 0
	for _, run := range runs {
		if len(run) > 0 {
			from, n = append(from, run), n+len(run)
		}
	}
	switch {
	case len(from) == 0:
		return nil
	case len(from) == 1:
		return from[0]
	case len(from) == 2 || n <= few:
		all := from[0]
		for _, run := range from[1:] {
			all = merge(all, run)
		}
		return all
	}
	least, most := from[0][0], from[0][0]
	all := make([]time.Duration, 0, n)
	for _, run := range from {
		least, most = min(least, run[0]), max(most, run[len(run)-1])
		all = append(all, run...)
	}
	return m.byDigits(all, least, most)
}

// byDigits brings durations from least to most in order, by their lowest digit, then by the next one: what has a digit in common
// stays in the order of those before. It keeps all or gives it back.
func (m *merger) byDigits(all []time.Duration, least, most time.Duration) []time.Duration {
	other := m.spare
	if cap(other) < len(all) {
		other = make([]time.Duration, len(all))
	}
	other = other[:len(all)]
	span := uint64(most) - uint64(least) // exact, even where the difference is no Duration
	for shift := 0; shift < bits.Len64(span); shift += digit {
		var heads [1 << digit]int
		for _, d := range all {
			heads[(uint64(d)-uint64(least))>>shift&(1<<digit-1)]++
		}
		at := 0
		for i, n := range heads {
			heads[i], at = at, at+n
		}
		for _, d := range all {
			head := &heads[(uint64(d)-uint64(least))>>shift&(1<<digit-1)]
			other[*head] = d
			*head++
		}
		all, other = other, all
	}
	m.spare = other
	return all
}

func merge(a, b []time.Duration) []time.Duration {
	all := make([]time.Duration, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		if a[0] <= b[0] {
			all, a = append(all, a[0]), a[1:]
		} else {
			all, b = append(all, b[0]), b[1:]
		}
	}
	return append(append(all, a...), b...)
}
