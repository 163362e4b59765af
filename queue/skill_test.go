package queue

import (
	"maps"
	"strings"
	"testing"
)

func TestSkillsAreReadFromAText(t *testing.T) {
	for text, want := range map[string]Skills{
		"":                   nil,
		" , ":                nil,
		"billing":            {"billing": 1},
		"billing:2, vip":     {"billing": 2, "vip": 1},
		"vip:10 tier-2_b:3,": {"vip": 10, "tier-2_b": 3},
	} {
		got, err := ParseSkills(text)
		if err != nil || !maps.Equal(got, want) {
			t.Errorf("%q is %v, %v, want %v", text, got, err, want)
		}
	}
	for text, want := range map[string]string{
		"billing:two":       `"billing:two" is not a skill`,
		"billing:":          `"billing:" is not a skill`,
		"billing:0":         "the level of a skill is 1 to 10, not 0",
		"billing:11":        "the level of a skill is 1 to 10, not 11",
		"Billing":           `"Billing" cannot be the name of a skill`,
		":3":                `"" cannot be the name of a skill`,
		"billing:1 billing": `the skill "billing" stands here twice`,
	} {
		if _, err := ParseSkills(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

func TestWhoHasMoreThanIsRequiredMeetsIt(t *testing.T) {
	has := Skills{"billing": 3, "vip": 1}
	for required, want := range map[string]bool{
		"": true, "billing": true, "billing:3": true, "billing:4": false, "billing:3 vip": true, "french": false, "billing french": false,
	} {
		s, err := ParseSkills(required)
		if err != nil {
			t.Fatal(err)
		}
		if got := has.Has(s); got != want {
			t.Errorf("%v meets %q: %t", has, required, got)
		}
	}
}

func TestNeedsComeDownByALevelAtATime(t *testing.T) {
	n := needsOf(Skills{"vip": 1, "billing": 3})
	for by, want := range []string{"billing:3 vip:1", "billing:2", "billing:1", "", ""} {
		if got := n.lowered(by).word(); got != want {
			t.Errorf("lowered by %d: %q, want %q", by, got, want)
		}
	}
}

func FuzzParseSkills(f *testing.F) {
	for _, seed := range []string{"", "billing", "billing:2, vip", "a:1 a:2", "::", "x:99999999999999999999"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := ParseSkills(text)
		if err != nil {
			return
		}
		again, err := ParseSkills(s.String())
		if err != nil || !maps.Equal(again, s) {
			t.Errorf("%q is %v, written %q, and read again %v, %v", text, s, s, again, err)
		}
	})
}
