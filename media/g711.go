package media

import "github.com/zaf/g711"

// The tables are made once from the g711 package: on the packet path a sample is one look-up.
var (
	muToA    [256]byte
	aToMu    [256]byte
	muLinear [256]int16
	aLinear  [256]int16
)

func init() {
	for i := range 256 {
		b := byte(i)
		muToA[i], aToMu[i] = g711.Ulaw2AlawFrame(b), g711.Alaw2UlawFrame(b)
		muLinear[i], aLinear[i] = g711.DecodeUlawFrame(b), g711.DecodeAlawFrame(b)
	}
}

// Transcode rewrites G.711 bytes in place from one law to the other.
func Transcode(from, to Law, b []byte) {
	if from == to {
		return
	}
	table := &muToA
	if from == ALaw {
		table = &aToMu
	}
	for i, c := range b {
		b[i] = table[c]
	}
}

// DecodeFrame turns one frame of G.711 bytes into samples.
func DecodeFrame(law Law, to *[FrameSamples]int16, from *[FrameSamples]byte) {
	table := decodeTable(law)
	for i, c := range from {
		to[i] = table[c]
	}
}

// EncodeFrame turns one frame of samples into G.711 bytes.
func EncodeFrame(law Law, to *[FrameSamples]byte, from *[FrameSamples]int16) {
	Encode(law, to[:], from[:])
}

// Decode turns G.711 bytes into samples; to must be at least as long as from.
func Decode(law Law, to []int16, from []byte) {
	table := decodeTable(law)
	for i, c := range from {
		to[i] = table[c]
	}
}

// Encode turns samples into G.711 bytes; to must be at least as long as from.
func Encode(law Law, to []byte, from []int16) {
	if law == ALaw {
		for i, s := range from {
			to[i] = g711.EncodeAlawFrame(s)
		}
		return
	}
	for i, s := range from {
		to[i] = g711.EncodeUlawFrame(s)
	}
}

func decodeTable(law Law) *[256]int16 {
	if law == ALaw {
		return &aLinear
	}
	return &muLinear
}
