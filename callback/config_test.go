package callback

import (
	"strings"
	"testing"
	"time"

	"hatif/internal/fault"
)

func TestEachMistakeOfTheSectionIsNamed(t *testing.T) {
	for _, c := range []struct {
		config Config
		want   string // "" is good
	}{
		{Config{}, ""},
		{Config{After: time.Second, Hours: "09:00-20:00", Tries: 3, Every: 30 * time.Minute, Ring: 20 * time.Second, AtOnce: 5}, ""},
		{Config{After: -time.Second}, "after: -1s is too short"},
		{Config{Every: time.Millisecond}, "every: 1ms is too short: 1s at least"},
		{Config{Ring: time.Millisecond}, "ring: 1ms is too short"},
		{Config{Ring: time.Hour}, "ring: 1h0m0s is too long"},
		{Config{Hours: "9 to 5"}, `hours: "9 to 5" are no hours`},
		{Config{Tries: 21}, "tries: tries is 21: from 1 to 20"},
		{Config{Tries: -1}, "tries: tries is -1"},
		{Config{AtOnce: -1}, "at_once: at_once is -1"},
	} {
		var got string
		for _, f := range fault.All(c.config.Validate()) {
			got += f.Error() + "\n"
		}
		if (c.want == "") != (got == "") || !strings.HasPrefix(got, c.want) {
			t.Errorf("%+v: %q, want %q", c.config, got, c.want)
		}
	}
}
