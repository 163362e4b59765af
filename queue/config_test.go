package queue

import (
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"hatif/internal/fault"
)

func TestTheShippedQueueIsRead(t *testing.T) {
	var c Config
	text := "{strategy: random, ring_timeout: 10s, max_wait: 10s, music: default, wrap_up: 5s, retry: 3s, max_length: 20,\n" +
		"join_when_empty: [not_registered, paused], leave_when_empty: [not_registered]}"
	if err := yaml.UnmarshalWithOptions([]byte(text), &c, yaml.Strict()); err != nil {
		t.Fatal(err)
	}
	if err := c.Validate(); err != nil {
		t.Error(err)
	}
	if c.RingTimeout != 10*time.Second || c.Retry != 3*time.Second || c.MaxLength != 20 ||
		len(c.JoinWhenEmpty) != 2 || c.LeaveWhenEmpty[0] != NotRegistered {
		t.Errorf("read %+v", c)
	}
}

func TestAnEmptyConfigIsGoodAndIsFilled(t *testing.T) {
	if err := (Config{}).Validate(); err != nil {
		t.Error(err)
	}
	c := Config{}.filled()
	if c.Strategy != "random" || c.RingTimeout != 15*time.Second || c.Retry != 5*time.Second || c.MaxWait != 0 {
		t.Errorf("filled with %+v", c)
	}
}

func TestEveryMistakeIsReportedAtItsKey(t *testing.T) {
	c := Config{
		Strategy: "ringal", RingTimeout: 10 * time.Millisecond, MaxWait: -time.Second, WrapUp: -1, Retry: time.Millisecond,
		Tiers:     []Tier{{After: 0, Penalty: 2}, {After: 20 * time.Second, Penalty: 2}, {After: 10 * time.Second, Penalty: 3}, {After: time.Minute}},
		LastAgent: -1, RelaxSkills: -1, RingProgressivelyDelay: time.Second,
		MaxLength: -1, JoinWhenEmpty: []State{Paused, "inuse"}, LeaveWhenEmpty: []State{Available},
	}
	got := make(map[string]string)
	for _, f := range fault.All(c.Validate()) {
		got[strings.Join(f.Path, ".")] = f.Msg
	}
	for path, part := range map[string]string{
		"strategy":        "use one of fewestcalls, least_talk_time, leastrecent, linear, random, ring_progressively, ringall, rrmemory, rrordered, wrandom",
		"ring_timeout":    "10ms",
		"max_wait":        "-1s",
		"wrap_up":         "negative",
		"retry":           "1ms",
		"max_length":      "-1",
		"tiers.0.after":   "has a lower penalty than the first tier",
		"tiers.1.penalty": "2 does not follow 2",
		"tiers.2.after":   "this one after 10s, the one before after 20s",
		"tiers.3.penalty": "penalty is 0: a tier is that of a penalty from 1 on",
		"last_agent":      "negative",
		"relax_skills":    "negative",

		"ring_progressively_delay": `strategy "ringal" has no use for it`,
		"join_when_empty.1":        `"inuse"`,
		"leave_when_empty.0":       `"available"`,
	} {
		if !strings.Contains(got[path], part) {
			t.Errorf("%s: %q does not say %q", path, got[path], part)
		}
		delete(got, path)
	}
	if len(got) > 0 {
		t.Errorf("more than the mistakes there are: %v", got)
	}
}
