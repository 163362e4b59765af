package dialplan

import (
	"errors"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"hatif/internal/fault"
)

// Config is the file's `contexts`: what happens to a call. It is read with all its mistakes, which Validate
// and Compile report, so that one look at the file finds all of them. The zero value has no context.
type Config struct {
	contexts []contextConfig
	faults   []*fault.Fault // found while reading
}

// contextConfig is one context as written.
type contextConfig struct {
	name       string
	at         *value
	include    []*value
	mayCall    *value   // nil: not written
	features   []string // nil: not written
	extensions []extensionConfig
}

// extensionConfig is one extension as written.
type extensionConfig struct {
	pattern Pattern
	steps   *value
}

// The keys of a context that are not extensions.
const (
	keyInclude = "include"
	keyMayCall = "may_call"
)

// start is the extension that a goto without one means.
const start = "start"

// UnmarshalYAML reads the contexts. It never fails: what is wrong is kept for Validate, with its place.
func (c *Config) UnmarshalYAML(n ast.Node) error {
	*c = Config{}
	top, faults := readNode(n)
	c.faults = faults
	switch top.kind {
	case empty:
	case mapping:
		for _, f := range top.fields {
			c.context(f)
		}
	default:
		c.faultf(top, "contexts are written `name: {extension: steps}`, not as %s", top.kind)
	}
	return nil
}

// Validate reports every mistake that can be seen in the contexts alone, as *fault.Fault with paths that
// begin with the context's name.
func (c Config) Validate() error { return joined(c.faults) }

// Contexts lists the names of the contexts in the order of the file.
func (c Config) Contexts() []string {
	var names []string
	for _, x := range c.contexts {
		names = append(names, x.name)
	}
	return names
}

func (c *Config) faultf(v *value, format string, args ...any) {
	c.faults = append(c.faults, v.fault(format, args...))
}

func (c *Config) context(f field) {
	x := contextConfig{name: f.key, at: f.value}
	if strings.ContainsAny(f.key, ", \t{}") || f.key == "" {
		c.faultf(f.value, "the context's name %q holds a space, a comma or a brace", f.key)
	}
	if k, isStep := stepKinds[f.key]; isStep && k.bare {
		c.faultf(f.value, "a context cannot be named %q: that is a step", f.key)
	}
	switch f.value.kind {
	case empty: // a context without extensions is a group of people
	case mapping:
		for _, g := range f.value.fields {
			c.key(&x, g)
		}
	default:
		c.faultf(f.value, "a context is written `extension: steps`, not as %s", f.value.kind)
	}
	c.contexts = append(c.contexts, x)
}

func (c *Config) key(x *contextConfig, f field) {
	switch f.key {
	case keyInclude:
		x.include = c.names(f.value)
	case keyMayCall:
		x.mayCall = f.value
		for _, name := range c.names(f.value) {
			if name.text == everyone && f.value.kind == list {
				c.faultf(name, "everyone stands alone: `may_call: everyone`")
			}
		}
	case keyFeatures:
		x.features = []string{}
		for _, name := range c.names(f.value) {
			switch {
			case name.text == noFeatures && f.value.kind != list:
			case slices.Contains(features, name.text):
				x.features = append(x.features, name.text)
			default:
				c.faultf(name, "%q is no feature: %s, or `features: none`%s", name.text, strings.Join(features, ", "), fault.DidYouMean(name.text, features))
			}
		}
	default:
		if hint := fault.DidYouMean(strings.ReplaceAll(f.key, "-", "_"), []string{keyInclude, keyMayCall, keyFeatures}); hint != "" {
			c.faults = append(c.faults, f.value.keyFault("%q is neither a right nor a number%s", f.key, hint))
			return
		}
		p, err := ParsePattern(f.key)
		if err != nil {
			c.faults = append(c.faults, f.value.keyFault("%q is no number and no pattern: %v", f.key, err))
			return
		}
		for _, e := range x.extensions {
			if e.pattern.same(p) {
				c.faultf(f.value, "%q matches the same numbers as %q above and is never reached", f.key, e.pattern)
				return
			}
		}
		x.extensions = append(x.extensions, extensionConfig{p, f.value})
	}
}

// names reads a word or a list of words.
func (c *Config) names(v *value) []*value {
	switch v.kind {
	case scalar:
		return []*value{v}
	case list:
		for _, item := range v.items {
			if item.kind != scalar {
				c.faultf(item, "a name was expected, not %s", item.kind)
			}
		}
		return slices.DeleteFunc(slices.Clone(v.items), func(v *value) bool { return v.kind != scalar })
	}
	c.faultf(v, "a name or a list of names was expected, not %s", v.kind)
	return nil
}

// joined makes one error of faults, sorted by place and each of them once; nil when there are none.
func joined(faults []*fault.Fault) error {
	sorted := slices.Clone(faults)
	slices.SortStableFunc(sorted, func(a, b *fault.Fault) int { return slices.Compare(a.Path, b.Path) })
	sorted = slices.CompactFunc(sorted, func(a, b *fault.Fault) bool { return a.Error() == b.Error() })
	var errs []error
	for _, f := range sorted {
		errs = append(errs, f)
	}
	return errors.Join(errs...)
}
