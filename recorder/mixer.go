package recorder

import (
	"fmt"
	"runtime/debug"

	"hatif/media"
)

const (
	// lateness is how far the writer stays behind the clock: packets may come so late and out of order.
	lateness = media.SampleRate / 5

	// ahead is how far a packet may reach beyond its arrival: its own length, twice.
	ahead = 2 * media.FrameSamples

	pendingLen = lateness + ahead

	// stretch is the most that is mixed in one go.
	stretch = media.SampleRate
)

// mixer is the writer's working memory, shared by all recordings, and what it does with it.
type mixer struct {
	all     []*recording
	batches [parties][]batch
	crowd   bool // the recording at hand has had a third party
	lines   [parties][stretch + pendingLen]int16
	out     [parties * stretch]int16
	bytes   [2 * parties * stretch]byte
}

// batch is what one ring held.
type batch struct {
	track   *track
	packets []media.TapPacket // still to be placed
	memory  [tapPackets]media.TapPacket
}

// advance writes a recording up to lateness before now.
func (m *mixer) advance(rec *recording, now int64) {
	defer m.contain(rec)
	rec.mu.Lock()
	if rec.stopped {
		now = min(now, rec.endedAt)
	}
	rec.mu.Unlock()
	m.write(rec, samplesAt(now-rec.begun)-lateness)
	if rec.emitted-rec.refreshed >= media.SampleRate {
		rec.refresh()
	}
}

// finish writes the rest of a recording that was stopped, closes its file and lets Stop return.
func (m *mixer) finish(rec *recording) {
	rec.mu.Lock()
	end := rec.endedAt
	rec.mu.Unlock()
	func() {
		defer m.contain(rec)
		m.write(rec, samplesAt(end-rec.begun))
	}()
	func() {
		defer m.contain(rec)
		rec.complete()
	}()
	rec.owner.remove(rec)
	close(rec.done)
}

// contain keeps a panic from ending every call of the process: this recording ends where it is. It is deferred.
func (m *mixer) contain(rec *recording) {
	if p := recover(); p != nil {
		rec.broken = true
		rec.owner.tally.failed.Add(1)
		rec.fault(fmt.Errorf("panic: %v", p))
		rec.owner.log.Error("recording has failed", "recording", rec.name, "panic", p, "stack", string(debug.Stack()))
	}
}

// write empties the rings of a recording, and mixes and writes it up to the sample until.
func (m *mixer) write(rec *recording, until int64) {
	if rec.broken || rec.emitted >= until {
		return // what is in the rings would have no place yet
	}
	m.pull(rec)
	for rec.emitted < until {
		n := int(min(until-rec.emitted, stretch))
		last := rec.emitted+int64(n) == until
		for party := range m.lines {
			if party == third && !m.crowd {
				continue
			}
			line := m.lines[party][:n+pendingLen]
			clear(line[copy(line, rec.pending[party]):])
			for i := range m.batches[party] {
				m.batches[party][i].place(rec, line, last)
			}
			if rec.pending[party] == nil {
				rec.pending[party] = make([]int16, pendingLen)
			}
			copy(rec.pending[party], line[n:])
		}
		rec.append(m.mix(rec, n), m.bytes[:])
		rec.emitted += int64(n)
	}
}

// pull takes what the rings hold, and forgets rings that ended and are empty.
func (m *mixer) pull(rec *recording) {
	rec.mu.Lock()
	defer rec.mu.Unlock()
	m.crowd = rec.crowd
	for party := range rec.tracks {
		tracks := rec.tracks[party]
		for len(m.batches[party]) < len(tracks) {
			m.batches[party] = append(m.batches[party], batch{})
		}
		m.batches[party] = m.batches[party][:len(tracks)]
		kept := tracks[:0]
		for i, t := range tracks {
			b := &m.batches[party][i]
			b.track = t
			b.packets = b.memory[:t.tap.Pull(b.memory[:])]
			if !t.ended {
				kept = append(kept, t)
			} else {
				rec.lostTaps += t.tap.Lost()
			}
		}
		clear(tracks[len(kept):])
		rec.tracks[party] = kept
	}
}

// place puts the batch's packets on the line, which begins at the sample rec.emitted: all of them, or those
// that arrived before the line's end when another stretch follows.
func (b *batch) place(rec *recording, line []int16, all bool) {
	n := len(b.packets)
	if !all {
		end := rec.begun + nanoseconds(rec.emitted+int64(len(line)-ahead))
		for n = 0; n < len(b.packets) && b.packets[n].At <= end; n++ {
		}
	}
	b.track.place(b.packets[:n], rec.begun, rec.emitted, line)
	b.packets = b.packets[n:]
}

// mix is n samples of the lines as the file has them; what lies before sample 0 is left out.
func (m *mixer) mix(rec *recording, n int) []int16 {
	from := int(min(max(-rec.emitted, 0), int64(n)))
	a, b := m.lines[left][from:n], m.lines[right][from:n]
	if m.crowd {
		for i, v := range m.lines[third][from:n] {
			b[i] = saturate(int32(b[i]) + int32(v))
		}
	}
	if rec.owner.cfg.Stereo {
		out := m.out[:2*len(a)]
		for i := range a {
			out[2*i], out[2*i+1] = a[i], b[i]
		}
		return out
	}
	out := m.out[:len(a)]
	for i := range a {
		out[i] = saturate(int32(a[i]) + int32(b[i]))
	}
	return out
}

func saturate(v int32) int16 { return int16(min(max(v, -32768), 32767)) }

// append writes samples to the file. A failure loses them and stops nothing: what follows keeps its place.
func (rec *recording) append(samples []int16, scratch []byte) {
	err := rec.wav.WriteWith(samples, scratch)
	switch {
	case err != nil:
		channels := 1
		if rec.owner.cfg.Stereo {
			channels = 2
		}
		rec.lostAudio += int64(len(samples) / channels)
		rec.failed(err)
	case rec.failing && len(samples) > 0:
		rec.failing = false
		rec.owner.tally.bytes.Add(2 * uint64(len(samples)))
		rec.owner.log.Warn("recording goes on", "recording", rec.name, "lost", lasts(rec.lostAudio))
	default:
		rec.owner.tally.bytes.Add(2 * uint64(len(samples)))
	}
}

// refresh brings the header up to date and looks whether the file is still there.
func (rec *recording) refresh() {
	rec.refreshed = rec.emitted
	if err := rec.wav.Refresh(); err != nil {
		rec.failed(err)
	}
	if !rec.gone && !rec.file.there() {
		rec.gone = true
		rec.owner.tally.failed.Add(1)
		err := fmt.Errorf("the file was removed after %v", lasts(rec.emitted))
		rec.fault(err)
		rec.owner.log.Error("recording is lost", "recording", rec.name, "error", err)
	}
}

// failed notes that a write failed; a row of failures is one line in the log.
func (rec *recording) failed(err error) {
	if !rec.failing {
		rec.failing = true
		rec.owner.tally.failed.Add(1)
		rec.fault(err)
		rec.owner.log.Error("recording cannot be written", "recording", rec.name, "error", err)
	}
}

// samplesAt and nanoseconds convert between the clock and the file.
func samplesAt(ns int64) int64        { return ns / nsPerSample }
func nanoseconds(samples int64) int64 { return samples * nsPerSample }

const nsPerSample = 1_000_000_000 / media.SampleRate
