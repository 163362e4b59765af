package web

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/mail"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/acme"
	"golang.org/x/crypto/acme/autocert"

	"hatif/internal/fault"
)

// ACME is the console's certificate from an authority that gives it to whoever holds a name (RFC 8555). The zero value is
// none.
type ACME struct {
	Hosts     []string `yaml:"hosts"`     // the names in the certificate, those under which the console is opened
	Email     string   `yaml:"email"`     // to whom the authority writes when something is amiss
	Directory string   `yaml:"directory"` // of another authority than Let's Encrypt
}

// used reports whether the console has its certificate this way.
func (a ACME) used() bool { return len(a.Hosts) > 0 }

// Validate returns every mistake as a *fault.Fault, joined.
func (a ACME) Validate() error {
	var errs []error
	if !a.used() && (a.Email != "" || a.Directory != "") {
		errs = append(errs, fault.Errorf([]string{"hosts"}, "which name is the certificate for? Write one like pbx.example.com"))
	}
	for i, host := range a.Hosts {
		if !certifiable(host) {
			errs = append(errs, fault.Errorf([]string{"hosts", strconv.Itoa(i)}, "%q is no name that a certificate is given for: want one like pbx.example.com", host))
		}
	}
	if a.Email != "" {
		if at, err := mail.ParseAddress(a.Email); err != nil || at.Address != a.Email {
			errs = append(errs, fault.Errorf([]string{"email"}, "%q is no address of e-mail", a.Email))
		}
	}
	if a.Directory != "" {
		if u, err := url.Parse(a.Directory); err != nil || u.Scheme != "https" || u.Host == "" {
			errs = append(errs, fault.Errorf([]string{"directory"}, "%q is no https address of an authority's directory", a.Directory))
		}
	}
	return errors.Join(errs...)
}

// certifiable reports whether a host is a full name of the DNS, without a wildcard, and no address.
func certifiable(host string) bool {
	if _, err := netip.ParseAddr(host); err == nil || len(host) > 253 || !strings.Contains(host, ".") {
		return false
	}
	for label := range strings.SplitSeq(host, ".") {
		if label == "" || len(label) > 63 || strings.Trim(label, "-") != label ||
			strings.Trim(strings.ToLower(label), "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			return false
		}
	}
	return true
}

// acmePatience bounds one conversation with the authority's server, of several that a certificate takes.
const acmePatience = 30 * time.Second

// manager gets certificates and keeps them in a folder. The authority comes to the listener itself to see that the name
// is ours (TLS-ALPN-01, RFC 8737): nothing else has to be open.
func (a ACME) manager(folder string) *autocert.Manager {
	hosts := make([]string, len(a.Hosts))
	for i, h := range a.Hosts {
		hosts[i] = strings.ToLower(h)
	}
	return &autocert.Manager{
		Prompt: autocert.AcceptTOS, Cache: autocert.DirCache(folder), HostPolicy: autocert.HostWhitelist(hosts...), Email: a.Email,
		Client: &acme.Client{DirectoryURL: a.Directory, HTTPClient: &http.Client{Timeout: acmePatience}, UserAgent: "hatif"},
	}
}

// certified is what https needs with certificates of m. What goes wrong is told to the log: a browser only says that there
// is no connection.
func certified(m *autocert.Manager, log *slog.Logger) *tls.Config {
	told := &acmeTrouble{log: log}
	return &tls.Config{
		MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1", acme.ALPNProto},
		GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
			c, err := m.GetCertificate(hello)
			if err != nil && m.HostPolicy(hello.Context(), strings.ToLower(strings.TrimSuffix(hello.ServerName, "."))) == nil {
				told.tell(hello.ServerName, err, time.Now())
			}
			return c, err
		},
	}
}

// acmeTrouble tells the log that there is no certificate, now and then.
type acmeTrouble struct {
	log *slog.Logger

	mu   sync.Mutex
	last time.Time // guarded by mu
}

const acmeTellEvery = time.Minute

func (t *acmeTrouble) tell(host string, err error, now time.Time) {
	t.mu.Lock()
	again := now.Sub(t.last) < acmeTellEvery
	if !again {
		t.last = now
	}
	t.mu.Unlock()
	if again || errors.Is(err, context.Canceled) {
		return
	}
	t.log.Error("the console has no certificate", "host", host, "error", err,
		"remedy", "the name has to lead to this machine, and port 443 of it to web.listen")
}

// secured wraps the console's listener for https where the file wants it.
func (o Options) secured() (net.Listener, error) {
	if o.Config.ACME.used() {
		return tls.NewListener(o.Listener, certified(o.Config.ACME.manager(o.Certificates), o.Log)), nil
	}
	files, err := o.Config.secure()
	if err != nil || files == nil {
		return o.Listener, err
	}
	return tls.NewListener(o.Listener, files), nil
}
