package calendar

import (
	"fmt"
	"strings"
	"time"
)

// Hours are a time of day, when people may be called or somebody is there: "09:00-20:00". The end is not part of them; hours that
// end before they begin go over midnight. The zero value is the whole day.
type Hours struct {
	from, to time.Duration // since midnight, as a clock on the wall shows it
}

const day = 24 * time.Hour

// ParseHours reads "09:00-20:00"; "" is the whole day.
func ParseHours(s string) (Hours, error) {
	if s == "" {
		return Hours{}, nil
	}
	from, to, ok := strings.Cut(s, "-")
	if !ok {
		return Hours{}, fmt.Errorf("%q are no hours: write 09:00-20:00", s)
	}
	var h Hours
	for _, part := range []struct {
		text string
		to   *time.Duration
	}{{from, &h.from}, {to, &h.to}} {
		d, err := clock(strings.TrimSpace(part.text))
		if err != nil {
			return Hours{}, fmt.Errorf("%q are no hours: %w", s, err)
		}
		*part.to = d
	}
	if h.from == h.to || h.from == day {
		return Hours{}, fmt.Errorf("%q are no hours: nothing lies between them", s)
	}
	return h, nil
}

// clock reads "09:00", and "24:00" for the end of the day.
func clock(s string) (time.Duration, error) {
	if s == "24:00" {
		return day, nil
	}
	t, err := time.Parse("15:04", s)
	if err != nil || len(s) != len("15:04") {
		return 0, fmt.Errorf("%q is no time of day: write 09:00", s)
	}
	return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute, nil
}

// String is the hours as ParseHours reads them.
func (h Hours) String() string {
	if h == (Hours{}) {
		return ""
	}
	at := func(d time.Duration) string { return fmt.Sprintf("%02d:%02d", d/time.Hour, d%time.Hour/time.Minute) }
	return at(h.from) + "-" + at(h.to)
}

// Open reports whether t is within the hours, by the clock of t's location.
func (h Hours) Open(t time.Time) bool {
	now := onTheWall(t)
	switch {
	case h == (Hours{}):
		return true
	case h.from < h.to:
		return h.from <= now && now < h.to
	}
	return now >= h.from || now < h.to
}

// Next is the first moment from t on within the hours, in t's location. Where clocks are changed it goes by what they
// show: hours that begin in a gap begin at its end, and hours in an hour that comes twice come twice.
func (h Hours) Next(t time.Time) time.Time {
	for !h.Open(t) {
		wait := h.from - onTheWall(t)
		if wait < 0 {
			wait += day
		}
		// This holds until the next change of the clocks.
		_, change := t.ZoneBounds()
		opens := t.Add(wait)
		if change.IsZero() || opens.Before(change) {
			return opens
		}
		t = change
	}
	return t
}

// onTheWall is the time of day that a clock shows.
func onTheWall(t time.Time) time.Duration {
	return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute +
		time.Duration(t.Second())*time.Second + time.Duration(t.Nanosecond())
}
