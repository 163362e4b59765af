package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"text/tabwriter"
	"time"

	"hatif/config"
	"hatif/store"
)

type requestsCmd struct {
	State string        `enum:",open,taken,called back,unreachable" default:"" help:"Only those in this state: open, taken, 'called back', unreachable."`
	Since time.Duration `help:"Only those left so long ago at most: 24h."`
	CSV   bool          `xor:"what" help:"As CSV (Queue.csv), for a spreadsheet."`

	Take        *string `xor:"what" placeholder:"ID" help:"See to this one: nobody else does then."`
	CalledBack  *string `xor:"what" placeholder:"ID" help:"This one has been called back."`
	Unreachable *string `xor:"what" placeholder:"ID" help:"This one could not be reached."`
	Reopen      *string `xor:"what" placeholder:"ID" help:"This one is open again."`
	By          string  `placeholder:"NUMBER" help:"Who takes or marks it."`
	Seize       bool    `help:"Mark it even if somebody else has taken it."`
}

// Run lists the callback requests, oldest first, or changes one.
func (r requestsCmd) Run(c *cli, out io.Writer, log *slog.Logger) error {
	cfg, err := config.Load(c.Config)
	if err != nil {
		return err
	}
	for _, mark := range []struct {
		id    *string
		state string
	}{
		{r.Take, store.RequestTaken}, {r.CalledBack, store.RequestCalledBack},
		{r.Unreachable, store.RequestUnreachable}, {r.Reopen, store.RequestOpen},
	} {
		if mark.id == nil {
			continue
		}
		if _, known := cfg.Users[r.By]; !known {
			return fmt.Errorf("say who: --by 2001, or another user of the file, not %q", r.By)
		}
		return beside(cfg, log, true, func(ctx context.Context, db *store.DB) error {
			if err := db.MarkRequest(ctx, *mark.id, mark.state, r.By, time.Now(), r.Seize); err != nil {
				return err
			}
			_, err := fmt.Fprintf(out, "%s: %s, by %s.\n", *mark.id, mark.state, r.By)
			return err
		})
	}
	if r.By != "" || r.Seize {
		return errors.New("--by and --seize belong to --take, --called-back, --unreachable and --reopen")
	}
	return beside(cfg, log, false, func(ctx context.Context, db *store.DB) error {
		requests := db.Requests(ctx, r.State, ago(r.Since))
		if r.CSV {
			return store.WriteRequestsCSV(out, cfg.Location, requests)
		}
		return writeRequests(out, cfg.Location, requests)
	})
}

func writeRequests(out io.Writer, zone *time.Location, requests iter.Seq2[store.Request, error]) error {
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "ID\tLEFT\tCALLER\tNUMBER\tALTERNATIVE\tLANGUAGE\tQUEUE\tSTATE\tBY")
	for r, err := range requests {
		if err != nil {
			return errors.Join(err, t.Flush())
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", r.ID, at(r.Created, zone), r.Caller, r.Number, r.Alternative,
			r.Language, r.Queue, r.State, r.By)
	}
	return t.Flush()
}
