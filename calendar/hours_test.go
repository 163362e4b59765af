package calendar

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func TestHoursOpenWhenTheClockSaysSo(t *testing.T) {
	cairo, paris := zone(t, "Africa/Cairo"), zone(t, "Europe/Paris")
	for name, c := range map[string]struct {
		hours    string
		at, want string
		zone     *time.Location
	}{
		"within":                          {"09:00-20:00", "2026-11-24T12:00:00+02:00", "2026-11-24T12:00:00+02:00", cairo},
		"the first moment":                {"09:00-20:00", "2026-11-24T09:00:00+02:00", "2026-11-24T09:00:00+02:00", cairo},
		"the end is closed":               {"09:00-20:00", "2026-11-24T20:00:00+02:00", "2026-11-25T09:00:00+02:00", cairo},
		"a moment before the end":         {"09:00-20:00", "2026-11-24T19:59:59+02:00", "2026-11-24T19:59:59+02:00", cairo},
		"early":                           {"09:00-20:00", "2026-11-24T03:30:00+02:00", "2026-11-24T09:00:00+02:00", cairo},
		"the last day of the year":        {"09:00-20:00", "2026-12-31T23:00:00+02:00", "2027-01-01T09:00:00+02:00", cairo},
		"over midnight, late":             {"22:00-06:00", "2026-11-24T23:00:00+02:00", "2026-11-24T23:00:00+02:00", cairo},
		"over midnight, early":            {"22:00-06:00", "2026-11-24T05:59:00+02:00", "2026-11-24T05:59:00+02:00", cairo},
		"over midnight, by day":           {"22:00-06:00", "2026-11-24T06:00:00+02:00", "2026-11-24T22:00:00+02:00", cairo},
		"until midnight":                  {"09:00-24:00", "2026-11-24T23:59:00+02:00", "2026-11-24T23:59:00+02:00", cairo},
		"the whole day":                   {"", "2026-11-24T03:00:00+02:00", "2026-11-24T03:00:00+02:00", cairo},
		"asked in another zone":           {"09:00-20:00", "2026-11-24T18:30:00Z", "2026-11-25T09:00:00+02:00", cairo},
		"the night in which clocks go on": {"09:00-20:00", "2026-03-28T21:00:00+01:00", "2026-03-29T09:00:00+02:00", paris},
		"the night in which they go back": {"09:00-20:00", "2026-10-24T21:00:00+02:00", "2026-10-25T09:00:00+01:00", paris},
		"beginning in the gap":            {"02:30-04:00", "2026-03-29T00:30:00+01:00", "2026-03-29T03:00:00+02:00", paris},
		"all of them in the gap":          {"02:10-02:40", "2026-03-29T00:30:00+01:00", "2026-03-30T02:10:00+02:00", paris},
		"in the hour that comes twice":    {"02:10-02:40", "2026-10-25T02:40:00+02:00", "2026-10-25T02:10:00+01:00", paris},
		"Cairo's gap at midnight":         {"00:30-08:00", "2026-04-23T22:00:00+02:00", "2026-04-24T01:00:00+03:00", cairo},
		"Cairo goes back at midnight":     {"09:00-20:00", "2026-10-29T21:00:00+03:00", "2026-10-30T09:00:00+02:00", cairo},
	} {
		t.Run(name, func(t *testing.T) {
			h, err := ParseHours(c.hours)
			if err != nil {
				t.Fatal(err)
			}
			at, err := time.Parse(time.RFC3339, c.at)
			if err != nil {
				t.Fatal(err)
			}
			if got := h.Next(at.In(c.zone)).Format(time.RFC3339); got != c.want {
				t.Errorf("%s from %s: %s, want %s", c.hours, c.at, got, c.want)
			}
			if h.String() != c.hours {
				t.Errorf("%q is written %q", c.hours, h)
			}
		})
	}
}

// The rule itself, minute by minute: nothing between a moment and the next opening is open.
func TestTheNextOpeningIsTheFirstThereIs(t *testing.T) {
	zones := []*time.Location{zone(t, "Africa/Cairo"), zone(t, "Europe/Paris"), zone(t, "Australia/Lord_Howe"), zone(t, "America/New_York"), time.UTC}
	nights := []time.Time{
		time.Date(2026, 3, 28, 12, 0, 0, 0, time.UTC), time.Date(2026, 10, 24, 12, 0, 0, 0, time.UTC),
		time.Date(2026, 4, 23, 12, 0, 0, 0, time.UTC), time.Date(2026, 10, 29, 12, 0, 0, 0, time.UTC),
		time.Date(2026, 4, 4, 6, 0, 0, 0, time.UTC), time.Date(2026, 10, 3, 6, 0, 0, 0, time.UTC),
		time.Date(2026, 3, 7, 20, 0, 0, 0, time.UTC), time.Date(2026, 10, 31, 20, 0, 0, 0, time.UTC),
	}
	rapid.Check(t, func(t *rapid.T) {
		minutes := func(name string) time.Duration {
			return time.Duration(rapid.IntRange(0, 24*60-1).Draw(t, name)) * time.Minute
		}
		h := Hours{from: minutes("from"), to: minutes("to")}
		at := rapid.SampledFrom(nights).Draw(t, "night").Add(minutes("after")).In(rapid.SampledFrom(zones).Draw(t, "zone"))
		if h.from == h.to {
			return
		}
		want := at
		for !h.Open(want) {
			want = want.Add(time.Minute)
		}
		if got := h.Next(at); !got.Equal(want) {
			t.Fatalf("%s from %s: %s, want %s", h, at, got, want)
		}
	})
}

func TestWhatAreNoHours(t *testing.T) {
	for _, s := range []string{"9-20", "09:00", "09:00-", "-", "25:00-26:00", "09:00-09:00", "24:00-06:00", "9:00-20:00", "09:00-20:00-21:00", "09:00–20:00"} {
		if h, err := ParseHours(s); err == nil {
			t.Errorf("%q are the hours %s", s, h)
		}
	}
}

func FuzzHours(f *testing.F) {
	for _, s := range []string{"", "09:00-20:00", "22:00-06:00", "00:00-24:00", "x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		h, err := ParseHours(s)
		if err != nil {
			return
		}
		again, err := ParseHours(h.String())
		if err != nil || again != h {
			t.Errorf("%q is written %q, which is %v, %v", s, h, again, err)
		}
		if at := h.Next(time.Date(2026, 3, 29, 0, 30, 0, 0, time.UTC)); !h.Open(at) {
			t.Errorf("%q: %s is not open", s, at)
		}
	})
}
