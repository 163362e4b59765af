package queue

import (
	"errors"
	"time"

	"hatif/internal/fault"
)

// A Membership is the terms on which an agent serves one queue. The zero value is those of everybody.
type Membership struct {
	// Penalty: agents of a lower one are rung first.
	Penalty int `yaml:"penalty"`
	// WrapUp is the agent's own in the place of the queue's; nil: the queue's.
	WrapUp *time.Duration `yaml:"wrap_up"`
	// LoggedOff: the agent serves the queue only once they have logged on to it.
	LoggedOff bool `yaml:"logged_off"`
}

// Validate returns every mistake in m as a *fault.Fault, joined; nil when there is none.
func (m Membership) Validate() error {
	var faults []error
	if m.Penalty < 0 {
		faults = append(faults, fault.Errorf([]string{"penalty"}, "a penalty cannot be negative: %d", m.Penalty))
	}
	if m.WrapUp != nil && *m.WrapUp < 0 {
		faults = append(faults, fault.Errorf([]string{"wrap_up"}, "a time cannot be negative: %s", *m.WrapUp))
	}
	return errors.Join(faults...)
}
