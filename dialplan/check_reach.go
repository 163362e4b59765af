package dialplan

import (
	"maps"
	"slices"

	"hatif/internal/fault"
)

// A languages step changes what language the call is in.
type changesLanguage interface {
	// languages are those that the call can be in after the step.
	languages() []string
}

// A place to stand: a step, and the language that the call is in there.
type standing struct {
	step     Step
	language string
}

// checkReach walks every call that can come in through every step, with the languages it can be in, and
// finds prompts that would be missing then. What no call reaches is a warning.
func (c *compiler) checkReach(cfg Config) {
	seen := make(map[standing]bool)
	enter := func(context, language string) {
		if n := c.plan.contexts[context]; n != nil {
			for _, e := range n.everything() {
				c.flow(e.first, language, seen)
			}
		}
	}
	for number, u := range c.plan.services.Users {
		enter(u.Context, c.plan.services.language(number))
		enter(c.plan.services.CallBack, c.plan.services.language(number))
	}
	enter(c.plan.services.Guests, c.plan.services.language(""))
	reached := make(map[Step][]string)
	for s := range seen {
		reached[s.step] = append(reached[s.step], s.language)
	}
	names := c.plan.services.Sounds.Names()
	exists := make(map[string]bool)
	for _, name := range names {
		exists[name] = true
	}
	for _, s := range c.inOrder() {
		if sp, ok := s.(speaker); ok {
			for _, p := range sp.prompts() {
				if p.name.fixed() && !exists[p.name.raw] {
					c.faults = append(c.faults, fault.Errorf(p.at, "there is no prompt %q%s", p.name.raw, fault.DidYouMean(p.name.raw, names)))
					continue
				}
				c.checkPrompt(p, reached[s])
			}
		}
	}
	c.warnUnreached(cfg, reached)
	c.warnHidden()
	slices.SortFunc(c.plan.warnings, func(a, b *fault.Fault) int { return slices.Compare(a.Path, b.Path) })
}

// flow follows every way on from s.
func (c *compiler) flow(s Step, language string, seen map[standing]bool) {
	here := standing{s, language}
	if s == nil || seen[here] {
		return
	}
	seen[here] = true
	after := []string{language}
	if l, ok := s.(changesLanguage); ok {
		after = l.languages()
	}
	if l, ok := s.(interface{ launches() Step }); ok { // a call that will be made
		c.flow(l.launches(), language, seen)
	}
	for _, exit := range s.Exits() {
		for _, l := range after {
			c.flow(exit.To, l, seen)
		}
	}
}

// checkPrompt looks for p, which exists, in the languages that a call can be in when it is played.
func (c *compiler) checkPrompt(p prompt, languages []string) {
	sounds := c.plan.services.Sounds
	if !p.name.fixed() {
		return
	}
	if p.language != "" {
		languages = []string{p.language}
	}
	name := p.name.raw
	var missing []string
	for _, l := range languages {
		if slices.Contains(c.plan.services.Languages, l) && !sounds.Has(l, name) && !slices.Contains(missing, l) { // others are told where they are set
			missing = append(missing, l)
		}
	}
	if len(missing) > 0 {
		slices.Sort(missing)
		c.faults = append(c.faults, fault.Errorf(p.at,
			"prompt %q does not exist in the language %s, which a call can be in here", name, quoted(missing, "and")))
	}
}

// warnUnreached reports contexts, or single extensions, that no account's call can come to.
func (c *compiler) warnUnreached(cfg Config, reached map[Step][]string) {
	groups := map[string]bool{c.plan.services.Guests: true}
	for _, u := range c.plan.services.Users {
		groups[u.Context] = true
	}
	warn := func(path []string, format string, args ...any) {
		c.plan.warnings = append(c.plan.warnings, fault.Errorf(path, format, args...))
	}
	for _, x := range cfg.contexts {
		n := c.plan.contexts[x.name]
		own := slices.Concat(slices.Collect(maps.Values(n.exact)), n.patterns)
		lost := slices.DeleteFunc(own, func(e *extension) bool { return len(reached[e.first]) > 0 })
		switch {
		case len(lost) == 0:
		case len(lost) == len(x.extensions) && !groups[x.name]:
			warn(n.path, "no call reaches the context %q: no account has it, and no step goes there", x.name)
		default:
			for _, e := range lost {
				warn(e.path, "no call reaches %q", e.pattern)
			}
		}
	}
}
