package config

import (
	"errors"
	"maps"
	"slices"
	"strings"

	"hatif/internal/fault"
	"hatif/media"
)

// checkRest finds the mistakes of the small sections.
func (c *Config) checkRest() error {
	var errs []error
	if c.RTP.SilenceLimit < 0 {
		errs = append(errs, fault.Errorf([]string{"rtp", "silence_limit"}, "silence_limit is %v: a time, or 0 for never", c.RTP.SilenceLimit))
	}
	errs = append(errs, fault.Under(c.RTP.Ports.Validate(), "rtp", "ports"))
	if c.Stop.Wait < 0 {
		errs = append(errs, fault.Errorf([]string{"stop", "wait"}, "wait is %v: a time, or 0 to end calls at once", c.Stop.Wait))
	}
	if countries := media.ToneCountries(); c.Country != "" && !slices.Contains(countries, strings.ToLower(c.Country)) {
		errs = append(errs, fault.Errorf([]string{"country"}, "the tones of country %q are not known: %s; leave it out for those of ITU-T E.180",
			c.Country, strings.Join(countries, ", ")))
	}
	if k := c.KeepDays; min(k.Recordings, k.Calls, k.Owed, k.Deleted, k.Events) < 0 {
		errs = append(errs, fault.Errorf([]string{"keep_days"}, "days are counted from 1; 0 is for ever"))
	} else if k.Calls > 0 && (k.Recordings == 0 || k.Recordings > k.Calls) {
		errs = append(errs, fault.Errorf([]string{"keep_days", "calls"},
			"recordings are kept longer than the call log that finds them: give them %d days or fewer", k.Calls))
	}
	if c.Guests != "" {
		if !slices.Contains(c.Contexts.Contexts(), c.Guests) {
			errs = append(errs, fault.Errorf([]string{"guests"}, "context %q is not defined%s", c.Guests, fault.DidYouMean(c.Guests, c.Contexts.Contexts())))
		}
	}
	errs = append(errs, c.checkReasons()...)
	return errors.Join(errs...)
}

// checkUsers completes each user from defaults.user, then checks it and the names it uses.
func (c *Config) checkUsers() error {
	var errs []error
	contexts, queues := c.Contexts.Contexts(), slices.Sorted(maps.Keys(c.Queues))
	for _, number := range slices.Sorted(maps.Keys(c.Users)) {
		u := c.Users[number].merge(c.Defaults.User)
		c.Users[number] = u
		errs = append(errs, checkUser(number, u))
		if u.Context != "" && !slices.Contains(contexts, u.Context) {
			errs = append(errs, fault.Errorf([]string{"users", number, "context"}, "context %q is not defined%s", u.Context, fault.DidYouMean(u.Context, contexts)))
		}
		errs = append(errs, checkServes(number, u, queues)...)
		if u.Language != "" && !slices.Contains(c.Languages, u.Language) {
			errs = append(errs, fault.Errorf([]string{"users", number, "language"}, "language %q is not one of languages: %s", u.Language, strings.Join(c.Languages, ", ")))
		}
	}
	if len(c.Languages) == 0 {
		errs = append(errs, fault.Errorf([]string{"languages"}, "at least one language is needed"))
	}
	return errors.Join(errs...)
}
