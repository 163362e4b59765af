package config_test

import (
	"strings"
	"testing"

	"hatif/config"
)

func TestTextThatYAMLWouldChangeIsRefused(t *testing.T) {
	for _, written := range []string{"0123", "1_000", "0x1f", "0.10", "+20100", "1.50"} {
		for _, key := range []string{"secret: s1", "name: Amal"} {
			name, _, _ := strings.Cut(key, ":")
			text := strings.Replace(small, key, name+": "+written, 1)
			_, err := config.Parse("hatif.yaml", []byte(text))
			want := "users.2001." + name + ": without quotes this is read as a number and becomes another text: write it in quotes"
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %s: %v, want %s", name, written, err, want)
			}
			cfg, err := config.Parse("hatif.yaml", []byte(strings.Replace(small, key, name+": '"+written+"'", 1)))
			if err != nil {
				t.Errorf("%s: '%s': %v", name, written, err)
			} else if u := cfg.Users["2001"]; u.Secret != written && u.Name != written {
				t.Errorf("%s: '%s' became %+v", name, written, u)
			}
		}
	}
	for _, kept := range []string{"12345", "1e3", "12e4"} {
		cfg, err := config.Parse("hatif.yaml", []byte(strings.Replace(small, "secret: s1", "secret: "+kept, 1)))
		if err != nil || cfg.Users["2001"].Secret != kept {
			t.Errorf("%s, which stays what it is: %v", kept, err)
		}
	}
}

func TestATimeThatIsNoneIsToldWithItsKeyAndPlace(t *testing.T) {
	for _, c := range []struct{ old, new, want string }{
		{"{strategy: random}", "{retry: 5s, ring_timeout: 10 sec}", `hatif.yaml:5:37: queues.arabic.ring_timeout: "10 sec" is no time: write 10s`},
		{"{strategy: random}", "{wrap_up: five}", `hatif.yaml:5:21: queues.arabic.wrap_up: "five" is no time: write a number with its unit and no space between`},
		{"{strategy: random}", "{max_wait: 99999999h}", `queues.arabic.max_wait: "99999999h" is no time`},
		{"{strategy: random}", "{ring_timeout: 10}", `hatif.yaml:5:26: queues.arabic.ring_timeout: "10" is no time: write its unit too, such as 10s or 10m`},
		{"queues:", "stop: {wait: forever}\nqueues:", `hatif.yaml:4:14: stop.wait: "forever" is no time`},
		{"queue: arabic", "queue: {arabic: {wrap_up: soon}}", `users.2001.queue.arabic.wrap_up: "soon" is no time`},
		{"{strategy: random}", "{tiers: [{after: 20, penalty: 1}]}", `queues.arabic.tiers.0.after: "20" is no time`},
	} {
		_, err := config.Parse("hatif.yaml", []byte(strings.Replace(small, c.old, c.new, 1)))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v\nwant: %s", c.new, err, c.want)
		}
	}
}

func TestAFileOfWindowsIsReadAndOneThatIsNotUTF8Refused(t *testing.T) {
	if _, err := config.Parse("hatif.yaml", []byte("\ufeff# hatif.yaml\r"+strings.ReplaceAll(small, "\n", "\r\n"))); err != nil {
		t.Errorf("a file with a byte order mark: %v", err)
	}
	_, err := config.Parse("hatif.yaml", []byte(strings.Replace(small, "Amal", "Ren\xe9", 1)))
	if want := "hatif.yaml:3:21: this letter is not written in UTF-8: save the file with the encoding UTF-8"; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("a file in Latin-1: %v, want %s", err, want)
	}
}
