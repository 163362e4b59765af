package recorder

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"hatif/media"
)

// tapPackets is how many packets of a voice wait for the writer: 1.28 s of the usual twenty milliseconds,
// the longest that a disk may stall without loss.
const tapPackets = 64

// The parties of a recording.
const (
	left = iota
	right
	third // of a three-way call; with the second where a file has two channels
	parties
)

// A recording is one file being written.
type recording struct {
	owner *Recorder
	name  string // below the folder
	begun int64  // the clock when sample 0 was spoken
	done  chan struct{}

	mu      sync.Mutex
	seats   [parties]seat     // guarded by mu: who is recorded now
	tracks  [parties][]*track // guarded by mu: what the writer reads; those that ended included
	crowd   bool              // guarded by mu: there has been a third party
	stopped bool              // guarded by mu
	endedAt int64             // guarded by mu: the clock at Stop
	faults  []error           // guarded by mu: what Stop will return

	// The rest is the writer's, and Start's before it.
	file      file
	wav       *media.WAVWriter
	emitted   int64            // samples since begun that were mixed and written; begins below 0
	pending   [parties][]int16 // what follows them, still open to late packets: pendingLen, or nil before anything came
	refreshed int64            // emitted at the last header
	lostAudio int64            // samples that could not be written
	lostTaps  uint64           // packets that found a ring full
	failing   bool             // the last write failed
	gone      bool             // the file was removed
	broken    bool             // the writer panicked: nothing more is written
}

// seat is a voice and the tap on it.
type seat struct {
	voice media.Voice // nil: nobody
	tap   *media.Tap
}

// connect taps voice for a party, in place of whoever it was.
func (rec *recording) connect(party int, voice media.Voice) error {
	rec.mu.Lock()
	defer rec.mu.Unlock()
	s := &rec.seats[party]
	if s.voice == voice {
		return nil
	}
	rec.leave(party)
	if voice == nil {
		return nil
	}
	t := &track{tap: media.NewTap(tapPackets)}
	if !voice.Tap(t.tap) {
		return fmt.Errorf("%s: %w", voice, ErrTaps)
	}
	*s = seat{voice: voice, tap: t.tap}
	rec.tracks[party] = append(rec.tracks[party], t)
	return nil
}

// leave untaps a party. What its tap still holds is written. mu is held.
func (rec *recording) leave(party int) {
	s := &rec.seats[party]
	if s.voice == nil {
		return
	}
	s.voice.Untap(s.tap)
	for _, t := range rec.tracks[party] {
		t.ended = true
	}
	*s = seat{}
}

// Between goes on with other voices in the same file: who stays is recorded without a break; nil is
// nobody, silence. c is the third of a three-way call. A voice that cannot be tapped is silence, and Stop says so.
func (rec *recording) Between(a, b, c media.Voice) {
	rec.mu.Lock()
	over := rec.stopped
	rec.crowd = rec.crowd || c != nil
	rec.mu.Unlock()
	if over {
		return
	}
	if err := errors.Join(rec.connect(left, a), rec.connect(right, b), rec.connect(third, c)); err != nil {
		rec.fault(err)
		rec.owner.log.Error("a party is not recorded", "recording", rec.name, "error", err)
	}
}

// Stop finishes the file and returns when it is on the disk. The error says what is missing from it.
// It is idempotent. It waits for Run.
func (rec *recording) Stop() error {
	rec.halt()
	select {
	case rec.owner.wake <- struct{}{}:
	default:
	}
	<-rec.done
	rec.mu.Lock()
	defer rec.mu.Unlock()
	if len(rec.faults) == 0 {
		return nil
	}
	return fmt.Errorf("recording %s: %w", rec.name, errors.Join(rec.faults...))
}

// Name is the file's name below the recordings folder, with slashes: "2026-11-23/c1.wav".
func (rec *recording) Name() string { return rec.name }

// halt ends the recording at this moment; the writer will find it.
func (rec *recording) halt() {
	rec.mu.Lock()
	defer rec.mu.Unlock()
	if !rec.stopped {
		rec.stopped, rec.endedAt = true, rec.owner.clock()
		rec.leaveAll()
	}
}

// leaveAll untaps everybody. mu is held.
func (rec *recording) leaveAll() {
	for party := range rec.seats {
		rec.leave(party)
	}
}

// untap gives the voices back when Start fails.
func (rec *recording) untap() {
	rec.mu.Lock()
	defer rec.mu.Unlock()
	rec.leaveAll()
}

func (rec *recording) isStopped() bool {
	rec.mu.Lock()
	defer rec.mu.Unlock()
	return rec.stopped
}

// fault notes what Stop will return.
func (rec *recording) fault(err error) {
	rec.mu.Lock()
	defer rec.mu.Unlock()
	rec.faults = append(rec.faults, err)
}

// lasts is so many samples as time.
func lasts(samples int64) time.Duration {
	return time.Duration(samples) * time.Second / media.SampleRate
}
