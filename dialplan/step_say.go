package dialplan

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"hatif/call"
	"hatif/prompts"
)

// say says a value in the call's language: `say: {digits: "{{ .number }}"}`. It cannot be interrupted.
//
//	digits    keys one by one: 0777, *1
//	number    a whole number: one hundred and one
//	time      the time of day: now, 15:04, or a moment
//	date      the weekday, day, month and year: now, 2026-11-24, or a moment
//	when      a moment as people name it, today at …: 2026-11-24 15:04
//	duration  10s, 2m30s
//
// Times are those of the file's time zone. A value that cannot be said that way is left out and noted.
type say struct {
	aloud
	plan *Plan
	how  string
	what text
	at   []string
}

// The ways to say something, with the names of the prompts for it.
var sayings = map[string]func(p *Plan, language, value string) ([]string, error){
	"digits": func(_ *Plan, _, value string) ([]string, error) { return prompts.Digits(value), nil },
	"number": func(_ *Plan, language, value string) ([]string, error) {
		n, err := strconv.Atoi(value)
		return prompts.Number(language, n), err
	},
	"time": func(p *Plan, language, value string) ([]string, error) {
		t, err := p.moment(value)
		return prompts.Time(language, t), err
	},
	"date": func(p *Plan, language, value string) ([]string, error) {
		t, err := p.moment(value)
		return prompts.Date(language, t), err
	},
	"when": func(p *Plan, language, value string) ([]string, error) {
		t, err := p.moment(value)
		return prompts.When(language, t, time.Now().In(p.zone())), err
	},
	"duration": func(_ *Plan, language, value string) ([]string, error) {
		d, err := time.ParseDuration(value)
		return prompts.Duration(language, d), err
	},
}

func compileSay(c *compiler, v *value, s spot) Step {
	known := []string{"digits", "number", "time", "date", "when", "duration"}
	if !c.options(v, "say", known...) {
		return c.broken(v, s)
	}
	if len(v.fields) != 1 {
		c.faultf(v, "say says one thing: %s", strings.Join(known, ", "))
		return c.broken(v, s)
	}
	f := v.fields[0]
	step := &say{aloud: aloud{s.next}, plan: c.plan, how: f.key, what: c.text(f.value), at: f.value.path}
	if way, ok := sayings[f.key]; ok && step.what.fixed() {
		if _, err := way(c.plan, "en", step.what.raw); err != nil {
			c.faultf(f.value, "%q cannot be said as %s: %v", step.what.raw, f.key, err)
		}
	}
	return step
}

func (s *say) Do(ctx context.Context, c *call.Call) (Step, error) {
	if err := c.Leg.Answer(ctx); err != nil {
		return nil, err
	}
	value, err := s.what.in(c)
	if err != nil {
		return nil, err
	}
	names, err := sayings[s.how](s.plan, c.Language, value)
	if err != nil {
		c.Note(fmt.Sprintf("%q is not said: it is no %s", value, s.how))
		return s.next, nil
	}
	if len(names) == 0 {
		return s.next, nil
	}
	return s.next, call.Play(ctx, c.Leg, saying(names).source(c, s.plan.services.Sounds))
}

// saying is prompts one after another in the call's language.
func saying(names []string) speech {
	s := speech{}
	for _, name := range names {
		s.items = append(s.items, prompt{name: text{raw: name}})
	}
	return s
}

// digitPrompts are the prompts of the ten digits.
func digitPrompts(at []string) []prompt {
	var all []prompt
	for _, name := range prompts.Digits("0123456789") {
		all = append(all, prompt{name: text{raw: name}, at: at})
	}
	return all
}

// moments are how times can be written, in the file's time zone where they say none.
var moments = []string{time.RFC3339, "2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02", "15:04"}

// moment reads a time: now, or one of moments.
func (p *Plan) moment(s string) (time.Time, error) {
	if s == "now" {
		return time.Now().In(p.zone()), nil
	}
	for _, layout := range moments {
		if t, err := time.ParseInLocation(layout, s, p.zone()); err == nil {
			return t.In(p.zone()), nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is no time: now, 15:04, 2006-01-02, 2006-01-02 15:04", s)
}

// zone is the file's time zone.
func (p *Plan) zone() *time.Location {
	if p.services.Zone == nil {
		return time.UTC
	}
	return p.services.Zone
}

func (s *say) String() string { return "say " + s.how + " " + s.what.raw }

func (s *say) of(c *call.Call) string {
	value, err := s.what.in(c)
	if err != nil {
		return s.String()
	}
	return "say " + s.how + " " + value
}

// prompts are those that a call cannot do without, as far as they can be known: the digits. That the others exist in
// each language of the library is a matter of its own tests.
func (s *say) prompts() []prompt {
	if s.how != "digits" {
		return nil
	}
	if !s.what.fixed() {
		return digitPrompts(s.at)
	}
	var all []prompt
	for _, name := range slices.Compact(prompts.Digits(s.what.raw)) {
		all = append(all, prompt{name: text{raw: name}, at: s.at})
	}
	return all
}

func (s *say) explain(x *explanation) []Exit {
	x.say("says %s", strings.TrimPrefix(describe(s, x.call), "say "))
	return s.Exits()
}
