package dialplan

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"hatif/internal/fault"
)

// options checks that v is a set of keys, all of them known.
func (c *compiler) options(v *value, step string, known ...string) bool {
	if v.kind != mapping {
		c.faultf(v, "%s is written `%s: {%s: …}`, not as %s", step, step, known[0], v.kind)
		return false
	}
	for _, f := range v.fields {
		if !slices.Contains(known, f.key) {
			c.keyf(f.value, "%s has no option %q%s", step, f.key, fault.DidYouMean(f.key, known))
		}
	}
	return true
}

// missing is the last part of the place of a value that the file lacks. What is found wrong with it is not told: that it is
// not there has been.
const missing = "\x00"

// required returns the field, noting when it is not there.
func (c *compiler) required(v *value, step, key string) *value {
	f := v.field(key)
	if f == nil {
		c.faultf(v, "%s needs %s", step, key)
		return &value{path: append(slices.Clone(v.path), missing), kind: scalar, text: key}
	}
	return f
}

// ofMissing reports whether a fault is about a value that the file lacks.
func ofMissing(f *fault.Fault) bool { return slices.Contains(f.Path, missing) }

// text reads a value that may hold templates.
func (c *compiler) text(v *value) text {
	if v.kind != scalar {
		c.faultf(v, "a word was expected, not %s", v.kind)
		return text{}
	}
	t, err := parseText(v.text)
	if err != nil {
		c.faultf(v, "%v", err)
	}
	c.reads(v, t.names)
	return t
}

// fixed reads a value that is the same for every call.
func (c *compiler) fixed(v *value) string {
	if v.kind != scalar {
		c.faultf(v, "a word was expected, not %s", v.kind)
		return ""
	}
	if strings.Contains(v.text, "{{") {
		c.faultf(v, "a template cannot stand here: the plan must know this beforehand")
	}
	return v.text
}

// reads notes that names are used at v.
func (c *compiler) reads(v *value, names []string) {
	for _, name := range names {
		c.uses = append(c.uses, use{at: v.path, name: name})
	}
}

// oneOf notes that t must come out as a known word: checked when all values it can have are known.
// wrong says what is amiss otherwise: "queue %q is not defined".
func (c *compiler) oneOf(v *value, wrong string, t text, known []string) {
	c.choices = append(c.choices, choice{at: v.path, wrong: wrong, text: t, known: known})
}

// duration reads "10s"; v may be nil.
func (c *compiler) duration(v *value, otherwise time.Duration) time.Duration {
	if v == nil {
		return otherwise
	}
	if v.kind != scalar {
		c.faultf(v, "a time such as 10s was expected, not %s", v.kind)
		return otherwise
	}
	d, err := time.ParseDuration(v.text)
	switch _, bare := strconv.ParseFloat(v.text, 64); {
	case bare == nil && v.text != "0":
		c.faultf(v, "%s has no unit: write %ss for seconds", v.text, v.text)
	case err != nil:
		c.faultf(v, "%q is no time: write 500ms, 10s or 2m", v.text)
	case d <= 0:
		c.faultf(v, "the time must be more than nothing")
	case d > 24*time.Hour:
		c.faultf(v, "%s is longer than a day", v.text)
	default:
		return d
	}
	return otherwise
}

// integer reads a whole number between low and high; v may be nil.
func (c *compiler) integer(v *value, otherwise, low, high int) int {
	if v == nil {
		return otherwise
	}
	n, err := strconv.Atoi(v.text)
	if v.kind != scalar || err != nil || n < low || n > high {
		c.faultf(v, "a whole number from %d to %d was expected", low, high)
		return otherwise
	}
	return n
}

// truth reads true or false; v may be nil.
func (c *compiler) truth(v *value, otherwise bool) bool {
	switch {
	case v == nil:
		return otherwise
	case v.kind == scalar && v.text == "true":
		return true
	case v.kind == scalar && v.text == "false":
		return false
	}
	c.faultf(v, "true or false was expected")
	return otherwise
}

// bare checks that a step that takes no value has none, and returns the step's name.
func (c *compiler) bare(v *value) string {
	name := v.path[len(v.path)-1]
	if v.kind == empty {
		return v.text
	}
	c.faultf(v, "%s takes no value: write the word alone", name)
	return name
}
