package config_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hatif/config"
)

// in is the small file with one thing written otherwise.
func in(old, written string) []byte { return []byte(strings.Replace(small, old, written, 1)) }

func TestAnAliasStandsForItsAnchorInEverySection(t *testing.T) {
	text := strings.NewReplacer(
		"{strategy: random}", "&usual {strategy: linear, ring_timeout: 7s}\n  english: *usual\n  french:\n    <<: *usual\n    max_wait: 1m",
		`"2001": {name: Amal, secret: s1`, `"2001": &agent {name: Amal, codecs: &k [alaw], secret: s1`,
		"\nqueues:", "\n  \"2002\": {<<: *agent, name: Karim}\n  \"2003\": {<<: [*agent], codecs: *k, queue: [english, french]}\nqueues:",
	).Replace(small)
	cfg, err := config.Parse("hatif.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(cfg.Queues["arabic"], cfg.Queues["english"]); diff != "" || cfg.Queues["arabic"].RingTimeout.Seconds() != 7 {
		t.Errorf("an alias is not what its anchor names: %s", diff)
	}
	if q := cfg.Queues["french"]; q.RingTimeout.Seconds() != 7 || q.MaxWait.Minutes() != 1 || q.Strategy != "linear" {
		t.Errorf("a queue that merges another is %+v", q)
	}
	if u := cfg.Users["2002"]; u.Name != "Karim" || u.Secret != "s1" || u.Context != "agents" || u.Codecs[0] != "alaw" {
		t.Errorf("a user who merges another is %+v", u)
	}
	if u := cfg.Users["2003"]; u.Name != "Amal" || len(u.Queue) != 2 {
		t.Errorf("a user who merges a list of others is %+v", u)
	}
}

func TestMistakesOfAliasesHaveAPlace(t *testing.T) {
	bombs := "x0: &x0 [a, a, a, a, a, a, a, a, a, a]\n"
	for i := range 9 {
		a, b := string(rune('0'+i)), string(rune('1'+i))
		bombs += "x" + b + ": &x" + b + " [" + strings.Repeat("*x"+a+", ", 9) + "*x" + a + "]\n"
	}
	for _, c := range []struct{ old, written, want string }{
		{"queues:", "features: {record: *1}\nqueues:", `hatif.yaml:4:20: features.record: what begins with * is written in quotes: "*1"`},
		{"queue: arabic", "queue: *arabic", `hatif.yaml:3:60: users.2001.queue: what begins with *`},
		{"{strategy: random}", "&me {strategy: *me}", `hatif.yaml:5:26: queues.arabic.strategy: what begins with *`},
		{"{strategy: random}", "&me\n    <<: *me", `queues.arabic.<<: what begins with *`},
		{"{strategy: random}", "{<<: linear}", `hatif.yaml:5:12: queues.arabic: << takes keys and values`},
		{"\nusers:", "\n" + bombs + "users:", "the aliases stand for more than"},
	} {
		_, err := config.Parse("hatif.yaml", in(c.old, c.written))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%.40s: %v, want %s", c.written, err, c.want)
		}
	}
}

func TestNumbersAreWhole(t *testing.T) {
	for _, c := range []struct{ old, written, want string }{
		{"queues:", "feedback: {tries: 2.5}\nqueues:", "hatif.yaml:4:19: feedback.tries: 2.5 is no whole number"},
		{"queues:", "feedback: {tries: .inf}\nqueues:", "feedback.tries: .inf is no whole number"},
		{"queues:", "feedback: {tries: 99999999999999999999}\nqueues:", "hatif.yaml:4:19: feedback.tries: 99999999999999999999 is too big"},
		{"queues:", "keep_days: {calls: 1.5}\nqueues:", "keep_days.calls: 1.5 is no whole number"},
		{"queue: arabic", "queue: {arabic: {penalty: 0.5}}", "users.2001.queue.arabic.penalty: 0.5 is no whole number"},
	} {
		_, err := config.Parse("hatif.yaml", in(c.old, c.written))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", c.written, err, c.want)
		}
	}
}

func TestMistakesNameTheKeyAtTheirPlace(t *testing.T) {
	for _, c := range []struct{ old, written, want string }{
		{"{strategy: random}", "{ring_timeout: [10s]}", "hatif.yaml:5:26: queues.arabic.ring_timeout: this must be a time"},
		{"queues:", "feedback: {tries: true}\nqueues:", "feedback.tries: this must be a number"},
		{"queues:", "keep_days: {calls: 9, owed: -1}\nqueues:", "hatif.yaml:4:29: keep_days.owed: owed is -1"},
		{"{strategy: random}", "{call_back: {tries: 0}}", "hatif.yaml:5:31: queues.arabic.call_back.tries: tries cannot be 0"},
		{"{strategy: random}", "{announce: {every: 30s, first: 0s}}", "queues.arabic.announce.first: first cannot be 0"},
		{"queues:", "languages: [ar, en, ar]\nqueues:", `hatif.yaml:4:21: languages.2: "ar" stands here twice`},
		{"name: Amal", "codecs: []", "hatif.yaml:3:12: users.2001.codecs: the list of codecs is empty"},
		{"name: Amal", "codecs: [alaw, ulaw, alaw]", `users.2001.codecs.2: "alaw" stands here twice`},
		{"queues:", "feedback:\n  after:5m\n  tries: 2\nqueues:", "hatif.yaml:5:3: this is not `key: value`: a colon, or the space"},
		{"queues:", "---\nqueues:", "hatif.yaml:4:1: the file holds more than one YAML document"},
	} {
		_, err := config.Parse("hatif.yaml", in(c.old, c.written))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", c.written, err, c.want)
		}
	}
}
