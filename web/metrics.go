package web

import (
	"crypto/subtle"
	"errors"
	"net/http"
	"net/netip"
	"strings"

	"hatif/internal/fault"
)

// What Config.Metrics may be.
const (
	metricsLoopback = "loopback"
	metricsOff      = "off"
)

// shortestToken is the least that a token has: a guess at it is answered as fast as it is asked.
const shortestToken = 16

// validateMetrics returns every mistake as a *fault.Fault, joined.
func (c Config) validateMetrics() error {
	var errs []error
	if c.Metrics != "" && c.Metrics != metricsLoopback && c.Metrics != metricsOff {
		errs = append(errs, fault.Errorf([]string{"metrics"}, "%q is nobody who may read metrics: want %s or %s; others have metrics_token", c.Metrics, metricsLoopback, metricsOff))
	}
	switch {
	case c.MetricsToken == "":
	case c.Metrics == metricsOff:
		errs = append(errs, fault.Errorf([]string{"metrics_token"}, "the token opens nothing while metrics is off: take one of them away"))
	case len(c.MetricsToken) < shortestToken:
		errs = append(errs, fault.Errorf([]string{"metrics_token"}, "the token has less than %d characters and could be guessed", shortestToken))
	}
	return errors.Join(errs...)
}

// metrics answers Prometheus, and to others that there is no such page.
func (s *Server) metrics(w http.ResponseWriter, r *http.Request) {
	c := s.Config
	switch {
	case c.Metrics == metricsOff || s.Metrics == nil:
		http.NotFound(w, r)
	case c.MetricsToken != "":
		if !bearer(r, c.MetricsToken) {
			w.Header().Set("WWW-Authenticate", `Bearer realm="hatif"`)
			http.Error(w, "a bearer token is needed: web.metrics_token", http.StatusUnauthorized)
			return
		}
		s.Metrics.ServeHTTP(w, r)
	case !s.local(r):
		http.Error(w, "metrics are for this machine alone; others need web.metrics_token", http.StatusForbidden)
	default:
		s.Metrics.ServeHTTP(w, r)
	}
}

// bearer reports whether the request has the token (RFC 6750 §2.1).
func bearer(r *http.Request, token string) bool {
	scheme, shown, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	return strings.EqualFold(scheme, "bearer") && subtle.ConstantTimeCompare([]byte(strings.TrimSpace(shown)), []byte(token)) == 1
}

// local reports whether a program on this machine asks. A proxy here that nobody has named speaks for others.
func (s *Server) local(r *http.Request) bool {
	at, err := netip.ParseAddr(s.remote(r))
	forwarded := r.Header.Get("X-Forwarded-For") != "" || r.Header.Get("Forwarded") != "" || r.Header.Get("Via") != ""
	return err == nil && at.Unmap().IsLoopback() && !forwarded
}
