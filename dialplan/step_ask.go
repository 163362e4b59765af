package dialplan

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"hatif/call"
	"hatif/media"
	"hatif/prompts"
)

// ask lets the caller key in a number and keeps it in a variable:
//
//	ask:
//	  prompt: enter-your-number   # or a list; with `in: [ar, en]` said in each of these languages
//	  digits: 4                   # so many; or from 3 to 12 of them, `digits: 3-12`
//	  range: 0-10                 # instead: a number in this range; 10 needs no #, 1 waits for `inter`
//	  into: number
//	  confirm: true               # says the digits back: 1 is yes, 2 asks again, silence says them again
//	  terminator: "#"             # ends the number early; "" is no key
//	  tries: 3                    # how often it is asked
//	  first: 10s                  # wait for the first key, after the prompt
//	  inter: 5s                   # wait for each further key
//
// A key stops the prompt and counts. A wrong number is answered with invalid_prompt (not-valid; number-too-short
// where digits are missing) and the question again, silence with the question again; the terminator alone is silence
// that need not be waited for. In the end wrong numbers go to invalid and silence to unanswered; what of these is not
// written goes to otherwise, and without that to the step that follows. The variable is set only when the
// number is complete and, where that is asked for, confirmed; otherwise it is empty.
//
// What was asked is dealt with: from an ask on, the steps that follow are done to their end even when the caller hangs
// up, and those that need a caller are left out. Who hangs up while being asked goes to unanswered.
type ask struct {
	plan        *Plan
	into        string
	wants       wanted
	confirm     bool
	tries       int
	first       time.Duration
	inter       time.Duration
	terminator  string
	prompt      speech
	invalid     speech // ours where short is one
	short       speech // heard when digits are missing
	entered     speech // before the digits
	confirmKeys speech // after them

	next, silence, wrong Step
}

// wanted is which numbers answer an ask.
type wanted struct {
	fewest, most int // digits
	ranged       bool
	low, high    int // when ranged
}

const (
	askTries   = 3
	askMost    = 32 // digits
	yes, again = '1', '2'
)

// The prompts of a confirmation and of digits that are missing, and the digits themselves.
const (
	promptEntered  = "you-entered"
	promptConfirm  = "press-1-to-confirm-2-to-repeat"
	promptTooShort = "number-too-short"
)

func compileAsk(c *compiler, v *value, s spot) Step {
	if !c.options(v, "ask", "prompt", "digits", "range", "into", "in", "confirm", "terminator", "tries", "first", "inter",
		"invalid_prompt", "invalid", "unanswered", "otherwise") {
		return c.broken(v, s)
	}
	in := v.field("in")
	otherwise := c.branch(v.field("otherwise"), s)
	step := &ask{
		plan:       c.plan,
		into:       c.variable(c.required(v, "ask", "into")),
		wants:      c.wanted(v),
		confirm:    c.truth(v.field("confirm"), false),
		tries:      c.integer(v.field("tries"), askTries, 1, 100),
		first:      c.duration(v.field("first"), call.DefaultFirstDigit),
		inter:      c.duration(v.field("inter"), call.DefaultInterDigit),
		terminator: "#",
		prompt:     c.speech(c.required(v, "ask", "prompt"), in),
		next:       s.next,
		silence:    c.branchOr(v.field("unanswered"), s, otherwise),
		wrong:      c.branchOr(v.field("invalid"), s, otherwise),
	}
	if t := v.field("terminator"); t != nil {
		step.terminator = c.fixed(t)
		if len(step.terminator) > 1 || strings.Trim(step.terminator, "*#ABCD") != "" {
			c.faultf(t, "the terminator is one of * and #, or \"\" for none")
		}
	}
	step.invalid = c.ownSpeech(v, in, promptNotValid)
	step.short = step.invalid
	if p := v.field("invalid_prompt"); p != nil {
		step.invalid = c.speech(p, in)
		step.short = step.invalid
	} else if !step.wants.ranged {
		step.short = c.ownSpeech(v, in, promptTooShort)
	}
	if step.confirm {
		step.entered, step.confirmKeys = c.ownSpeech(v, nil, promptEntered), c.ownSpeech(v, nil, promptConfirm)
	}
	return step
}

// wanted reads digits or range.
func (c *compiler) wanted(v *value) wanted {
	digits, ranged := v.field("digits"), v.field("range")
	switch {
	case digits != nil && ranged != nil:
		c.faultf(ranged, "an ask has digits or a range, not both")
	case digits != nil:
		low, high := c.span(digits, "digits are written `digits: 4` or `digits: 3-12`", 1, askMost)
		return wanted{fewest: low, most: high}
	case ranged != nil:
		low, high := c.span(ranged, "a range is written `range: 0-10`", 0, 999_999_999)
		return wanted{fewest: 1, most: len(strconv.Itoa(high)), ranged: true, low: low, high: high}
	default:
		c.faultf(v, "ask needs digits or range")
	}
	return wanted{fewest: 1, most: 1}
}

// span reads "3-12", or "4" for 4-4.
func (c *compiler) span(v *value, how string, least, most int) (low, high int) {
	from, to, both := strings.Cut(v.text, "-")
	if !both {
		to = from
	}
	low, err := strconv.Atoi(strings.TrimSpace(from))
	high, err2 := strconv.Atoi(strings.TrimSpace(to))
	if v.kind != scalar || err != nil || err2 != nil || low < least || high > most || low > high {
		c.faultf(v, "%s, between %d and %d", how, least, most)
		return least, least
	}
	return low, high
}

// variable reads the name of a variable that the step sets, to what only the call will show.
func (c *compiler) variable(v *value) string {
	name := c.fixed(v)
	if !IsVariable(name) {
		c.faultf(v, "%q cannot be a variable: a small letter, then letters, digits and _", name)
	}
	c.defines(name, unforeseen)
	return name
}

// ownSpeech is a prompt that the step at v says by itself.
func (c *compiler) ownSpeech(v, in *value, name string) speech {
	return c.speech(&value{path: v.path, kind: scalar, text: name}, in)
}

func (s *ask) Do(ctx context.Context, c *call.Call) (Step, error) {
	c.Set(s.into, "")
	if err := c.Leg.Answer(ctx); err != nil {
		return nil, err
	}
	var last error
	var before speech // in front of the question: what was wrong with the last answer
	for range s.tries {
		var number string
		if number, last = s.once(ctx, c, before); last == nil && s.confirm {
			last = s.confirmed(ctx, c, number)
		}
		switch before = (speech{}); {
		case last == nil:
			c.Set(s.into, number)
			c.Note(s.into + " " + number)
			return s.next, nil
		case errors.Is(last, call.ErrInvalid):
			before = s.refusal(number)
		case !errors.Is(last, call.ErrNoInput):
			return nil, last
		}
	}
	if !errors.Is(last, call.ErrInvalid) {
		c.Note("no " + s.into)
		return s.silence, nil
	}
	c.Note(fmt.Sprintf("no valid %s in %d tries", s.into, s.tries))
	return s.wrong, call.Play(ctx, c.Leg, before.source(c, s.plan.services.Sounds))
}

// straggler is how long after a complete number its terminator may still come: it is no answer to what follows.
const straggler = 2 * time.Second

// once asks a single time, after what is to be said before. The errors are those of call.Collect; with ErrInvalid come
// the keys that were pressed.
func (s *ask) once(ctx context.Context, c *call.Call, before speech) (string, error) {
	question := speech{slices.Concat(before.items, s.prompt.items)}
	for began := time.Now(); ; {
		var keys string
		number, err := call.Collect(ctx, c.Leg, call.Question{
			Prompt:     func() media.Source { return question.source(c, s.plan.services.Sounds) },
			FirstDigit: s.first, InterDigit: s.inter,
			Max: s.wants.most, Min: s.wants.fewest, Terminator: s.terminator,
			More:    s.wants.more,
			Accept:  s.wants.accepts,
			Pressed: func(key byte) { keys += string(rune(key)) },
		})
		switch {
		case !errors.Is(err, call.ErrInvalid):
			return number, err
		case keys != s.terminator:
			return keys, err
		case time.Since(began) > straggler:
			return "", call.ErrNoInput
		}
		began = time.Time{} // one straggler, not more
	}
}

// refusal is what is said of wrong keys.
func (s *ask) refusal(keys string) speech {
	digits := strings.TrimSuffix(keys, s.terminator)
	if strings.Trim(digits, "0123456789") == "" && len(digits) < s.wants.fewest {
		return s.short
	}
	return s.invalid
}

// confirmed says number back until it is confirmed (nil) or refused (ErrNoInput: it is to be asked again).
func (s *ask) confirmed(ctx context.Context, c *call.Call, number string) error {
	var before speech
	readBack := func() media.Source {
		said := speech{slices.Concat(before.items, s.entered.items, saying(prompts.Digits(number)).items, s.confirmKeys.items)}
		return said.source(c, s.plan.services.Sounds)
	}
	began := time.Now()
	for try := 1; try <= s.tries; {
		var last byte
		answer, err := call.Ask(ctx, c.Leg, call.Question{
			Prompt: readBack, FirstDigit: s.first, Keys: string([]byte{yes, again}), Pressed: func(key byte) { last = key },
		})
		switch {
		case err == nil && answer.Key == yes:
			return nil
		case err == nil:
			c.Note("not confirmed")
			return call.ErrNoInput
		case errors.Is(err, call.ErrInvalid) && string(rune(last)) == s.terminator && time.Since(began) < straggler:
			began = time.Time{}
			continue
		case errors.Is(err, call.ErrInvalid):
			before = s.invalid
		case errors.Is(err, call.ErrNoInput):
			before = speech{}
		default:
			return err
		}
		try++
	}
	c.Note("not confirmed")
	return call.ErrNoInput
}

// more reports whether a longer number than the one so far can still be right.
func (w wanted) more(sofar string) bool {
	if !w.ranged {
		return len(sofar) < w.most
	}
	n, err := strconv.Atoi(sofar)
	if err != nil || strings.HasPrefix(sofar, "0") {
		return false
	}
	for low, high := n*10, n*10+9; low <= w.high; low, high = low*10, high*10+9 {
		if high >= w.low {
			return true
		}
	}
	return false
}

// accepts reports whether the number is right.
func (w wanted) accepts(number string) bool {
	if strings.Trim(number, "0123456789") != "" {
		return false
	}
	if !w.ranged {
		return true
	}
	n, err := strconv.Atoi(number)
	return err == nil && n >= w.low && n <= w.high
}

// String is what is wanted: "4 digits", "0-10".
func (w wanted) String() string {
	switch {
	case w.ranged:
		return fmt.Sprintf("%d-%d", w.low, w.high)
	case w.fewest == w.most:
		return fmt.Sprintf("%d digits", w.most)
	}
	return fmt.Sprintf("%d-%d digits", w.fewest, w.most)
}

func (s *ask) String() string         { return "ask " + s.prompt.String() }
func (s *ask) of(c *call.Call) string { return "ask " + s.prompt.named(c) }
func (s *ask) withoutCaller() Step    { return s.silence }
func (s *ask) seesThrough()           {}

func (s *ask) prompts() []prompt {
	all := slices.Concat(s.prompt.items, s.invalid.items, s.short.items, s.entered.items, s.confirmKeys.items)
	if s.confirm {
		all = append(all, digitPrompts(s.entered.items[0].at)...)
	}
	return all
}

func (s *ask) Exits() []Exit {
	return []Exit{
		{On: "answered", To: s.next, Waits: true},
		{On: "unanswered", To: s.silence, Waits: true},
		{On: "invalid", To: s.wrong, Waits: true},
	}
}

func (s *ask) explain(x *explanation) []Exit {
	x.say("asks %s for %s, into %s", x.heard(s.prompt), s.wants, s.into)
	if !x.keyed {
		return s.Exits()
	}
	for range s.tries {
		number := ""
		for {
			key, pressed := x.press()
			if !pressed || s.terminator != "" && string(rune(key)) == s.terminator {
				break
			}
			number += string(rune(key))
			if len(number) >= s.wants.most || strings.Trim(number, "0123456789") != "" || !s.wants.more(number) {
				break
			}
		}
		switch {
		case number == "":
			x.say("nothing is keyed in")
			x.call.Set(s.into, "")
			return []Exit{{To: s.silence}}
		case len(number) < s.wants.fewest || !s.wants.accepts(number):
			x.say("%s is not valid", number)
			continue
		}
		if s.confirm {
			if key, pressed := x.press(); !pressed || key != yes {
				x.say("%s is not confirmed", number)
				continue
			}
			x.say("%s is confirmed", number)
		}
		x.say("%s is %s", s.into, number)
		x.call.Set(s.into, number)
		return []Exit{{To: s.next}}
	}
	x.say("no valid number in %d tries", s.tries)
	return []Exit{{To: s.wrong}}
}
