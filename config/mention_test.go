package config_test

import (
	"fmt"
	"strings"
	"testing"

	"hatif/config"
)

func TestTheKeyOfAnEntryIsChangedAlone(t *testing.T) {
	for text, want := range map[string]string{
		"users:\n  \"2001\": {name: A,  queue: a} # hers\n  \"2002\": {}\n": "users:\n  \"2011\": {name: B,  queue: a} # hers\n  \"2002\": {}\n",
		"users:\n  '2001': # k\n    name: A # n\n":                          "users:\n  '2011': # k\n    name: B # n\n",
		"users: {2001: {name: A}}\n":                                        "users: {2011: {name: B}}\n",
	} {
		got, err := config.Edit{User: "2001", Rename: "2011", Set: config.Settings{{"name", "B"}}}.Apply("h.yaml", []byte(text))
		if err != nil || string(got) != want {
			t.Errorf("%v\n%q\nwant\n%q", err, got, want)
		}
	}
	for to, text := range map[string]string{
		"there is a user 2002 already": "users: {\"2001\": {}, \"2002\": {}}\n",
		"there is no user 2001":        "users: {\"2003\": {}}\n",
	} {
		if _, err := (config.Edit{User: "2001", Rename: "2002"}).Apply("h.yaml", []byte(text)); err == nil || !strings.Contains(err.Error(), to) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestNamesBecomeKeysWhereTermsAreGiven(t *testing.T) {
	terms := config.Settings{{"queue", config.Settings{{"a", config.Settings{{"penalty", 2}}}, {"b", config.Settings{}}}}}
	for text, want := range map[string]string{
		"{queue: a, name: A} # c":          "{queue: {a: {penalty: 2}, b: {}}, name: A} # c",
		"{queue: [a, b]}":                  "{queue: {a: {penalty: 2}, b: {}}}",
		"{name: A}":                        "{name: A, queue: {a: {penalty: 2}, b: {}}}",
		"{queue: {a: {logged_off: true}}}": "{queue: {a: {logged_off: true, penalty: 2}, b: {}}}",
	} {
		got, err := config.Edit{User: "1", Set: terms}.Apply("h.yaml", []byte("users:\n  \"1\": "+text+"\n"))
		if err != nil || string(got) != "users:\n  \"1\": "+want+"\n" {
			t.Errorf("%v\n%q\nwant\n%q", err, got, want)
		}
	}
	if _, err := (config.Edit{User: "1", Set: terms}).Apply("h.yaml", []byte("users:\n  \"1\": {queue: &q a}\n  \"2\": {queue: *q}\n")); err == nil {
		t.Error("what is named elsewhere is changed")
	}
}

func TestWhatNamesANumberIsFound(t *testing.T) {
	text := `users: {"2001": {secret: "2001", mailbox: {pin: "2001"}}}
contexts:
  a:
    "2001": {dial: "2001"}
    "12001": {dial: "x-2001"}
    "3": [{dial: 2001}, {voicemail: "2001@x"}]
    "4":
      if: {when: caller == "2001" or caller == "20010", then: [{goto: b}]}
mailboxes: {"2001": {pin: "1234"}, "600": {pin: "2001"}}
`
	found, err := config.Mentions("h.yaml", []byte(text), "2001")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range found {
		got = append(got, fmt.Sprint(e.Line, " ", e.Key))
		if strings.Contains(e.Source, "1234") {
			t.Errorf("a secret is told: %q", e.Source)
		}
	}
	want := "4 contexts.a.2001, 4 contexts.a.2001.dial, 6 contexts.a.3.dial, 6 contexts.a.3.voicemail, 8 contexts.a.4.if.when, 9 mailboxes.2001, 9 mailboxes.600.pin"
	if strings.Join(got, ", ") != want {
		t.Errorf("found %s, want %s", strings.Join(got, ", "), want)
	}
	if none, err := config.Mentions("h.yaml", nil, "2001"); err != nil || len(none) != 0 {
		t.Errorf("in an empty file: %v %v", none, err)
	}
}
