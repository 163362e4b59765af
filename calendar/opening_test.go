package calendar

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func at(t testing.TB, z *time.Location, s string) time.Time {
	t.Helper()
	when, err := time.ParseInLocation("2006-01-02 15:04", s, z)
	if err != nil {
		t.Fatal(err)
	}
	return when
}

// office is open on working days of Cairo with a break, on Thursday nights, and has holidays.
var office = Config{
	Timezone: "Africa/Cairo",
	Open:     map[string]string{"sun-wed": "09:00-13:00, 14:00-17:00", "thu": "22:00-02:00"},
	Except: map[string]string{
		"2026-11-24": closed, "11-23": "10:00-11:00", "2026-12-01..2026-12-03": closed, "2026-11-28": "12:00-13:00",
	},
}

func TestOpeningHours(t *testing.T) {
	cairo := zone(t, "Africa/Cairo")
	o := office.Opening()
	for _, c := range []struct {
		at   string
		open bool
		next string // "": at
	}{
		{"2026-11-22 08:59", false, "2026-11-22 09:00"}, // a Sunday
		{"2026-11-22 09:00", true, ""},
		{"2026-11-22 13:00", false, "2026-11-22 14:00"},
		{"2026-11-22 16:59", true, ""},
		{"2026-11-22 17:00", false, "2026-11-23 10:00"}, // the 23rd of November has hours of its own each year
		{"2026-11-23 11:00", false, "2026-11-25 09:00"}, // and the 24th is a holiday
		{"2026-11-25 17:00", false, "2026-11-26 22:00"}, // a Thursday
		{"2026-11-27 01:59", true, ""},                  // its night
		{"2026-11-27 02:00", false, "2026-11-28 12:00"}, // a Saturday on which it opens
		{"2026-12-01 10:00", false, "2026-12-06 09:00"}, // the holidays end on a Thursday, whose night is theirs
		{"2027-11-23 10:30", true, ""},
	} {
		when := at(t, cairo, c.at)
		if got := o.Open(when.UTC()); got != c.open {
			t.Errorf("%s: open %t", c.at, got)
		}
		want := when
		if c.next != "" {
			want = at(t, cairo, c.next)
		}
		if got := o.Next(when.UTC()); !got.Equal(want) {
			t.Errorf("%s: opens next %s, want %s", c.at, got.In(cairo), want)
		}
	}
}

func TestAnOpeningThatTheClocksJumpOverIsAtTheEndOfTheGap(t *testing.T) {
	paris := zone(t, "Europe/Paris") // 2026-03-29: 02:00 becomes 03:00
	o := Config{Timezone: "Europe/Paris", Open: map[string]string{"daily": "02:30-05:00"}}.Opening()
	if got, want := o.Next(at(t, paris, "2026-03-29 01:00")), at(t, paris, "2026-03-29 03:00"); !got.Equal(want) {
		t.Errorf("opens %s, want %s", got, want)
	}
}

func TestWithoutHoursItIsAlwaysOpen(t *testing.T) {
	now := time.Now()
	if o := (Config{Timezone: "Africa/Cairo"}).Opening(); !o.Open(now) || !o.Next(now).Equal(now) {
		t.Error("closed")
	}
}

func TestMistakesInOpeningHours(t *testing.T) {
	for want, c := range map[string]Config{
		`timezone: time zone "Cairo" is not known`:                                             {Timezone: "Cairo", Open: map[string]string{"daily": "09:00-17:00"}},
		`open.monday: "monday" are no days: sun, mon`:                                          {Open: map[string]string{"monday": "09:00-17:00"}},
		`open.mon: "9-5" are no hours`:                                                         {Open: map[string]string{"mon": "9-5"}},
		`open.mon: "09:00-12:00," are no hours`:                                                {Open: map[string]string{"mon": "09:00-12:00,"}},
		`open.sat, sun: Sunday stands here twice`:                                              {Open: map[string]string{"daily": "09:00-17:00", "sat, sun": "10:00-12:00"}},
		`except.25.12.: "25.12." is no date: write 2026-12-25`:                                 {Open: map[string]string{"daily": "09:00-17:00"}, Except: map[string]string{"25.12.": "closed"}},
		`except.2026-12-25: "shut" are no hours`:                                               {Open: map[string]string{"daily": "09:00-17:00"}, Except: map[string]string{"2026-12-25": "shut"}},
		`except.2026-12-25..2026-12-24: "2026-12-25..2026-12-24": the second date must follow`: {Open: map[string]string{"daily": "09:00-17:00"}, Except: map[string]string{"2026-12-25..2026-12-24": "closed"}},
		`open: these hours never open`:                                                         {Open: map[string]string{"daily": "closed"}, Except: map[string]string{"2020-01-02": "09:00-10:00"}},
	} {
		if err := c.Validate(); err == nil || !strings.HasPrefix(err.Error(), want) && !strings.Contains(err.Error(), "\n"+want) {
			t.Errorf("%+v: %v, want %s", c, err, want)
		}
	}
	if err := office.Validate(); err != nil {
		t.Errorf("good hours: %v", err)
	}
}

// Next is open, and nothing before it is.
func TestNextIsTheFirstOpenMoment(t *testing.T) {
	zones := []*time.Location{zone(t, "Africa/Cairo"), zone(t, "Europe/Paris"), zone(t, "America/New_York")}
	rapid.Check(t, func(t *rapid.T) {
		z := rapid.SampledFrom(zones).Draw(t, "zone")
		clock := rapid.SampledFrom([]string{"00:00", "00:30", "02:30", "09:00", "17:45", "23:59"})
		from := clock.Draw(t, "from")
		to := clock.Filter(func(to string) bool { return to != from }).Draw(t, "to")
		o := Config{Timezone: z.String(), Open: map[string]string{
			rapid.SampledFrom([]string{"daily", "sat", "mon-wed"}).Draw(t, "days"): from + "-" + to,
		}}.Opening()
		begin := time.Date(2026, 1, 1, 0, 0, 0, 0, z).Add(time.Duration(rapid.IntRange(0, 366*24*60).Draw(t, "minute")) * time.Minute)
		next := o.Next(begin)
		if !o.Open(next) {
			t.Fatalf("from %s: %s is not open", begin, next)
		}
		for m := begin; m.Before(next); m = m.Add(7 * time.Minute) {
			if o.Open(m) {
				t.Fatalf("from %s: %s is open before %s", begin, m, next)
			}
		}
	})
}
