package recorder

import (
	"encoding/binary"
	"fmt"
	"io"
	"time"

	"hatif/media"
)

// Peaks are the shape of a recording: for each channel and column of a picture the loudest moment, from 0 to 255.
type Peaks struct {
	Lasts    time.Duration
	Channels [][]byte
}

const (
	// peakColumns are the columns of a picture, and peakPiece how much sound of one is looked at: of recordings of more than some
	// twenty minutes a column is a part of its time, so that the longest takes no longer than that.
	peakColumns = 800
	peakPiece   = 24 << 10
)

// ReadPeaks looks at a recording that is size bytes long.
func ReadPeaks(f io.ReaderAt, size int64) (Peaks, error) {
	layout, err := media.LayoutOfWAV(f, size)
	if err != nil {
		return Peaks{}, err
	}
	frames := layout.Length / int64(2*layout.Channels)
	p := Peaks{Lasts: time.Duration(frames) * time.Second / time.Duration(layout.Rate)}
	columns := min(frames, peakColumns)
	for range layout.Channels {
		p.Channels = append(p.Channels, make([]byte, columns))
	}
	piece := make([]byte, peakPiece)
	for c := range columns {
		from, to := frames*c/columns, frames*(c+1)/columns
		wanted := min((to-from)*int64(2*layout.Channels), int64(len(piece)/(2*layout.Channels)*2*layout.Channels))
		n, err := f.ReadAt(piece[:wanted], layout.Offset+from*int64(2*layout.Channels))
		if err != nil && err != io.EOF {
			return Peaks{}, fmt.Errorf("read sound: %w", err)
		}
		for i := 0; i+1 < n; i += 2 {
			loud := int(int16(binary.LittleEndian.Uint16(piece[i:])))
			if loud < 0 {
				loud = -loud
			}
			to := &p.Channels[i/2%layout.Channels][c]
			*to = max(*to, byte(min(loud>>7, 255)))
		}
	}
	return p, nil
}
