package softphone

import (
	"math"
	"strings"
	"time"
)

// Heard is a stretch of what a call heard: packets in the order of their arrival.
type Heard struct {
	Packets   []Packet
	eventType uint8
}

// Audio are the packets of sound alone, in the order of arrival.
func (h Heard) Audio() []Packet {
	var audio []Packet
	for _, p := range h.Packets {
		if p.PayloadType == uint8(PCMU) || p.PayloadType == uint8(PCMA) {
			audio = append(audio, p)
		}
	}
	return audio
}

// Frames are the payloads of the packets of sound, in the order of arrival: what a fingerprint is taken of.
func (h Heard) Frames() [][]byte {
	audio := h.Audio()
	frames := make([][]byte, len(audio))
	for i, p := range audio {
		frames[i] = p.Payload
	}
	return frames
}

// longestGap is the silence that Samples writes at most for one gap in the timestamps.
const longestGap = 10 * sampleRate

// Samples is the sound at 8 kHz, placed by the packets' timestamps: what was lost or not sent is silence,
// up to ten seconds a gap. Another SSRC goes on where the one before it ended.
func (h Heard) Samples() []int16 {
	var out []int16
	var ssrc, base uint32
	var origin int // where in out the timestamp base is
	for i, p := range h.Audio() {
		if i == 0 || p.SSRC != ssrc {
			ssrc, base, origin = p.SSRC, p.Timestamp, len(out)
		}
		at := origin + int(int32(p.Timestamp-base))
		if at < 0 {
			continue // older than the stretch
		}
		if at > len(out)+longestGap {
			base, origin, at = p.Timestamp, len(out), len(out)
		}
		samples := Codec(p.PayloadType).Decode(p.Payload)
		if need := at + len(samples) - len(out); need > 0 {
			out = append(out, make([]int16, need)...)
		}
		copy(out[at:], samples)
	}
	return out
}

// Order is what happened to the packets on their way, by their sequence numbers.
type Order struct {
	Received, Lost, Duplicated, Reordered int
	Streams                               int // different SSRCs
}

// Order checks the sequence numbers of all packets, key events too (RFC 3550 §6.4.1).
func (h Heard) Order() Order {
	type stream struct {
		first, highest int64
		seen           map[int64]bool
	}
	streams := make(map[uint32]*stream)
	o := Order{Received: len(h.Packets)}
	for _, p := range h.Packets {
		s := streams[p.SSRC]
		if s == nil {
			s = &stream{first: int64(p.Seq), highest: int64(p.Seq), seen: make(map[int64]bool)}
			streams[p.SSRC] = s
		}
		n := s.highest + int64(int16(p.Seq-uint16(s.highest)))
		switch {
		case s.seen[n]:
			o.Duplicated++
		case n < s.highest:
			o.Reordered++
		}
		s.seen[n] = true
		s.first, s.highest = min(s.first, n), max(s.highest, n)
	}
	for _, s := range streams {
		o.Lost += int(s.highest-s.first) + 1 - len(s.seen)
	}
	o.Streams = len(streams)
	return o
}

// Keys are the RFC 4733 events heard, each once: by its timestamp.
func (h Heard) Keys() string {
	type event struct{ ssrc, ts uint32 }
	seen := make(map[event]bool)
	var keys strings.Builder
	for _, p := range h.Packets {
		id := event{p.SSRC, p.Timestamp}
		if h.eventType == 0 || p.PayloadType != h.eventType || len(p.Payload) < 4 || seen[id] || int(p.Payload[0]) >= len(keyNames) {
			continue
		}
		seen[id] = true
		keys.WriteByte(keyNames[p.Payload[0]])
	}
	return keys.String()
}

// Stamps are those found in the sound, in the order of arrival.
func (h Heard) Stamps() []Stamp {
	var all []Stamp
	for _, p := range h.Audio() {
		if s, ok := readStamp(p.Payload, Codec(p.PayloadType)); ok {
			all = append(all, s)
		}
	}
	return all
}

// Level is the loudness in dB below the loudest sine wave: 0 is that, silence is −100.
func (h Heard) Level() float64 {
	samples := h.Samples()
	power := 0.0
	for _, s := range samples {
		power += float64(s) * float64(s)
	}
	if power == 0 {
		return -100
	}
	return max(-100, 10*math.Log10(2*power/float64(len(samples))/(math.MaxInt16*math.MaxInt16)))
}

// Duration is how long the sound lasts.
func (h Heard) Duration() time.Duration {
	return time.Duration(len(h.Samples())) * time.Second / sampleRate
}

// Tone returns the strongest frequency between 100 and 3800 Hz, to about a hertz in a second of sound (the last two count), and
// its share of the whole power: near 1 for a pure tone, small for speech, noise and silence.
func (h Heard) Tone() (hz, share float64) { return strongest(h.Samples()) }

// strongest looks for the peak with Goertzel's filter, coarsely and then finely around it.
func strongest(samples []int16) (hz, share float64) {
	if len(samples) > 2*sampleRate {
		samples = samples[len(samples)-2*sampleRate:]
	}
	total := 0.0
	for _, s := range samples {
		total += float64(s) * float64(s)
	}
	if total == 0 {
		return 0, 0
	}
	coarse := samples[max(0, len(samples)-sampleRate/4):]
	step := float64(sampleRate) / float64(len(coarse)) / 2
	hz = peak(coarse, 100, 3800, step)
	hz = peak(samples, hz-2*step, hz+2*step, step/20)
	// A sine of amplitude A has the energy N·A²/2, and the filter gives N²·A²/4.
	return hz, min(1, 2*goertzel(samples, hz)/float64(len(samples))/total)
}

func peak(samples []int16, from, to, step float64) (hz float64) {
	best := -1.0
	for f := from; f <= to; f += step {
		if p := goertzel(samples, f); p > best {
			best, hz = p, f
		}
	}
	return hz
}

func goertzel(samples []int16, hz float64) float64 {
	w := 2 * math.Cos(2*math.Pi*hz/sampleRate)
	var a, b float64
	for _, s := range samples {
		a, b = float64(s)+w*a-b, a
	}
	return a*a + b*b - w*a*b
}
