package transfer

import (
	"errors"
	"strings"
	"time"

	"hatif/internal/fault"
)

// Config is the file's `features`: what is keyed in during a conversation, and how long things take. The zero value
// has no codes; Defaults are those of the file. A code that is "" is switched off.
type Config struct {
	Record           string `yaml:"record"`            // starts and stops the recording
	AttendedTransfer string `yaml:"attended_transfer"` // asks somebody first
	BlindTransfer    string `yaml:"blind_transfer"`    // gives the other party away

	// These are listened for while an attended transfer is on its way, and only from the one who transfers.
	Abort    string `yaml:"abort"`     // back to the customer
	Complete string `yaml:"complete"`  // connects the other two
	ThreeWay string `yaml:"three_way"` // all three hear each other
	Swap     string `yaml:"swap"`      // talks with the customer while the other waits, and back

	CodeTimeout   time.Duration `yaml:"code_timeout"`   // the longest pause within a code
	NumberTimeout time.Duration `yaml:"number_timeout"` // the longest pause before and within the number to transfer to
	NumberTries   int           `yaml:"number_tries"`   // how often a wrong number may be keyed in
	AnswerTimeout time.Duration `yaml:"answer_timeout"` // how long the phone of an attended transfer rings

	// When the one who transfers has hung up, and nobody answers where the call went: Recall calls them back, and then
	// both in turn. Without it the customer is told, and the call ends.
	Recall      bool          `yaml:"recall"`
	RecallTries int           `yaml:"recall_tries"` // how often the other is called again
	RecallPause time.Duration `yaml:"recall_pause"` // before that
}

// Defaults are the features of a file that says nothing of them.
func Defaults() Config {
	return Config{
		Record: "*1", AttendedTransfer: "*2", BlindTransfer: "#1",
		Abort: "*1", Complete: "*2", ThreeWay: "*3", Swap: "*4",
		CodeTimeout: time.Second, NumberTimeout: 3 * time.Second, NumberTries: 3, AnswerTimeout: 15 * time.Second,
		Recall: true, RecallTries: 2, RecallPause: 10 * time.Second,
	}
}

// A named code, as it stands in the file.
type named struct{ key, code string }

// talking and consulting are the codes that are live in one state each: the same keys may mean one thing in a
// conversation and another one during an attended transfer.
func (c Config) talking() []named {
	return []named{{"record", c.Record}, {"attended_transfer", c.AttendedTransfer}, {"blind_transfer", c.BlindTransfer}}
}

func (c Config) consulting() []named {
	return []named{{"abort", c.Abort}, {"complete", c.Complete}, {"three_way", c.ThreeWay}, {"swap", c.Swap}}
}

// Validate returns every mistake as a *fault.Fault.
func (c Config) Validate() error {
	var errs []error
	bad := func(key, format string, args ...any) {
		errs = append(errs, fault.Errorf([]string{key}, format, args...))
	}
	for _, state := range [][]named{c.talking(), c.consulting()} {
		for i, n := range state {
			if n.code == "" {
				continue
			}
			if strings.Trim(n.code, "0123456789*#") != "" {
				bad(n.key, "%q cannot be keyed in: a code is made of digits, * and #", n.code)
				continue
			}
			for _, before := range state[:i] {
				if before.code != "" && (strings.HasPrefix(n.code, before.code) || strings.HasPrefix(before.code, n.code)) {
					bad(n.key, "%q cannot be told from %s, %q, which can be keyed in at the same time", n.code, before.key, before.code)
				}
			}
		}
	}
	for _, d := range []struct {
		key string
		is  time.Duration
	}{{"code_timeout", c.CodeTimeout}, {"number_timeout", c.NumberTimeout}, {"answer_timeout", c.AnswerTimeout}, {"recall_pause", c.RecallPause}} {
		if d.is <= 0 {
			bad(d.key, "%s is %v: it must be more than nothing", d.key, d.is)
		}
	}
	if c.NumberTries < 1 {
		bad("number_tries", "number_tries is %d: at least 1", c.NumberTries)
	}
	if c.RecallTries < 0 {
		bad("recall_tries", "recall_tries is %d: 0 or more", c.RecallTries)
	}
	return errors.Join(errs...)
}

// codes are those of a state, without the ones that are switched off.
func codes(state []named) []string {
	var all []string
	for _, n := range state {
		if n.code != "" {
			all = append(all, n.code)
		}
	}
	return all
}
