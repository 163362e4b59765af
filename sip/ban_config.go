package sip

import (
	"errors"
	"net/netip"
	"strconv"
	"time"

	"hatif/internal/fault"
)

// What a Bans that says nothing gets.
const (
	DefaultFailures      = 20
	DefaultFailuresInAll = 100
	DefaultWithin        = 10 * time.Minute
	DefaultBan           = 10 * time.Minute
)

// Bans says when an address that sends wrong credentials is refused for a while. The zero value of each field is its
// default.
type Bans struct {
	Failures      int           `yaml:"failures"`        // for one account, until the address is refused for that account
	FailuresInAll int           `yaml:"failures_in_all"` // for whatever accounts, until it is refused altogether
	Within        time.Duration `yaml:"within"`          // the time in which they are counted
	For           time.Duration `yaml:"for"`             // how long it is refused
	Allow         []string      `yaml:"allow"`           // prefixes that are never refused; nil: this machine; empty: none
}

// Validate reports every mistake, as faults relative to the section.
func (b *Bans) Validate() error {
	var errs []error
	for i, text := range b.Allow {
		if _, err := parsePrefix(text); err != nil {
			errs = append(errs, fault.Errorf([]string{"allow", strconv.Itoa(i)}, "%v", err))
		}
	}
	for _, n := range []struct {
		key   string
		value int
	}{{"failures", b.Failures}, {"failures_in_all", b.FailuresInAll}} {
		if n.value < 0 {
			errs = append(errs, fault.Errorf([]string{n.key}, "%s is %d: it cannot be negative", n.key, n.value))
		}
	}
	for _, d := range []struct {
		key   string
		value time.Duration
	}{{"within", b.Within}, {"for", b.For}} {
		if d.value < 0 {
			errs = append(errs, fault.Errorf([]string{d.key}, "%s is %v: it cannot be negative", d.key, d.value))
		}
	}
	return errors.Join(errs...)
}

func (b Bans) withDefaults() Bans {
	if b.Failures == 0 {
		b.Failures = DefaultFailures
	}
	if b.FailuresInAll == 0 {
		b.FailuresInAll = max(DefaultFailuresInAll, b.Failures)
	}
	if b.Within == 0 {
		b.Within = DefaultWithin
	}
	if b.For == 0 {
		b.For = DefaultBan
	}
	if b.Allow == nil { // a proxy on this machine speaks for everybody
		b.Allow = []string{"127.0.0.0/8", "::1/128"}
	}
	return b
}

// parsePrefix reads "10.0.0.0/8" or a single address.
func parsePrefix(text string) (netip.Prefix, error) {
	if ip, err := netip.ParseAddr(text); err == nil {
		return netip.PrefixFrom(ip, ip.BitLen()), nil
	}
	p, err := netip.ParsePrefix(text)
	if err != nil {
		return netip.Prefix{}, errorf("%q is no address and no network such as 10.0.0.0/8", text)
	}
	return p.Masked(), nil
}
