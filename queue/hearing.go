package queue

import (
	"time"

	"hatif/media"
)

// hearing is what a caller hears in line: music, and over it now and then what there is to say. It is the script's
// alone. The zero value says nothing.
type hearing struct {
	hear  func(media.Source) <-chan struct{} // of the caller's leg
	say   func(...Word) media.Source
	music media.Source // goes on where it was left

	notices []*notice
	timer   *time.Timer     // due when the first of notices is; nil: there is none
	asking  time.Duration   // the wait for a key after what is being said; 0: nothing is asked
	said    <-chan struct{} // closed at the end of what is being said; nil: that is nothing
}

// A notice is said at intervals.
type notice struct {
	next  time.Time
	every time.Duration
	words func(outlook) []Word
}

// begin lets the caller hear music from now on, and what the queue's options say from then on.
func (h *hearing) begin(cfg Config, offers bool, now time.Time) {
	h.said = nil
	h.hear(h.music)
	h.follow(cfg, offers, now)
}

// turn lets the caller hear other music from now on, unless it is the same.
func (h *hearing) turn(music media.Source) {
	if music == nil || h.music == nil || h.music.String() == music.String() {
		return
	}
	h.music = music
	if h.said == nil && h.asking == 0 {
		h.hear(music)
	}
}

// follow says from now on what cfg says, and offers to call back.
func (h *hearing) follow(cfg Config, offers bool, now time.Time) {
	if h.say == nil {
		return
	}
	h.notices = nil
	h.add(now, cfg.Announce.First, cfg.Announce.Every, func(o outlook) []Word { return o.words(cfg.Announce) })
	if offers {
		c := cfg.CallBack.filled()
		h.add(now, c.First, c.Offer, func(outlook) []Word { return []Word{{Prompt: promptOffer}} })
	}
	turn := 0
	h.add(now, cfg.Messages.First, cfg.Messages.Every, func(outlook) []Word {
		turn++
		return []Word{{Prompt: cfg.Messages.Prompts[(turn-1)%len(cfg.Messages.Prompts)]}}
	})
	h.arm()
}

func (h *hearing) add(now time.Time, first, every time.Duration, words func(outlook) []Word) {
	if every <= 0 {
		return
	}
	if first == 0 {
		first = every
	}
	h.notices = append(h.notices, &notice{next: now.Add(first), every: every, words: words})
}

// arm sets the timer to the next notice, unless something is being said: what follows is said after that.
func (h *hearing) arm() {
	if h.timer != nil {
		h.timer.Stop()
	}
	if len(h.notices) == 0 || h.said != nil || h.asking > 0 {
		return
	}
	next := h.notices[0].next
	for _, n := range h.notices {
		if n.next.Before(next) {
			next = n.next
		}
	}
	h.wake(time.Until(next))
}

func (h *hearing) wake(in time.Duration) {
	if h.timer == nil {
		h.timer = time.NewTimer(in)
		return
	}
	h.timer.Reset(in)
}

// ask says a line of a talk, and waits for a key after it: due is the end of that wait.
func (h *hearing) ask(next said) {
	h.asking = next.wait
	if len(next.words) > 0 {
		h.said = h.hear(h.say(next.words...))
		h.arm()
		return
	}
	h.said = nil
	h.hear(nil)
	h.wake(next.wait)
}

// resume takes the music up again after a talk.
func (h *hearing) resume() {
	h.asking = 0
	h.silent()
}

// due is when speak is to be called.
func (h *hearing) due() <-chan time.Time {
	if h.timer == nil {
		return nil
	}
	return h.timer.C
}

// speak says everything that is due, in one go.
func (h *hearing) speak(o outlook, now time.Time) {
	var words []Word
	for _, n := range h.notices {
		if n.next.After(now) {
			continue
		}
		words = append(words, n.words(o)...)
		for !n.next.After(now) {
			n.next = n.next.Add(n.every)
		}
	}
	if len(words) > 0 {
		h.said = h.hear(h.say(words...))
	}
	h.arm()
}

// silent takes the music up again, or waits for a key: what was being said is over.
func (h *hearing) silent() {
	h.said = nil
	if h.asking > 0 {
		h.wake(h.asking)
		return
	}
	h.hear(h.music)
	h.arm()
}

// end stops the timer. What the caller hears stays.
func (h *hearing) end() {
	if h.timer != nil {
		h.timer.Stop()
	}
}
