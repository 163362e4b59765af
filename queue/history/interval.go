package history

import (
	"fmt"
	"time"
)

// An Interval is how finely figures are told apart by time. The zero value is all in one.
type Interval string

const (
	Whole   Interval = ""
	Quarter Interval = "quarter" // of an hour
	Hour    Interval = "hour"
	Day     Interval = "day"
	Week    Interval = "week" // from Monday
)

// begin is when the interval began that t lies in, by the clock on the wall of zone. Quarters and hours are counted
// in the day as it passes, so that the hour that a clock shows twice is two hours.
func (i Interval) begin(t time.Time, zone *time.Location) time.Time {
	t = t.In(zone)
	switch i {
	case Quarter, Hour:
		length := i.length()
		return t.Add(-time.Duration(t.Minute())*time.Minute%length - time.Duration(t.Second())*time.Second - time.Duration(t.Nanosecond()))
	case Day:
		return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, zone)
	case Week:
		monday := t.Day() - (int(t.Weekday())+6)%7
		return time.Date(t.Year(), t.Month(), monday, 0, 0, 0, 0, zone)
	default:
		return time.Time{}
	}
}

// end is when the interval that began at start is over; ok is false when it never is.
func (i Interval) end(start time.Time) (end time.Time, ok bool) {
	switch i {
	case Quarter, Hour:
		return start.Add(i.length()), true
	case Day:
		return time.Date(start.Year(), start.Month(), start.Day()+1, 0, 0, 0, 0, start.Location()), true
	case Week:
		return time.Date(start.Year(), start.Month(), start.Day()+7, 0, 0, 0, 0, start.Location()), true
	default:
		return time.Time{}, false
	}
}

func (i Interval) length() time.Duration {
	if i == Quarter {
		return 15 * time.Minute
	}
	return time.Hour
}

// UnmarshalText reads the word of a command line.
func (i *Interval) UnmarshalText(text []byte) error {
	switch *i = Interval(text); *i {
	case Whole, Quarter, Hour, Day, Week:
		return nil
	}
	return fmt.Errorf("%q is no interval: use quarter, hour, day or week", text)
}

// Begins are the moments at which the intervals of a span begin, the first at or before since.
func (i Interval) Begins(since, until time.Time, zone *time.Location) []time.Time {
	var all []time.Time
	for at := i.begin(since, zone); at.Before(until); {
		all = append(all, at)
		next, ends := i.end(at)
		if !ends {
			break
		}
		at = next
	}
	return all
}
