package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"

	"hatif/calendar"
	"hatif/callback"
	"hatif/config"
	"hatif/dialplan"
	"hatif/store"
)

type callCmd struct {
	To       string            `required:"" help:"Whom to call: 1001."`
	Context  string            `required:"" name:"run" help:"The context that is run when they answer: feedback."`
	At       string            `default:"now" help:"When: '2026-11-24 10:00', 10:00 (the next time it is that o'clock), 5m (from now), now (${default}). By the file's time zone."`
	Hours    string            `help:"Only within these hours: 09:00-20:00. Not given: at any time."`
	Tries    *int              `help:"How often it is tried in all. Not given: as the file's feedback says, as for the next two."`
	Every    *time.Duration    `help:"The pause between two tries: 30m."`
	Ring     *time.Duration    `help:"How long the phone rings: 30s."`
	Language string            `help:"The language that they are spoken to in. Not given: their own."`
	As       string            `default:"hatif" help:"The number on their display (${default})."`
	Set      map[string]string `placeholder:"NAME=VALUE" help:"A variable that the context knows from the start."`
}

// Run leaves a call to be made in the database: a hatif that runs on it sees it within a second.
func (o callCmd) Run(c *cli, out io.Writer, log *slog.Logger) error {
	cfg, plan, err := compile(c.Config)
	if err != nil {
		return err
	}
	p, err := o.promise(cfg, plan, time.Now().In(cfg.Location))
	if err != nil {
		return err
	}
	return beside(cfg, log, true, func(ctx context.Context, db *store.DB) error {
		row := p.Row(time.Now())
		if err := db.AddOwed(ctx, row); err != nil {
			return err
		}
		_, err := fmt.Fprintf(out, "%s will be called at %s (%s).\n", row.Account, at(row.Due, cfg.Location), row.ID)
		return err
	})
}

// promise checks what is asked for against the file.
func (o callCmd) promise(cfg *config.Config, plan *dialplan.Plan, now time.Time) (callback.Promise, error) {
	user, known := cfg.Users[o.To]
	policy := cfg.Feedback
	policy.Hours = o.Hours
	for flag, given := range map[string]struct{ value, policy *time.Duration }{
		"every": {o.Every, &policy.Every}, "ring": {o.Ring, &policy.Ring},
	} {
		if given.value == nil {
			continue
		}
		if *given.value < time.Second {
			return callback.Promise{}, fmt.Errorf("--%s %v is too short: 1s at least", flag, *given.value)
		}
		*given.policy = *given.value
	}
	if o.Tries != nil {
		if *o.Tries < 1 {
			return callback.Promise{}, fmt.Errorf("--tries %d: from 1 to %d", *o.Tries, callback.MaxTries)
		}
		policy.Tries = *o.Tries
	}
	if strings.ContainsFunc(o.As, unicode.IsControl) || strings.ContainsAny(o.As, `<>"`) {
		return callback.Promise{}, fmt.Errorf("--as %q cannot be shown: one line without quotes, < and >", o.As)
	}
	when, err := moment(o.At, now)
	switch {
	case err != nil:
		return callback.Promise{}, err
	case !known || user.Type == "user":
		return callback.Promise{}, fmt.Errorf("there is nobody to call at %q", o.To)
	case o.Language != "" && !slices.Contains(cfg.Languages, o.Language):
		return callback.Promise{}, fmt.Errorf("%q is not a language of the file: %s", o.Language, strings.Join(cfg.Languages, ", "))
	case !plan.Runs(o.Context):
		return callback.Promise{}, fmt.Errorf("%q is no context that can be run: %s", o.Context, strings.Join(plan.Runnable(), ", "))
	}
	for _, name := range slices.Sorted(maps.Keys(o.Set)) {
		if !dialplan.IsVariable(name) {
			return callback.Promise{}, fmt.Errorf("%q cannot be a variable: a small letter, then letters, digits and _", name)
		}
	}
	if err := policy.Validate(); err != nil {
		return callback.Promise{}, err
	}
	hours, err := calendar.ParseHours(policy.Hours)
	return callback.Promise{
		To: o.To, Run: o.Context, At: when, Hours: hours, Tries: policy.Tries, Every: policy.Every, Ring: policy.Ring,
		Language: o.Language, Shown: o.As, Variables: o.Set,
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
			return time.Time{}, fmt.Errorf("%s is past", s)
		}
		return t.In(now.Location()), nil
	}
	return time.Time{}, fmt.Errorf("%q is no time: write 2026-11-24 10:00, 10:00, 5m or now", s)
}
