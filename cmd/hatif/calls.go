package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"strings"
	"text/tabwriter"
	"time"

	"hatif/config"
	"hatif/store"
)

type callsCmd struct {
	Since  time.Duration `help:"Only calls that began so long ago at most: 24h."`
	Number string        `help:"Only calls from or to this number."`
	Agent  string        `help:"Only calls that this agent took."`
	Queue  string        `help:"Only calls that entered this queue."`
	Result string        `enum:",answered,service,abandoned,no answer,call back,busy,failed,refused,interrupted" default:"" help:"Only calls with this result: answered, service, abandoned, 'no answer', 'call back', busy, failed, refused, interrupted."`
	Limit  int           `default:"50" help:"At most so many (${default}); 0: all."`
	CSV    bool          `xor:"format" help:"As CSV, for a spreadsheet."`
	JSON   bool          `xor:"format" help:"As JSON, one call a line, with its legs and its path."`
}

// Run lists the call log. It only looks, beside a hatif that may be running.
func (l callsCmd) Run(c *cli, out io.Writer, log *slog.Logger) (err error) {
	cfg, err := config.Load(c.Config)
	if err != nil {
		return err
	}
	warnOfStrangers(cfg, log, l.Queue, l.Agent)
	ctx := context.Background()
	db, err := store.Open(ctx, store.Options{DSN: cfg.Store, Dir: cfg.Data, ReadOnly: true, Log: log})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	f := store.Filter{Number: l.Number, Agent: l.Agent, Queue: l.Queue, Result: l.Result}
	if l.Since > 0 {
		f.Since = time.Now().Add(-l.Since)
	}
	calls := atMost(l.Limit, db.AllCalls(ctx, f))
	switch {
	case l.CSV:
		return store.WriteCallsCSV(out, cfg.Location, calls)
	case l.JSON:
		return writeJSON(ctx, out, db, calls)
	}
	return writeTable(out, cfg.Location, calls)
}

func writeJSON(ctx context.Context, out io.Writer, db *store.DB, calls iter.Seq2[store.Call, error]) error {
	enc := json.NewEncoder(out)
	for c, err := range calls {
		if err != nil {
			return err
		}
		if c, err = db.Call(ctx, c.ID); err != nil {
			return err
		}
		if err := enc.Encode(c); err != nil {
			return err
		}
	}
	return nil
}

func writeTable(out io.Writer, zone *time.Location, calls iter.Seq2[store.Call, error]) error {
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "BEGAN\tFROM\tTO\tRESULT\tAGENT\tDURATION\tTALK\tWAY")
	for c, err := range calls {
		if err != nil {
			return errors.Join(err, t.Flush())
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", c.Began.In(zone).Format("2006-01-02 15:04:05"),
			strings.Map(printable, c.Number), strings.Map(printable, c.Called), c.Result, c.Agent,
			c.Duration().Round(time.Second), c.Talk().Round(time.Second), strings.Map(printable, way(c.Path)))
	}
	return t.Flush()
}

// way is the path of a call in a line.
func way(path []store.Note) string {
	line := ""
	for i, n := range path {
		if i > 0 {
			line += " > "
		}
		line += n.Text
	}
	return line
}

// atMost ends calls after n; 0 is no limit.
func atMost(n int, calls iter.Seq2[store.Call, error]) iter.Seq2[store.Call, error] {
	return func(yield func(store.Call, error) bool) {
		left := n
		for c, err := range calls {
			if !yield(c, err) {
				return
			}
			if left--; left == 0 {
				return
			}
		}
	}
}
