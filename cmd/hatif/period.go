package main

import (
	"fmt"
	"time"
)

// A period is from when until when something is looked at.
type period struct {
	Since string `default:"today" help:"From when on: today, yesterday, 2026-11-26, '2026-11-26 09:00', 09:00, or so long ago: 24h (${default}). By the file's time zone."`
	Until string `default:"now" help:"Until when; the same, or now (${default})."`
}

// bounds reads p; now is in the file's time zone.
func (p period) bounds(now time.Time) (since, until time.Time, err error) {
	if since, err = passed(p.Since, now); err != nil {
		return since, until, err
	}
	if until, err = passed(p.Until, now); err != nil {
		return since, until, err
	}
	if !since.Before(until) {
		return since, until, fmt.Errorf("nothing is between %s and %s", since.Format(time.DateTime), until.Format(time.DateTime))
	}
	return since, until, nil
}

// passed reads a moment of the past.
func passed(s string, now time.Time) (time.Time, error) {
	midnight := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, now.Location())
	switch s {
	case "now":
		return now, nil
	case "today":
		return midnight, nil
	case "yesterday":
		return midnight.AddDate(0, 0, -1), nil
	}
	if d, err := time.ParseDuration(s); err == nil && d >= 0 {
		return now.Add(-d), nil
	}
	if t, err := time.ParseInLocation("15:04", s, now.Location()); err == nil {
		return time.Date(now.Year(), now.Month(), now.Day(), t.Hour(), t.Minute(), 0, 0, now.Location()), nil
	}
	for _, layout := range []string{time.DateOnly, "2006-01-02 15:04", time.DateTime, time.RFC3339} {
		if t, err := time.ParseInLocation(layout, s, now.Location()); err == nil {
			return t.In(now.Location()), nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is no time: write today, yesterday, 2026-11-26, '2026-11-26 09:00', 09:00 or 24h", s)
}
