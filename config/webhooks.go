package config

import (
	"maps"
	"slices"
	"strings"
	"unicode"

	"hatif/internal/fault"
)

// checkWebhooks finds the mistakes of who is told of events: their names stand in addresses of the API.
func (c *Config) checkWebhooks() (errs []error) {
	bad := func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("._-", r)
	}
	for _, name := range slices.Sorted(maps.Keys(c.Webhooks)) {
		if name == "" || len(name) > 40 || strings.ContainsFunc(name, bad) {
			errs = append(errs, fault.KeyErrorf([]string{"webhooks", name}, "the name of a webhook is letters, digits, dots, dashes and underscores, at most 40"))
		}
		errs = append(errs, fault.Under(c.Webhooks[name].Validate(), "webhooks", name))
	}
	return errs
}
