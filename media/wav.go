package media

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
)

// ErrNotWAV is wrapped by ReadWAV's error when the input is no WAV file at all.
var ErrNotWAV = errors.New("not a WAV file")

// maxWAV bounds what ReadWAV takes into memory: more than an hour of 8 kHz telephone sound, or six minutes
// of studio sound.
const maxWAV = 64 << 20

// The codings of a WAV file that ReadWAV takes (RFC 2361; mmreg.h).
const (
	wavPCM        = 0x0001
	wavFloat      = 0x0003
	wavALaw       = 0x0006
	wavMuLaw      = 0x0007
	wavExtensible = 0xFFFE
)

// wavGUIDTail is what follows the coding in the sub-format of WAVE_FORMAT_EXTENSIBLE.
var wavGUIDTail = []byte{0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xAA, 0, 0x38, 0x9B, 0x71}

// wavFormat is what the "fmt " chunk says.
type wavFormat struct {
	coding   uint16
	channels int
	rate     int
	bits     int // of one sample of one channel
}

// ReadWAV reads a whole WAV file: PCM of 8, 16, 24 and 32 bits, 32- and 64-bit floats, µ-law and A-law, of any
// rate and number of channels. It returns 16-bit samples with the channels interleaved; Mono and Resample
// make hatif's 8 kHz of them. A file that was never finished, whose data has the size 0 or 0xFFFFFFFF or
// more than there is, is read to its end. Files over 64 MiB of sound are refused.
//
// The error says what is wrong; it wraps ErrNotWAV when it is another kind of file.
func ReadWAV(r io.Reader) (samples []int16, rate, channels int, err error) {
	format, size, err := readHeader(r)
	if err != nil {
		return nil, 0, 0, err
	}
	samples, err = format.read(r, size)
	return samples, format.rate, format.channels, err
}

// readHeader reads up to the sound, of which there are size bytes if the file is right.
func readHeader(r io.Reader) (format *wavFormat, size uint32, err error) {
	var head [12]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, 0, fmt.Errorf("%w: shorter than a header", ErrNotWAV)
		}
		return nil, 0, fmt.Errorf("read WAV: %w", err)
	}
	if string(head[:4]) != "RIFF" || string(head[8:]) != "WAVE" {
		return nil, 0, fmt.Errorf("%w: it begins with %q", ErrNotWAV, head[:4])
	}
	for {
		var chunk [8]byte
		if _, err := io.ReadFull(r, chunk[:]); err != nil {
			return nil, 0, ended(err, format)
		}
		size = binary.LittleEndian.Uint32(chunk[4:])
		switch string(chunk[:4]) {
		case "fmt ":
			if format, err = readFormat(r, size); err != nil {
				return nil, 0, err
			}
		case "data":
			if format == nil {
				return nil, 0, errors.New("read WAV: the sound comes before its format")
			}
			return format, size, nil
		default:
			if _, err := io.CopyN(io.Discard, r, int64(size)+int64(size&1)); err != nil {
				return nil, 0, ended(err, format)
			}
		}
	}
}

// ended is the error of a file that stops before its sound.
func ended(err error, format *wavFormat) error {
	switch {
	case !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("read WAV: %w", err)
	case format == nil:
		return errors.New("read WAV: the file ends before it says its format")
	}
	return errors.New("read WAV: the file has no sound (no data chunk)")
}

// readFormat reads the "fmt " chunk.
func readFormat(r io.Reader, size uint32) (*wavFormat, error) {
	if size < 16 || size > 1024 {
		return nil, fmt.Errorf("read WAV: the format is %d bytes long", size)
	}
	b := make([]byte, size+size&1)
	if _, err := io.ReadFull(r, b); err != nil {
		return nil, ended(err, nil)
	}
	f := &wavFormat{
		coding:   binary.LittleEndian.Uint16(b),
		channels: int(binary.LittleEndian.Uint16(b[2:])),
		rate:     int(binary.LittleEndian.Uint32(b[4:])),
		bits:     int(binary.LittleEndian.Uint16(b[14:])),
	}
	if f.coding == wavExtensible {
		if size < 40 || !bytes.Equal(b[26:40], wavGUIDTail) {
			return nil, errors.New("read WAV: an extensible format of an unknown kind")
		}
		f.coding = binary.LittleEndian.Uint16(b[24:])
	}
	return f, f.check()
}

func (f *wavFormat) check() error {
	switch {
	case f.channels < 1 || f.channels > 64:
		return fmt.Errorf("read WAV: %d channels", f.channels)
	case f.rate < 1000 || f.rate > 768000:
		return fmt.Errorf("read WAV: %d samples per second", f.rate)
	}
	bits, known := map[uint16][]int{
		wavPCM: {8, 16, 24, 32}, wavFloat: {32, 64}, wavALaw: {8}, wavMuLaw: {8},
	}[f.coding]
	if !known {
		return fmt.Errorf("read WAV: coding 0x%04X (%s) is not supported; use PCM", f.coding, codingName(f.coding))
	}
	for _, n := range bits {
		if n == f.bits {
			return nil
		}
	}
	return fmt.Errorf("read WAV: %s of %d bits is not supported", codingName(f.coding), f.bits)
}

func codingName(coding uint16) string {
	switch coding {
	case wavPCM:
		return "PCM"
	case wavFloat:
		return "float"
	case wavALaw:
		return "A-law"
	case wavMuLaw:
		return "µ-law"
	case 0x0002, 0x0011:
		return "ADPCM"
	case 0x0031:
		return "GSM 6.10"
	case 0x0055:
		return "MP3"
	}
	return "unknown"
}

// read takes the samples of a data chunk that says it has size bytes.
func (f *wavFormat) read(r io.Reader, size uint32) ([]int16, error) {
	limit := int64(size)
	if size == 0 || size == math.MaxUint32 {
		limit = maxWAV + 1 // a file whose sizes were never filled in
	}
	if limit > maxWAV {
		limit = maxWAV + 1
	}
	b, err := io.ReadAll(io.LimitReader(r, limit))
	if err != nil {
		return nil, fmt.Errorf("read WAV: %w", err)
	}
	if len(b) > maxWAV {
		return nil, fmt.Errorf("read WAV: more than %d MiB of sound", maxWAV>>20)
	}
	width := f.bits / 8
	samples := make([]int16, len(b)/(width*f.channels)*f.channels)
	for i := range samples {
		samples[i] = f.sample(b[i*width:])
	}
	return samples, nil
}

// sample is the first sample of b.
func (f *wavFormat) sample(b []byte) int16 {
	switch f.coding {
	case wavMuLaw:
		return muLinear[b[0]]
	case wavALaw:
		return aLinear[b[0]]
	case wavFloat:
		if f.bits == 64 {
			return fromFloat(math.Float64frombits(binary.LittleEndian.Uint64(b)))
		}
		return fromFloat(float64(math.Float32frombits(binary.LittleEndian.Uint32(b))))
	}
	switch f.bits {
	case 8:
		return int16(int(b[0])-128) << 8 // eight bits are unsigned
	case 16:
		return int16(binary.LittleEndian.Uint16(b))
	case 24:
		return int16(binary.LittleEndian.Uint16(b[1:]))
	}
	return int16(binary.LittleEndian.Uint16(b[2:]))
}

// fromFloat is a sample between -1 and 1.
func fromFloat(v float64) int16 {
	if math.IsNaN(v) {
		return 0
	}
	return int16(min(max(math.Round(v*32768), -32768), 32767))
}

// Mono mixes interleaved channels into one by their mean. One channel is returned as it is.
func Mono(samples []int16, channels int) []int16 {
	if channels <= 1 {
		return samples
	}
	mixed := make([]int16, len(samples)/channels)
	for i := range mixed {
		sum := 0
		for _, s := range samples[i*channels : (i+1)*channels] {
			sum += int(s)
		}
		mixed[i] = int16(sum / channels)
	}
	return mixed
}
