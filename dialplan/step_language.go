package dialplan

import (
	"context"
	"slices"
	"strings"

	"hatif/call"
)

// language is the language that the call is in from here on: `language: ar`.
type language struct {
	then
	plan *Plan
	to   text
}

func compileLanguage(c *compiler, v *value, s spot) Step {
	step := &language{then{s.next}, c.plan, c.text(v)}
	c.oneOf(v, "language %q is not one of languages: "+strings.Join(c.plan.services.Languages, ", "), step.to, c.plan.services.Languages)
	return step
}

func (s *language) Do(_ context.Context, c *call.Call) (Step, error) { return s.now(c) }

func (s *language) now(c *call.Call) (Step, error) {
	to, err := s.to.in(c)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(s.plan.services.Languages, to) {
		c.Note("no language " + to)
		return s.next, nil
	}
	c.SetLanguage(to)
	return s.next, nil
}

func (s *language) String() string { return "language " + s.to.raw }

func (s *language) languages() []string {
	if s.to.fixed() {
		return []string{s.to.raw}
	}
	return s.plan.services.Languages
}

func (s *language) explain(x *explanation) []Exit { return x.does(s) }
