package app

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"

	"hatif/calendar"
	"hatif/callback"
	"hatif/config"
	"hatif/dialplan"
	"hatif/internal/fault"
	"hatif/store"
	"hatif/web"
)

// An Order is a call that a person, or a program, wants to be made. What is nil or "" is as the file's feedback says.
type Order struct {
	To, Run, At     string // At: "now", "10:00", "5m", "2026-11-24 10:00"
	Hours           string // "": at any time
	Tries           *int
	Every, Ring     *time.Duration
	Language, Shown string
	Variables       map[string]string
}

// Promise checks an order against the file. Its errors are faults at the field's name: "to", "ring", …
func (o Order) Promise(cfg *config.Config, plan *dialplan.Plan, now time.Time) (callback.Promise, error) {
	wrong := func(field, format string, args ...any) (callback.Promise, error) {
		return callback.Promise{}, fault.Errorf([]string{field}, format, args...)
	}
	user, known := cfg.Users[o.To]
	policy := cfg.Feedback
	policy.Hours = o.Hours
	for _, given := range []struct {
		field         string
		value, policy *time.Duration
	}{{"every", o.Every, &policy.Every}, {"ring", o.Ring, &policy.Ring}} {
		if given.value == nil {
			continue
		}
		if *given.value < time.Second {
			return wrong(given.field, "%s %v is too short: 1s at least", given.field, *given.value)
		}
		*given.policy = *given.value
	}
	if o.Tries != nil {
		if *o.Tries < 1 {
			return wrong("tries", "tries %d: from 1 to %d", *o.Tries, callback.MaxTries)
		}
		policy.Tries = *o.Tries
	}
	if strings.ContainsFunc(o.Shown, unicode.IsControl) || strings.ContainsAny(o.Shown, `<>"`) {
		return wrong("as", "as %q cannot be shown: one line without quotes, < and >", o.Shown)
	}
	when, err := moment(o.At, now)
	switch {
	case err != nil:
		return wrong("at", "%v", err)
	case !known || user.Type == "user":
		return wrong("to", "there is nobody to call at %q", o.To)
	case o.Language != "" && !slices.Contains(cfg.Languages, o.Language):
		return wrong("language", "%q is not a language of the file: %s", o.Language, strings.Join(cfg.Languages, ", "))
	case !plan.Runs(o.Run):
		return wrong("run", "%q is no context that can be run: %s", o.Run, strings.Join(plan.Runnable(), ", "))
	}
	for _, name := range slices.Sorted(maps.Keys(o.Variables)) {
		if !dialplan.IsVariable(name) {
			return wrong("variables", "%q cannot be a variable: a small letter, then letters, digits and _", name)
		}
	}
	if err := policy.Validate(); err != nil {
		return callback.Promise{}, err
	}
	hours, err := calendar.ParseHours(policy.Hours)
	return callback.Promise{
		To: o.To, Run: o.Run, At: when, Hours: hours, Tries: policy.Tries, Every: policy.Every, Ring: policy.Ring,
		Language: o.Language, Shown: o.Shown, Variables: o.Variables,
	}, err
}

// moment reads a time of the future, or now; in now's time zone where it names none.
func moment(s string, now time.Time) (time.Time, error) {
	if s == "now" {
		return now, nil
	}
	if d, err := time.ParseDuration(s); err == nil && d >= 0 {
		return now.Add(d), nil
	}
	if t, err := time.ParseInLocation("15:04", s, now.Location()); err == nil {
		for day := now; ; day = day.AddDate(0, 0, 1) {
			if at := time.Date(day.Year(), day.Month(), day.Day(), t.Hour(), t.Minute(), 0, 0, now.Location()); !at.Before(now) {
				return at, nil
			}
		}
	}
	for _, layout := range []string{"2006-01-02 15:04", "2006-01-02 15:04:05", time.RFC3339} {
		t, err := time.ParseInLocation(layout, s, now.Location())
		switch {
		case err != nil:
			continue
		case t.Before(now.Add(-time.Minute)):
			return time.Time{}, errors.New(s + " is past")
		}
		return t.In(now.Location()), nil
	}
	return time.Time{}, errNoTime(s)
}

type errNoTime string

func (s errNoTime) Error() string {
	return `"` + string(s) + `" is no time: write 2026-11-24 10:00, 10:00, 5m or now`
}

// owe has somebody called, as a program has asked by the API. A running Book sees it within a second, as it sees what
// hatif call leaves.
func (a *App) owe(ctx context.Context, o web.OwedOrder) (store.Owed, error) {
	seconds := func(n *float64) *time.Duration {
		if n == nil {
			return nil
		}
		d := time.Duration(min(max(*n, 0), 1e6) * float64(time.Second))
		return &d
	}
	order := Order{
		To: o.To, Run: o.Run, At: o.At, Hours: o.Hours, Tries: o.Tries, Every: seconds(o.Every), Ring: seconds(o.Ring),
		Language: o.Language, Shown: o.As, Variables: o.Variables,
	}
	if order.At == "" {
		order.At = "now"
	}
	if order.Shown == "" {
		order.Shown = "hatif"
	}
	s, now := a.settings.Load(), time.Now()
	p, err := order.Promise(s.cfg, s.plan, now.In(s.cfg.Location))
	if err != nil {
		return store.Owed{}, ofFields(err)
	}
	row := p.Row(now)
	return row, a.store.AddOwed(ctx, row)
}

// ofFields moves an order's fault to the API's name of the field.
func ofFields(err error) error {
	for _, f := range fault.All(err) {
		if name := map[string]string{"every": "every_seconds", "ring": "ring_seconds"}[f.Path[0]]; name != "" {
			return fault.Errorf([]string{name}, "%s", f.Msg)
		}
	}
	return err
}
