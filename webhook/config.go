package webhook

import (
	"encoding/base64"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"hatif/internal/fault"
	"hatif/store"
)

// A Config is one entry of the file's `webhooks`: who is told.
type Config struct {
	URL       string        `yaml:"url"`        // where events are sent
	Secret    string        `yaml:"secret"`     // by which the receiver knows us: whsec_ and 24 to 64 bytes in base64
	OldSecret string        `yaml:"old_secret"` // another one that the receiver may still know; "": none
	Events    []string      `yaml:"events"`     // which; none: all
	Timeout   time.Duration `yaml:"timeout"`    // how long the receiver may take for one; 0 is DefaultTimeout
}

// DefaultTimeout is within what Standard Webhooks advises.
const DefaultTimeout = 15 * time.Second

// What a secret looks like, and how long it is.
const (
	secretPrefix = "whsec_"
	leastSecret  = 24
	mostSecret   = 64
)

// Validate returns every mistake in c as a *fault.Fault, joined; nil when there is none.
func (c Config) Validate() error {
	var faults []error
	add := func(format string, value any, path ...string) {
		faults = append(faults, fault.Errorf(path, format, value))
	}
	if u, err := url.Parse(c.URL); err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.Fragment != "" || u.User != nil {
		add("%q is no address to send events to: want one like https://crm.example/hatif", redacted(c.URL), "url")
	}
	for key, secret := range map[string]string{"secret": c.Secret, "old_secret": c.OldSecret} {
		if _, err := keyOf(secret); err != nil && (secret != "" || key == "secret") {
			add("%v", err, key)
		}
	}
	for i, kind := range c.Events {
		if !slices.Contains(store.EventKinds(), kind) {
			add("there is no event %q"+fault.DidYouMean(kind, store.EventKinds())+": there are "+strings.Join(store.EventKinds(), ", "), kind, "events", strconv.Itoa(i))
		}
	}
	if c.Timeout < 0 || c.Timeout > 0 && c.Timeout < time.Second || c.Timeout > time.Minute {
		add("a receiver cannot be given %v: from 1s to 1m", c.Timeout, "timeout")
	}
	return errors.Join(faults...)
}

var errSecret = errors.New("a secret is whsec_ and 24 to 64 random bytes in base64: echo whsec_$(openssl rand -base64 32)")

// keyOf is a secret's bytes.
func keyOf(secret string) ([]byte, error) {
	text, ours := strings.CutPrefix(secret, secretPrefix)
	key, err := base64.StdEncoding.DecodeString(text)
	if !ours || err != nil || len(key) < leastSecret || len(key) > mostSecret {
		return nil, errSecret
	}
	return key, nil
}

// keys are those that an event is signed with.
func (c Config) keys() [][]byte {
	var all [][]byte
	for _, secret := range []string{c.Secret, c.OldSecret} {
		if key, err := keyOf(secret); err == nil {
			all = append(all, key)
		}
	}
	return all
}

func (c Config) timeout() time.Duration {
	if c.Timeout == 0 {
		return DefaultTimeout
	}
	return c.Timeout
}

func (c Config) wants(kind string) bool {
	return len(c.Events) == 0 || slices.Contains(c.Events, kind)
}

// redacted is an address without what may be secret in it.
func redacted(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "what is written there"
	}
	u.User, u.RawQuery, u.Fragment = nil, "", ""
	return u.String()
}

func same(a, b Config) bool {
	return a.URL == b.URL && a.Secret == b.Secret && a.OldSecret == b.OldSecret && a.Timeout == b.Timeout && slices.Equal(a.Events, b.Events)
}
