package foresight

import "math"

// An Estimate is a mean over runs: in 95 of 100 cases the truth lies within Margin of it. Both are NaN where there was
// nothing to measure, and Margin alone when there was one run.
type Estimate struct{ Mean, Margin float64 }

// Holds reports whether v lies within the estimate's interval.
func (e Estimate) Holds(v float64) bool { return math.Abs(v-e.Mean) <= e.Margin }

// A sample is what the runs have measured.
type sample []float64

// add takes what one run has measured; NaN: nothing.
func (s *sample) add(v float64) {
	if !math.IsNaN(v) {
		*s = append(*s, v)
	}
}

func (s sample) estimate() Estimate {
	n := float64(len(s))
	if n == 0 {
		return Estimate{math.NaN(), math.NaN()}
	}
	mean, squares := 0.0, 0.0
	for _, v := range s {
		mean += v / n
	}
	for _, v := range s {
		squares += (v - mean) * (v - mean)
	}
	if n == 1 {
		return Estimate{mean, math.NaN()}
	}
	return Estimate{mean, student(len(s)-1) * math.Sqrt(squares/(n-1)/n)}
}

// student is Student's t for 95 per cent and so many degrees of freedom.
func student(freedom int) float64 {
	table := []float64{
		12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131,
		2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042,
	}
	if freedom <= len(table) {
		return table[freedom-1]
	}
	return 1.96 + 2.46/float64(freedom) // within 0.001
}
