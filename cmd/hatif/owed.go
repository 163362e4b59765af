package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"text/tabwriter"
	"time"

	"hatif/callback"
	"hatif/config"
	"hatif/store"
)

type owedCmd struct {
	All    bool    `help:"Also those that are over."`
	Limit  int     `default:"100" help:"At most so many (${default})."`
	Cancel *string `placeholder:"ID" help:"Do not make this one."`
}

// Run lists the calls that are owed, the next one first, or cancels one.
func (o owedCmd) Run(c *cli, out io.Writer, log *slog.Logger) error {
	cfg, err := config.Load(c.Config)
	if err != nil {
		return err
	}
	if o.Cancel != nil {
		return beside(cfg, log, true, func(ctx context.Context, db *store.DB) error {
			if err := callback.Cancel(ctx, db, *o.Cancel, ""); err != nil {
				return err
			}
			_, err := fmt.Fprintf(out, "%s: cancelled.\n", *o.Cancel)
			return err
		})
	}
	states := []string{store.OwedWaiting, store.OwedInLine, store.OwedDialling, store.OwedAnswered}
	if o.All {
		states = nil
	}
	return beside(cfg, log, false, func(ctx context.Context, db *store.DB) error {
		owed, err := db.OwedCalls(ctx, o.Limit, states...)
		if err != nil {
			return err
		}
		return writeOwed(out, cfg.Location, owed)
	})
}

func writeOwed(out io.Writer, zone *time.Location, owed []store.Owed) error {
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "ID\tDUE\tTO\tRUN\tSTATE\tTRIES\tLAST\tAGENT\tOF CALL")
	for _, o := range owed {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%d of %d\t%s\t%s\t%s\n", o.ID, at(o.Due, zone), o.Account, o.Context, o.State,
			o.Attempts, o.Tries, o.Cause, o.Agent, o.Call)
	}
	return t.Flush()
}
