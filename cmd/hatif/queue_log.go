package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"time"

	"hatif/config"
	"hatif/queue/history"
	"hatif/store"
)

type queueLogCmd struct {
	period
	Queue    string `help:"Only what happened in this queue."`
	Asterisk bool   `help:"In the format of Asterisk's queue_log, which reporting tools read. Not given: as JSON, an event a line."`
	Follow   bool   `short:"f" help:"Go on with what happens next, until interrupted."`
}

// Run writes what happened in the queues, event by event.
func (q queueLogCmd) Run(c *cli, out io.Writer, log *slog.Logger) error {
	cfg, err := config.Load(c.Config)
	if err != nil {
		return err
	}
	since, until, err := q.bounds(time.Now().In(cfg.Location))
	if err != nil {
		return err
	}
	if q.Follow && q.Until != "now" {
		return errors.New("with --follow there is no --until")
	}
	warnOfStrangers(cfg, log, q.Queue, "")
	return beside(cfg, log, false, func(ctx context.Context, db *store.DB) error {
		events := history.Read(ctx, db, since)
		if q.Follow {
			events = history.Follow(ctx, db, since)
		}
		lines := json.NewEncoder(out)
		for ev, err := range events {
			if err == nil && !q.Follow && !ev.At.Before(until) {
				return nil
			}
			switch {
			case err != nil:
			case q.Queue != "" && ev.Event.Queue != q.Queue:
			case q.Asterisk:
				err = history.WriteQueueLog(out, ev.Event)
			default:
				err = lines.Encode(ev)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}
