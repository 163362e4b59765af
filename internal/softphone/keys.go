package softphone

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
)

// keyNames are the keys in the order of their event numbers (RFC 4733 §3.2).
const keyNames = "0123456789*#ABCD"

// Press says how keys are pressed. The zero value is a good phone's: 100 ms each with a pause of 80 ms.
type Press struct {
	Hold  time.Duration // rounded to packets of 20 ms
	Pause time.Duration // after each key
	Fault Fault         // what happens to the packets of each key on the wire; nil: nothing
}

// A KeyPacket is one RFC 4733 packet of a key press.
type KeyPacket struct {
	Index    int // place in the key's packets as sent by a faultless phone; gives the sequence number
	Slot     int // when it goes out: 20 ms steps from the beginning of the key
	Event    byte
	Duration uint16 // timestamp units
	First    bool   // carries the marker bit
	End      bool
}

// A Fault changes the packets of one key: drops, repeats or moves them.
type Fault func([]KeyPacket) []KeyPacket

// LoseEnds loses the last n of the three end packets.
func LoseEnds(n int) Fault {
	return func(all []KeyPacket) []KeyPacket { return all[:len(all)-min(n, 3)] }
}

// LoseBeginning loses the first n packets, the marked one among them.
func LoseBeginning(n int) Fault {
	return func(all []KeyPacket) []KeyPacket { return all[min(n, len(all)):] }
}

// Duplicate sends each packet twice.
func Duplicate(all []KeyPacket) []KeyPacket {
	twice := make([]KeyPacket, 0, 2*len(all))
	for _, k := range all {
		twice = append(twice, k, k)
	}
	return twice
}

// Reorder exchanges each pair of neighbours, so that packets arrive as 2 1 4 3.
func Reorder(all []KeyPacket) []KeyPacket {
	for i := 0; i+1 < len(all); i += 2 {
		all[i].Slot, all[i+1].Slot = all[i+1].Slot, all[i].Slot
	}
	return all
}

// LoseSome loses each packet with the probability given, the same ones for the same seed.
func LoseSome(probability float64, seed uint64) Fault {
	dice := rand.New(rand.NewPCG(seed, 0))
	return func(all []KeyPacket) []KeyPacket {
		var left []KeyPacket
		for _, k := range all {
			if dice.Float64() >= probability {
				left = append(left, k)
			}
		}
		return left
	}
}

// Faults applies several, in order.
func Faults(list ...Fault) Fault {
	return func(all []KeyPacket) []KeyPacket {
		for _, f := range list {
			all = f(all)
		}
		return all
	}
}

// A keyPlan is one key on its way out.
type keyPlan struct {
	packets []KeyPacket
	numbers int // sequence numbers that the key uses, lost packets' too
	slots   int // the key takes, and after that
	pause   int // slots of ordinary sound
	done    chan struct{}

	slot  int    // next; the talker's
	seq   uint16 // of Index 0
	stamp uint32 // RTP timestamp of the whole event
}

func slots(d, byDefault time.Duration) int {
	if d <= 0 {
		d = byDefault
	}
	return max(1, int((d+10*time.Millisecond)/(20*time.Millisecond)))
}

// planKey lays out one key: an update every 20 ms, then the end three times (RFC 4733 §2.5.1).
func planKey(key byte, p Press) (*keyPlan, error) {
	event := strings.IndexByte(keyNames, key)
	if event < 0 {
		return nil, fmt.Errorf("%q is no key", key)
	}
	hold := slots(p.Hold, 100*time.Millisecond)
	var all []KeyPacket
	for i := range hold + 3 {
		all = append(all, KeyPacket{
			Index: i, Slot: i, Event: byte(event), First: i == 0, End: i >= hold,
			Duration: uint16(min(i+1, hold) * frameSamples),
		})
	}
	plan := &keyPlan{numbers: len(all), slots: len(all), pause: slots(p.Pause, 80*time.Millisecond), done: make(chan struct{})}
	if plan.packets = all; p.Fault != nil {
		plan.packets = p.Fault(all)
	}
	return plan, nil
}
