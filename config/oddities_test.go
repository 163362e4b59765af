package config_test

import (
	"errors"
	"strings"
	"testing"

	"hatif/config"
)

func TestWhatComesTooLateIsOdd(t *testing.T) {
	for written, want := range map[string]string{
		"{max_wait: 10s, announce: {every: 30s}}":                     "queues.arabic.announce.every: nobody waits for 30s: max_wait is 10s",
		"{max_wait: 10s, tiers: [{after: 20s, penalty: 1}]}":          "hatif.yaml:5:43: queues.arabic.tiers.0.after: nobody waits for 20s: max_wait is 10s",
		"{max_wait: 10s, announce: {first: 5s, every: 30s}}":          "",
		"{max_wait: 1m, announce: {every: 30s}}":                      "",
		"{announce: {every: 30s}, tiers: [{after: 20s, penalty: 1}]}": "",
	} {
		agent := "arabic"
		if strings.Contains(written, "penalty") {
			agent = "{arabic: {penalty: 1}}"
		}
		text := strings.Replace(small, "queue: arabic", "queue: "+agent, 1)
		cfg, err := config.Parse("hatif.yaml", []byte(strings.Replace(text, "{strategy: random}", written, 1)))
		if err != nil {
			t.Errorf("%s: %v", written, err)
			continue
		}
		if got := errors.Join(cfg.Oddities()...); (got != nil) != (want != "") || got != nil && !strings.Contains(got.Error(), want) {
			t.Errorf("%s: %v, want %q", written, got, want)
		}
	}
}

func TestAFileWithoutUsersIsOdd(t *testing.T) {
	cfg, err := config.Parse("hatif.yaml", []byte("sip: {}\n"))
	if err != nil {
		t.Fatal(err)
	}
	if got := errors.Join(cfg.Oddities()...); got == nil || !strings.Contains(got.Error(), "users: there is no user") {
		t.Errorf("%v", got)
	}
}

func TestHoursWithoutDaysAndAListenerTwiceAreMistakes(t *testing.T) {
	for _, c := range []struct{ old, new, want string }{
		{"{strategy: random}", "{hours: {open: {}}}", "queues.arabic.hours.open: no days are named"},
		{"queues:", "sip: {listen: [\"udp://127.0.0.1:5060\", \"tcp://127.0.0.1:5060\", \"udp://127.0.0.1:5060\"]}\nqueues:", "sip.listen.2: udp://127.0.0.1:5060 stands here twice"},
	} {
		_, err := config.Parse("hatif.yaml", []byte(strings.Replace(small, c.old, c.new, 1)))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", c.new, err, c.want)
		}
	}
}

func TestAnAgentWhoseQueueWasForgottenIsOdd(t *testing.T) {
	users := func(rest string) []byte {
		return in("\nqueues:", "\n  \"2002\": {name: Karim, secret: s2, context: agents, queue: arabic}\n  \"2003\": {name: Mona, secret: s3, context: agents"+rest+"}\nqueues:")
	}
	for rest, want := range map[string]string{
		"":                "hatif.yaml:5:3: users.2003: user 2003 serves no queue, and the others of agents do",
		", queue: arabic": "",
		", type: user":    "", // is called by nobody
	} {
		cfg, err := config.Parse("hatif.yaml", users(rest))
		if err != nil {
			t.Fatal(err)
		}
		if got := errors.Join(cfg.Oddities()...); (got != nil) != (want != "") || got != nil && !strings.Contains(got.Error(), want) {
			t.Errorf("%q: %v, want %q", rest, got, want)
		}
	}
	if _, err := config.Parse("hatif.yaml", users(", queue: ")); err == nil || !strings.Contains(err.Error(), "users.2003.queue: no queue is named") {
		t.Errorf("a queue without a name: %v", err)
	}
}
