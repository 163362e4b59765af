package config

import (
	"fmt"
	"strconv"
	"strings"

	"hatif/internal/fault"
)

// A PortRange is "first-last", both included. The zero value lets the system choose, for tests.
type PortRange struct {
	First, Last uint16
	mistake     string // found while reading, told with the other checks, which know the line
}

// UnmarshalText parses "10000-20000". Validate says what is wrong with it.
func (r *PortRange) UnmarshalText(text []byte) error {
	first, last, ok := strings.Cut(string(text), "-")
	a, errA := strconv.ParseUint(strings.TrimSpace(first), 10, 16)
	b, errB := strconv.ParseUint(strings.TrimSpace(last), 10, 16)
	if !ok || errA != nil || errB != nil || a == 0 {
		r.mistake = fmt.Sprintf("%q is not a range of ports such as 10000-20000", text)
		return nil
	}
	if b < a+3 {
		r.mistake = fmt.Sprintf("range %q is too small: each leg of a call takes two ports", text)
		return nil
	}
	r.First, r.Last = uint16(a), uint16(b)
	return nil
}

// Validate returns the mistake in it as a *fault.Fault.
func (r PortRange) Validate() error {
	if r.mistake == "" {
		return nil
	}
	return fault.Errorf(nil, "%s", r.mistake)
}

// String is "first-last".
func (r PortRange) String() string { return fmt.Sprintf("%d-%d", r.First, r.Last) }
