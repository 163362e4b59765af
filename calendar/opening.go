package calendar

import "time"

// An Opening says when something is open. The zero value is always open. It never changes.
type Opening struct {
	limited  bool
	zone     *time.Location
	weekdays map[time.Weekday][]Hours
	dates    map[string][]Hours // in the place of the weekday's; the key is a date, with its year or without
}

// of are the hours that begin on t's day.
func (o Opening) of(t time.Time) []Hours {
	for _, key := range []string{t.Format(time.DateOnly), t.Format("01-02")} {
		if hours, is := o.dates[key]; is {
			return hours
		}
	}
	return o.weekdays[t.Weekday()]
}

// Open reports whether it is open at t. Hours that go over midnight belong to the day on which they begin.
func (o Opening) Open(t time.Time) bool {
	if !o.limited {
		return true
	}
	t = t.In(o.zone)
	now := onTheWall(t)
	for _, h := range o.of(t) {
		if h == (Hours{}) || h.from <= now && (now < h.to || h.to <= h.from) {
			return true
		}
	}
	for _, h := range o.of(time.Date(t.Year(), t.Month(), t.Day()-1, 12, 0, 0, 0, o.zone)) {
		if h.to <= h.from && now < h.to {
			return true
		}
	}
	return false
}

// horizon is how many days Next looks ahead: a date that comes once in four years is found.
const horizon = 4*366 + 1

// Next is the first moment from t on when it is open; zero: it will not be.
func (o Opening) Next(t time.Time) time.Time {
	if o.Open(t) {
		return t
	}
	t = t.In(o.zone)
	for d := range horizon {
		noon := time.Date(t.Year(), t.Month(), t.Day()+d, 12, 0, 0, 0, o.zone)
		var first time.Time
		for _, h := range o.of(noon) {
			at := o.opens(noon, h)
			if !at.Before(t) && (first.IsZero() || at.Before(first)) {
				first = at
			}
		}
		if !first.IsZero() {
			return first
		}
	}
	return time.Time{}
}

// opens is when h opens on a day: at the end of the gap, when the clocks jump over that moment in the night.
func (o Opening) opens(noon time.Time, h Hours) time.Time {
	at := o.clock(noon, h.from)
	if onTheWall(at) == h.from {
		return at
	}
	jump, _ := noon.ZoneBounds()
	return jump
}

// clock is when the clocks show a time on noon's day; 24:00 is the next midnight.
func (o Opening) clock(noon time.Time, wall time.Duration) time.Time {
	return time.Date(noon.Year(), noon.Month(), noon.Day(), int(wall/time.Hour), int(wall%time.Hour/time.Minute), 0, 0, o.zone)
}
