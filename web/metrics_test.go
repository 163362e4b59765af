package web

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestMetricsAreForThisMachineOrForWhoHasTheToken(t *testing.T) {
	const token = "a token that nobody guesses"
	for _, c := range []struct {
		name   string
		config Config
		remote string
		header http.Header
		want   int
	}{
		{"a program here", Config{}, "127.0.0.1:9", nil, http.StatusOK},
		{"a program here, IPv6", Config{Metrics: "loopback"}, "[::1]:9", nil, http.StatusOK},
		{"somebody else", Config{}, "192.0.2.7:9", nil, http.StatusForbidden},
		{"somebody else through a proxy here", Config{}, "127.0.0.1:9", http.Header{"X-Forwarded-For": {"192.0.2.7"}}, http.StatusForbidden},
		{"who says to be here through a proxy that is named", Config{Proxies: []string{"127.0.0.1"}}, "127.0.0.1:9", http.Header{"X-Forwarded-For": {"127.0.0.1"}}, http.StatusForbidden},
		{"a token from elsewhere", Config{MetricsToken: token}, "192.0.2.7:9", http.Header{"Authorization": {"Bearer " + token}}, http.StatusOK},
		{"another token", Config{MetricsToken: token}, "192.0.2.7:9", http.Header{"Authorization": {"Bearer " + token + "!"}}, http.StatusUnauthorized},
		{"no token, from here", Config{MetricsToken: token}, "127.0.0.1:9", nil, http.StatusUnauthorized},
		{"switched off", Config{Metrics: "off"}, "127.0.0.1:9", nil, http.StatusNotFound},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := &Server{Options: Options{Config: c.config, Metrics: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(http.StatusOK)
			})}}
			r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil)
			r.RemoteAddr, r.Header = c.remote, c.header
			if r.Header == nil {
				r.Header = make(http.Header)
			}
			w := httptest.NewRecorder()
			s.metrics(w, r)
			if w.Code != c.want {
				t.Errorf("status %d, want %d", w.Code, c.want)
			}
		})
	}
}

func TestMistakesInWhoMayReadMetricsAreFound(t *testing.T) {
	for _, c := range []struct {
		config Config
		says   string
	}{
		{Config{Metrics: "everybody"}, "everybody"},
		{Config{MetricsToken: "short"}, "could be guessed"},
		{Config{Metrics: "off", MetricsToken: "a token that nobody guesses"}, "opens nothing"},
	} {
		if err := c.config.Validate(); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%+v: %v, want an error that says %q", c.config, err, c.says)
		}
	}
	if err := (Config{Metrics: "loopback", MetricsToken: "a token that nobody guesses"}).Validate(); err != nil {
		t.Error(err)
	}
}

func TestReadinessNamesWhatIsAmiss(t *testing.T) {
	d := open(t)
	b := d.browser()
	b.get("/healthz").wants(t, http.StatusNoContent)
	d.parts = []Part{{Name: "sip"}, {Name: "database"}}
	b.get("/readyz").wants(t, http.StatusOK, `{"ready":true}`)
	d.parts[1].Err = "away"
	b.get("/readyz").wants(t, http.StatusServiceUnavailable, `"ready":false`, `"database":"away"`)
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/readyz", nil) // from 192.0.2.1
	w := httptest.NewRecorder()
	d.s.ready(w, r)
	if w.Code != http.StatusServiceUnavailable || strings.Contains(w.Body.String(), "away") || !strings.Contains(w.Body.String(), "the log says why") {
		t.Errorf("somebody elsewhere is told %d %s", w.Code, w.Body)
	}
	b.get("/metrics").wants(t, http.StatusOK, "hatif_calls")
}
