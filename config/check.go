package config

import (
	"errors"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"hatif/internal/fault"
	"hatif/media"
)

// leastSilence is how long a phone at least is given to send something: phones that suppress silence pause between words.
const leastSilence = time.Second

// checkRest finds the mistakes of the small sections.
func (c *Config) checkRest() error {
	var errs []error
	if l := c.RTP.SilenceLimit; l != 0 && l < leastSilence {
		errs = append(errs, fault.Errorf([]string{"rtp", "silence_limit"}, "silence_limit is %v: calls would end in any short pause; write %v at least, or 0s for never", l, leastSilence))
	}
	errs = append(errs, fault.Under(c.RTP.Ports.Validate(), "rtp", "ports"))
	if c.Stop.Wait < 0 {
		errs = append(errs, fault.Errorf([]string{"stop", "wait"}, "wait is %v: a time, or 0s to end calls at once", c.Stop.Wait))
	}
	if countries := media.ToneCountries(); c.Country != "" && !slices.Contains(countries, strings.ToLower(c.Country)) {
		errs = append(errs, fault.Errorf([]string{"country"}, "the tones of country %q are not known: %s; leave it out for those of ITU-T E.180",
			c.Country, strings.Join(countries, ", ")))
	}
	for key, days := range fieldsByKey(reflect.ValueOf(c.KeepDays)) {
		if days.Int() < 0 {
			errs = append(errs, fault.Errorf([]string{"keep_days", key}, "%s is %d: days are counted from 1; 0 is for ever", key, days.Int()))
		}
	}
	if k := c.KeepDays; k.Calls > 0 && (k.Recordings == 0 || k.Recordings > k.Calls) {
		errs = append(errs, fault.Errorf([]string{"keep_days", "calls"},
			"recordings are kept longer than the call log that finds them: give them %d days or fewer", k.Calls))
	}
	if c.Guests != "" {
		if !slices.Contains(c.Contexts.Contexts(), c.Guests) {
			errs = append(errs, fault.Errorf([]string{"guests"}, "context %q is not defined%s", c.Guests, fault.DidYouMean(c.Guests, c.Contexts.Contexts())))
		}
	}
	errs = append(errs, c.checkReasons()...)
	errs = append(errs, c.checkWebhooks()...)
	return errors.Join(errs...)
}

// checkUsers completes each user from defaults.user, then checks it and the names it uses.
func (c *Config) checkUsers() error {
	var found []error
	contexts, queues := c.Contexts.Contexts(), slices.Sorted(maps.Keys(c.Queues))
	c.written = maps.Clone(c.Users)
	for _, number := range slices.Sorted(maps.Keys(c.Users)) {
		own := c.Users[number]
		u := own.merge(c.Defaults.User)
		c.Users[number] = u
		var errs []error
		errs = append(errs, checkUser(number, u))
		if u.Context != "" && !slices.Contains(contexts, u.Context) {
			errs = append(errs, fault.Errorf([]string{"users", number, "context"}, "context %q is not defined%s", u.Context, fault.DidYouMean(u.Context, contexts)))
		}
		errs = append(errs, checkServes(number, u, queues)...)
		if u.Language != "" && !slices.Contains(c.Languages, u.Language) {
			errs = append(errs, fault.Errorf([]string{"users", number, "language"}, "language %q is not one of languages: %s", u.Language, strings.Join(c.Languages, ", ")))
		}
		for _, ft := range fault.All(errors.Join(errs...)) {
			if ft = c.Defaults.blame(ft, own); !slices.ContainsFunc(found, func(other error) bool { return other.Error() == ft.Error() }) {
				found = append(found, ft)
			}
		}
	}
	if len(c.Languages) == 0 {
		found = append(found, fault.Errorf([]string{"languages"}, "at least one language is needed"))
	}
	for i, l := range c.Languages {
		if slices.Contains(c.Languages[:i], l) {
			found = append(found, fault.Errorf([]string{"languages", strconv.Itoa(i)}, "%q stands here twice", l))
		}
	}
	return errors.Join(found...)
}

// blame moves a mistake of a user to defaults.user, where what is wrong stands there and not in the user's own entry.
func (d Defaults) blame(ft *fault.Fault, own User) *fault.Fault {
	const key = 2 // users, 2001, the key
	if len(ft.Path) <= key {
		return ft
	}
	name := ft.Path[key]
	theirs, ours := fieldsByKey(reflect.ValueOf(own))[name], fieldsByKey(reflect.ValueOf(d.User))[name]
	if !theirs.IsValid() || !theirs.IsZero() || ours.IsZero() {
		return ft
	}
	moved := *ft
	moved.Path = append([]string{"defaults", "user"}, ft.Path[key:]...)
	return &moved
}
