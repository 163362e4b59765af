package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"strconv"
	"text/tabwriter"
	"time"

	"hatif/config"
	"hatif/store"
)

type ratingsCmd struct {
	Since time.Duration `help:"Only those given so long ago at most: 24h."`
	Agent string        `help:"Only those of conversations with this agent."`
	Below int           `default:"-1" help:"Only ratings below this one: 5."`
	CSV   bool          `help:"As CSV (Complaint.csv), for a spreadsheet."`
}

// Run lists the ratings, newest first.
func (r ratingsCmd) Run(c *cli, out io.Writer, log *slog.Logger) error {
	cfg, err := config.Load(c.Config)
	if err != nil {
		return err
	}
	warnOfStrangers(cfg, log, "", r.Agent)
	return beside(cfg, log, false, func(ctx context.Context, db *store.DB) error {
		ratings := r.below(db.Ratings(ctx, r.Agent, ago(r.Since)))
		if r.CSV {
			return store.WriteRatingsCSV(out, cfg.Location, ratings)
		}
		return writeRatings(out, cfg.Location, ratings)
	})
}

// below leaves out what is not below r.Below; what was not answered is below nothing.
func (r ratingsCmd) below(all iter.Seq2[store.Rating, error]) iter.Seq2[store.Rating, error] {
	if r.Below < 0 {
		return all
	}
	return func(yield func(store.Rating, error) bool) {
		for one, err := range all {
			if (err != nil || one.Answered && one.Rating < r.Below) && !yield(one, err) {
				return
			}
		}
	}
}

func writeRatings(out io.Writer, zone *time.Location, ratings iter.Seq2[store.Rating, error]) error {
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "GIVEN\tCALLER\tRATING\tAGENT\tQUEUE\tLANGUAGE\tCALL")
	for r, err := range ratings {
		if err != nil {
			return errors.Join(err, t.Flush())
		}
		rating := "not answered"
		if r.Answered {
			rating = strconv.Itoa(r.Rating)
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", at(r.Created, zone), r.Caller, rating, r.Agent, r.Queue, r.Language, r.Call)
	}
	return t.Flush()
}
