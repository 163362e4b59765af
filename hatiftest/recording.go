package hatiftest

import (
	"os"
	"path/filepath"

	"hatif/media"
)

// A Recording is a WAV file of a conversation as it is now; it may still grow.
type Recording struct {
	Samples  []int16 // interleaved when there are several channels
	Rate     int     // per second
	Channels int
}

// Recording reads a recording that a row or a record of a call names.
func (p *PBX) Recording(name string) Recording {
	p.t.Helper()
	f, err := os.Open(filepath.Join(p.cfg.Recorder().Folder, filepath.FromSlash(name)))
	if err != nil {
		p.t.Fatalf("recording: %v", err)
	}
	samples, rate, channels, err := media.ReadWAV(f)
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		p.t.Fatalf("recording %s: %v", name, err)
	}
	return Recording{Samples: samples, Rate: rate, Channels: channels}
}

// Channel is one channel's samples.
func (r Recording) Channel(n int) []int16 {
	one := make([]int16, 0, len(r.Samples)/r.Channels)
	for i := n; i < len(r.Samples); i += r.Channels {
		one = append(one, r.Samples[i])
	}
	return one
}
