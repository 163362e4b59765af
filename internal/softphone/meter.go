package softphone

import "time"

// A Reception is what arrived at a call so far, in numbers. Lost, duplicated and reordered are counted by the
// stamps, which pass through a PBX that writes RTP headers of its own; without stamps they are 0.
type Reception struct {
	Audio      uint64    // packets of sound
	Malformed  uint64    // datagrams that are no RTP
	FirstAudio time.Time // zero: none
	LastAudio  time.Time

	Stamped    uint64 // packets with a stamp
	Speaker    uint32 // who was heard last
	Speakers   int    // how often the speaker changed, counting the first
	FirstStamp time.Time
	LastStamp  time.Time

	Lost       uint64 // stamps that never came between the first and the last of each speaker
	Duplicated uint64 // stamps that came again
	Reordered  uint64 // stamps that came after a later one
}

// meter is the state behind a Reception.
type meter struct {
	audio, malformed      uint64
	firstAudio, lastAudio time.Time

	stampedPackets, duplicated, reordered uint64
	lostBefore                            uint64 // of speakers that gave way to another
	speaker                               uint32
	speakers                              int
	firstStamp, lastStamp                 time.Time

	first, highest uint32 // stamp numbers of the speaker
	unique         uint64 // different numbers of the speaker
	window         uint64 // bit i: highest−i has come
}

// stamp counts one, and reports false for one that had come before.
func (m *meter) stamp(s Stamp, at time.Time) bool {
	if m.stampedPackets++; m.stampedPackets == 1 {
		m.firstStamp = at
	}
	m.lastStamp = at
	if m.speakers == 0 || s.Speaker != m.speaker {
		m.lostBefore += m.lost()
		m.speaker, m.first, m.highest, m.unique, m.window = s.Speaker, s.Number, s.Number, 1, 1
		m.speakers++
		return true
	}
	if ahead := int64(s.Number) - int64(m.highest); ahead > 0 {
		m.highest = s.Number
		m.window = m.window<<ahead | 1
		m.unique++
		return true
	}
	behind := m.highest - s.Number
	if m.window&(1<<behind) != 0 {
		m.duplicated++
		return false
	}
	m.reordered++
	m.window |= 1 << behind
	m.first = min(m.first, s.Number)
	m.unique++
	return true
}

func (m *meter) lost() uint64 {
	span := uint64(m.highest-m.first) + 1
	if m.speakers == 0 || m.unique > span { // repeats older than the window count as late
		return 0
	}
	return span - m.unique
}

func (m *meter) reception() Reception {
	return Reception{
		Audio: m.audio, Malformed: m.malformed, FirstAudio: m.firstAudio, LastAudio: m.lastAudio,
		Stamped: m.stampedPackets, Speaker: m.speaker, Speakers: m.speakers, FirstStamp: m.firstStamp, LastStamp: m.lastStamp,
		Lost: m.lostBefore + m.lost(), Duplicated: m.duplicated, Reordered: m.reordered,
	}
}
