package config

import (
	"slices"
	"strconv"
	"strings"

	"hatif/internal/fault"
)

// mostReasons is how many keys there are to choose a reason by.
const mostReasons = 9

// checkReasons finds the mistakes of pause_reasons.
func (c *Config) checkReasons() (errs []error) {
	if len(c.PauseReasons) > mostReasons {
		errs = append(errs, fault.Errorf([]string{"pause_reasons"}, "%d reasons: there are keys for %d", len(c.PauseReasons), mostReasons))
	}
	for i, reason := range c.PauseReasons {
		path := []string{"pause_reasons", strconv.Itoa(i)}
		switch {
		case reason == "" || strings.Trim(reason, "abcdefghijklmnopqrstuvwxyz0123456789-") != "":
			errs = append(errs, fault.Errorf(path, "%q cannot be a reason: small letters, digits and dashes, as in the name of its prompt", reason))
		case slices.Contains(c.PauseReasons[:i], reason):
			errs = append(errs, fault.Errorf(path, "%q stands here twice", reason))
		}
	}
	return errs
}
