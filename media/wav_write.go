package media

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
)

// wavHeadBytes is the length of the header that WAVWriter writes: RIFF, "fmt ", a LIST of INFO that names
// the writer, and the head of the data chunk.
const wavHeadBytes = 12 + 24 + 32 + 8

// What the header says of the software that wrote it; as long as each other. A file that still says the
// second was not finished: its writer crashed, or is at it.
const (
	wavFinished   = "hatif\x00\x00\x00\x00\x00\x00\x00"
	wavUnfinished = "hatif (open)"
)

// A WAVWriter writes 16-bit PCM whose header can be brought up to date at any time, so that what has been
// written is a playable file if the process dies. It writes by offset and keeps no audio; it does not own
// or close what it writes to. It belongs to one goroutine at a time.
type WAVWriter struct {
	to       io.WriterAt
	rate     int
	channels int
	size     int64 // bytes of audio behind the header
	buf      []byte
}

// NewWAVWriter writes the header of a file without sound yet.
func NewWAVWriter(to io.WriterAt, rate, channels int) (*WAVWriter, error) {
	w := &WAVWriter{to: to, rate: rate, channels: channels}
	return w, w.Refresh()
}

// Write appends samples, the channels interleaved, as one write. When it fails, the samples are lost: the
// next ones are written where they would have been, so that what follows stays in time, and the gap is
// silence.
func (w *WAVWriter) Write(samples []int16) error {
	if need := 2 * len(samples); cap(w.buf) < need {
		w.buf = make([]byte, need)
	}
	err := w.WriteWith(samples, w.buf)
	return err
}

// WriteWith is Write with a scratch buffer of the caller's, at least two bytes for each sample: for one
// goroutine that feeds many writers.
func (w *WAVWriter) WriteWith(samples []int16, scratch []byte) error {
	if len(samples) == 0 {
		return nil
	}
	b := scratch[:2*len(samples)]
	for i, s := range samples {
		binary.LittleEndian.PutUint16(b[2*i:], uint16(s))
	}
	at := wavHeadBytes + w.size
	w.size += int64(len(b))
	_, err := w.to.WriteAt(b, at)
	return err
}

// Samples returns how many samples of each channel have been written.
func (w *WAVWriter) Samples() int64 { return w.size / int64(2*w.channels) }

// Refresh writes the header's sizes as they are now; the file is still marked as unfinished.
func (w *WAVWriter) Refresh() error { return w.header(wavUnfinished) }

// Finish writes the header's final sizes and marks the file as finished.
func (w *WAVWriter) Finish() error { return w.header(wavFinished) }

func (w *WAVWriter) header(software string) error {
	_, err := w.to.WriteAt(wavHeader(w.rate, w.channels, w.size, software), 0)
	return err
}

// wavHeader is the header of size bytes of 16-bit audio.
func wavHeader(rate, channels int, size int64, software string) []byte {
	le := binary.LittleEndian
	b := make([]byte, 0, wavHeadBytes)
	b = append(b, "RIFF"...)
	b = le.AppendUint32(b, wavSize(size+wavHeadBytes-8))
	b = append(b, "WAVEfmt "...)
	b = le.AppendUint32(b, 16)
	b = le.AppendUint16(b, wavPCM)
	b = le.AppendUint16(b, uint16(channels))
	b = le.AppendUint32(b, uint32(rate))
	b = le.AppendUint32(b, uint32(rate*channels*2))
	b = le.AppendUint16(b, uint16(channels*2))
	b = le.AppendUint16(b, 16)
	b = append(b, "LIST"...)
	b = le.AppendUint32(b, 24)
	b = append(b, "INFOISFT"...)
	b = le.AppendUint32(b, uint32(len(software)))
	b = append(b, software...)
	b = append(b, "data"...)
	return le.AppendUint32(b, wavSize(size))
}

// wavSize is a size as the header can say it; beyond 4 GiB, three days of mono, players go by the file's.
func wavSize(n int64) uint32 { return uint32(min(n, math.MaxUint32)) }

// A WAVFile is what RepairWAV works on; *os.File is one.
type WAVFile interface {
	io.ReaderAt
	io.WriterAt
	Truncate(size int64) error
}

// RepairWAV finishes a file that a WAVWriter left unfinished because its process died: the header's sizes
// become those of the file, which is size bytes long. It reports whether the file was one; other files, and
// finished ones, are not touched.
func RepairWAV(f WAVFile, size int64) (bool, error) {
	var head [wavHeadBytes]byte
	if _, err := f.ReadAt(head[:], 0); err != nil {
		if errors.Is(err, io.EOF) {
			return false, nil // shorter than a header of ours
		}
		return false, fmt.Errorf("read header: %w", err)
	}
	rate, channels := int(binary.LittleEndian.Uint32(head[24:])), int(binary.LittleEndian.Uint16(head[22:]))
	said := int64(binary.LittleEndian.Uint32(head[wavHeadBytes-4:]))
	format := wavFormat{coding: wavPCM, channels: channels, rate: rate, bits: 16}
	if format.check() != nil || string(head[:]) != string(wavHeader(rate, channels, said, wavUnfinished)) {
		return false, nil
	}
	frame := int64(2 * channels)
	audio := (size - wavHeadBytes) / frame * frame
	if whole := wavHeadBytes + audio; whole != size {
		if err := f.Truncate(whole); err != nil {
			return false, fmt.Errorf("cut off half a sample: %w", err)
		}
	}
	if _, err := f.WriteAt(wavHeader(rate, channels, audio, wavFinished), 0); err != nil {
		return false, fmt.Errorf("write header: %w", err)
	}
	return true, nil
}

// WrittenHere reports whether a file begins as a WAVWriter of ours would have begun it, finished or not.
func WrittenHere(f io.ReaderAt) bool {
	var head [wavHeadBytes]byte
	if _, err := f.ReadAt(head[:], 0); err != nil {
		return false
	}
	return string(head[48:56]) == "ISFT\x0c\x00\x00\x00" && string(head[56:61]) == "hatif"
}
