package dialplan

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// A Pattern matches numbers. Written with a leading underscore as in Asterisk: X is a digit, Z 1-9, N 2-9,
// [1-5,7] any of these, "." at the end one character or more, "!" at the end any number of characters, and
// matched as soon as nothing else can. Hyphens outside brackets only separate. Everything else is itself.
// A name without underscore matches itself alone.
type Pattern struct {
	text  string
	exact bool
	sets  []charset
	tail  tail
}

// tail is what may follow the sets of a pattern.
type tail int

const (
	tailNone tail = iota
	tailSome      // "."
	tailAny       // "!"
)

// A charset is a set of ASCII characters.
type charset struct{ low, high uint64 }

func (s *charset) add(c byte) {
	if c < 64 {
		s.low |= 1 << c
	} else {
		s.high |= 1 << (c - 64)
	}
}

func (s charset) has(c byte) bool {
	switch {
	case c < 64:
		return s.low&(1<<c) != 0
	case c < 128:
		return s.high&(1<<(c-64)) != 0
	}
	return false
}

func (s charset) size() (n int) {
	for c := byte(0); c < 128; c++ {
		if s.has(c) {
			n++
		}
	}
	return n
}

func (s charset) first() byte {
	for c := byte(0); c < 128; c++ {
		if s.has(c) {
			return c
		}
	}
	return 0
}

func span(from, to byte) (s charset) {
	for c := int(from); c <= int(to); c++ {
		s.add(byte(c))
	}
	return s
}

// ParsePattern reads an extension's name. The error says what is wrong with it.
func ParsePattern(text string) (Pattern, error) {
	p := Pattern{text: text}
	for i := 0; i < len(text); i++ {
		if text[i] <= ' ' || text[i] > '~' {
			return p, fmt.Errorf("%q holds a space or a character that no phone can dial", text)
		}
	}
	rest, isPattern := strings.CutPrefix(text, "_")
	if !isPattern {
		p.exact = true
		if text == "" {
			return p, errors.New("an extension needs a name")
		}
		return p, nil
	}
	for i := 0; i < len(rest); i++ {
		switch c := rest[i]; c {
		case '.', '!':
			if i != len(rest)-1 {
				return p, fmt.Errorf("nothing may follow %q, which matches all the rest", c)
			}
			p.tail = tailSome
			if c == '!' {
				p.tail = tailAny
			}
		case 'X', 'x':
			p.sets = append(p.sets, span('0', '9'))
		case 'Z', 'z':
			p.sets = append(p.sets, span('1', '9'))
		case 'N', 'n':
			p.sets = append(p.sets, span('2', '9'))
		case '[':
			end := strings.IndexByte(rest[i:], ']')
			if end < 0 {
				return p, errors.New("a [ without its ]")
			}
			s, err := parseSet(rest[i+1 : i+end])
			if err != nil {
				return p, err
			}
			p.sets = append(p.sets, s)
			i += end
		case ']':
			return p, errors.New("] without [")
		case '-':
		default:
			p.sets = append(p.sets, span(c, c))
		}
	}
	if len(p.sets) == 0 && p.tail == tailNone {
		return p, errors.New("the pattern is empty")
	}
	return p, nil
}

// parseSet reads what stands between brackets: characters and ranges, commas only separate.
func parseSet(text string) (s charset, err error) {
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case c == ',':
		case c == '-':
			return s, fmt.Errorf("[%s]: a range needs both its ends", text)
		case c == '[':
			return s, fmt.Errorf("[%s]: [ within [ ]", text)
		case i+1 < len(text) && text[i+1] == '-':
			if i+2 >= len(text) || text[i+2] == ',' {
				return s, fmt.Errorf("[%s]: a range needs both its ends", text)
			}
			to := text[i+2]
			if to < c {
				return s, fmt.Errorf("[%s]: the range %c-%c runs backwards", text, c, to)
			}
			r := span(c, to)
			s.low, s.high = s.low|r.low, s.high|r.high
			i += 2
		default:
			s.add(c)
		}
	}
	if s.size() == 0 {
		return s, fmt.Errorf("[%s] matches nothing", text)
	}
	return s, nil
}

// String is the pattern as it was written.
func (p Pattern) String() string { return p.text }

// Exact reports whether p matches its own name alone.
func (p Pattern) Exact() bool { return p.exact }

// Match reports whether p matches all of number.
func (p Pattern) Match(number string) bool {
	if p.exact {
		return p.text == number
	}
	if !p.begins(number) || len(number) < len(p.sets) {
		return false
	}
	rest := len(number) - len(p.sets)
	return rest == 0 && p.tail != tailSome || rest > 0 && p.tail != tailNone
}

// CanMatch reports whether p matches number, or could when more is dialled.
func (p Pattern) CanMatch(number string) bool { return p.Match(number) || p.longer(number) }

// longer reports whether p matches something that begins with number and is longer.
func (p Pattern) longer(number string) bool {
	if p.exact {
		return len(number) < len(p.text) && strings.HasPrefix(p.text, number)
	}
	return p.begins(number) && (len(number) < len(p.sets) || p.tail != tailNone)
}

// begins reports whether number and the sets of p agree as far as both go.
func (p Pattern) begins(number string) bool {
	for i := 0; i < len(number) && i < len(p.sets); i++ {
		if !p.sets[i].has(number[i]) {
			return false
		}
	}
	for i := len(p.sets); i < len(number); i++ {
		if number[i] <= ' ' || number[i] > '~' {
			return false
		}
	}
	return true
}

// early reports whether "!" has taken number already: its match is final, more digits are not waited for.
func (p Pattern) early(number string) bool { return p.tail == tailAny && p.Match(number) }

// compare orders patterns as Asterisk does, the most specific first: place by place from the left the
// smaller set wins, "." comes after every set, "!" last.
func (p Pattern) compare(q Pattern) int {
	for i := 0; ; i++ {
		a, b := p.weight(i), q.weight(i)
		if a != b || a <= weightEnd || a >= weightSome {
			return cmp.Compare(a, b)
		}
	}
}

const (
	weightEnd  = 0
	weightSome = 1 << 16
	weightAny  = 1 << 17
)

func (p Pattern) weight(i int) int {
	switch {
	case i < len(p.sets):
		return p.sets[i].size()<<8 | int(p.sets[i].first())
	case p.tail == tailSome:
		return weightSome
	case p.tail == tailAny:
		return weightAny
	}
	return weightEnd
}

// same reports whether p and q match exactly the same numbers.
func (p Pattern) same(q Pattern) bool {
	if p.exact || q.exact {
		return p.exact && q.exact && p.text == q.text
	}
	return p.tail == q.tail && slices.Equal(p.sets, q.sets)
}
