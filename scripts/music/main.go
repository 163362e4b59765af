// Command music plays hatif's own piece of music on hold into prompts/sounds/music/default.wav:
// go run ./scripts/music, from the root of the checkout. The piece and the instruments are ours, in
// score.go and play.go, so nobody's licence is needed to play it. Its end flows into its beginning.
package main

import (
	"bytes"
	"encoding/binary"
	"flag"
	"fmt"
	"math"
	"os"

	"hatif/media"
)

// level is the loudness, RMS below full scale: a little under the voices, which are at -20 dB.
const level = -22.0

func main() {
	out := flag.String("out", "prompts/sounds/music/default.wav", "the file to write")
	flag.Parse()
	if err := os.WriteFile(*out, wav(levelled(play(piece))), 0o644); err != nil {
		fmt.Fprintln(os.Stderr, "music:", err)
		os.Exit(1)
	}
}

// levelled brings the piece to the level; what would be too loud is rounded off.
func levelled(x []float64) []int16 {
	sum := 0.0
	for _, v := range x {
		sum += v * v
	}
	gain := math.Pow(10, level/20) / math.Sqrt(sum/float64(len(x)))
	const knee, ceiling = 0.45, 0.7
	out := make([]int16, len(x))
	for i, v := range x {
		v *= gain
		if a := math.Abs(v); a > knee {
			v = math.Copysign(knee+(ceiling-knee)*math.Tanh((a-knee)/(ceiling-knee)), v)
		}
		out[i] = int16(math.Round(v * 32767))
	}
	return out
}

// wav is a file of 8 kHz mono µ-law. The number of samples is even.
func wav(samples []int16) []byte {
	coded := make([]byte, len(samples))
	media.Encode(media.MuLaw, coded, samples)
	n := uint32(len(coded))
	le := binary.LittleEndian
	var b bytes.Buffer
	b.WriteString("RIFF")
	b.Write(le.AppendUint32(nil, 4+8+18+8+4+8+n))
	b.WriteString("WAVEfmt ")
	b.Write(le.AppendUint32(nil, 18))
	for _, v := range []uint16{7, 1} { // µ-law, one channel
		b.Write(le.AppendUint16(nil, v))
	}
	for range 2 { // samples and bytes in a second
		b.Write(le.AppendUint32(nil, media.SampleRate))
	}
	for _, v := range []uint16{1, 8, 0} { // bytes in a block, bits in a sample, nothing more
		b.Write(le.AppendUint16(nil, v))
	}
	b.WriteString("fact")
	b.Write(le.AppendUint32(nil, 4))
	b.Write(le.AppendUint32(nil, n))
	b.WriteString("data")
	b.Write(le.AppendUint32(nil, n))
	b.Write(coded)
	return b.Bytes()
}
