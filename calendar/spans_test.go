package calendar

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestSpansAreTheHoursOfADay(t *testing.T) {
	o := Config{
		Timezone: "Africa/Cairo", Open: map[string]string{"sun-thu": "09:00-13:00, 14:00-17:00", "fri": "22:00-02:00"},
		Except: map[string]string{"2026-11-24": closed, "11-25": "10:00-11:00"},
	}.Opening()
	zone := o.zone
	for day, want := range map[string]string{
		"2026-11-22": "09:00-13:00 14:00-17:00",
		"2026-11-24": "",
		"2026-11-25": "10:00-11:00",
		"2026-11-27": "22:00-00:00", // a Friday, and its night
		"2026-11-28": "00:00-02:00",
	} {
		from, err := time.ParseInLocation(time.DateOnly, day, zone)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, s := range o.Spans(from, from.AddDate(0, 0, 1)) {
			got = append(got, s.From.In(zone).Format("15:04")+"-"+s.To.In(zone).Format("15:04"))
		}
		if text := strings.Join(got, " "); text != want {
			t.Errorf("%s: %s, want %s", day, text, want)
		}
	}
	if got := (Opening{}).Spans(time.Unix(0, 0), time.Unix(9, 0)); len(got) != 1 || !got[0].To.Equal(time.Unix(9, 0)) {
		t.Errorf("what is always open: %v", got)
	}
}

// Whatever the hours, it is open in the spans and nowhere else, also where clocks are set.
func TestSpansAgreeWithOpen(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		clock := rapid.SampledFrom([]string{"00:00", "00:30", "01:00", "02:00", "02:30", "03:00", "09:00", "17:45", "23:00"})
		hours := func(name string) string {
			from, to := clock.Draw(t, name+" from"), clock.Draw(t, name+" to")
			if from == to {
				return "00:00-24:00"
			}
			return from + "-" + to
		}
		o := Config{
			Timezone: rapid.SampledFrom([]string{"Africa/Cairo", "Europe/Paris", "America/Santiago", "Australia/Lord_Howe"}).Draw(t, "zone"),
			Open:     map[string]string{"mon-thu": hours("weekdays"), "sat-sun": hours("weekend")},
			Except:   map[string]string{"10-31": closed},
		}.Opening()
		from := time.Date(2026, time.Month(rapid.IntRange(1, 12).Draw(t, "month")), rapid.IntRange(1, 28).Draw(t, "day"), 5, 10, 0, 0, time.UTC)
		to := from.AddDate(0, 0, rapid.IntRange(1, 9).Draw(t, "days"))
		spans := o.Spans(from, to)
		for at := from; at.Before(to); at = at.Add(5 * time.Minute) {
			within := false
			for _, s := range spans {
				within = within || !at.Before(s.From) && at.Before(s.To)
			}
			if within != o.Open(at) {
				t.Fatalf("at %v it is open: %v; the spans are %v", at.In(o.zone), o.Open(at), spans)
			}
		}
	})
}
