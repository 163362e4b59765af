package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"hatif/callback"
	"hatif/config"
	"hatif/dialplan"
	"hatif/internal/app"
	"hatif/internal/fault"
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
	p, err := app.Order{
		To: o.To, Run: o.Context, At: o.At, Hours: o.Hours, Tries: o.Tries, Every: o.Every, Ring: o.Ring, Language: o.Language,
		Shown: o.As, Variables: o.Set,
	}.Promise(cfg, plan, now)
	if wrong := fault.All(err); len(wrong) > 0 {
		err = errors.New(asFlag(wrong[0]))
	}
	return p, err
}

// asFlag is a mistake in words of the command line, where it begins with the name of the flag.
func asFlag(f *fault.Fault) string {
	if len(f.Path) > 0 && strings.HasPrefix(f.Msg, f.Path[0]+" ") {
		return "--" + f.Msg
	}
	return f.Msg
}
