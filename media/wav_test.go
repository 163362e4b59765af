package media

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// wavChunk is a chunk of a RIFF file; odd ones are padded.
func wavChunk(id string, body []byte) []byte {
	b := binary.LittleEndian.AppendUint32([]byte(id), uint32(len(body)))
	b = append(b, body...)
	if len(body)%2 == 1 {
		b = append(b, 0)
	}
	return b
}

// wavFile puts chunks into a RIFF file.
func wavFile(chunks ...[]byte) []byte {
	all := bytes.Join(chunks, nil)
	b := binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(len(all)+4))
	return append(append(b, "WAVE"...), all...)
}

// fmtChunk is a "fmt " chunk of 16 bytes.
func fmtChunk(coding uint16, channels, rate, bits int) []byte {
	le := binary.LittleEndian
	b := le.AppendUint16(nil, coding)
	b = le.AppendUint16(b, uint16(channels))
	b = le.AppendUint32(b, uint32(rate))
	b = le.AppendUint32(b, uint32(rate*channels*bits/8))
	b = le.AppendUint16(b, uint16(channels*bits/8))
	b = le.AppendUint16(b, uint16(bits))
	return wavChunk("fmt ", b)
}

// extensible is a "fmt " chunk of WAVE_FORMAT_EXTENSIBLE.
func extensible(coding uint16, channels, rate, bits int) []byte {
	b := fmtChunk(wavExtensible, channels, rate, bits)[8:]
	b = append(b, 22, 0, byte(bits), 0, 0, 0, 0, 0, byte(coding), byte(coding>>8))
	return wavChunk("fmt ", append(b, wavGUIDTail...))
}

func TestEveryCommonWAVIsRead(t *testing.T) {
	le := binary.LittleEndian
	want := []int16{0, 1 << 14, -1 << 14, 32512, -32768, 256}
	var pcm8, pcm16, pcm24, pcm32, f32, f64 []byte
	for _, s := range want {
		pcm8 = append(pcm8, byte(s>>8)+128)
		pcm16 = le.AppendUint16(pcm16, uint16(s))
		pcm24 = le.AppendUint16(append(pcm24, 0x55), uint16(s))
		pcm32 = le.AppendUint32(pcm32, uint32(s)<<16|0x1234)
		f32 = le.AppendUint32(f32, math.Float32bits(float32(s)/32768))
		f64 = le.AppendUint64(f64, math.Float64bits(float64(s)/32768))
	}
	mu, a := make([]byte, 6), make([]byte, 6)
	Encode(MuLaw, mu, want)
	Encode(ALaw, a, want)
	var muWant, aWant [6]int16
	Decode(MuLaw, muWant[:], mu)
	Decode(ALaw, aWant[:], a)

	for _, c := range []struct {
		name   string
		format []byte
		data   []byte
		want   []int16
	}{
		{"8 bits", fmtChunk(wavPCM, 1, 8000, 8), pcm8, want},
		{"16 bits", fmtChunk(wavPCM, 2, 44100, 16), pcm16, want},
		{"24 bits", fmtChunk(wavPCM, 1, 48000, 24), pcm24, want},
		{"32 bits", fmtChunk(wavPCM, 3, 96000, 32), pcm32, want},
		{"float", fmtChunk(wavFloat, 1, 22050, 32), f32, want},
		{"double", fmtChunk(wavFloat, 1, 16000, 64), f64, want},
		{"µ-law", fmtChunk(wavMuLaw, 1, 8000, 8), mu, muWant[:]},
		{"A-law", fmtChunk(wavALaw, 1, 8000, 8), a, aWant[:]},
		{"extensible 24 bits", extensible(wavPCM, 2, 48000, 24), pcm24, want},
		{"extensible float", extensible(wavFloat, 1, 48000, 32), f32, want},
	} {
		rate := int(le.Uint32(c.format[12:]))
		channels := int(c.format[10])
		for variant, file := range map[string][]byte{
			"plain":               wavFile(c.format, wavChunk("data", c.data)),
			"with other chunks":   wavFile(wavChunk("JUNK", []byte("abc")), c.format, wavChunk("LIST", []byte("INFO")), wavChunk("data", c.data), wavChunk("id3 ", nil)),
			"unfinished, size 0":  append(wavFile(c.format, []byte("data\x00\x00\x00\x00")), c.data...),
			"unfinished, size -1": append(wavFile(c.format, []byte("data\xff\xff\xff\xff")), c.data...),
			"cut short":           append(wavFile(c.format, []byte("data\x00\x00\x01\x00")), c.data...),
		} {
			got, r, ch, err := ReadWAV(bytes.NewReader(file))
			if err != nil || r != rate || ch != channels || !slices.Equal(got, c.want) {
				t.Errorf("%s, %s: %v at %d in %d channels (%v); want %v at %d in %d", c.name, variant, got, r, ch, err, c.want, rate, channels)
			}
		}
	}
}

func TestWhatCannotBeReadIsSaid(t *testing.T) {
	for want, file := range map[string][]byte{
		"not a WAV file: shorter":   []byte("RIFF"),
		"not a WAV file: it begins": append([]byte("ID3\x04"), make([]byte, 100)...),
		"ends before it says":       wavFile(wavChunk("LIST", nil)),
		"no sound":                  wavFile(fmtChunk(wavPCM, 1, 8000, 16)),
		"before its format":         wavFile(wavChunk("data", nil)),
		"MP3":                       wavFile(fmtChunk(0x55, 1, 8000, 16), wavChunk("data", nil)),
		"PCM of 12 bits":            wavFile(fmtChunk(wavPCM, 1, 8000, 12), wavChunk("data", nil)),
		"0 channels":                wavFile(fmtChunk(wavPCM, 0, 8000, 16), wavChunk("data", nil)),
		"7 samples per second":      wavFile(fmtChunk(wavPCM, 1, 7, 16), wavChunk("data", nil)),
		"4 bytes long":              wavFile(wavChunk("fmt ", []byte{1, 0, 1, 0})),
		"unknown kind":              wavFile(wavChunk("fmt ", fmtChunk(wavExtensible, 1, 8000, 16)[8:])),
		"64 MiB":                    append(wavFile(fmtChunk(wavPCM, 1, 8000, 16), []byte("data\xff\xff\xff\xff")), make([]byte, maxWAV+2)...),
	} {
		_, _, _, err := ReadWAV(bytes.NewReader(file))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q in it", err, want)
		}
		if got := errors.Is(err, ErrNotWAV); got != strings.HasPrefix(want, "not a WAV") {
			t.Errorf("%v: ErrNotWAV is %v", err, got)
		}
	}
	broken := errors.New("broken disk")
	if _, _, _, err := ReadWAV(io.MultiReader(bytes.NewReader(wavFile(fmtChunk(wavPCM, 1, 8000, 16))), brokenReader{broken})); !errors.Is(err, broken) {
		t.Errorf("%v, want %v", err, broken)
	}
}

type brokenReader struct{ err error }

func (r brokenReader) Read([]byte) (int, error) { return 0, r.err }

func TestChannelsAreMixedByTheirMean(t *testing.T) {
	if got := Mono([]int16{100, 200, -32768, -32768, 32767, 32767}, 2); !slices.Equal(got, []int16{150, -32768, 32767}) {
		t.Errorf("%v", got)
	}
	one := []int16{1, 2}
	if got := Mono(one, 1); &got[0] != &one[0] {
		t.Error("one channel was copied")
	}
}

// memoryFile is a file in memory.
type memoryFile struct {
	b    []byte
	full int // bytes that fit; 0: all
}

var errFull = errors.New("no space left")

func (f *memoryFile) WriteAt(p []byte, at int64) (int, error) {
	if f.full > 0 && int(at)+len(p) > f.full {
		return 0, errFull
	}
	for len(f.b) < int(at)+len(p) {
		f.b = append(f.b, 0)
	}
	return copy(f.b[at:], p), nil
}

func (f *memoryFile) ReadAt(p []byte, at int64) (int, error) {
	return bytes.NewReader(f.b).ReadAt(p, at)
}

func (f *memoryFile) Truncate(n int64) error { f.b = f.b[:n]; return nil }

func (f *memoryFile) read(t *testing.T) ([]int16, int) {
	t.Helper()
	s, rate, channels, err := ReadWAV(bytes.NewReader(f.b))
	if err != nil || rate != SampleRate {
		t.Fatalf("at %d samples per second: %v", rate, err)
	}
	return s, channels
}

func TestAFileBeingWrittenIsPlayableWheneverItsHeaderIsFresh(t *testing.T) {
	for _, channels := range []int{1, 2} {
		f := new(memoryFile)
		w, err := NewWAVWriter(f, SampleRate, channels)
		if err != nil {
			t.Fatal(err)
		}
		var all []int16
		for i := range 5 {
			part := rampOf(400 + 2*i)
			all = append(all, part...)
			if err := errors.Join(w.Write(part), w.Refresh()); err != nil {
				t.Fatal(err)
			}
			if got, ch := f.read(t); ch != channels || !slices.Equal(got, all) {
				t.Fatalf("after write %d the file has %d samples in %d channels, want %d in %d", i, len(got), ch, len(all), channels)
			}
		}
		if err := w.Finish(); err != nil || w.Samples() != int64(len(all)/channels) {
			t.Errorf("%d samples, %v", w.Samples(), err)
		}
	}
}

func TestWhatCouldNotBeWrittenIsSilenceInItsPlace(t *testing.T) {
	f := &memoryFile{}
	w, err := NewWAVWriter(f, SampleRate, 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write([]int16{1, 2}); err != nil {
		t.Fatal(err)
	}
	f.full = len(f.b)
	if err := w.Write([]int16{3, 4}); !errors.Is(err, errFull) {
		t.Fatalf("%v, want %v", err, errFull)
	}
	f.full = 0
	if err := errors.Join(w.Write([]int16{5, 6}), w.Finish()); err != nil {
		t.Fatal(err)
	}
	if got, _ := f.read(t); !slices.Equal(got, []int16{1, 2, 0, 0, 5, 6}) {
		t.Errorf("%v", got)
	}
}

func TestAnUnfinishedFileIsRepairedAndOthersAreNot(t *testing.T) {
	f := new(memoryFile)
	w, err := NewWAVWriter(f, SampleRate, 2)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write([]int16{1, 2, 3, 4, 5, 6}); err != nil {
		t.Fatal(err)
	}
	f.b = append(f.b, 7, 0, 8) // the crash came in the middle of a write
	if !WrittenHere(f) {
		t.Error("our own file is not recognised")
	}
	if repaired, err := RepairWAV(f, int64(len(f.b))); err != nil || !repaired {
		t.Fatalf("repaired %v, %v", repaired, err)
	}
	if got, ch := f.read(t); ch != 2 || !slices.Equal(got, []int16{1, 2, 3, 4, 5, 6}) {
		t.Errorf("%v in %d channels", got, ch)
	}
	if len(f.b) != wavHeadBytes+12 {
		t.Errorf("half a sample is left: %d bytes", len(f.b))
	}

	foreign := &memoryFile{b: wavFile(fmtChunk(wavPCM, 1, 8000, 16), wavChunk("LIST", make([]byte, 40)), []byte("data\x00\x00\x00\x00"))}
	short := &memoryFile{b: []byte("RIFF")}
	for name, other := range map[string]*memoryFile{"a finished file": f, "a foreign file": foreign, "a short file": short} {
		before := bytes.Clone(other.b)
		if repaired, err := RepairWAV(other, int64(len(other.b))); err != nil || repaired || !bytes.Equal(before, other.b) {
			t.Errorf("%s: repaired %v, %v", name, repaired, err)
		}
	}
	if WrittenHere(foreign) || WrittenHere(short) {
		t.Error("a foreign file is taken for ours")
	}
}

func TestARealFileIsRepairedToo(t *testing.T) {
	f, err := os.Create(filepath.Join(t.TempDir(), "a.wav"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	w, err := NewWAVWriter(f, SampleRate, 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(rampOf(1000)); err != nil {
		t.Fatal(err)
	}
	if repaired, err := RepairWAV(f, wavHeadBytes+2000); !repaired || err != nil {
		t.Errorf("repaired %v, %v", repaired, err)
	}
}

func FuzzWAV(f *testing.F) {
	f.Add(wavFile(fmtChunk(wavPCM, 2, 8000, 24), wavChunk("data", make([]byte, 60))))
	f.Add(wavFile(wavChunk("x", []byte{1}), extensible(wavFloat, 1, 44100, 32), []byte("data\xff\xff\xff\xffabcdefgh")))
	f.Add(wavHeader(8000, 1, 100, wavUnfinished))
	f.Fuzz(func(t *testing.T, b []byte) {
		samples, rate, channels, err := ReadWAV(bytes.NewReader(b))
		if err == nil && (rate < 1 || channels < 1 || len(samples)%channels != 0 || len(samples) > len(b)) {
			t.Errorf("%d samples at %d in %d channels from %d bytes", len(samples), rate, channels, len(b))
		}
		file := &memoryFile{b: bytes.Clone(b)}
		if repaired, err := RepairWAV(file, int64(len(b))); err == nil && repaired {
			if _, _, _, err := ReadWAV(bytes.NewReader(file.b)); err != nil && len(file.b) < maxWAV {
				t.Errorf("repaired and not readable: %v", err)
			}
		}
	})
}
