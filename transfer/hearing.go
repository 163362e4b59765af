package transfer

import (
	"hatif/call"
	"hatif/media"
)

// hear lets everybody hear what they should in the state that the consultation is in, and the recording with them.
func (s *consultation) hear() {
	if s.mode == threeWay {
		s.seat()
		return
	}
	s.unseat()
	switch {
	case s.by == nil:
		s.alone()
	case s.mode == swapped:
		s.call.Pair(call.Said(s.customer), call.Said(s.by))
		s.listen(s.customer, s.by)
		s.listen(s.by, s.customer)
		s.waits(s.target)
	case s.target == nil:
		s.alone()
		if s.rings {
			s.sounds(s.by, media.Tone(media.ToneRingback, s.Country))
		} else {
			s.sounds(s.by, nil)
		}
	default:
		s.alone()
		s.listen(s.by, s.target)
		s.listen(s.target, s.by)
	}
}

// alone lets the customer wait, who is the only one recorded.
func (s *consultation) alone() {
	s.call.Pair(call.Said(s.customer), nil)
	s.waits(s.customer)
}

// sounds lets a party hear something else than music.
func (s *consultation) sounds(l call.Leg, src media.Source) {
	delete(s.music, l)
	l.Hear(src)
}

// listen lets l hear another party, or music while that one has put them on hold.
func (s *consultation) listen(l, other call.Leg) {
	if other.Held() {
		s.waits(l)
		return
	}
	s.sounds(l, other.Voice())
}

// waits lets a party, if there is one, hear music.
func (s *consultation) waits(l call.Leg) {
	if l == nil || s.music[l] {
		return
	}
	s.music[l] = true
	if s.Music != nil {
		l.Hear(s.Music(s.by))
	} else {
		l.Hear(nil)
	}
}

// seat lets all three hear each other, by way of a mixer, but for who holds: their phone's music is not for the others.
func (s *consultation) seat() {
	s.call.Between(call.Said(s.customer), call.Said(s.by), call.Said(s.target))
	legs := []call.Leg{s.customer, s.by, s.target}
	if s.seats == nil {
		mixer := media.NewMixer("three-way")
		for _, l := range legs {
			s.seats = append(s.seats, mixer.Join(l.Voice()))
		}
		for i, l := range legs {
			s.sounds(l, s.seats[i])
		}
	}
	for i, l := range legs {
		s.seats[i].Mute(l.Held())
	}
}

// unseat is the end of that. What the parties hear next is for the caller to say.
func (s *consultation) unseat() {
	for _, seat := range s.seats {
		seat.Leave()
	}
	s.seats = nil
}

// send plays a party's keys to those who hear that party.
func (s *consultation) send(from call.Leg, keys []call.Digit) {
	for _, to := range s.hearers(from) {
		for _, d := range keys {
			to.SendDigit(d)
		}
	}
}

func (s *consultation) hearers(from call.Leg) []call.Leg {
	var all []call.Leg
	for _, l := range []call.Leg{s.customer, s.by, s.target} {
		hears := l != nil && l != from
		switch s.mode {
		case consulting:
			hears = hears && l != s.customer && from != s.customer
		case swapped:
			hears = hears && l != s.target && from != s.target
		}
		if hears {
			all = append(all, l)
		}
	}
	return all
}
