package store

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestWhatNeverHappenedHasNoTimeInJSON(t *testing.T) {
	text, err := json.Marshal(Call{ID: "c1", Legs: []Leg{{ID: "l1"}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"Connected", "Answered", "Rang", "Ended"} {
		if strings.Contains(string(text), `"`+key+`"`) {
			t.Errorf("%s of a call that never came to it: %s", key, text)
		}
	}
}
