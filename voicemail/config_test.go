package voicemail_test

import (
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"hatif/voicemail"
)

func TestEachMistakeOfAMailboxIsFound(t *testing.T) {
	for text, want := range map[string]string{
		`{pin: "4821"}`:                                    "",
		`{pin: ""}`:                                        "a PIN is 3 to 12 digits",
		`{pin: "12"}`:                                      "a PIN is 3 to 12 digits",
		`{pin: "12a4"}`:                                    "a PIN is 3 to 12 digits",
		`{pin: "$2a$10$nonsense"}`:                         "a PIN is 3 to 12 digits",
		`{pin: "4821", max_messages: -1}`:                  "max_messages",
		`{pin: "4821", max_messages: 100000}`:              "max_messages",
		`{pin: "4821", max_length: 1s}`:                    "max_length",
		`{pin: "4821", max_length: 31m}`:                   "max_length",
		`{pin: "4821", min_length: 2m}`:                    "min_length",
		`{pin: "4821", min_length: 10s, max_length: 10s}`:  "not less than max_length",
		`{pin: "4821", max_silence: 100ms}`:                "max_silence",
		`{pin: "4821", max_greeting: 1h}`:                  "max_greeting",
		`{pin: "4821", max_length: 10m, max_silence: 30m}`: "",
	} {
		var c voicemail.Config
		if err := yaml.UnmarshalWithOptions([]byte(text), &c, yaml.Strict()); err != nil {
			t.Fatal(err)
		}
		err := c.Validate()
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}

func TestWhatAMailboxLeavesOutComesFromTheDefaults(t *testing.T) {
	yes, no := true, false
	file := voicemail.Config{MaxLength: time.Minute, Review: &yes, Language: "fr", FixedPIN: true}
	got := voicemail.Config{PIN: "1234", MaxMessages: 5, Review: &no}.Or(file.Or(voicemail.Defaults()))
	if got.PIN != "1234" || got.MaxMessages != 5 || *got.Review || got.MaxLength != time.Minute || got.Language != "fr" ||
		!got.FixedPIN || got.MinLength != 2*time.Second || got.MaxSilence != 10*time.Second || got.MaxGreeting != time.Minute || *got.Urgent {
		t.Errorf("%+v", got)
	}
	if err := got.Validate(); err != nil {
		t.Error(err)
	}
}

func FuzzIsHash(f *testing.F) {
	for _, s := range []string{"", "4821", "$2a$10$" + strings.Repeat("a", 53), "$2a$99$" + strings.Repeat("a", 53), strings.Repeat("$2", 30)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		c := voicemail.Config{PIN: voicemail.PIN(s)}
		if voicemail.IsHash(s) && c.Validate() != nil {
			t.Errorf("%q is a hash and not accepted", s)
		}
	})
}
