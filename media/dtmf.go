package media

import "time"

// Keys of a telephone in the order of their event codes (RFC 4733 §3.2, Table 3).
const eventKeys = "0123456789*#ABCD"

// eventKey returns the key of an event code; false for an event that is no key (flash, fax tones).
func eventKey(code byte) (byte, bool) {
	if int(code) >= len(eventKeys) {
		return 0, false
	}
	return eventKeys[code], true
}

// eventCode returns the event code of a key; lower-case letters are taken, too.
func eventCode(key byte) (byte, bool) {
	if 'a' <= key && key <= 'd' {
		key -= 'a' - 'A'
	}
	for i := range len(eventKeys) {
		if eventKeys[i] == key {
			return byte(i), true
		}
	}
	return 0, false
}

// samplesOf is a length of audio in RTP timestamp units.
func samplesOf(d time.Duration) uint32 { return uint32(d * SampleRate / time.Second) }

// durationOf is so many RTP timestamp units as time.
func durationOf(samples uint32) time.Duration {
	return time.Duration(samples) * time.Second / SampleRate
}
