package calendar

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"hatif/internal/fault"
)

// Config is opening hours as the file writes them. The zero value is always open.
type Config struct {
	Timezone string            `yaml:"timezone"` // IANA name; whoever reads the file fills in its own
	Open     map[string]string `yaml:"open"`     // "mon-fri": "09:00-13:00, 14:00-17:00"
	Except   map[string]string `yaml:"except"`   // "2026-12-25": closed; "12-24": "09:00-12:00", every year
}

// closed is the word for a day without hours.
const closed = "closed"

// always reports whether the file says nothing of hours.
func (c Config) always() bool { return len(c.Open) == 0 && len(c.Except) == 0 }

// Validate returns every mistake in c as a *fault.Fault, joined; nil when there is none. Hours that will never come
// are a mistake.
func (c Config) Validate() error {
	if c.Open != nil && c.always() {
		return fault.Errorf([]string{"open"}, "no days are named: write them, as mon-fri: \"09:00-17:00\", or leave the hours out for always open")
	}
	o, err := c.parse()
	if err == nil && o.Next(time.Now()).IsZero() {
		return fault.Errorf([]string{"open"}, "these hours never open")
	}
	return err
}

// Opening are the hours. c is expected to be valid; what is not is left out.
func (c Config) Opening() Opening {
	o, err := c.parse()
	if err != nil && len(o.dates)+len(o.weekdays) == 0 {
		return Opening{}
	}
	return o
}

// parse reads as much as can be read; the error has the rest.
func (c Config) parse() (Opening, error) {
	var faults []error
	add := func(err error, path ...string) {
		faults = append(faults, fault.Errorf(path, "%v", err))
	}
	zone, err := time.LoadLocation(c.Timezone)
	if err != nil {
		add(fmt.Errorf("time zone %q is not known: a name such as Africa/Cairo", c.Timezone), "timezone")
		zone = time.UTC
	}
	if c.Timezone == "" {
		zone = time.Local
	}
	if c.always() {
		return Opening{}, errors.Join(faults...)
	}
	o := Opening{zone: zone, limited: true, weekdays: make(map[time.Weekday][]Hours), dates: make(map[string][]Hours)}
	for _, key := range slices.Sorted(maps.Keys(c.Open)) {
		days, err := weekdays(key)
		if err != nil {
			add(err, "open", key)
		}
		hours, err := daysHours(c.Open[key])
		if err != nil {
			add(err, "open", key)
		}
		for _, d := range days {
			if _, twice := o.weekdays[d]; twice {
				add(fmt.Errorf("%s stands here twice", d), "open", key)
			}
			o.weekdays[d] = hours
		}
	}
	for _, key := range slices.Sorted(maps.Keys(c.Except)) {
		dates, err := dates(key)
		if err != nil {
			add(err, "except", key)
		}
		hours, err := daysHours(c.Except[key])
		if err != nil {
			add(err, "except", key)
		}
		for _, d := range dates {
			o.dates[d] = hours
		}
	}
	return o, errors.Join(faults...)
}

// daysHours reads "09:00-13:00, 14:00-17:00", or closed.
func daysHours(s string) ([]Hours, error) {
	if strings.TrimSpace(s) == closed {
		return nil, nil
	}
	var all []Hours
	for part := range strings.SplitSeq(s, ",") {
		if strings.TrimSpace(part) == "" {
			return nil, fmt.Errorf("%q are no hours: write 09:00-17:00, or closed", s)
		}
		h, err := ParseHours(strings.TrimSpace(part))
		if err != nil {
			return nil, err
		}
		all = append(all, h)
	}
	return all, nil
}

var dayNames = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// weekdays reads "mon", "sun-thu", "sat, sun" or daily.
func weekdays(s string) ([]time.Weekday, error) {
	if s == "daily" {
		s = "sun-sat"
	}
	var all []time.Weekday
	for part := range strings.SplitSeq(s, ",") {
		from, to, span := strings.Cut(strings.TrimSpace(part), "-")
		if !span {
			to = from
		}
		first, last := slices.Index(dayNames, strings.ToLower(from)), slices.Index(dayNames, strings.ToLower(to))
		if first < 0 || last < 0 {
			return nil, fmt.Errorf("%q are no days: %s, mon-fri, or daily", s, strings.Join(dayNames, ", "))
		}
		for d := first; ; d = (d + 1) % 7 {
			all = append(all, time.Weekday(d))
			if d == last {
				break
			}
		}
	}
	return all, nil
}

// longestExcept is how many days one exception may be long: a longer one is a slip of the pen.
const longestExcept = 366

// dates reads "2026-12-25", "12-25" (every year), or "2026-12-24..2027-01-02", as dateOf and yearlyOf write them.
func dates(s string) ([]string, error) {
	if _, err := time.Parse("2006-01-02", "2000-"+s); err == nil { // 2000 has a 29th of February
		return []string{s}, nil
	}
	from, to, span := strings.Cut(s, "..")
	if !span {
		to = from
	}
	first, err := time.Parse(time.DateOnly, strings.TrimSpace(from))
	last, err2 := time.Parse(time.DateOnly, strings.TrimSpace(to))
	if err != nil || err2 != nil {
		return nil, fmt.Errorf("%q is no date: write 2026-12-25, 12-25 for every year, or 2026-12-24..2027-01-02", s)
	}
	if last.Before(first) || last.Sub(first) > longestExcept*day {
		return nil, fmt.Errorf("%q: the second date must follow the first within a year", s)
	}
	var all []string
	for d := first; !d.After(last); d = d.AddDate(0, 0, 1) {
		all = append(all, d.Format(time.DateOnly))
	}
	return all, nil
}
