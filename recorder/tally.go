package recorder

import "sync/atomic"

// Stats are what a Recorder has done since it was made.
type Stats struct {
	Active int    // being written
	Begun  uint64 // files
	Failed uint64 // could not begin, could not be written any more, or were removed meanwhile
	Bytes  uint64 // of sound, written
}

// tally is Stats as they are counted.
type tally struct{ files, failed, bytes atomic.Uint64 }

// begun counts what Start returns.
func (t *tally) begun(err error) {
	if err != nil {
		t.failed.Add(1)
		return
	}
	t.files.Add(1)
}

// Stats returns the figures as they are now.
func (r *Recorder) Stats() Stats {
	return Stats{Active: r.Active(), Begun: r.tally.files.Load(), Failed: r.tally.failed.Load(), Bytes: r.tally.bytes.Load()}
}
