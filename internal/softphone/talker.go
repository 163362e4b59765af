package softphone

import (
	"encoding/binary"
	"math/rand/v2"
	"sync"
)

const rtpHeader = 12 // bytes, without contributing sources or extensions (RFC 3550 §5.1)

// A talker makes the RTP packets of one call's outgoing sound.
type talker struct {
	mu        sync.Mutex // guards all below
	open      bool       // the other side takes packets
	codec     Codec
	eventType uint8 // payload type of telephone-event; 0: not agreed
	voice     Voice
	overlay   []overlay // said before voice goes on
	keys      []*keyPlan

	ssrc    uint32
	seq     uint16
	ts      uint32
	resumed bool // the next packet of sound is the first after a pause
	packets uint32
	octets  uint32
	packet  [rtpHeader + frameSamples]byte
}

// overlay is a voice said for some packets in place of the ordinary one.
type overlay struct {
	voice Voice
	left  int
	done  chan struct{} // closed when it is over; nil: nobody waits
}

func newTalker(v Voice) *talker {
	return &talker{voice: v, ssrc: rand.Uint32(), seq: uint16(rand.Uint32()), ts: rand.Uint32(), resumed: true}
}

// agree sets what was negotiated; event 0 means that telephone-event was not.
func (t *talker) agree(open bool, codec Codec, event uint8) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.open, t.codec, t.eventType = open, codec, event
}

func (t *talker) say(v Voice) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.voice = v; v == nil {
		t.voice = Nothing()
	}
}

// tick makes the packets of the next 20 ms and gives each to send, which must not keep it.
func (t *talker) tick(send func(packet []byte)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.ts += frameSamples
	if !t.open {
		t.resumed = true
		return
	}
	if len(t.keys) > 0 && t.key(t.keys[0], send) {
		return
	}
	if !t.next(t.packet[rtpHeader:]) {
		t.resumed = true
		return
	}
	t.header(t.packet[:], uint8(t.codec), t.resumed, t.seq, t.ts)
	t.resumed = false
	t.seq++
	t.count(frameSamples)
	send(t.packet[:])
}

// next fills the frame from the overlay or else the voice.
func (t *talker) next(frame []byte) bool {
	if len(t.overlay) == 0 {
		return t.voice.Next(frame, t.codec)
	}
	o := &t.overlay[0]
	said := o.voice.Next(frame, t.codec)
	if o.left--; o.left == 0 {
		if o.done != nil {
			close(o.done)
		}
		t.overlay = t.overlay[1:]
	}
	return said
}

// key sends what the key has for this slot, and reports whether the slot is the key's alone.
func (t *talker) key(k *keyPlan, send func([]byte)) bool {
	if k.slot == 0 {
		k.seq, k.stamp = t.seq, t.ts
		t.seq += uint16(k.numbers)
	}
	inKey := k.slot < k.slots
	for _, p := range k.packets {
		if p.Slot == k.slot {
			t.header(t.packet[:], t.eventType, p.First, k.seq+uint16(p.Index), k.stamp)
			event := t.packet[rtpHeader : rtpHeader+4]
			event[0], event[1] = p.Event, 10 // volume −10 dBm0
			if p.End {
				event[1] |= 0x80
			}
			binary.BigEndian.PutUint16(event[2:], p.Duration)
			t.count(4)
			send(t.packet[:rtpHeader+4])
		}
	}
	if k.slot++; k.slot >= k.slots+k.pause {
		t.keys = t.keys[1:]
		close(k.done)
	}
	return inKey
}

func (t *talker) header(b []byte, payloadType uint8, marker bool, seq uint16, ts uint32) {
	b[0], b[1] = 2<<6, payloadType
	if marker {
		b[1] |= 0x80
	}
	binary.BigEndian.PutUint16(b[2:], seq)
	binary.BigEndian.PutUint32(b[4:], ts)
	binary.BigEndian.PutUint32(b[8:], t.ssrc)
}

func (t *talker) count(octets uint32) {
	t.packets++
	t.octets += octets
}
