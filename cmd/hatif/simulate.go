package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"hatif/config"
	"hatif/internal/fault"
	"hatif/queue"
	"hatif/queue/foresight"
	"hatif/queue/history"
	"hatif/store"
)

type simulateCmd struct {
	Queue        string        `required:"" help:"The queue of the file whose rules count: its strategy, ring_timeout, max_wait, wrap_up, …"`
	Agents       numbers       `required:"" placeholder:"4..12" help:"With how many agents, all alike: a number, or from one to another."`
	CallsPerHour float64       `placeholder:"120" help:"How many callers come in an hour, at all hours."`
	Talk         time.Duration `placeholder:"180s" help:"How long they talk with an agent, on average."`
	Patience     time.Duration `default:"2m" help:"How long they would wait, on average, before they hang up; 0: for ever (${default})."`
	PickUp       time.Duration `default:"3s" help:"How long an agent's phone rings until it is answered (${default})."`
	History      bool          `help:"Callers come, talk and lose patience as they did from --since to --until, in place of the rates."`
	period

	Within   time.Duration  `help:"Who is answered within this time is answered in time. Not given: the queue's service_level."`
	Strategy string         `help:"As if the file gave the queue this strategy."`
	WrapUp   *time.Duration `help:"The same with wrap_up."`
	MaxWait  *time.Duration `help:"The same with max_wait; 0: none."`

	Runs  int           `default:"20" help:"How often it is lived through (${default}): more runs, narrower margins."`
	Hours time.Duration `default:"10h" help:"The length of a run, with rates (${default})."`
	Seed  uint64        `default:"1" help:"Another seed, another chance (${default}); the same gives the same."`
	CSV   bool          `xor:"format" help:"As CSV, for a spreadsheet."`
	JSON  bool          `xor:"format" help:"As JSON, a number of agents a line."`
}

// numbers is a number, or all from one to another.
type numbers struct{ from, to int }

// UnmarshalText reads "8" or "4..12".
func (n *numbers) UnmarshalText(text []byte) error {
	from, to, isRange := strings.Cut(string(text), "..")
	if !isRange {
		to = from
	}
	var errs [2]error
	n.from, errs[0] = strconv.Atoi(from)
	n.to, errs[1] = strconv.Atoi(to)
	const most = 5000
	if errs[0] != nil || errs[1] != nil || n.from < 1 || n.to < n.from || n.to > most {
		return fmt.Errorf("%q is no number of agents: write 8, or 4..12", text)
	}
	return nil
}

// Run lives through days of the queue in virtual time and tells how they went.
func (s simulateCmd) Run(c *cli, out io.Writer, log *slog.Logger) error {
	cfg, err := config.Load(c.Config)
	if err != nil {
		return err
	}
	scenario, err := s.scenario(cfg)
	if err != nil {
		return err
	}
	if s.History {
		err = beside(cfg, log, false, func(ctx context.Context, db *store.DB) error {
			scenario.Demand, err = s.past(ctx, db, time.Now().In(cfg.Location))
			return err
		})
	} else {
		scenario.Demand, err = s.rates()
	}
	if err != nil {
		return err
	}
	var forecasts []foresight.Forecast
	for n := s.Agents.from; n <= s.Agents.to; n++ {
		f, err := scenario.Forecast(context.Background(), n)
		if err != nil {
			return err
		}
		forecasts = append(forecasts, f)
	}
	switch {
	case s.CSV:
		return forecastCSV(out, forecasts)
	case s.JSON:
		return forecastJSON(out, forecasts)
	}
	return forecastTable(out, s.Queue, scenario, forecasts)
}

// scenario is the queue's rules with what the command line changes.
func (s simulateCmd) scenario(cfg *config.Config) (foresight.Scenario, error) {
	q, known := cfg.Queues[s.Queue]
	if !known {
		return foresight.Scenario{}, fmt.Errorf("there is no queue %q: the file has %s%s", s.Queue,
			strings.Join(slices.Sorted(maps.Keys(cfg.Queues)), ", "), fault.DidYouMean(s.Queue, slices.Collect(maps.Keys(cfg.Queues))))
	}
	q.Strategy = cmp.Or(s.Strategy, q.Strategy)
	if s.WrapUp != nil {
		q.WrapUp = *s.WrapUp
	}
	if s.MaxWait != nil {
		q.MaxWait = *s.MaxWait
	}
	if err := q.Validate(); err != nil {
		return foresight.Scenario{}, err
	}
	const mostRuns = 1000
	switch {
	case s.Runs < 1 || s.Runs > mostRuns:
		return foresight.Scenario{}, fmt.Errorf("%d runs: from 1 to %d", s.Runs, mostRuns)
	case s.PickUp < 0 || s.Patience < 0 || s.Within < 0:
		return foresight.Scenario{}, errors.New("a time cannot be negative")
	}
	return foresight.Scenario{
		Config: q, PickUp: s.PickUp, Runs: s.Runs, Seed: s.Seed,
		InTime: cmp.Or(s.Within, q.ServiceLevel, queue.DefaultServiceLevel),
	}, nil
}

func (s simulateCmd) rates() (foresight.Demand, error) {
	const most = 1e6 // calls an hour: beyond it time would hardly go on from one to the next
	if s.CallsPerHour <= 0 || s.CallsPerHour > most || s.Talk < time.Second || s.Hours < time.Minute {
		return foresight.Demand{}, errors.New("say who comes: --calls-per-hour 120 --talk 180s (for --hours 10h), or --history")
	}
	return foresight.Rates{CallsPerHour: s.CallsPerHour, Talk: s.Talk, Patience: s.Patience, Length: s.Hours}.Demand(), nil
}

func (s simulateCmd) past(ctx context.Context, db *store.DB, now time.Time) (foresight.Demand, error) {
	since, until, err := s.bounds(now)
	if err != nil {
		return foresight.Demand{}, err
	}
	past := foresight.Past{Queue: s.Queue, Since: since, Until: until}
	for ev, err := range history.Read(ctx, db, since) {
		if err != nil {
			return foresight.Demand{}, err
		}
		past.Add(ev.Event)
	}
	d, err := past.Demand()
	if err != nil {
		return d, fmt.Errorf("queue %s from %s to %s: %w", s.Queue, since.Format(time.DateTime), until.Format(time.DateTime), err)
	}
	return d, nil
}
