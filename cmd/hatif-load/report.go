package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"text/tabwriter"

	"hatif/internal/softphone"
)

// A report is what a run found; its fields are the JSON's. Times are milliseconds, memory is bytes.
type report struct {
	Scenario string  `json:"scenario"`
	Note     string  `json:"note,omitempty"`
	Target   string  `json:"target"`
	Seconds  float64 `json:"seconds"`
	Callers  int     `json:"callers"`
	Agents   int     `json:"agents"`

	Calls *callReport     `json:"calls,omitempty"`
	Regs  *registerReport `json:"registrations,omitempty"`
	Line  *lineReport     `json:"line,omitempty"`
	Cost  *costReport     `json:"cost,omitempty"`
	Own   ownReport       `json:"generator"`
}

type callReport struct {
	Tried       int            `json:"tried"`
	Connected   uint64         `json:"connected"`
	Failed      map[string]int `json:"failed,omitempty"`
	Most        int            `json:"most_at_once"`
	CallSeconds float64        `json:"call_seconds"`
	Answered    distribution   `json:"invite_to_answer_ms"`
	Agent       distribution   `json:"invite_to_agent_ms"`
	Checked     int            `json:"audio_checked"`
	Bad         map[string]int `json:"audio_wrong,omitempty"`
	Latency     distribution   `json:"one_way_latency_ms"`
	TalkLatency *distribution  `json:"one_way_latency_while_only_talking_ms,omitempty"`
	Packets     uint64         `json:"packets"`
	Lost        uint64         `json:"packets_lost"`
	Duplicated  uint64         `json:"packets_duplicated"`
	Reordered   uint64         `json:"packets_reordered"`
}

type registerReport struct {
	Done      int            `json:"done"`
	Failed    map[string]int `json:"failed,omitempty"`
	Requests  uint64         `json:"requests"`
	Took      distribution   `json:"took_ms"`
	CPUPer    float64        `json:"target_cpu_ms_per_registration,omitempty"`
	CPUPerReq float64        `json:"target_cpu_ms_per_request,omitempty"`
	PerSecond float64        `json:"per_second"`
}

type costReport struct {
	Pid            int     `json:"pid"`
	IdlePercent    float64 `json:"idle_cpu_percent"`
	CPU            float64 `json:"cpu_ms"`
	TalkSeconds    int     `json:"seconds_of_only_talk"`
	PerCallSecond  float64 `json:"cpu_ms_per_call_second,omitempty"`
	PerCall        float64 `json:"cpu_ms_per_call_all_in,omitempty"`
	PerSetup       float64 `json:"cpu_ms_per_setup_and_end,omitempty"`
	RSSBefore      int64   `json:"rss_before"`
	RSSTalking     int64   `json:"rss_talking,omitempty"`
	RSSAfter       int64   `json:"rss_after"`
	MemoryPerCall  int64   `json:"memory_per_call,omitempty"`
	MeasuringError string  `json:"error,omitempty"`
}

type ownReport struct {
	CPU           float64 `json:"cpu_ms"`
	PerCallSecond float64 `json:"cpu_ms_per_call_second,omitempty"`
	Lag           float64 `json:"worst_lag_ms"`
	Strays        uint64  `json:"stray_packets"`
	SendFailures  uint64  `json:"send_failures"`
}

type distribution struct {
	Count uint64  `json:"count"`
	P50   float64 `json:"p50"`
	P90   float64 `json:"p90"`
	P99   float64 `json:"p99"`
	Max   float64 `json:"max"`
}

func distribute(l *softphone.Latency) distribution {
	return distribution{Count: l.Count, P50: ms(l.Quantile(0.5)), P90: ms(l.Quantile(0.9)), P99: ms(l.Quantile(0.99)), Max: ms(l.Max)}
}

func (d distribution) String() string {
	return fmt.Sprintf("p50 %.3f\tp90 %.3f\tp99 %.3f\tmax %.3f ms", d.P50, d.P90, d.P99, d.Max)
}

// good reports whether every call connected and was heard both ways, every registration was taken, or everybody waits.
func (r report) good() bool {
	if r.Regs != nil {
		return len(r.Regs.Failed) == 0 && r.Regs.Done > 0
	}
	if r.Line != nil {
		return len(r.Line.Failed) == 0 && r.Line.Callers > 0
	}
	return r.Calls != nil && r.Calls.Connected > 0 && len(r.Calls.Failed) == 0 && len(r.Calls.Bad) == 0
}

func (r report) writeJSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(r)
}

// writeTable is for reading.
func (r report) writeTable(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	row := func(name, format string, args ...any) {
		fmt.Fprintf(t, "%s\t"+format+"\n", append([]any{name}, args...)...)
	}
	row("scenario", "%s at %s, %.0f s, %d callers, %d agents", r.Scenario, r.Target, r.Seconds, r.Callers, r.Agents)
	if r.Note != "" {
		row("note", "%s", r.Note)
	}
	if c := r.Calls; c != nil {
		c.rows(row)
	}
	if g := r.Regs; g != nil {
		g.rows(row)
	}
	if c := r.Line; c != nil {
		c.rows(row)
	}
	if c := r.Cost; c != nil {
		c.rows(row)
	}
	row("generator", "%.0f CPU-ms, %.3f per call-second, worst lag %.1f ms, %d stray packets, %d send failures",
		r.Own.CPU, r.Own.PerCallSecond, r.Own.Lag, r.Own.Strays, r.Own.SendFailures)
	return t.Flush()
}

type rowFunc func(name, format string, args ...any)

func failures(row rowFunc, failed map[string]int) {
	for _, why := range slices.Sorted(maps.Keys(failed)) {
		row("  failed", "%d: %s", failed[why], why)
	}
}

func (c *callReport) rows(row rowFunc) {
	row("calls", "%d tried, %d connected, %d at most at once, %.0f call-seconds", c.Tried, c.Connected, c.Most, c.CallSeconds)
	failures(row, c.Failed)
	row("INVITE to answer", "%s", c.Answered)
	row("INVITE to agent", "%s", c.Agent)
	row("sound", "%d calls checked both ways", c.Checked)
	for _, why := range slices.Sorted(maps.Keys(c.Bad)) {
		row("  WRONG", "%d: %s", c.Bad[why], why)
	}
	row("one-way latency", "%s", c.Latency)
	if c.TalkLatency != nil {
		row("  only talk", "%s", *c.TalkLatency)
	}
	row("packets", "%d heard, %d lost, %d duplicated, %d reordered", c.Packets, c.Lost, c.Duplicated, c.Reordered)
}

func (g *registerReport) rows(row rowFunc) {
	row("registrations", "%d done in %d requests, %.0f/s", g.Done, g.Requests, g.PerSecond)
	failures(row, g.Failed)
	row("took", "%s", g.Took)
	if g.CPUPer > 0 {
		row("target CPU", "%.3f ms per registration, %.3f per request", g.CPUPer, g.CPUPerReq)
	}
}

func (c *costReport) rows(row rowFunc) {
	row("target CPU", "%.0f ms in all, %.1f%% of a core when idle", c.CPU, c.IdlePercent)
	if c.PerCallSecond > 0 {
		row("  talk", "%.3f CPU-ms per call-second, over %d s of nothing but talk", c.PerCallSecond, c.TalkSeconds)
	}
	if c.PerCall > 0 {
		row("  call", "%.2f CPU-ms per call, all in", c.PerCall)
	}
	if c.PerSetup > 0 {
		row("  set-up and end", "%.2f CPU-ms per call", c.PerSetup)
	}
	row("target memory", "%.1f MiB before, %.1f after", mib(c.RSSBefore), mib(c.RSSAfter))
	if c.RSSTalking > 0 {
		row("  talking", "%.1f MiB", mib(c.RSSTalking))
	}
	if c.MemoryPerCall != 0 {
		row("  call", "%.1f KiB", float64(c.MemoryPerCall)/1024)
	}
	if c.MeasuringError != "" {
		row("  NOT MEASURED", "%s", c.MeasuringError)
	}
}
