package fault_test

import (
	"testing"

	"hatif/internal/fault"
)

func TestTheNearestWordIsSuggestedAndNoneThatIsFar(t *testing.T) {
	known := []string{"arabic", "english", "french", "ar", "playback", "ulaw"}
	for word, want := range map[string]string{
		"arabik":    "arabic",
		"Arabic":    "arabic",
		"aarbic":    "arabic", // two letters swapped
		"plaback":   "playback",
		"englishes": "english",
		"ulow":      "ulaw",
		"at":        "ar",
		"xy":        "", // short words resemble everything
		"german":    "",
		"":          "",
	} {
		expect := ""
		if want != "" {
			expect = `; did you mean "` + want + `"?`
		}
		if got := fault.DidYouMean(word, known); got != expect {
			t.Errorf("%q: %q, want %q", word, got, expect)
		}
	}
}
