package prompts

import (
	"strconv"
	"strings"
	"time"
)

// MaxNumber is the greatest number that is said as a number; beyond it, digits are said one by one.
const MaxNumber = 999_999

// A Unit is something that can be counted aloud.
type Unit string

// The units that Count knows. Each has the prompts that its language's grammar needs below "units/".
const (
	Second     Unit = "second"
	Minute     Unit = "minute"
	Hour       Unit = "hour"
	Day        Unit = "day"
	Message    Unit = "message"     // a voicemail message
	NewMessage Unit = "new-message" // one not heard yet
	OldMessage Unit = "old-message" // one heard and kept
	Caller     Unit = "caller"      // somebody waiting in a queue
)

// A grammar is how one language puts numbers together from prompts. n is always within 0..MaxNumber.
type grammar interface {
	number(n int) []string
	count(n int, of Unit) []string
	join(parts [][]string) []string // "a, b and c"
	clock(hour, minute int) []string
	date(t time.Time) []string
	at() []string // between a day and a time
}

var grammars = map[string]grammar{"ar": arabic{}, "en": english{}, "fr": french{}}

// grammarOf finds the grammar of a language or of the language that it is a dialect of. A language that has
// none counts as English does; its recordings may well be its own.
func grammarOf(lang string) grammar {
	for l := lang; l != ""; l = base(l) {
		if g, ok := grammars[l]; ok {
			return g
		}
	}
	return grammars[lastResort]
}

// Digits says keys one by one: "0777", "*1". The names are the same in every language. Characters that are
// no keys (a plus, spaces, dashes in a telephone number) are not said.
func Digits(keys string) []string {
	var names []string
	for _, k := range keys {
		switch {
		case k >= '0' && k <= '9':
			names = append(names, "digits/"+string(k))
		case k == '*':
			names = append(names, "digits/star")
		case k == '#':
			names = append(names, "digits/hash")
		}
	}
	return names
}

// Number says a cardinal number as when counting: "one hundred and twenty three". Below zero it is said
// with "minus"; beyond MaxNumber its digits are said one by one.
func Number(lang string, n int) []string {
	if n < -MaxNumber || n > MaxNumber {
		names := Digits(strconv.Itoa(n))
		if n < 0 {
			names = append([]string{minus}, names...)
		}
		return names
	}
	if n < 0 {
		return append([]string{minus}, grammarOf(lang).number(-n)...)
	}
	return grammarOf(lang).number(n)
}

// Count says how many of something there are, with the number and the thing agreeing as the language
// wants it: "two minutes", "deux minutes", "دقيقتان". A negative n counts as 0; beyond MaxNumber it is
// said as MaxNumber.
func Count(lang string, n int, of Unit) []string {
	return grammarOf(lang).count(min(max(n, 0), MaxNumber), of)
}

// Duration says days, hours, minutes and seconds, leaving out those that are zero; less than half a second
// is "zero seconds". A negative duration counts as none.
func Duration(lang string, d time.Duration) []string {
	seconds := int64(max(d, 0).Round(time.Second) / time.Second)
	g := grammarOf(lang)
	var parts [][]string
	for _, p := range []struct {
		of     Unit
		length int64
	}{{Day, 24 * 3600}, {Hour, 3600}, {Minute, 60}, {Second, 1}} {
		if n := seconds / p.length; n > 0 {
			parts = append(parts, g.count(int(min(n, MaxNumber)), p.of))
		}
		seconds %= p.length
	}
	if len(parts) == 0 {
		return g.count(0, Second)
	}
	return g.join(parts)
}

// Time says the time of day to the minute, in t's own location.
func Time(lang string, t time.Time) []string {
	return grammarOf(lang).clock(t.Hour(), t.Minute())
}

// Date says the weekday, day, month and year, in t's own location.
func Date(lang string, t time.Time) []string { return grammarOf(lang).date(t) }

// When says a moment of the past as seen from now: the time with "today" or "yesterday", and with the
// whole date when it is longer ago (or still to come). Both are taken in now's location.
func When(lang string, t, now time.Time) []string {
	t = t.In(now.Location())
	g := grammarOf(lang)
	var day []string
	switch {
	case sameDay(t, now):
		day = []string{"date/today"}
	case sameDay(t, now.AddDate(0, 0, -1)):
		day = []string{"date/yesterday"}
	default:
		day = g.date(t)
	}
	day = append(day, g.at()...)
	return append(day, g.clock(t.Hour(), t.Minute())...)
}

func sameDay(a, b time.Time) bool {
	return a.Year() == b.Year() && a.YearDay() == b.YearDay()
}

const minus = "numbers/minus"

// num is the prompt of a number: numbers/<n><form>, where form is "", or "-and" (more follows),
// "f" (feminine), "-of" (directly before what is counted).
func num(n int, form string) string { return "numbers/" + strconv.Itoa(n) + form }

func weekday(t time.Time) string { return "date/" + strings.ToLower(t.Weekday().String()) }

func month(t time.Time) string { return "date/" + strings.ToLower(t.Month().String()) }

// joined puts a word before the last of several parts: "a b and c".
func joined(parts [][]string, and string) []string {
	var names []string
	for i, p := range parts {
		if i > 0 && i == len(parts)-1 {
			names = append(names, and)
		}
		names = append(names, p...)
	}
	return names
}
