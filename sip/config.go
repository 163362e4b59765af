package sip

import (
	"errors"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"hatif/internal/fault"
)

// What a Config that says nothing gets.
const (
	DefaultRealm          = "hatif"
	DefaultUserAgent      = "hatif"
	DefaultSessionExpires = 30 * time.Minute // RFC 4028 §4 recommends 1800 s
	DefaultMinSE          = 90 * time.Second // RFC 4028 §5: the smallest Min-SE there is
)

// Config is the `sip:` section of the file, and what the program adds to it. The zero value of each field is
// its default.
type Config struct {
	Listen    []string `yaml:"listen"`     // "udp://host:port", "tcp://host:port"; none: both on 0.0.0.0:5060; port 0: any, the same for both
	Advertise string   `yaml:"advertise"`  // host[:port] written into Via and Contact; "" or "auto": the address a packet to that peer leaves from
	Realm     string   `yaml:"realm"`      // what phones are asked to log on to
	UserAgent string   `yaml:"user_agent"` // the User-Agent and Server header

	MinExpiry     time.Duration `yaml:"min_expiry"`     // of registrations; see RegistrarConfig
	MaxExpiry     time.Duration `yaml:"max_expiry"`     //
	DefaultExpiry time.Duration `yaml:"default_expiry"` //
	MaxContacts   int           `yaml:"max_contacts"`   // phones per user

	SessionExpires time.Duration `yaml:"session_expires"` // RFC 4028: a call that is not refreshed for so long is over
	MinSE          time.Duration `yaml:"min_se"`          // RFC 4028: the shortest interval a phone may ask for

	Trace bool `yaml:"trace"` // the messages of calls are kept in memory until they are asked for: UA.Trace

	Bans Bans `yaml:"bans"` // of addresses that send wrong credentials

	Guests bool `yaml:"-"` // calls without an account are accepted, with the zero Account: the file names a context for them

	T1 time.Duration `yaml:"-"` // RFC 3261 §17.1.1.1: the round trip that all timers are made of; 0: 500 ms
}

// Validate reports every mistake in the options, as faults relative to the section.
func (c *Config) Validate() error {
	var errs []error
	bad := func(key, format string, args ...any) {
		errs = append(errs, fault.Errorf(strings.Split(key, "."), format, args...))
	}
	for i, listen := range c.Listen {
		at, err := parseListen(listen)
		if err != nil {
			bad("listen."+strconv.Itoa(i), "%v", err)
			continue
		}
		for _, before := range c.Listen[:i] {
			if other, err := parseListen(before); err == nil && other == at && at.addr.Port() != 0 {
				bad("listen."+strconv.Itoa(i), "%s stands here twice: take one away", listen)
			}
		}
	}
	if _, _, err := parseAdvertise(c.Advertise); err != nil {
		bad("advertise", "%v", err)
	}
	if strings.ContainsAny(c.Realm, "\"\\\r\n") {
		bad("realm", "realm %q must not contain quotes, backslashes or line ends", c.Realm)
	}
	if strings.ContainsAny(c.UserAgent, "\r\n") {
		bad("user_agent", "user_agent %q must not contain line ends", c.UserAgent)
	}
	if c.MinSE != 0 && c.MinSE < DefaultMinSE {
		bad("min_se", "min_se is %v; RFC 4028 allows nothing below %v", c.MinSE, DefaultMinSE)
	}
	if c.SessionExpires != 0 && c.SessionExpires < max(c.MinSE, DefaultMinSE) {
		bad("session_expires", "session_expires is %v, shorter than min_se, which is %v", c.SessionExpires, max(c.MinSE, DefaultMinSE))
	}
	for _, d := range []struct {
		key  string
		life time.Duration
	}{{"min_expiry", c.MinExpiry}, {"max_expiry", c.MaxExpiry}, {"default_expiry", c.DefaultExpiry}} {
		if d.life < 0 {
			bad(d.key, "%s is %v: it cannot be negative", d.key, d.life)
		}
	}
	if c.MinExpiry > 0 && c.MaxExpiry > 0 && c.MinExpiry > c.MaxExpiry {
		bad("min_expiry", "min_expiry is %v, longer than max_expiry, which is %v", c.MinExpiry, c.MaxExpiry)
	}
	if c.MaxContacts < 0 {
		bad("max_contacts", "max_contacts is %d: it cannot be negative", c.MaxContacts)
	}
	errs = append(errs, fault.Under(c.Bans.Validate(), "bans"))
	return errors.Join(errs...)
}

// withDefaults returns c with every zero field filled in.
func (c Config) withDefaults() Config {
	if len(c.Listen) == 0 {
		c.Listen = []string{"udp://0.0.0.0:5060", "tcp://0.0.0.0:5060"}
	}
	if c.Realm == "" {
		c.Realm = DefaultRealm
	}
	if c.UserAgent == "" {
		c.UserAgent = DefaultUserAgent
	}
	if c.MinSE == 0 {
		c.MinSE = DefaultMinSE
	}
	if c.SessionExpires == 0 {
		c.SessionExpires = max(DefaultSessionExpires, c.MinSE)
	}
	if c.T1 == 0 {
		c.T1 = defaultT1
	}
	return c
}

// A listen is one address of Config.Listen.
type listen struct {
	network string // "udp" or "tcp"
	addr    netip.AddrPort
}

func parseListen(s string) (listen, error) {
	u, err := url.Parse(s)
	if err != nil || (u.Scheme != "udp" && u.Scheme != "tcp") || (u.Path != "" && u.Path != "/") || u.RawQuery != "" || u.User != nil {
		return listen{}, errorf("%q is not udp://address:port or tcp://address:port", s)
	}
	host, port := u.Hostname(), u.Port()
	if host == "" {
		host = "0.0.0.0"
	}
	if port == "" {
		port = "5060"
	}
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return listen{}, errorf("%q: %q is not an IP address of this machine (0.0.0.0 is all of them)", s, host)
	}
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return listen{}, errorf("%q: %q is not a port", s, port)
	}
	return listen{u.Scheme, netip.AddrPortFrom(addr, uint16(number))}, nil
}

// parseAdvertise splits host[:port]; host is "" for "auto", port 0 for the one that is listened on.
func parseAdvertise(s string) (host string, port int, err error) {
	if s == "" || s == "auto" {
		return "", 0, nil
	}
	if addr, err := netip.ParseAddr(strings.Trim(s, "[]")); err == nil {
		return addr.String(), 0, nil
	}
	host, digits, colon := strings.Cut(s, ":")
	if strings.HasPrefix(s, "[") {
		ap, err := netip.ParseAddrPort(s)
		if err != nil {
			return "", 0, errorf("%q is not host or host:port", s)
		}
		return ap.Addr().String(), int(ap.Port()), nil
	}
	if colon {
		number, err := strconv.ParseUint(digits, 10, 16)
		if err != nil || number == 0 {
			return "", 0, errorf("%q: %q is not a port", s, digits)
		}
		port = int(number)
	}
	if host == "" || strings.Trim(host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-") != "" {
		return "", 0, errorf("%q is not host or host:port", s)
	}
	return host, port, nil
}
