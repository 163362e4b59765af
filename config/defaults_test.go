package config_test

import (
	"errors"
	"strings"
	"testing"

	"hatif/config"
)

func TestAMistakeInTheDefaultsIsToldOnceAndThere(t *testing.T) {
	_, err := config.Parse("hatif.yaml", []byte(`
defaults:
  user:
    type: freind
    codecs: [ulaw, g729]
    language: de
    queue: french
users:
  "2001": {name: Amal, secret: s1, context: agents}
  "2002": {name: Karim, secret: s2, context: agents}
  "2003": {name: Salma, secret: s3, context: agents, type: fiend}
contexts: {agents: {"100": echo}}
`))
	var es config.Errors
	if !errors.As(err, &es) {
		t.Fatal(err)
	}
	var got []string
	for _, e := range es {
		place, _, _ := strings.Cut(strings.ReplaceAll(e.Error(), "hatif.yaml:", ""), " ")
		got = append(got, place+" "+e.Key)
	}
	want := "4:11: defaults.user.type|5:20: defaults.user.codecs.1|6:15: defaults.user.language|7:12: defaults.user.queue|11:60: users.2003.type"
	if strings.Join(got, "|") != want {
		t.Errorf("%s\nwant %s\n%v", strings.Join(got, "|"), want, err)
	}
}

func TestABadTimeZoneIsToldOnce(t *testing.T) {
	_, err := config.Parse("hatif.yaml", []byte(strings.Replace(small, "{strategy: random}", "{hours: {open: {daily: '09:00-17:00'}}}", 1)+"timezone: Cairo\n"))
	var es config.Errors
	if !errors.As(err, &es) || len(es) != 1 || es[0].Key != "timezone" {
		t.Errorf("%v, want the time zone alone", err)
	}
}

func TestAZeroThatWouldBeTheDefaultIsRefused(t *testing.T) {
	for _, c := range []struct{ old, new, key string }{
		{"queues:", "feedback: {after: 0s}\nqueues:", "feedback.after"},
		{"queues:", "feedback: {tries: 0}\nqueues:", "feedback.tries"},
		{"queues:", "sip: {max_contacts: 0}\nqueues:", "sip.max_contacts"},
		{"{strategy: random}", "{ring_timeout: 0s}", "queues.arabic.ring_timeout"},
	} {
		_, err := config.Parse("hatif.yaml", []byte(strings.Replace(small, c.old, c.new, 1)))
		_, last, _ := strings.Cut(c.key, ".")
		last = last[strings.LastIndex(last, ".")+1:]
		if want := c.key + ": " + last + " cannot be 0: write more, or leave the key out"; err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", c.new, err, want)
		}
	}
	for _, kept := range []string{"stop: {wait: 0s}", "rtp: {silence_limit: 0s}", "keep_days: {owed: 0}"} {
		if _, err := config.Parse("hatif.yaml", []byte(small+kept+"\n")); err != nil {
			t.Errorf("%s: %v", kept, err)
		}
	}
	if _, err := config.Parse("hatif.yaml", []byte(small+"rtp: {silence_limit: 1ms}\n")); err == nil || !strings.Contains(err.Error(), "rtp.silence_limit: silence_limit is 1ms: calls would end") {
		t.Errorf("a silence of 1ms: %v", err)
	}
}

func TestANameIsOneLine(t *testing.T) {
	_, err := config.Parse("hatif.yaml", []byte(strings.Replace(small, "Amal", `"Amal\r\nX: y"`, 1)))
	if want := `hatif.yaml:3:18: users.2001.name: name "Amal\r\nX: y" holds a line end`; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("%v, want %s", err, want)
	}
}
