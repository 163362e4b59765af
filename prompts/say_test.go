package prompts

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func words(s string) []string { return strings.Fields(s) }

// numbers prefixes every word with "numbers/", so that the tables can be read.
func numbers(s string) []string {
	all := words(s)
	for i, w := range all {
		all[i] = "numbers/" + w
	}
	return all
}

func TestKeysAreSaidOneByOne(t *testing.T) {
	want := words("digits/0 digits/7 digits/7 digits/star digits/hash")
	if diff := cmp.Diff(want, Digits("+07 7-*#")); diff != "" {
		t.Error(diff)
	}
}

func TestNumbersAreSaidAsEachLanguageCounts(t *testing.T) {
	for _, c := range []struct {
		n    int
		lang string
		want string
	}{
		{0, "en", "0"},
		{21, "en", "21"},
		{100, "en", "100"},
		{101, "en", "100-and 1"},
		{999, "en", "900-and 99"},
		{1000, "en", "1 thousand"},
		{1001, "en", "1 thousand-and 1"},
		{1100, "en", "1 thousand 100"},
		{123_456, "en", "100-and 23 thousand 400-and 56"},
		{200_000, "en", "200 thousand"},
		{-5, "en", "minus 5"},

		{0, "fr", "0"},
		{71, "fr", "71"},
		{80, "fr", "80"},
		{101, "fr", "100 1"},
		{200, "fr", "200"},
		{1000, "fr", "thousand"},
		{1001, "fr", "thousand 1"},
		{2000, "fr", "2 thousand"},
		{6000, "fr", "6-of thousand"},
		{21_018, "fr", "21 thousand 18"},
		{80_080, "fr", "80 thousand 80"},
		{999_999, "fr", "900 99 thousand 900 99"},

		{0, "ar", "0"},
		{11, "ar", "11"},
		{20, "ar", "20"},
		{23, "ar", "3-and 20"},
		{100, "ar", "100"},
		{101, "ar", "100-and 1"},
		{212, "ar", "200-and 12"},
		{345, "ar", "300-and 5-and 40"},
		{1000, "ar", "1000"},
		{2002, "ar", "2000-and 2"},
		{3000, "ar", "3000"},
		{10_500, "ar", "10000-and 500"},
		{11_000, "ar", "11 thousand-acc"},
		{25_025, "ar", "5-and 20 thousand-acc-and 5-and 20"},
		{100_000, "ar", "100000"},
		{101_000, "ar", "100000-and 1000"},
		{102_000, "ar", "100000-and 2000"},
		{103_000, "ar", "100-and 3000"},
		{200_003, "ar", "200000-and 3"},
		{345_678, "ar", "300-and 5-and 40 thousand-acc-and 600-and 8-and 70"},
		{7, "ar-EG", "7"},
		{12, "de", "12"}, // no grammar of its own: as in English
	} {
		if diff := cmp.Diff(numbers(c.want), Number(c.lang, c.n)); diff != "" {
			t.Errorf("%s %d: %s", c.lang, c.n, diff)
		}
	}
}

func TestNumbersBeyondTheGreatestAreSaidByDigits(t *testing.T) {
	want := words("numbers/minus digits/1 digits/0 digits/0 digits/0 digits/0 digits/0 digits/0")
	if diff := cmp.Diff(want, Number("fr", -1_000_000)); diff != "" {
		t.Error(diff)
	}
}

func TestCountedThingsAgreeWithTheirNumber(t *testing.T) {
	for _, c := range []struct {
		lang string
		n    int
		of   Unit
		want string
	}{
		{"en", 0, Message, "numbers/0 units/messages"},
		{"en", 1, Message, "numbers/1 units/message"},
		{"en", 21, Minute, "numbers/21 units/minutes"},

		{"fr", 0, Minute, "numbers/0 units/minute"},
		{"fr", 1, Minute, "numbers/1f units/minute"},
		{"fr", 1, NewMessage, "numbers/1 units/new-message"},
		{"fr", 6, NewMessage, "numbers/6-of units/new-messages"},
		{"fr", 21, Second, "numbers/21f units/seconds"},
		{"fr", 18, Second, "numbers/18-of units/seconds"},
		{"fr", 2, Hour, "time/hour-2"},
		{"fr", 24, Hour, "numbers/24 units/hours"},
		{"fr", 3, Caller, "numbers/3 units/callers"},

		{"ar", 0, Message, "numbers/0 units/message"},
		{"ar", 1, Message, "units/message-1"},
		{"ar", 2, Minute, "units/minute-2"},
		{"ar", 3, Minute, "numbers/3f-of units/minutes"},
		{"ar", 10, Day, "numbers/10-of units/days"},
		{"ar", 11, Minute, "numbers/11f units/minute-acc"},
		{"ar", 11, Day, "numbers/11 units/day-acc"},
		{"ar", 20, Minute, "numbers/20 units/minute-acc"},
		{"ar", 21, Minute, "numbers/1f-and numbers/20 units/minute-acc"},
		{"ar", 28, Caller, "numbers/8-and numbers/20 units/caller-acc"},
		{"ar", 100, Minute, "numbers/100-of units/minute"},
		{"ar", 101, Minute, "numbers/100-of units/minute units/and units/minute-1"},
		{"ar", 103, Minute, "numbers/100-and numbers/3f-of units/minutes"},
		{"ar", 200, Hour, "numbers/200-of units/hour"},
		{"ar", 2000, Message, "numbers/2000-of units/message"},
		{"ar", 11_000, Message, "numbers/11 numbers/thousand-acc-of units/message"},
	} {
		if diff := cmp.Diff(words(c.want), Count(c.lang, c.n, c.of)); diff != "" {
			t.Errorf("%s %d %s: %s", c.lang, c.n, c.of, diff)
		}
	}
}

func TestDurationsLeaveOutWhatIsZero(t *testing.T) {
	for _, c := range []struct {
		lang string
		d    time.Duration
		want string
	}{
		{"en", 0, "numbers/0 units/seconds"},
		{"en", 61 * time.Second, "numbers/1 units/minute units/and numbers/1 units/second"},
		{"en", 26*time.Hour + 3*time.Second, "numbers/1 units/day numbers/2 units/hours units/and numbers/3 units/seconds"},
		{"en", 1499 * time.Millisecond, "numbers/1 units/second"},
		{"fr", 90 * time.Minute, "time/hour-1 units/and numbers/30 units/minutes"},
		{"ar", 2*time.Hour + 2*time.Minute + 15*time.Second, "units/hour-2 units/and units/minute-2 units/and numbers/15f units/second-acc"},
		{"ar", -time.Hour, "numbers/0 units/second"},
	} {
		if diff := cmp.Diff(words(c.want), Duration(c.lang, c.d)); diff != "" {
			t.Errorf("%s %v: %s", c.lang, c.d, diff)
		}
	}
}

func TestTimesOfDayAreSaidAsPeopleSayThem(t *testing.T) {
	for _, c := range []struct{ lang, at, want string }{
		{"en", "00:00", "time/midnight"},
		{"en", "12:00", "time/noon"},
		{"en", "00:05", "numbers/12 time/oh-5 time/am"},
		{"en", "13:00", "numbers/1 time/pm"},
		{"en", "15:45", "numbers/3 numbers/45 time/pm"},
		{"fr", "00:00", "time/midnight"},
		{"fr", "12:00", "time/noon"},
		{"fr", "00:05", "time/hour-0 numbers/5"},
		{"fr", "15:00", "time/hour-15"},
		{"fr", "21:21", "time/hour-21 numbers/21f"},
		{"ar", "00:00", "time/hour-12 time/midnight"},
		{"ar", "12:00", "time/hour-12 time/noon"},
		{"ar", "03:00", "time/hour-3 time/am"},
		{"ar", "15:05", "time/hour-3-and numbers/5f-of units/minutes time/pm"},
		{"ar", "00:01", "time/hour-12-and units/minute-1 time/am"},
		{"ar", "11:32", "time/hour-11-and numbers/2f-and numbers/30 units/minute-acc time/am"},
	} {
		at, err := time.Parse("15:04", c.at)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(words(c.want), Time(c.lang, at)); diff != "" {
			t.Errorf("%s %s: %s", c.lang, c.at, diff)
		}
	}
}

func TestDatesAreSaidAsPeopleSayThem(t *testing.T) {
	for _, c := range []struct{ lang, on, want string }{
		{"en", "2025-03-03", "date/monday date/day-3 date/march numbers/20 numbers/25"},
		{"en", "2005-01-01", "date/saturday date/day-1 date/january numbers/2 numbers/thousand-and numbers/5"},
		{"en", "1999-12-31", "date/friday date/day-31 date/december numbers/19 numbers/99"},
		{"fr", "2026-05-01", "date/friday date/day-1 date/may numbers/2 numbers/thousand numbers/26"},
		{"fr", "2026-05-02", "date/saturday numbers/2 date/may numbers/2 numbers/thousand numbers/26"},
		{"ar", "2025-03-03", "date/monday date/day-3 date/march numbers/2000-and numbers/5-and numbers/20"},
	} {
		on, err := time.Parse(time.DateOnly, c.on)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(words(c.want), Date(c.lang, on)); diff != "" {
			t.Errorf("%s %s: %s", c.lang, c.on, diff)
		}
	}
}

func TestRecentMomentsAreTodayAndYesterday(t *testing.T) {
	cairo := time.FixedZone("Cairo", 2*3600)
	now := time.Date(2025, 1, 1, 9, 0, 0, 0, cairo)
	for _, c := range []struct {
		lang, want string
		at         time.Time
	}{
		{"en", "date/today time/at numbers/8 time/am", now.Add(-time.Hour)},
		{"en", "date/yesterday time/at numbers/11 numbers/30 time/pm", time.Date(2024, 12, 31, 21, 30, 0, 0, time.UTC)},
		{"ar", "date/yesterday time/hour-9 time/am", now.AddDate(0, 0, -1)},
		{"fr", "date/monday numbers/30 date/december numbers/2 numbers/thousand numbers/24 time/at time/hour-9", now.AddDate(0, 0, -2)},
	} {
		if diff := cmp.Diff(words(c.want), When(c.lang, c.at, now)); diff != "" {
			t.Errorf("%s %v: %s", c.lang, c.at, diff)
		}
	}
}

// TestNoNumberLacksAPrompt says every number there is.
func TestNoNumberLacksAPrompt(t *testing.T) {
	l := open(t, "")
	for _, lang := range []string{"ar", "en", "fr"} {
		known := make(map[string]bool)
		for n := range MaxNumber + 1 {
			for _, name := range Number(lang, n) {
				if known[name] {
					continue
				}
				if !l.Has(lang, name) {
					t.Errorf("%s: %d needs %s, which is not recorded", lang, n, name)
				}
				known[name] = true
			}
		}
	}
}

func TestNothingSaidLacksAPrompt(t *testing.T) {
	l := open(t, "")
	units := []Unit{Second, Minute, Hour, Day, Message, NewMessage, OldMessage, Caller}
	rapid.Check(t, func(t *rapid.T) {
		lang := rapid.SampledFrom([]string{"ar", "en", "fr"}).Draw(t, "language")
		n := rapid.OneOf(rapid.IntRange(-2, 130), rapid.IntRange(0, MaxNumber)).Draw(t, "n")
		at := time.Unix(rapid.Int64Range(0, 4e9).Draw(t, "at"), 0).UTC()
		said := slices.Concat(
			Count(lang, n, rapid.SampledFrom(units).Draw(t, "unit")), Number(lang, -n),
			Duration(lang, time.Duration(n)*time.Second), Time(lang, at), Date(lang, at), When(lang, at, at),
			Digits("0123456789*#"),
		)
		for _, name := range said {
			if !l.Has(lang, name) {
				t.Fatalf("%s: %s is not recorded", lang, name)
			}
		}
	})
}

func TestEveryMinuteOfTheDayAndEveryDayOfTheYearHasItsPrompts(t *testing.T) {
	l := open(t, "")
	for _, lang := range []string{"ar", "en", "fr"} {
		first := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
		for i := range 24 * 60 {
			at := first.Add(time.Duration(i)*time.Minute).AddDate(0, 0, i%366)
			for _, name := range slices.Concat(Time(lang, at), Date(lang, at)) {
				if !l.Has(lang, name) {
					t.Fatalf("%s: %v needs %s, which is not recorded", lang, at, name)
				}
			}
		}
	}
}

func TestNoNumberPromptIsUnused(t *testing.T) {
	texts, err := Texts()
	if err != nil {
		t.Fatal(err)
	}
	for _, lang := range []string{"ar", "en", "fr"} {
		used := map[string]bool{minus: true}
		note := func(names []string) {
			for _, n := range names {
				used[n] = true
			}
		}
		for n := range 1100 {
			note(Count(lang, n, Minute))
			note(Count(lang, n, Day))
		}
		for n := range MaxNumber + 1 {
			if n < 1000 || n%7 == 0 || n%1000 < 2 {
				note(Number(lang, n))
			}
		}
		note(Count(lang, 2000, Minute))
		note(Count(lang, 11000, Minute))
		for _, x := range texts {
			if strings.HasPrefix(x.Name, "numbers/") && x.In[lang] != "" && !used[x.Name] {
				t.Errorf("%s/%s is recorded, and no number needs it", lang, x.Name)
			}
		}
	}
}
