package main

import (
	"cmp"
	"context"
	"io"
	"log/slog"
	"time"

	"hatif/config"
	"hatif/queue"
	"hatif/queue/history"
	"hatif/store"
)

type statsCmd struct {
	period
	Every  history.Interval `enum:",quarter,hour,day,week" default:"" help:"A row for each quarter (of an hour), hour, day or week (from Monday)."`
	Queue  string           `help:"Only this queue."`
	Agents bool             `help:"The figures of agents, not of queues."`
	Agent  string           `help:"Only this agent's."`
	Within time.Duration    `help:"Who was answered within this time was answered in time. Not given: each queue's service_level."`
	CSV    bool             `xor:"format" help:"As CSV, for a spreadsheet."`
	JSON   bool             `xor:"format" help:"As JSON, a row a line."`
}

// Run computes figures of queues or agents from the stored events.
func (s statsCmd) Run(c *cli, out io.Writer, log *slog.Logger) error {
	cfg, err := config.Load(c.Config)
	if err != nil {
		return err
	}
	since, until, err := s.bounds(time.Now().In(cfg.Location))
	if err != nil {
		return err
	}
	warnOfStrangers(cfg, log, s.Queue, s.Agent)
	span := history.Span{
		Since: since, Until: until, Every: s.Every, Zone: cfg.Location, Queue: s.Queue, Agent: s.Agent,
		InTime: func(name string) time.Duration {
			return cmp.Or(s.Within, cfg.Queues[name].ServiceLevel, queue.DefaultServiceLevel)
		},
	}
	return beside(cfg, log, false, func(ctx context.Context, db *store.DB) error {
		queues, agents, err := history.Compute(ctx, db, span)
		if err != nil {
			return err
		}
		sheet := history.QueueSheet(queues, s.Every)
		if s.Agents || s.Agent != "" {
			sheet = history.AgentSheet(agents, s.Every)
		}
		write := sheet.Table
		switch {
		case s.CSV:
			write = sheet.CSV
		case s.JSON:
			write = sheet.JSON
		}
		return write(out, cfg.Location)
	})
}
