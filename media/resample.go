package media

import "math"

// The low-pass filter of Resample: a sinc under a Kaiser window.
const (
	sincZeros = 24  // zero crossings on each side, counted at the lower of the two rates
	sincBeta  = 9.0 // the window's shape: what would alias is 90 dB down
	sincRoll  = 0.9 // where the pass band ends, as a part of the lower rate's half
)

// Resample makes samples of one channel at the rate from into samples at the rate to. What the lower rate
// cannot carry is filtered out first, so that nothing aliases. Rates are in samples per second; samples at
// the right rate already are returned as they are. Rates below 1 give nothing.
func Resample(samples []int16, from, to int) []int16 {
	if from == to {
		return samples
	}
	if from < 1 || to < 1 || len(samples) == 0 {
		return nil
	}
	n := int((int64(len(samples))*int64(to) + int64(from) - 1) / int64(from))
	out := make([]int16, n)
	filter := newSinc(from, to)
	for i := range out {
		// The output sample's place among the input samples is whole + phase/to.
		place := int64(i) * int64(from)
		out[i] = filter.at(samples, int(place/int64(to)), int(place%int64(to)))
	}
	return out
}

// sinc holds the filter's coefficients for the phases that occur: to/gcd of them, or a fine grid when the
// rates have little in common.
type sinc struct {
	to     int
	half   int         // input samples on each side
	phases [][]float64 // coefficients for input samples -half+1 … half
}

// maxPhases bounds the table. With rates so odd that more would occur, the nearest of so many is taken:
// the error is below the noise of sixteen bits for speech.
const maxPhases = 2048

func newSinc(from, to int) *sinc {
	cut := sincRoll
	if to < from {
		cut *= float64(to) / float64(from)
	}
	half := int(math.Ceil(sincZeros / cut * sincRoll))
	count := min(to/gcd(from, to), maxPhases)
	s := &sinc{to: to, half: half, phases: make([][]float64, count)}
	for p := range s.phases {
		taps := make([]float64, 2*half)
		sum := 0.0
		for k := range taps {
			x := float64(k-half+1) - float64(p)/float64(count)
			taps[k] = cut * sincOf(cut*x) * kaiser(x/float64(half))
			sum += taps[k]
		}
		for k := range taps {
			taps[k] /= sum // unity at 0 Hz in every phase, or the phases would hum
		}
		s.phases[p] = taps
	}
	return s
}

// at is the filtered signal phase/to after the input sample whole.
func (s *sinc) at(samples []int16, whole, phase int) int16 {
	p := int(int64(phase) * int64(len(s.phases)) / int64(s.to))
	taps, first := s.phases[p], whole-s.half+1
	from, end := max(0, -first), min(len(taps), len(samples)-first)
	sum := 0.0
	for k := from; k < end; k++ {
		sum += taps[k] * float64(samples[first+k])
	}
	return int16(min(max(math.Round(sum), -32768), 32767))
}

func sincOf(x float64) float64 {
	if x == 0 {
		return 1
	}
	return math.Sin(math.Pi*x) / (math.Pi * x)
}

// kaiser is the window at x, from -1 to 1.
func kaiser(x float64) float64 {
	if x <= -1 || x >= 1 {
		return 0
	}
	return bessel(sincBeta*math.Sqrt(1-x*x)) / bessel(sincBeta)
}

// bessel is the modified Bessel function of the first kind and order zero, by its series.
func bessel(x float64) float64 {
	sum, term := 1.0, 1.0
	for k := 1.0; term > sum*1e-12; k++ {
		term *= x / 2 / k * x / 2 / k
		sum += term
	}
	return sum
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
