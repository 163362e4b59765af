package web

import (
	"crypto/tls"
	"errors"
	"net"
	"net/netip"
	"strconv"

	"hatif/internal/fault"
)

// Config is where the console is. The zero value is no console.
type Config struct {
	Listen string `yaml:"listen"` // "127.0.0.1:8080"; "": there is no console
	Cert   string `yaml:"cert"`   // PEM file of the certificate, with its chain, for https; "" is http
	Key    string `yaml:"key"`    // PEM file of the certificate's key

	// ACME gets the certificate from an authority, in place of Cert and Key.
	ACME ACME `yaml:"acme"`

	// Proxies are the addresses of proxies before the console, as prefixes or alone: what they say in X-Forwarded-For
	// counts as where a browser is.
	Proxies []string `yaml:"proxies"`

	// Metrics says who may read /metrics without a token: "loopback", the default, is programs on this machine; "off" is
	// nobody, and there is no such page.
	Metrics string `yaml:"metrics"`
	// MetricsToken opens /metrics to whoever sends it as a bearer token (RFC 6750), from anywhere, and then to nobody else.
	MetricsToken string `yaml:"metrics_token"`

	// CallBack is the context that is run on the phone of somebody who calls a callback request back, when they have
	// answered; it knows number and request. "": nobody can from the console.
	CallBack string `yaml:"call_back"`
}

// Validate returns every mistake as a *fault.Fault, joined.
func (c Config) Validate() error {
	var errs []error
	if c.Listen != "" {
		_, port, err := net.SplitHostPort(c.Listen)
		if err != nil {
			errs = append(errs, fault.Errorf([]string{"listen"}, "%q is no address to listen on: want one like 127.0.0.1:8080", c.Listen))
		} else if n, err := strconv.Atoi(port); err != nil || n < 0 || n > 65535 {
			errs = append(errs, fault.Errorf([]string{"listen"}, "%q is no port", port))
		}
	}
	for i, text := range c.Proxies {
		if _, err := prefix(text); err != nil {
			errs = append(errs, fault.Errorf([]string{"proxies", strconv.Itoa(i)}, "%q is no address: want one like 10.0.0.7 or 10.0.0.0/24", text))
		}
	}
	errs = append(errs, c.validateMetrics(), fault.Under(c.ACME.Validate(), "acme"))
	if c.ACME.used() && (c.Cert != "" || c.Key != "") {
		errs = append(errs, fault.Errorf([]string{"acme"}, "the certificate comes from an authority or from files: take away acme, or cert and key"))
	}
	switch {
	case c.Cert != "" && c.Key == "":
		errs = append(errs, fault.Errorf([]string{"cert"}, "a certificate needs its key: web.key"))
	case c.Cert == "" && c.Key != "":
		errs = append(errs, fault.Errorf([]string{"key"}, "a key needs its certificate: web.cert"))
	}
	return errors.Join(errs...)
}

// Secure reports whether the console is https.
func (c Config) Secure() bool { return c.Cert != "" || c.ACME.used() }

// prefix reads an address or a range of them.
func prefix(text string) (netip.Prefix, error) {
	if a, err := netip.ParseAddr(text); err == nil {
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	return netip.ParsePrefix(text)
}

// proxies are Proxies that are valid.
func (c Config) proxies() []netip.Prefix {
	var all []netip.Prefix
	for _, text := range c.Proxies {
		if p, err := prefix(text); err == nil {
			all = append(all, p)
		}
	}
	return all
}

// ValidateFiles finds what is wrong with the files that c names, as a *fault.Fault: they are read.
func (c Config) ValidateFiles() error {
	_, err := c.secure()
	return err
}

// secure is what https needs; nil for http.
func (c Config) secure() (*tls.Config, error) {
	if c.Listen == "" || c.Cert == "" {
		return nil, nil
	}
	pair, err := tls.LoadX509KeyPair(c.Cert, c.Key)
	if err != nil {
		return nil, fault.Errorf([]string{"cert"}, "console: %v; web.cert and web.key are PEM files that belong together and that hatif may read", err)
	}
	return &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}, nil
}
