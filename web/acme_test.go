package web

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/letsencrypt/pebble/v2/ca"
	"github.com/letsencrypt/pebble/v2/db"
	"github.com/letsencrypt/pebble/v2/va"
	"github.com/letsencrypt/pebble/v2/wfe"
	"github.com/miekg/dns"
)

// everyNameIsHere is a name server for which every name leads to this machine. It returns its address.
func everyNameIsHere(t *testing.T) string {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &dns.Server{Listener: listener, Handler: dns.HandlerFunc(func(w dns.ResponseWriter, r *dns.Msg) {
		m := new(dns.Msg).SetReply(r)
		if q := r.Question[0]; q.Qtype == dns.TypeA {
			m.Answer = append(m.Answer, &dns.A{Hdr: dns.RR_Header{Name: q.Name, Rrtype: dns.TypeA, Class: dns.ClassINET}, A: net.IPv4(127, 0, 0, 1)})
		}
		if err := w.WriteMsg(m); err != nil {
			t.Error(err)
		}
	})}
	done := make(chan error, 1)
	go func() { done <- server.ActivateAndServe() }()
	t.Cleanup(func() {
		if err := errors.Join(listener.Close(), <-done); err != nil && !errors.Is(err, net.ErrClosed) {
			t.Error(err)
		}
	})
	return listener.Addr().String()
}

// authority is Let's Encrypt's own test server, which comes to the port on this machine to see whose a name is.
func authority(t *testing.T, port int) (directory string, client *http.Client, root *x509.CertPool) {
	t.Helper()
	t.Setenv("PEBBLE_VA_NOSLEEP", "1")
	t.Setenv("PEBBLE_WFE_NONCEREJECT", "0")
	quiet := log.New(io.Discard, "", 0)
	memory := db.NewMemoryStore()
	issuer := ca.New(quiet, memory, "", "ecdsa", 0, 1, map[string]ca.Profile{"default": {Description: "for tests"}})
	front := wfe.New(quiet, memory, va.New(quiet, 1, port, false, everyNameIsHere(t), memory), issuer, []string{"authority.test"}, false, false, 1, 1)
	server := httptest.NewTLSServer(front.Handler())
	t.Cleanup(server.Close)
	root = x509.NewCertPool()
	root.AddCert(issuer.GetRootCert(0).Cert)
	return server.URL + wfe.DirectoryPath, server.Client(), root
}

func TestTheConsoleGetsItsCertificateFromAnAuthority(t *testing.T) {
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at := listener.Addr().(*net.TCPAddr)
	directory, client, root := authority(t, at.Port)
	folder := filepath.Join(t.TempDir(), "certificates")
	manager := ACME{Hosts: []string{"PBX.example.test"}, Email: "admin@example.test", Directory: directory}.manager(folder)
	manager.Client.HTTPClient = client // which trusts it
	console := &http.Server{ReadHeaderTimeout: time.Minute, ErrorLog: log.New(io.Discard, "", 0), Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusNoContent)
	})}
	done := make(chan error, 1)
	go func() {
		done <- console.Serve(tls.NewListener(listener, certified(manager, slog.New(slog.NewTextHandler(t.Output(), nil)))))
	}()
	t.Cleanup(func() {
		if err := errors.Join(console.Close(), <-done); !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	})

	visit := func(name string) error {
		transport := &http.Transport{
			TLSClientConfig: &tls.Config{RootCAs: root, MinVersion: tls.VersionTLS12}, DisableKeepAlives: true,
			DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
				return new(net.Dialer).DialContext(ctx, "tcp", at.String())
			},
		}
		ctx, stop := context.WithTimeout(t.Context(), time.Minute)
		defer stop()
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+name+"/", nil)
		if err != nil {
			return err
		}
		res, err := transport.RoundTrip(req)
		if err != nil {
			return err
		}
		return res.Body.Close()
	}
	if err := visit("pbx.example.test"); err != nil {
		t.Fatalf("the console has no certificate that a browser takes: %v", err)
	}
	if err := visit("other.example.test"); err == nil {
		t.Error("a certificate was asked for whatever name somebody connects with")
	}
	kept, err := os.ReadFile(filepath.Join(folder, "pbx.example.test"))
	if err != nil {
		t.Fatal(err)
	}
	if block, _ := pem.Decode(kept); block == nil || !strings.Contains(block.Type, "PRIVATE KEY") {
		t.Error("the certificate is not kept with its key")
	}
	if info, err := os.Stat(folder); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("others may look into the folder of the keys: %v, %v", info.Mode(), err)
	}

	// After a restart nobody is asked again.
	again := ACME{Hosts: []string{"pbx.example.test"}, Directory: "https://127.0.0.1:1/none"}.manager(folder)
	here, there := net.Pipe()
	shown := make(chan error, 1)
	go func() {
		shown <- tls.Server(there, certified(again, slog.New(slog.DiscardHandler))).HandshakeContext(t.Context())
	}()
	browser := tls.Client(here, &tls.Config{RootCAs: root, ServerName: "pbx.example.test", MinVersion: tls.VersionTLS12})
	if err := browser.HandshakeContext(t.Context()); err != nil {
		t.Errorf("after a restart there is no certificate: %v", err)
	}
	if err := here.Close(); err != nil {
		t.Error(err)
	}
	<-shown
}

func TestTheLogHearsOnceThatThereIsNoCertificate(t *testing.T) {
	var out strings.Builder
	told := &acmeTrouble{log: slog.New(slog.NewTextHandler(&out, nil))}
	now := time.Now()
	for range 5 {
		told.tell("pbx.example.test", errors.New("no such name"), now)
	}
	told.tell("pbx.example.test", errors.New("no such name"), now.Add(acmeTellEvery))
	if n := strings.Count(out.String(), "the console has no certificate"); n != 2 || !strings.Contains(out.String(), "no such name") {
		t.Errorf("told %d times:\n%s", n, out.String())
	}
}

func TestMistakesInTheCertificatesNamesAreFound(t *testing.T) {
	for _, c := range []struct {
		config Config
		says   string
	}{
		{Config{ACME: ACME{Email: "a@b.c"}}, "which name"},
		{Config{ACME: ACME{Hosts: []string{"localhost"}}}, `"localhost" is no name`},
		{Config{ACME: ACME{Hosts: []string{"pbx.example.com", "192.0.2.7"}}}, `"192.0.2.7" is no name`},
		{Config{ACME: ACME{Hosts: []string{"*.example.com"}}}, "is no name"},
		{Config{ACME: ACME{Hosts: []string{"https://pbx.example.com"}}}, "is no name"},
		{Config{ACME: ACME{Hosts: []string{"pbx.example.com:443"}}}, "is no name"},
		{Config{ACME: ACME{Hosts: []string{"pbx.example.com"}, Email: "me"}}, "no address of e-mail"},
		{Config{ACME: ACME{Hosts: []string{"pbx.example.com"}, Directory: "http://ca"}}, "no https address"},
		{Config{ACME: ACME{Hosts: []string{"pbx.example.com"}}, Cert: "a", Key: "b"}, "or from files"},
	} {
		if err := c.config.Validate(); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%+v: %v, want an error that says %s", c.config, err, c.says)
		}
	}
	good := Config{Listen: "0.0.0.0:443", ACME: ACME{Hosts: []string{"pbx.example.com", "xn--mgbh0fb.example"}, Email: "admin@example.com"}}
	if err := good.Validate(); err != nil || !good.Secure() {
		t.Errorf("%v", err)
	}
}
