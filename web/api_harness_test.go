package web

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"hatif/internal/fault"
	"hatif/store"
	"hatif/webhook"
)

// The desk is its own feedback and its own webhooks.

func (d *desk) owe(ctx context.Context, o OwedOrder) (store.Owed, error) {
	if o.To != "1001" {
		return store.Owed{}, fault.Errorf([]string{"to"}, "there is nobody to call at %q", o.To)
	}
	row := store.Owed{ID: "o" + o.Run, Account: o.To, Context: o.Run, Shown: o.As, Tries: 3, State: store.OwedWaiting, Created: d.now, Due: d.now, Variables: o.Variables}
	return row, d.db.AddOwed(ctx, row)
}

func (d *desk) States(context.Context) ([]webhook.State, error) { return d.hooks, nil }

func (d *desk) Skip(name string) (string, error) {
	switch name {
	case "crm":
		return "evt_1", nil
	case "good":
		return "", webhook.ErrNotFailing
	}
	return "", webhook.ErrUnknown
}

// A program uses the API with a token.
type program struct {
	d      *desk
	header http.Header
}

// token makes one and returns the program that holds it.
func (d *desk) token(name string, role Role, person string) *program {
	d.t.Helper()
	token := newToken()
	if err := d.db.AddToken(d.t.Context(), store.Token{Hash: hashToken(token), Name: name, Role: string(role), Person: person, Creator: "admin", Created: d.now}); err != nil {
		d.t.Fatal(err)
	}
	return d.program(token)
}

func (d *desk) program(token string) *program {
	return &program{d, http.Header{"Authorization": {"Bearer " + token}}}
}

// send makes a request; a body is JSON, or a WAV file.
func (p *program) send(method, path, body string) page {
	p.d.t.Helper()
	ctx, stop := context.WithTimeout(p.d.t.Context(), 20*time.Second)
	defer stop()
	return p.within(ctx, method, path, body)
}

func (p *program) within(ctx context.Context, method, path, body string) page {
	p.d.t.Helper()
	var text io.Reader
	if body != "" {
		text = strings.NewReader(body)
	}
	req, err := http.NewRequestWithContext(ctx, method, p.d.server.URL+apiRoot+path, text)
	if err != nil {
		p.d.t.Fatal(err)
	}
	req.Header = p.header.Clone()
	if body != "" && req.Header.Get("Content-Type") == "" {
		if req.Header.Set("Content-Type", mediaJSON); strings.HasPrefix(body, "RIFF") {
			req.Header.Set("Content-Type", mediaSound)
		}
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(req)
	if err != nil {
		p.d.t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		p.d.t.Fatal(err)
	}
	return page{res.StatusCode, res.Header, string(b)}
}

func (p *program) get(path string) page { p.d.t.Helper(); return p.send(http.MethodGet, path, "") }

func (p *program) post(path, body string) page {
	p.d.t.Helper()
	return p.send(http.MethodPost, path, body)
}

// read takes the JSON of a page of a status apart.
func read[T any](t *testing.T, p page, status int) (to T) {
	t.Helper()
	if p.status != status {
		t.Fatalf("status %d, want %d: %s", p.status, status, p.text)
	}
	if err := json.Unmarshal([]byte(p.text), &to); err != nil {
		t.Fatalf("%v: %s", err, p.text)
	}
	return to
}

// troubled is a page that tells of a trouble of a code, with a field.
func (p page) troubled(t *testing.T, kind *kindOfTrouble, field string) {
	t.Helper()
	var told trouble
	if err := json.Unmarshal([]byte(p.text), &told); err != nil || p.header.Get("Content-Type") != mediaProblem {
		t.Errorf("no problem but %d %s", p.status, p.text)
		return
	}
	if p.status != kind.status || told.Status != kind.status || told.Code != kind.code || told.Field != field || told.Type != "urn:hatif:problem:"+kind.code {
		t.Errorf("status %d and %+v; want %s of %q", p.status, told, kind.code, field)
	}
}

// fill puts something of everything into the desk.
func (d *desk) fill() {
	d.t.Helper()
	d.call("c1", "0100", "2001")
	d.call("c2", "0200", "2002")
	d.request("r1")
	d.rate("c1", 3)
	d.rate("c2", -1)
	d.message("m1", "2001", "c1")
	d.message("m2", "600", "c1")
	d.account("boss", Administrator, "")
	ctx := d.t.Context()
	for _, err := range []error{
		d.db.AddOwed(ctx, store.Owed{ID: "o1", Account: "1001", Context: "feedback", State: store.OwedWaiting, Created: d.now, Due: d.now.Add(time.Hour), Tries: 3, Pause: time.Minute, Ring: 20 * time.Second, Variables: map[string]string{"a": "b"}}),
		d.db.AddOwed(ctx, store.Owed{ID: "o2", Account: "1002", Context: "feedback", State: store.OwedDone, Created: d.now.Add(time.Second), Due: d.now, Ended: d.now}),
		d.db.SaveQueueEvents(ctx, []store.QueueEvent{
			{Number: 1, At: d.now.Add(-time.Hour), Kind: "opened", Detail: "{}"},
			{Number: 2, At: d.now.Add(-30 * time.Minute), Kind: "joined", Queue: "arabic", Call: "c1", Detail: `{"caller":"0100","position":1}`},
			{Number: 3, At: d.now.Add(-20 * time.Minute), Kind: "left", Queue: "arabic", Call: "c1", Detail: `{"result":"abandoned","waited":600000000000}`},
		}),
		d.db.AddDeed(ctx, store.Deed{ID: "d1", At: d.now, Account: "boss", Action: "listen", Subject: "call c1"}),
	} {
		if err != nil {
			d.t.Fatal(err)
		}
	}
	d.hooks = []webhook.State{{Name: "crm", URL: "https://crm.example/", Cursor: 3, Behind: 2, Failing: d.now, Failures: 4, Trouble: "it answers 500", Next: d.now}}
}
