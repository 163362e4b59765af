package config

import (
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"

	"hatif/internal/fault"
	"hatif/voicemail"
)

// Boxes are all mailboxes of the file, complete: those of users, under their numbers, and those of departments.
func (c *Config) Boxes() map[string]voicemail.Box {
	boxes := make(map[string]voicemail.Box)
	limits := c.Defaults.Mailbox.Or(voicemail.Defaults())
	for number, m := range c.Mailboxes {
		boxes[number] = voicemail.Box{Number: number, Config: m.Or(limits)}
	}
	for number, u := range c.Users {
		if u.Mailbox == nil {
			continue
		}
		b := voicemail.Box{Number: number, Person: true, Config: u.Mailbox.Or(limits)}
		b.Name = u.Name
		if u.Mailbox.Language == "" && u.Language != "" {
			b.Language = u.Language
		}
		boxes[number] = b
	}
	return boxes
}

// Lamp is the mailboxes that the lamp on a user's phone is for, separated by commas: their own, and those that are open
// to their context by name.
func (c *Config) Lamp(user string) string {
	var boxes []string
	u := c.Users[user]
	if u.Mailbox != nil {
		boxes = append(boxes, user)
	}
	for _, number := range slices.Sorted(maps.Keys(c.Mailboxes)) {
		if slices.Contains(c.Mailboxes[number].Or(c.Defaults.Mailbox).OpenTo, u.Context) {
			boxes = append(boxes, number)
		}
	}
	return strings.Join(boxes, ",")
}

// checkMailboxes finds the mistakes of both kinds of mailboxes and of their defaults.
func (c *Config) checkMailboxes() error {
	var errs []error
	check := func(m voicemail.Config, path ...string) {
		errs = append(errs, fault.Under(errors.Join(m.Validate(), c.checkMailboxNames(m)), path...))
	}
	for _, number := range slices.Sorted(maps.Keys(c.Mailboxes)) {
		if number == "" || strings.Trim(number, "0123456789") != "" {
			errs = append(errs, fault.Errorf([]string{"mailboxes", number}, "mailbox %q cannot be keyed in: it is named by digits", number))
		}
		if u, is := c.Users[number]; is && u.Mailbox != nil {
			errs = append(errs, fault.Errorf([]string{"mailboxes", number}, "user %s has a mailbox of this number already", number))
		}
		check(c.Mailboxes[number], "mailboxes", number)
	}
	for _, number := range slices.Sorted(maps.Keys(c.Users)) {
		m := c.Users[number].Mailbox
		if m == nil {
			continue
		}
		check(*m, "users", number, "mailbox")
		if m.Name != "" {
			errs = append(errs, fault.Errorf([]string{"users", number, "mailbox", "name"}, "a user's mailbox has the user's name"))
		}
	}
	d := c.Defaults.Mailbox
	errs = append(errs, fault.Under(errors.Join(d.ValidateLimits(), c.checkMailboxNames(d)), "defaults", "mailbox"))
	if d.PIN != "" || d.Name != "" {
		errs = append(errs, fault.Errorf([]string{"defaults", "mailbox"}, "name and pin are each mailbox's own"))
	}
	return errors.Join(errs...)
}

// checkMailboxNames looks for the contexts and the language that m names.
func (c *Config) checkMailboxNames(m voicemail.Config) error {
	var errs []error
	contexts := c.Contexts.Contexts()
	for i, name := range m.OpenTo {
		if !slices.Contains(contexts, name) {
			errs = append(errs, fault.Errorf([]string{"open_to", strconv.Itoa(i)}, "context %q is not defined%s", name, fault.DidYouMean(name, contexts)))
		}
	}
	if m.Language != "" && !slices.Contains(c.Languages, m.Language) {
		errs = append(errs, fault.Errorf([]string{"language"}, "language %q is not one of languages: %s", m.Language, strings.Join(c.Languages, ", ")))
	}
	return errors.Join(errs...)
}
