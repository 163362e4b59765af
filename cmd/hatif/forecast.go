package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"text/tabwriter"
	"time"

	"hatif/queue/foresight"
	"hatif/store"
)

// forecastTable writes forecasts for people.
func forecastTable(out io.Writer, name string, s foresight.Scenario, forecasts []foresight.Forecast) error {
	patience := "for ever"
	if s.Demand.Patience > 0 {
		patience = short(s.Demand.Patience)
	}
	fmt.Fprintf(out, "Queue %s: %d calls a run, %s of talk, patience %s; %s to pick up, %s of wrap-up; in time is %s. %d runs.\n\n", //nolint:errcheck // the table's error is looked at
		name, s.Demand.Calls, short(s.Demand.Talk), patience, short(s.PickUp), short(s.Config.WrapUp), short(s.InTime), s.Runs)
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "\t\tTHIS QUEUE\t\t\t\t\t\t\tERLANG C\t\tERLANG A\t\t")
	fmt.Fprintln(t, "AGENTS\tLOAD\tWAIT\t90%\tSERVICE\tABANDONED\tTIMED OUT\tREFUSED\tBUSY\tWAIT\tSERVICE\tWAIT\tSERVICE\tABANDONED")
	for _, f := range forecasts {
		fmt.Fprintf(t, "%d\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t", f.Agents, percent(f.Load/float64(f.Agents)),
			times(f.Wait), times(f.LongWait), shares(f.Service), shares(f.Abandoned), shares(f.TimedOut), shares(f.Refused), shares(f.Occupancy),
			spell(f.C.Wait), percent(f.C.Service))
		if s.Demand.Patience > 0 {
			fmt.Fprintf(t, "%s\t%s\t%s\n", spell(f.A.Wait), percent(f.A.Service), percent(f.A.Abandoned))
		} else {
			fmt.Fprintln(t, "-\t-\t-")
		}
	}
	return t.Flush()
}

func short(d time.Duration) string { return d.Round(time.Second).String() }

func spell(seconds float64) string {
	switch {
	case math.IsNaN(seconds):
		return "-"
	case math.IsInf(seconds, 1):
		return "endless"
	}
	return fmt.Sprintf("%.1fs", seconds)
}

func percent(part float64) string {
	if math.IsNaN(part) {
		return "-"
	}
	return fmt.Sprintf("%.0f%%", 100*part)
}

func times(e foresight.Estimate) string { return within(spell(e.Mean), e.Margin, 1) }

func shares(e foresight.Estimate) string { return within(percent(e.Mean), e.Margin, 100) }

// within adds the margin to a mean, if there is one.
func within(mean string, margin, unit float64) string {
	if math.IsNaN(margin) {
		return mean
	}
	if unit == 1 {
		return fmt.Sprintf("%s ±%.1f", mean, margin)
	}
	return fmt.Sprintf("%s ±%.0f", mean, unit*margin)
}

// A measure is a number of a forecast, by its name for programs.
type measure struct {
	name string
	of   func(*foresight.Forecast) float64
}

// measures are all that a program is told: seconds, and parts of 1. What a name's "margin" belongs to stands before it.
func measures() []measure {
	all := []measure{
		{"agents", func(f *foresight.Forecast) float64 { return float64(f.Agents) }},
		{"erlangs", func(f *foresight.Forecast) float64 { return f.Load }},
	}
	for _, e := range []struct {
		name string
		of   func(*foresight.Forecast) foresight.Estimate
	}{
		{"average wait", func(f *foresight.Forecast) foresight.Estimate { return f.Wait }},
		{"wait of 90 percent", func(f *foresight.Forecast) foresight.Estimate { return f.LongWait }},
		{"service level", func(f *foresight.Forecast) foresight.Estimate { return f.Service }},
		{"abandoned", func(f *foresight.Forecast) foresight.Estimate { return f.Abandoned }},
		{"timed out", func(f *foresight.Forecast) foresight.Estimate { return f.TimedOut }},
		{"refused", func(f *foresight.Forecast) foresight.Estimate { return f.Refused }},
		{"occupancy", func(f *foresight.Forecast) foresight.Estimate { return f.Occupancy }},
	} {
		all = append(all, measure{e.name, func(f *foresight.Forecast) float64 { return e.of(f).Mean }},
			measure{e.name + " margin", func(f *foresight.Forecast) float64 { return e.of(f).Margin }})
	}
	return append(all,
		measure{"Erlang C average wait", func(f *foresight.Forecast) float64 { return f.C.Wait }},
		measure{"Erlang C service level", func(f *foresight.Forecast) float64 { return f.C.Service }},
		measure{"Erlang A average wait", func(f *foresight.Forecast) float64 { return f.A.Wait }},
		measure{"Erlang A service level", func(f *foresight.Forecast) float64 { return f.A.Service }},
		measure{"Erlang A abandoned", func(f *foresight.Forecast) float64 { return f.A.Abandoned }},
	)
}

// none reports whether there is no number: nothing was measured, or it is endless.
func none(v float64) bool { return math.IsNaN(v) || math.IsInf(v, 0) }

func forecastCSV(out io.Writer, forecasts []foresight.Forecast) error {
	var header []string
	for _, m := range measures() {
		header = append(header, m.name)
	}
	rows := func(yield func(foresight.Forecast, error) bool) {
		for _, f := range forecasts {
			if !yield(f, nil) {
				return
			}
		}
	}
	return store.WriteCSV(out, header, rows, func(f *foresight.Forecast) (cells []string) {
		for _, m := range measures() {
			cell := ""
			if v := m.of(f); !none(v) {
				cell = strconv.FormatFloat(v, 'g', 6, 64)
			}
			cells = append(cells, cell)
		}
		return cells
	})
}

func forecastJSON(out io.Writer, forecasts []foresight.Forecast) error {
	lines := json.NewEncoder(out)
	var errs []error
	for _, f := range forecasts {
		object := make(map[string]any)
		for _, m := range measures() {
			object[m.name] = any(m.of(&f))
			if none(m.of(&f)) {
				object[m.name] = nil
			}
		}
		errs = append(errs, lines.Encode(object))
	}
	return errors.Join(errs...)
}
