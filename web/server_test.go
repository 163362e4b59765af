package web

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestTheConsoleIsServedOverHTTPSAndEndsInOrder(t *testing.T) {
	d := open(t)
	some := httptest.NewTLSServer(nil) // whose certificate will do
	some.Close()
	pair := some.TLS.Certificates[0]
	key, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	c := Config{Listen: "127.0.0.1:0", Cert: filepath.Join(t.TempDir(), "cert.pem"), Key: filepath.Join(t.TempDir(), "key.pem")}
	for name, block := range map[string]*pem.Block{c.Cert: {Type: "CERTIFICATE", Bytes: pair.Certificate[0]}, c.Key: {Type: "PRIVATE KEY", Bytes: key}} {
		if err := os.WriteFile(name, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	o := d.s.Options
	o.Config = c
	if o.Listener, err = Listen(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	s, err := New(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	over := make(chan error, 1)
	go func() { over <- s.Run(ctx) }()
	roots := x509.NewCertPool()
	roots.AddCert(some.Certificate())
	client := http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, ServerName: "example.com"}}}
	if !strings.HasPrefix(s.Addr(), "https://127.0.0.1:") {
		t.Fatalf("the console is at %s", s.Addr())
	}
	res, err := client.Get(s.Addr() + "/logon")
	if err != nil {
		t.Fatal(err)
	}
	if err := res.Body.Close(); err != nil || res.StatusCode != http.StatusOK {
		t.Errorf("%s %v", res.Status, err)
	}
	client.CloseIdleConnections()
	stop()
	if err := <-over; err != nil {
		t.Errorf("the console ended with %v", err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("Close after Run: %v", err)
	}
}

func TestMistakesInTheConsolesSettingsAreNamed(t *testing.T) {
	for want, c := range map[string]Config{
		"listen: \"8080\" is no address":    {Listen: "8080"},
		"listen: \"x\" is no port":          {Listen: "127.0.0.1:x"},
		"cert: a certificate needs its key": {Listen: "127.0.0.1:1", Cert: "a"},
		"key: a key needs its certificate":  {Listen: "127.0.0.1:1", Key: "a"},
	} {
		if err := c.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %q", c, err, want)
		}
	}
	for _, c := range []Config{{}, {Listen: "127.0.0.1:8080"}, {Listen: "[::1]:0", Cert: "a", Key: "b"}} {
		if err := c.Validate(); err != nil {
			t.Errorf("%+v: %v", c, err)
		}
	}
}
