package config

import "testing"

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
