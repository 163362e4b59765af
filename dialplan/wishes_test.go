package dialplan

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"hatif/call"
	"hatif/call/calltest"
	"hatif/queue"
)

// desk is a queue that keeps what it is told of callers.
type desk struct{ told []string }

func (d *desk) Serve(_ context.Context, _ *call.Call, name string, o queue.ServeOptions) (queue.Outcome, error) {
	d.told = append(d.told, fmt.Sprintf("%s %d [%s]", name, o.Priority, o.Skills))
	return queue.Outcome{Result: queue.TimedOut}, nil
}

// skilled is the house with agents who know something.
func skilled() Services {
	s := house()
	s.Members = []queue.Member{
		{User: "2001", Queue: "arabic", Skills: queue.Skills{"billing": 3, "vip": 1}},
		{User: "2002", Queue: "arabic", Skills: queue.Skills{"french": 2}},
		{User: "2002", Queue: "english", Skills: queue.Skills{"french": 2}},
	}
	helper := s.Users["3001"]
	helper.Skills = queue.Skills{"law": 5}
	s.Users["3001"] = helper
	s.Queues["patient"] = queue.Config{RelaxSkills: 1}
	return s
}

func TestAQueueIsToldWhatTheCallerWants(t *testing.T) {
	for steps, want := range map[string]string{
		`{queue: arabic}`: "arabic 0 []",
		`{queue: {name: arabic, priority: 5, skills: {billing: 3}}}`:                                                          "arabic 5 [billing:3]",
		`{queue: {name: arabic, priority: -5, skills: [billing, vip]}}`:                                                       "arabic -5 [billing:1 vip:1]",
		`{queue: {name: arabic, skills: "billing:2, vip"}}`:                                                                   "arabic 0 [billing:2 vip:1]",
		`{queue: {name: english, skills: {law: 5}}}`:                                                                          "english 0 [law:5]", // of somebody who may log on there
		`{queue: {name: patient, skills: {billing: 9}}}`:                                                                      "patient 0 [billing:9]",
		`[{set: {vip: "7", level: "2"}}, {queue: {name: arabic, priority: "{{ .vip }}", skills: {billing: "{{ .level }}"}}}]`: "arabic 7 [billing:2]",
		`[{set: {need: "billing:2, vip"}}, {queue: {name: arabic, skills: "{{ .need }}"}}]`:                                   "arabic 0 [billing:2 vip:1]",
		`[{set: {need: ""}}, {queue: {name: arabic, priority: "{{ .need }}", skills: "{{ .need }}"}}]`:                        "arabic 0 []",
	} {
		s, d := skilled(), new(desk)
		s.Line = d
		story(t, `  incoming: {"1": `+steps+`}`, s, caller(s, "1001", "1"), nil)
		if got := strings.Join(d.told, ", "); got != want {
			t.Errorf("%s: told %s, want %s", steps, got, want)
		}
	}
}

func TestWhatOnlyTheCallShowsToBeWrongIsNotedAndLeftOut(t *testing.T) {
	for number, want := range map[string]string{
		"plumbing":  `any agent will do: no agent has the skill "plumbing"`,
		"billing:5": "any agent will do: no agent of queue arabic has billing:5",
		"billing:x": `any agent will do: "billing:x" is not a skill`,
		"billing:3": "",
	} {
		s, d := skilled(), new(desk)
		s.Line = d
		r := story(t, `  incoming: {"1": {queue: {name: arabic, priority: "{{ .CallerName }}", skills: "{{ .CallerName }}"}}}`, s, calledBy(number), nil)
		if got := path(r); !strings.Contains(got, want) || !strings.Contains(got, `priority is "`+number+`": a whole number`) {
			t.Errorf("%s: the path is\n%s", number, got)
		}
		if told := "arabic 0 []"; want != "" && d.told[0] != told {
			t.Errorf("%s: told %v", number, d.told)
		}
	}
}

// calledBy is the caller 1001 under another name.
func calledBy(name string) *calltest.Leg {
	return calltest.NewLeg(call.Info{
		User: "1001", Called: "1", Inbound: true, Context: "incoming", Caller: call.Identity{Number: "1001", Name: name},
	})
}

func TestSkillsThatNobodyHasAreFoundInTheFile(t *testing.T) {
	for written, want := range map[string]string{
		`{name: arabic, skills: {biling: 1}}`:                           `incoming.1.queue.skills: no agent has the skill "biling"; did you mean "billing"?`,
		`{name: arabic, skills: {billing: 4}}`:                          `incoming.1.queue.skills: no agent of queue arabic has billing:4`,
		`{name: english, skills: billing}`:                              `incoming.1.queue.skills: no agent of queue english has billing:1`,
		`{name: arabic, skills: [billing, french]}`:                     `incoming.1.queue.skills: no agent of queue arabic has billing:1 french:1`,
		`{name: english, skills: [law, french]}`:                        `incoming.1.queue.skills: no agent of queue english has french:1 law:1`,
		`{name: patient, skills: [biling]}`:                             `incoming.1.queue.skills: no agent has the skill "biling"`,
		`{name: arabic, skills: {billing: much}}`:                       `incoming.1.queue.skills: "billing:much" is not a skill`,
		`{name: arabic, skills: {billing: 99}}`:                         `incoming.1.queue.skills: the level of a skill is 1 to 10, not 99`,
		`{name: arabic, skills: {billing: "{{ .nothing }}"}}`:           `incoming.1.queue.skills.billing: nothing sets "nothing"`,
		`{name: arabic, priority: high}`:                                `incoming.1.queue.priority: priority is "high": a whole number`,
		`{name: arabic, priority: 1001}`:                                `incoming.1.queue.priority: priority is "1001": a whole number`,
		`{name: arabic, skills: {billing: "{{ .CallerName }}"}}`:        "",
		`{name: "{{ .Language }}", skills: {billing: "{{ .Caller }}"}}`: `incoming.1.queue.name: queue "en" is not defined`,
	} {
		got := strings.Join(faults(t, `  incoming: {"1": {queue: `+written+`}}`, skilled()), "\n")
		if want == "" && got != "" || !strings.HasPrefix(got, want) {
			t.Errorf("%s: %q, want %q", written, got, want)
		}
	}
}

func TestAnExplanationTellsWhatTheCallerWants(t *testing.T) {
	got, err := compiled(t, `  incoming: {"1": {queue: {name: arabic, priority: 5, skills: {billing: 3}}}}`, skilled()).Explain("1001", "1", "")
	if err != nil || !strings.Contains(got, "queue arabic: waits as long as it takes, with priority 5, for an agent with billing:3\n") {
		t.Errorf("%v\n%s", err, got)
	}
}
