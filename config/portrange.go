package config

import (
	"fmt"
	"strconv"
	"strings"
)

// A PortRange is "first-last", both included. The zero value lets the system choose, for tests.
type PortRange struct{ First, Last uint16 }

// UnmarshalText parses "10000-20000".
func (r *PortRange) UnmarshalText(text []byte) error {
	first, last, ok := strings.Cut(string(text), "-")
	a, errA := strconv.ParseUint(strings.TrimSpace(first), 10, 16)
	b, errB := strconv.ParseUint(strings.TrimSpace(last), 10, 16)
	if !ok || errA != nil || errB != nil || a == 0 {
		return fmt.Errorf("%q is not a range of ports such as 10000-20000", text)
	}
	if b < a+3 {
		return fmt.Errorf("range %q is too small: each leg of a call takes two ports", text)
	}
	r.First, r.Last = uint16(a), uint16(b)
	return nil
}

// String is "first-last".
func (r PortRange) String() string { return fmt.Sprintf("%d-%d", r.First, r.Last) }
