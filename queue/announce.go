package queue

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"hatif/internal/fault"
)

// Announce is what callers in line are told of their wait, at intervals. The zero value is nothing.
type Announce struct {
	Every time.Duration `yaml:"every"` // 0: never
	First time.Duration `yaml:"first"` // so long after they came; 0 is Every
	Say   []Saying      `yaml:"say"`   // in this order; none is all
}

// A Saying is one thing that can be announced.
type Saying string

const (
	SayPosition Saying = "position" // their place in line
	SayWait     Saying = "wait"     // how long it will take; see outlook
)

var sayings = []Saying{SayPosition, SayWait}

// Messages are prompts that callers in line hear now and then, one each time and in turn. The zero value is none.
type Messages struct {
	Every   time.Duration `yaml:"every"`
	First   time.Duration `yaml:"first"` // so long after they came; 0 is Every
	Prompts []string      `yaml:"prompts"`
}

// A Word is a piece of what is said to a caller in line, or to an agent; one of its fields is set. Whoever calls Serve
// makes it sound in their language.
type Word struct {
	Prompt  string
	Number  int           // as when counting
	Minutes int           // "two minutes"
	Lasting time.Duration // "twenty seconds"
	Digits  string        // one by one
}

// The prompts of which announcements are made.
const (
	promptPosition       = "queue/your-position-is"
	promptNext           = "queue/you-are-next"
	promptWait           = "queue/estimated-wait-is"
	promptLessThanMinute = "queue/less-than-a-minute"
)

// prompts are those that some announcement may need.
func (a Announce) prompts() []string {
	var names []string
	if a.says(SayPosition) {
		names = append(names, promptPosition, promptNext)
	}
	if a.says(SayWait) {
		names = append(names, promptWait, promptLessThanMinute)
	}
	return names
}

func (a Announce) says(s Saying) bool {
	return a.Every > 0 && (len(a.Say) == 0 || slices.Contains(a.Say, s))
}

// Spoken calls tell with each prompt that callers in line may hear, or agents before they are connected, and the place
// in the queue's options that asks for it.
func (c Config) Spoken(tell func(path []string, prompt string)) {
	for _, name := range c.Announce.prompts() {
		tell([]string{"announce"}, name)
	}
	for _, name := range c.CallBack.prompts() {
		tell([]string{"call_back"}, name)
	}
	for i, name := range c.Messages.Prompts {
		tell([]string{"messages", "prompts", strconv.Itoa(i)}, name)
	}
	c.ToAgent.spoken(tell)
}

func (a Announce) validate() (faults []error) {
	faults = append(faults, checkInterval("announce", a.Every, a.First)...)
	for i, s := range a.Say {
		if !slices.Contains(sayings, s) {
			faults = append(faults, fault.Errorf([]string{"announce", "say", strconv.Itoa(i)},
				"%q cannot be announced: position, wait", s))
		}
	}
	if a.Every == 0 && (a.First != 0 || len(a.Say) > 0) {
		faults = append(faults, fault.Errorf([]string{"announce"}, "announce needs every: how often"))
	}
	return faults
}

func (m Messages) validate() (faults []error) {
	faults = append(faults, checkInterval("messages", m.Every, m.First)...)
	switch {
	case m.Every == 0 && (m.First != 0 || len(m.Prompts) > 0):
		faults = append(faults, fault.Errorf([]string{"messages"}, "messages need every: how often"))
	case m.Every > 0 && len(m.Prompts) == 0:
		faults = append(faults, fault.Errorf([]string{"messages"}, "messages need prompts: what is said"))
	}
	for i, name := range m.Prompts {
		if strings.TrimSpace(name) == "" {
			faults = append(faults, fault.Errorf([]string{"messages", "prompts", strconv.Itoa(i)}, "the name of a prompt is missing"))
		}
	}
	return faults
}

// leastInterval keeps announcements from following one another: callers are to hear music, too.
const leastInterval = 5 * time.Second

func checkInterval(key string, every, first time.Duration) (faults []error) {
	if every < 0 || 0 < every && every < leastInterval {
		faults = append(faults, fault.Errorf([]string{key, "every"}, "%s is too short: %s at least", every, leastInterval))
	}
	if first < 0 {
		faults = append(faults, fault.Errorf([]string{key, "first"}, "a time cannot be negative: %s", first))
	}
	return faults
}
