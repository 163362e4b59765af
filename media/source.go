package media

// A Source is something that can be heard: a prompt, hold music, a tone, another party, a mix.
//
// What a party hears is a state: a Source is given to a port, and the engine's loop pulls it every
// twenty milliseconds. Next fills f and returns true, or returns false when the sound has ended.
// Next is called on a media loop: it must not block, lock, allocate or touch the disk. One Source
// value is heard by one port at a time, unless its documentation says that it can be shared.
type Source interface {
	Next(f *Frame) bool
	String() string // what it is, for logs and for tests: "prompt ar/welcome", "voice 2001", "music default"
}
