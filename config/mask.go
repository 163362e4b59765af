package config

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"hatif/internal/fault"
)

var (
	keyed    = regexp.MustCompile(`([\pL\pN_-]+)["']?[ \t]*:(?:[ \t]+|$)`)
	begun    = regexp.MustCompile(`([\pL\pN_-]+)["']?[ \t]*:[ \t]*(?:[|>][-+0-9]*)?[ \t]*$`) // its value stands on the next line
	blockKey = regexp.MustCompile(`^ *(?:- +)*["']?([\pL\pN_-]+)["']?[ \t]*:(?:[ \t]|$)`)
	quoted   = regexp.MustCompile(`^(?:"(?:[^"\\]|\\.)*"?|'(?:[^']|'')*'?)`)
	password = regexp.MustCompile(`(://[^:/@\s]*:)([^@\s]+)(@)`) // in the URL of the store
)

// masked is a line of the file, which the line before may begin, without what nobody is to be shown. It is as wide as
// the line was, so that a mark below it points at the same place.
func masked(before, line string) string {
	line = password.ReplaceAllStringFunc(line, func(url string) string {
		p := password.FindStringSubmatch(url)
		return p[1] + stars(p[2]) + p[3]
	})
	if above := begun.FindStringSubmatch(before); above != nil && isHidden(above[1]) {
		text := strings.TrimLeft(line, " \t")
		return line[:len(line)-len(text)] + stars(text)
	}
	var b strings.Builder
	for {
		at := keyed.FindStringSubmatchIndex(line)
		if at == nil {
			return b.String() + line
		}
		key, rest := line[at[2]:at[3]], line[at[1]:]
		b.WriteString(line[:at[1]])
		if isHidden(key) {
			value := valueOf(rest, strings.Contains(b.String(), "{"))
			b.WriteString(stars(value))
			rest = rest[len(value):]
		}
		line = rest
	}
}

// maskedAt is masked of a line among all lines, where a secret may be written over several of them: what stands deeper
// than its key belongs to it.
func maskedAt(lines []string, at int) string {
	line := strings.TrimRight(lines[at], "\r")
	deep := indentOf(line)
	for i := at - 1; i >= 0 && deep > 0; i-- {
		above := strings.TrimRight(lines[i], "\r")
		if strings.TrimSpace(above) == "" || indentOf(above) >= deep {
			continue
		}
		if key := blockKey.FindStringSubmatchIndex(above); key != nil && key[2] < deep && isHidden(above[key[2]:key[3]]) {
			text := strings.TrimLeft(line, " ")
			return line[:len(line)-len(text)] + stars(text)
		}
		deep = indentOf(above)
	}
	before := ""
	if at > 0 {
		before = strings.TrimRight(lines[at-1], "\r")
	}
	if rest := openUntil(lines, at); rest > 0 {
		return stars(line[:rest]) + masked("", line[rest:])
	}
	return masked(before, line)
}

// quotedLines is over how many lines a secret in quotes is followed.
const quotedLines = 20

// openUntil is how much of a line belongs to a secret in quotes that a line before it has begun; 0: nothing.
func openUntil(lines []string, at int) int {
	for i := at - 1; i >= max(0, at-quotedLines); i-- {
		quote, open := unclosed(lines[i])
		if !open {
			continue
		}
		for _, between := range lines[i+1 : at] {
			if closing(between, quote) >= 0 {
				return 0
			}
		}
		line := strings.TrimRight(lines[at], "\r")
		if end := closing(line, quote); end >= 0 {
			return end + 1
		}
		return len(line)
	}
	return 0
}

// unclosed reports whether a line begins a secret in quotes and does not end it.
func unclosed(line string) (quote byte, open bool) {
	line = strings.TrimRight(line, "\r")
	for {
		at := keyed.FindStringSubmatchIndex(line)
		if at == nil {
			return 0, false
		}
		key, rest := line[at[2]:at[3]], line[at[1]:]
		if q := quoted.FindString(rest); q != "" && isHidden(key) && closing(q[1:], q[0]) < 0 {
			return q[0], true
		}
		line = rest
	}
}

// closing is where a text in quotes ends; -1: not on this line.
func closing(line string, quote byte) int {
	for i := 0; i < len(line); i++ {
		switch {
		case quote == '"' && line[i] == '\\':
			i++
		case line[i] != quote:
		case quote == '\'' && i+1 < len(line) && line[i+1] == quote:
			i++
		default:
			return i
		}
	}
	return -1
}

func indentOf(line string) int { return len(line) - len(strings.TrimLeft(line, " ")) }

// valueOf is the value that s begins with: up to its last quote; without quotes to the next in the braces, or to the
// end.
func valueOf(s string, inBraces bool) string {
	if q := quoted.FindString(s); q != "" {
		return q
	}
	if end := strings.IndexAny(s, ",}"); inBraces && end >= 0 {
		return s[:end]
	}
	return s
}

// isHidden reports whether nobody is shown the value of a key: a line of the file comes into the log when a reload
// fails. It is true of a misspelt key as well, which may be why the line is shown.
func isHidden(key string) bool {
	return strings.EqualFold(key, "pin") || strings.EqualFold(key, "metrics_token") || fault.DidYouMean(key, []string{"secret", "password"}) != ""
}

func stars(s string) string { return strings.Repeat("*", utf8.RuneCountInString(s)) }
