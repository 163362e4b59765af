package queue

import (
	"context"
	"slices"
	"strings"
	"time"

	"hatif/call"
)

// CallBackOptions say how the caller of a visit can be called back.
type CallBackOptions struct {
	Number  string                                    // that is offered; "": they are asked for one
	Reaches func(number string) bool                  // whether they may be called there
	Keep    func(ctx context.Context, p *Place) error // writes the place down; when it returns nil, they will be called
}

const (
	answerWait  = 10 * time.Second // for a key, after a question
	digitWait   = 3 * time.Second  // for the next digit of a number
	arrangeMost = 3                // answers that are no good
	longestBack = 32               // digits
)

// An arrangement is the talk with a caller in line who wants to be called back: at which number. It is told what they
// do, and says what they hear next.
type arrangement struct {
	with     *CallBackOptions
	number   string // that is asked about
	digits   string // keyed in so far
	entering bool
	wrong    int
	agreed   bool // they are to be called at number
	over     bool // they wait on
}

// A line of the talk.
type said struct {
	words []Word        // nothing: what is being said ends
	wait  time.Duration // for a key, then
}

func (a *arrangement) begin() said {
	if a.with.Number == "" {
		return a.enter()
	}
	return a.confirm(a.with.Number)
}

func (a *arrangement) confirm(number string) said {
	a.number, a.entering = number, false
	return said{[]Word{{Prompt: promptWillCall}, {Digits: number}, {Prompt: promptConfirm}}, answerWait}
}

func (a *arrangement) enter() said {
	a.digits, a.entering = "", true
	return said{[]Word{{Prompt: promptEnter}}, answerWait}
}

// press is a key.
func (a *arrangement) press(key string) said {
	switch {
	case a.entering && key == "#":
		return a.entered()
	case a.entering:
		if a.digits += key; len(a.digits) >= longestBack {
			return a.entered()
		}
		return said{wait: digitWait}
	case key == "1":
		a.agreed = true
		return said{}
	case key == "2":
		return a.enter()
	}
	return a.refuse(a.confirm(a.number))
}

// silence is a wait that has passed.
func (a *arrangement) silence() said {
	if a.entering && a.digits != "" {
		return a.entered()
	}
	a.over = true
	return said{}
}

func (a *arrangement) entered() said {
	if strings.Trim(a.digits, "0123456789") == "" && a.with.Reaches(a.digits) {
		return a.confirm(a.digits)
	}
	return a.refuse(a.enter())
}

// refuse says that an answer was no good, and asks again.
func (a *arrangement) refuse(next said) said {
	if a.wrong++; a.wrong >= arrangeMost {
		a.over = true
		return said{}
	}
	next.words = slices.Concat([]Word{{Prompt: promptNotValid}}, next.words)
	return next
}

// pressed is a key of the caller's. It reports whether they leave the line by it.
func (s *visit) pressed(key string) (leaves bool) {
	switch {
	case s.arranging != nil:
		s.goOn(s.arranging.press(key))
	case strings.Contains(s.options.Keys, key):
		return true
	case key == CallBackKey && s.offers:
		s.call.Note("wants to be called back")
		s.arranging = &arrangement{with: s.options.CallBack}
		s.goOn(s.arranging.begin())
	}
	return false
}

// goOn lets the caller hear the next line of the arrangement.
func (s *visit) goOn(next said) {
	switch {
	case s.arranging.over:
		s.arranging = nil
		s.hearing.resume()
	case !s.arranging.agreed:
		s.hearing.ask(next)
	}
}

// keepPlace keeps the caller's place, as it was agreed. It reports whether that has been done: somebody may have
// picked up, or the promise could not be written down; the caller then waits on.
func (s *visit) keepPlace(ctx context.Context) (Outcome, bool) {
	number := s.arranging.number
	s.arranging = nil
	place, out := s.floor.keep(s.ticket, number)
	if place == nil {
		s.hearing.resume()
		return Outcome{}, false
	}
	// Who hangs up now has agreed: it is written all the same.
	if err := s.options.CallBack.Keep(context.WithoutCancel(ctx), place); err != nil {
		s.call.Log.Error("a caller cannot be promised a call back", "error", err)
		s.call.Note("cannot be called back: " + err.Error())
		s.floor.unkeep(s.ticket)
		s.hearing.resume()
		return Outcome{}, false
	}
	s.kept = true
	t, floor := s.ticket, s.floor
	context.AfterFunc(s.call.Leg.Context(), func() { floor.hungUp(t) })
	s.bell.stop(call.Cancelled)
	s.call.Note("keeps the place, to be called back at " + number)
	if err := call.Play(ctx, s.call.Leg, s.options.Say(Word{Prompt: promptPlaceKept})); err != nil {
		s.call.Log.Debug("the caller has hung up already", "error", err)
	}
	return out, true
}
