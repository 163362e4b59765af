package media

import (
	"fmt"
	"io"
)

// A WAVLayout says where the sound of a WAV file lies: 16-bit samples, channels interleaved.
type WAVLayout struct {
	Rate     int
	Channels int
	Offset   int64 // of the first sample in the file
	Length   int64 // bytes of sound
}

// LayoutOfWAV reads the header of a file of 16-bit PCM that is size bytes long. As in ReadWAV, an unfinished one ends where
// the file does.
func LayoutOfWAV(f io.ReaderAt, size int64) (WAVLayout, error) {
	head := io.NewSectionReader(f, 0, size)
	format, said, err := readHeader(head)
	if err != nil {
		return WAVLayout{}, err
	}
	if format.coding != wavPCM || format.bits != 16 {
		return WAVLayout{}, fmt.Errorf("read WAV: %s of %d bits is not 16-bit PCM", codingName(format.coding), format.bits)
	}
	offset, err := head.Seek(0, io.SeekCurrent)
	if err != nil {
		return WAVLayout{}, fmt.Errorf("read WAV: %w", err)
	}
	length := size - offset
	if said != 0 && int64(said) < length {
		length = int64(said)
	}
	return WAVLayout{Rate: format.rate, Channels: format.channels, Offset: offset, Length: length}, nil
}
