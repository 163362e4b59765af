package media

import "encoding/binary"

// WAV is the sound as a file that any player takes: 16 bits, one channel.
func (s *Sound) WAV() []byte {
	law, coded := s.in(MuLaw)
	samples := make([]int16, len(coded))
	Decode(law, samples, coded)
	b := wavHeader(SampleRate, 1, int64(2*len(samples)), wavFinished)
	for _, v := range samples {
		b = binary.LittleEndian.AppendUint16(b, uint16(v))
	}
	return b
}
