package metrics

import (
	"time"

	"hatif/media"
	"hatif/queue"
	"hatif/recorder"
	"hatif/sip"
	"hatif/store"
)

// Sources are where the figures are read. All are needed.
type Sources struct {
	SIP      func() sip.Stats
	Phones   func() Phones
	Media    func() media.Stats
	Floor    func() queue.Snapshot
	Calls    func() int // in progress
	Store    func() store.Stats
	Recorder func() recorder.Stats
	Reloads  func() Reloads
	Version  string // hatif's
	Started  time.Time
}

// Phones are what is registered.
type Phones struct {
	Bindings int // phones
	Users    int // that have at least one
}

// Reloads are what has become of readings of the file.
type Reloads struct {
	Applied, Refused uint64
	Last             bool      // the last one was applied
	Since            time.Time // when the settings in force were read
}
