package config

import (
	"strings"
	"testing"
)

func TestALineThatIsShownHasNoSecretsInIt(t *testing.T) {
	for _, c := range []struct{ before, line, want string }{
		{"", `  "2001": {name: Amal, secret: s3cr3t, contxt: agents}`, `  "2001": {name: Amal, secret: ******, contxt: agents}`},
		{"", `{secret: "a, b}\"c", mailbox: {pin: "1234", nme: x}}`, `{secret: **********, mailbox: {pin: ******, nme: x}}`},
		{"", "    secret: a,b}c # not to be seen", "    secret: **********************"},
		{"", `    secret: 'it''s`, "    secret: ******"},
		{"", "    secert: abc", "    secert: ***"},
		{"", "    'Secret' : سر", "    'Secret' : **"},
		{"", "store: postgres://hatif:pw@host/db", "store: postgres://hatif:**@host/db"},
		{"    secret:", "      abc", "      ***"},
		{"    secret: >-", "      abc", "      ***"},
		{"    secret: abc", "    ring: 10 sec", "    ring: 10 sec"},
		{"", "  spin: 3, name: Pinch", "  spin: 3, name: Pinch"},
	} {
		if got := masked(c.before, c.line); got != c.want {
			t.Errorf("%q is shown as %q, want %q", c.line, got, c.want)
		}
	}
}

func TestASecretOverSeveralLinesIsHiddenInAllOfThem(t *testing.T) {
	text := "users:\n  a:\n    secret: |\n      one\n\n        two\n      three\n    name: Amal\n  b:\n  - pin: 12\n     34\n    name: B\n  c: {secret: x,\n    name: C}\nqueues:\n  d: {max_wait: 5s}"
	want := "users:\n  a:\n    secret: *\n      ***\n\n        ***\n      *****\n    name: Amal\n  b:\n  - pin: **\n     **\n    name: B\n  c: {secret: *,\n    name: C}\nqueues:\n  d: {max_wait: 5s}"
	lines := strings.Split(text, "\n")
	for i, line := range strings.Split(want, "\n") {
		if got := maskedAt(lines, i); got != line {
			t.Errorf("%q is shown as %q, want %q", lines[i], got, line)
		}
	}
}

func TestASecretInQuotesIsHiddenUntilItsLastQuote(t *testing.T) {
	text := "users:\n  a: {name: \"Amal\n    Haddad\", secret: \"one \\\" \n    two\", context: x}\n  b: {secret: 'it''s\n\n    long', context: y}\n  c: {secret: \"whole\", name: Z}"
	want := "users:\n  a: {name: \"Amal\n    Haddad\", secret: ********\n********, context: x}\n  b: {secret: ******\n\n*********, context: y}\n  c: {secret: *******, name: Z}"
	lines := strings.Split(text, "\n")
	for i, line := range strings.Split(want, "\n") {
		if got := maskedAt(lines, i); got != line {
			t.Errorf("%q is shown as %q, want %q", lines[i], got, line)
		}
	}
}
