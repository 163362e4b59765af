package dialplan

import (
	"strconv"
	"strings"
)

// An expression is a condition on a call's values: `rating < 5 and Language == "ar"`.
//
//	or, and, not, ( )         conditions
//	== != < <= > >=           comparisons
//	5  -1.5  "ar"  'ar'       numbers and words
//	rating  .rating  Language variables and what every call has
//
// Two values are compared as numbers when both are, unless one is written in quotes; otherwise as words.
// Nothing is neither less nor greater than anything: a rating that was not given is not `< 5`.
// A value alone is true unless it is empty, 0 or false.
type expression struct {
	raw   string
	root  condition
	names []string
}

// holds reports whether the condition is true of the values.
func (e expression) holds(values map[string]string) bool { return e.root.holds(values) }

type condition interface {
	holds(values map[string]string) bool
}

type (
	either struct{ a, b condition }
	both   struct{ a, b condition }
	not    struct{ a condition }
	truth  struct{ a operand }

	comparison struct {
		operator string
		a, b     operand
	}
)

// operand is a literal, or the value of a name.
type operand struct {
	name   string
	text   string // when name is ""
	quoted bool   // written in quotes: never a number
}

func (o operand) value(values map[string]string) string {
	if o.name != "" {
		return values[o.name]
	}
	return o.text
}

func (c either) holds(v map[string]string) bool { return c.a.holds(v) || c.b.holds(v) }
func (c both) holds(v map[string]string) bool   { return c.a.holds(v) && c.b.holds(v) }
func (c not) holds(v map[string]string) bool    { return !c.a.holds(v) }

func (c truth) holds(v map[string]string) bool {
	s := c.a.value(v)
	if n, ok := number(s); ok && !c.a.quoted {
		return n != 0
	}
	return s != "" && s != "false"
}

func (c comparison) holds(values map[string]string) bool {
	a, b := c.a.value(values), c.b.value(values)
	order := strings.Compare(a, b)
	if !c.a.quoted && !c.b.quoted {
		x, isNumber := number(a)
		y, alsoNumber := number(b)
		if isNumber && alsoNumber {
			order = compareFloats(x, y)
		}
	}
	switch c.operator {
	case "==":
		return order == 0
	case "!=":
		return order != 0
	}
	if a == "" || b == "" {
		return false
	}
	switch c.operator {
	case "<":
		return order < 0
	case "<=":
		return order <= 0
	case ">":
		return order > 0
	default:
		return order >= 0
	}
}

func compareFloats(x, y float64) int {
	switch {
	case x < y:
		return -1
	case x > y:
		return 1
	}
	return 0
}

// number reads a decimal number as people write it: no exponent, no hexadecimal, no infinity.
func number(s string) (float64, bool) {
	if s == "" || strings.Trim(s, "0123456789.-") != "" {
		return 0, false
	}
	n, err := strconv.ParseFloat(s, 64)
	return n, err == nil
}
