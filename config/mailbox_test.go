package config_test

import (
	"strings"
	"testing"
	"time"

	"hatif/config"
	"hatif/voicemail"
)

const withBoxes = `
languages: [en, ar]
defaults:
  mailbox: {max_length: 1m, review: true}
users:
  "2001": {name: Amal, secret: s1, context: agents, language: ar, mailbox: {pin: "4821", max_messages: 7}}
  "2002": {name: Karim, secret: s2, context: agents}
mailboxes:
  "600": {name: Complaints, pin: "6001", open_to: [agents], review: false}
contexts:
  agents:
    "100": echo
`

func TestMailboxesOfUsersAndDepartmentsAreOneList(t *testing.T) {
	cfg, err := config.Parse("hatif.yaml", []byte(withBoxes))
	if err != nil {
		t.Fatal(err)
	}
	boxes := cfg.Boxes()
	if len(boxes) != 2 {
		t.Fatalf("boxes: %+v", boxes)
	}
	amal, complaints := boxes["2001"], boxes["600"]
	if !amal.Person || amal.Name != "Amal" || amal.Language != "ar" || amal.MaxMessages != 7 || amal.MaxLength != time.Minute || !*amal.Review || amal.MaxSilence != 10*time.Second {
		t.Errorf("2001: %+v", amal)
	}
	if complaints.Person || complaints.Name != "Complaints" || complaints.Language != "" || *complaints.Review || complaints.MaxMessages != 100 || len(complaints.OpenTo) != 1 {
		t.Errorf("600: %+v", complaints)
	}
}

func TestEachMistakeOfAMailboxStandsAtItsPlace(t *testing.T) {
	for _, c := range []struct{ old, new, want string }{
		{`pin: "6001"`, `pin: "6"`, `hatif.yaml:9:34: mailboxes.600.pin: a PIN is 3 to 12 digits`},
		{`pin: "6001", `, ``, `mailboxes.600.pin: a PIN is 3 to 12 digits`},
		{`open_to: [agents]`, `open_to: [agnets]`, `mailboxes.600.open_to.0: context "agnets" is not defined; did you mean "agents"?`},
		{`"600":`, `"2001":`, `mailboxes.2001: user 2001 has a mailbox of this number already`},
		{`"600":`, `"complaints":`, `mailboxes.complaints: mailbox "complaints" cannot be keyed in`},
		{`name: Complaints`, `nmae: Complaints`, `mailboxes.600: unknown key "nmae"`},
		{`name: Complaints`, `language: de`, `mailboxes.600.language: language "de" is not one of languages: en, ar`},
		{`max_messages: 7`, `max_messages: 70000`, `users.2001.mailbox.max_messages`},
		{`max_messages: 7`, `name: Other`, `users.2001.mailbox.name: a user's mailbox has the user's name`},
		{`max_length: 1m`, `max_length: 1h`, `defaults.mailbox.max_length`},
		{`max_length: 1m`, `pin: "1234"`, `defaults.mailbox: name and pin are each mailbox's own`},
	} {
		t.Run(c.new, func(t *testing.T) {
			text := strings.Replace(withBoxes, c.old, c.new, 1)
			if text == withBoxes {
				t.Fatalf("%q is not in the file", c.old)
			}
			_, err := config.Parse("hatif.yaml", []byte(text))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error:\n%v\nwant: %s", err, c.want)
			}
		})
	}
}

func TestAPINIsTakenAsItIsWritten(t *testing.T) {
	for written, want := range map[string]voicemail.PIN{`"01234"`: "01234", `01234`: "01234", `4821`: "4821", `'007'`: "007"} {
		cfg, err := config.Parse("hatif.yaml", []byte(strings.Replace(withBoxes, `"6001"`, written, 1)))
		if err != nil {
			t.Errorf("%s: %v", written, err)
		} else if got := cfg.Boxes()["600"].PIN; got != want {
			t.Errorf("pin: %s is taken as %q, want %q", written, got, want)
		}
	}
}

func TestTheShippedMailboxesHavePINsOfTheirOwn(t *testing.T) {
	text, err := config.Sample()
	if err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Parse("hatif.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	boxes, pins := cfg.Boxes(), make(map[voicemail.PIN]int)
	for _, b := range boxes {
		pins[b.PIN]++
		if len(b.PIN) != 4 {
			t.Errorf("mailbox %s has the PIN %q", b.Number, b.PIN)
		}
	}
	if len(boxes) != 10 || len(pins) < 8 { // ten PINs of four digits: two pairs alike are very rare
		t.Errorf("%d mailboxes with %d different PINs", len(boxes), len(pins))
	}
	if to := boxes["600"].OpenTo; len(to) != 1 || to[0] != "complaints" {
		t.Errorf("600 is open to %v", to)
	}
}
