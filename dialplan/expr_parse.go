package dialplan

import (
	"fmt"
	"slices"
	"strings"
)

// parseExpression reads a condition. The error says what was expected and where in the text.
func parseExpression(raw string) (expression, error) {
	p := exprParser{raw: raw}
	if err := p.scan(); err != nil {
		return expression{}, err
	}
	root, err := p.or(0)
	if err != nil {
		return expression{}, err
	}
	if !p.next().end {
		return expression{}, p.unexpected("and, or, or the end")
	}
	return expression{raw: raw, root: root, names: p.names}, nil
}

// exprDepth is how deep brackets and `not` may be nested.
const exprDepth = 50

type exprToken struct {
	text   string
	quoted bool
	end    bool // after the last one
	at     int
}

type exprParser struct {
	raw    string
	tokens []exprToken
	pos    int
	names  []string
}

func (p *exprParser) next() exprToken { return p.tokens[p.pos] }

func (p *exprParser) accept(words ...string) (string, bool) {
	t := p.next()
	if t.quoted || t.end || !slices.Contains(words, t.text) {
		return "", false
	}
	p.pos++
	return t.text, true
}

func (p *exprParser) unexpected(wanted string) error {
	t := p.next()
	if t.end {
		return fmt.Errorf("the condition ends where %s is expected", wanted)
	}
	return fmt.Errorf("%s is expected instead of %q at character %d", wanted, t.text, t.at+1)
}

// scan cuts the text into words, numbers, quoted words and operators.
func (p *exprParser) scan() error {
	for i := 0; i < len(p.raw); {
		c := p.raw[i]
		end := i + 1
		switch {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			i++
			continue
		case c == '"' || c == '\'':
			length := strings.IndexByte(p.raw[i+1:], c)
			if length < 0 {
				return fmt.Errorf("the quote at character %d is not closed", i+1)
			}
			p.tokens = append(p.tokens, exprToken{text: p.raw[i+1 : i+1+length], quoted: true, at: i})
			i += length + 2
			continue
		case strings.IndexByte("=!<>", c) >= 0:
			if end < len(p.raw) && p.raw[end] == '=' {
				end++
			}
			if op := p.raw[i:end]; op == "=" || op == "!" {
				return fmt.Errorf("%q at character %d: write == or != to compare, not to deny", op, i+1)
			}
		case c == '(' || c == ')':
		case isWord(c) || c == '-':
			for end < len(p.raw) && isWord(p.raw[end]) {
				end++
			}
		default:
			return fmt.Errorf("%q at character %d means nothing in a condition", c, i+1)
		}
		p.tokens = append(p.tokens, exprToken{text: p.raw[i:end], at: i})
		i = end
	}
	p.tokens = append(p.tokens, exprToken{end: true, at: len(p.raw)})
	return nil
}

func isWord(c byte) bool {
	return c == '_' || c == '.' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

func (p *exprParser) or(depth int) (condition, error) {
	a, err := p.and(depth)
	for err == nil {
		if _, ok := p.accept("or"); !ok {
			return a, nil
		}
		var b condition
		b, err = p.and(depth)
		a = either{a, b}
	}
	return nil, err
}

func (p *exprParser) and(depth int) (condition, error) {
	a, err := p.not(depth)
	for err == nil {
		if _, ok := p.accept("and"); !ok {
			return a, nil
		}
		var b condition
		b, err = p.not(depth)
		a = both{a, b}
	}
	return nil, err
}

func (p *exprParser) not(depth int) (condition, error) {
	if depth > exprDepth {
		return nil, fmt.Errorf("nested deeper than %d levels", exprDepth)
	}
	if _, ok := p.accept("not"); ok {
		a, err := p.not(depth + 1)
		return not{a}, err
	}
	if _, ok := p.accept("("); ok {
		a, err := p.or(depth + 1)
		if err != nil {
			return nil, err
		}
		if _, ok := p.accept(")"); !ok {
			return nil, p.unexpected(")")
		}
		return a, nil
	}
	return p.comparison()
}

func (p *exprParser) comparison() (condition, error) {
	a, err := p.operand()
	if err != nil {
		return nil, err
	}
	operator, ok := p.accept("==", "!=", "<", "<=", ">", ">=")
	if !ok {
		return truth{a}, nil
	}
	b, err := p.operand()
	if err != nil {
		return nil, err
	}
	return comparison{operator, a, b}, nil
}

func (p *exprParser) operand() (operand, error) {
	t := p.next()
	name := strings.TrimPrefix(t.text, ".")
	_, isNumber := number(t.text)
	switch {
	case t.quoted:
		p.pos++
		return operand{text: t.text, quoted: true}, nil
	case isNumber:
		p.pos++
		return operand{text: t.text}, nil
	case !isName(name) || name == "and" || name == "or" || name == "not":
		return operand{}, p.unexpected("a number, a word in quotes or a variable")
	}
	p.pos++
	if !slices.Contains(p.names, name) {
		p.names = append(p.names, name)
	}
	return operand{name: name}, nil
}

// IsVariable reports whether s can name a variable: a small letter, then letters, digits and _.
func IsVariable(s string) bool { return isName(s) && s[0] >= 'a' && s[0] <= 'z' }

// isName reports whether s can name a variable or a value of every call.
func isName(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c == '.' || !isWord(c) || i == 0 && c >= '0' && c <= '9' {
			return false
		}
	}
	return s != ""
}
