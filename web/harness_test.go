package web

import (
	"context"
	"errors"
	"fmt"
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"hatif/call"
	"hatif/callback"
	"hatif/dialplan"
	"hatif/internal/tail"
	"hatif/queue"
	"hatif/queue/history"
	"hatif/recorder"
	"hatif/store"
	"hatif/webhook"
)

// A desk is a console with a store and a floor, and a clock that the test moves.
type desk struct {
	t        testing.TB
	s        *Server
	db       *store.DB
	floor    *queue.Floor
	server   *httptest.Server
	now      time.Time
	live     []call.Record
	ended    []string
	called   []string // by clicks
	mute     bool     // nobody can be called by a click
	reasons  []string // for pauses
	folder   string
	today    map[string]Day
	queues   map[string]queue.Config
	members  []queue.Member
	switched []string // queues, by clicks
	outline  dialplan.Outline
	prompts  recordings
	taped    []string                  // recordings begun and ended by clicks
	restart  []string                  // what Reload says
	mistake  error                     // likewise
	hooks    []webhook.State           // those that there are
	parts    []Part                    // of hatif, and what is amiss
	signals  map[string][]store.Signal // by call
	reload   Reload
	ring     *tail.Ring // the last of the log
}

// record knows the conversation c1.
func (d *desk) record(id string, on bool, by string) error {
	if id != "c1" {
		return ErrNobodyTalks
	}
	d.taped = append(d.taped, fmt.Sprint(id, " ", on, " by ", by))
	return nil
}

// The desk is its own voicemail: every message sounds the same.

func (d *desk) Open(m store.Message) (*os.File, error) {
	name := filepath.Join(d.folder, m.ID+".wav")
	if err := os.WriteFile(name, []byte("RIFF of "+m.ID), 0o600); err != nil {
		return nil, err
	}
	return os.Open(name)
}

func (d *desk) Heard(ctx context.Context, m store.Message) error {
	return d.db.SortMessages(ctx, store.Sorting{At: d.now, Heard: []string{m.ID}, From: "new", To: "old"})
}

func (d *desk) Move(ctx context.Context, m store.Message, folder string) error {
	return d.db.MoveMessage(ctx, m.ID, folder)
}

func (d *desk) Delete(ctx context.Context, m store.Message) error {
	return d.db.SortMessages(ctx, store.Sorting{At: d.now, Deleted: []string{m.ID}})
}

// deleteRecording does what the shelf of package app does.
func (d *desk) deleteRecording(ctx context.Context, name, call, by string) error {
	condemned, err := d.db.CondemnRecordings(ctx, []string{name}, call, by, d.now)
	if err != nil {
		return err
	}
	if len(condemned) == 0 {
		return store.ErrHeld
	}
	return os.Remove(filepath.Join(d.folder, name))
}

// promises are the Book's as the console wants them.
type promises struct{ *callback.Book }

func (p promises) Cancel(ctx context.Context, id, by string) (late bool, err error) {
	return untimely(p.Book.Cancel(ctx, id, by))
}

func (p promises) Hasten(ctx context.Context, id string) (late bool, err error) {
	return untimely(p.Book.Hasten(ctx, id))
}

func untimely(err error) (late bool, other error) {
	if errors.Is(err, callback.ErrLate) {
		return true, nil
	}
	return false, err
}

func (d *desk) Undelete(ctx context.Context, m store.Message) error {
	return d.db.UndeleteMessage(ctx, m.ID)
}

// message leaves one in a mailbox, in a conversation.
func (d *desk) message(id, box, call string) {
	d.t.Helper()
	if err := d.db.AddMessage(d.t.Context(), store.Message{
		ID: id, Mailbox: box, Folder: "new", Number: "0100", Name: "<i>Zed</i>", Call: call, Received: d.now, Duration: 75 * time.Second, File: id + ".wav",
	}); err != nil {
		d.t.Fatal(err)
	}
}

const somePassword = "a good password"

func open(t *testing.T) *desk {
	t.Helper()
	db, err := store.Open(t.Context(), store.Options{DSN: "sqlite", Dir: t.TempDir(), Log: slog.New(slog.NewTextHandler(t.Output(), nil))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return openOn(t, db)
}

// openOn is a desk on a database that is somebody else's to close.
func openOn(t testing.TB, db *store.DB) *desk {
	t.Helper()
	d := &desk{t: t, db: db, now: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC), folder: t.TempDir()}
	log := slog.New(slog.NewTextHandler(t.Output(), nil))
	d.floor = queue.New(queue.Options{Log: log})
	d.queues = map[string]queue.Config{"arabic": {}}
	d.members = []queue.Member{{User: "2001", Queue: "arabic", Name: "Amal Haddad"}}
	d.floor.Apply(d.queues, d.members)
	d.floor.SetRegistered("2001", true)
	where := Config{Listen: "127.0.0.1:0"}
	door, err := Listen(t.Context(), where)
	if err != nil {
		t.Fatal(err)
	}
	d.s, err = New(t.Context(), Options{
		Config: where, Listener: door, Store: d.db, Floor: d.floor, Log: log, Recordings: d.folder,
		Calls: func() []call.Record { return d.live },
		CallInProgress: func(id string) (store.Call, bool) {
			i := slices.IndexFunc(d.live, func(r call.Record) bool { return r.ID == id })
			if i < 0 {
				return store.Call{}, false
			}
			r := d.live[i]
			c := store.Call{ID: r.ID, Began: r.Began, Number: r.Caller.Number, Called: r.Called, Legs: []store.Leg{{CallID: "sip-" + r.ID}}}
			for _, n := range r.Path {
				c.Path = append(c.Path, store.Note(n))
			}
			return c, true
		},
		HangUp:   func(id string) bool { d.ended = append(d.ended, id); return id == "c1" },
		Location: func() *time.Location { return time.UTC },
		Figures: history.NewLedger(history.LedgerOptions{
			DB: d.db, Log: log, Zone: func() *time.Location { return time.UTC }, Now: func() time.Time { return d.now },
		}),
		Peaks: func(f io.ReaderAt, size int64) (Peaks, error) {
			p, err := recorder.ReadPeaks(f, size)
			return Peaks(p), err
		},
		DeleteRecording: d.deleteRecording,
		Promises:        promises{callback.New(t.Context(), callback.Options{Store: d.db})},
		Record:          func(id string, on bool, by string) error { return d.record(id, on, by) },
		Today:           func() map[string]Day { return d.today },
		Queues:          func() map[string]queue.Config { return d.queues },
		Members:         func() []queue.Member { return d.members },
		SetOpen: func(_ context.Context, name string, to queue.Switch, by string) error {
			d.floor.SetOpen(name, to)
			d.switched = append(d.switched, fmt.Sprint(name, " ", to, " by ", by))
			return nil
		},
		Outline:   func() dialplan.Outline { return d.outline },
		Prompts:   &d.prompts,
		Voicemail: d, Folders: []string{"new", "old", "work"},
		Mailboxes: func(person string, all bool) (list []Mailbox) {
			if person == "2001" {
				list = append(list, Mailbox{"2001", "Amal"})
			}
			if all {
				list = append(list, Mailbox{"600", "Complaints"})
			}
			return list
		},
		Person:     func(number string) bool { return number == "2001" || number == "2002" || number == "2999" },
		Reasons:    func() []string { return d.reasons },
		System:     d.system(),
		Signalling: func(_ context.Context, c store.Call) ([]store.Signal, error) { return d.signals[c.ID], nil },
		Health:     func(context.Context) []Part { return d.parts },
		Metrics:    http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "hatif_calls 0") }),
		CallsBack:  func() bool { return !d.mute },
		CallBack: func(_ context.Context, person, number string, r store.Request) error {
			d.called = append(d.called, person+" calls "+number+" for "+r.ID)
			return nil
		},
		Owe: d.owe, Reload: func() ([]string, error) { return d.restart, d.mistake }, Webhooks: d,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.s.Close(); err != nil {
			t.Error(err)
		}
	})
	d.s.now = func() time.Time { return d.now }
	d.server = httptest.NewServer(d.s.handler)
	t.Cleanup(d.server.Close)
	t.Cleanup(d.s.leave) // streams end before the server waits for them
	return d
}

// account makes one that has chosen its password.
func (d *desk) account(name string, role Role, person string) {
	d.t.Helper()
	if err := d.db.AddConsoleAccount(d.t.Context(), store.ConsoleAccount{
		Name: name, Role: string(role), Person: person, Password: somePasswordHash, Created: d.now, Changed: d.now,
	}); err != nil {
		d.t.Fatal(err)
	}
}

var somePasswordHash = HashPassword(somePassword)

// A browser keeps its cookies and follows no redirect.
type browser struct {
	d      *desk
	client *http.Client
	header http.Header
}

func (d *desk) browser() *browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		d.t.Fatal(err)
	}
	return &browser{d: d, header: http.Header{"Accept-Language": {"en"}}, client: &http.Client{
		Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// as is a browser in which the account has logged on.
func (d *desk) as(name string) *browser {
	d.t.Helper()
	b := d.browser()
	if page := b.post("/logon", "name", name, "password", somePassword); page.status != http.StatusSeeOther {
		d.t.Fatalf("%s cannot log on: %d %s", name, page.status, page.text)
	}
	return b
}

type page struct {
	status int
	header http.Header
	text   string
}

func (b *browser) do(method, path, body string) page {
	b.d.t.Helper()
	ctx, stop := context.WithTimeout(b.d.t.Context(), 20*time.Second)
	defer stop()
	req, err := http.NewRequestWithContext(ctx, method, b.d.server.URL+path, strings.NewReader(body))
	if err != nil {
		b.d.t.Fatal(err)
	}
	req.Header = b.header.Clone()
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	res, err := b.client.Do(req)
	if err != nil {
		b.d.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		b.d.t.Fatal(err)
	}
	return page{res.StatusCode, res.Header, string(text)}
}

func (b *browser) get(path string) page { b.d.t.Helper(); return b.do(http.MethodGet, path, "") }

func (b *browser) post(path string, form ...string) page {
	b.d.t.Helper()
	v := make(url.Values)
	for i := 0; i+1 < len(form); i += 2 {
		v.Set(form[i], form[i+1])
	}
	return b.do(http.MethodPost, path, v.Encode())
}

// wants is a page of a status that holds all of the texts.
func (p page) wants(t *testing.T, status int, texts ...string) page {
	t.Helper()
	if p.status != status {
		t.Errorf("status %d, want %d", p.status, status)
	}
	for _, text := range texts {
		if !strings.Contains(p.text, text) {
			t.Errorf("the page does not say %q", text)
		}
	}
	if t.Failed() {
		t.Logf("the page:\n%s", p.text)
	}
	return p
}

// call stores one that was recorded.
func (d *desk) call(id, number, agent string) store.Call {
	d.t.Helper()
	c := store.Call{
		ID: id, Began: d.now, Answered: d.now, Connected: d.now.Add(5 * time.Second), Ended: d.now.Add(65 * time.Second),
		Number: number, Name: "<b>Caller</b>", Called: "0777", Context: "incoming", Language: "ar", Queue: "arabic", Agent: agent,
		Result: "answered", Cause: store.Cause{Name: "normal", Q850: 16, SIP: 200},
		Path:       []store.Note{{At: d.now, Text: "menu welcome"}, {At: d.now.Add(2 * time.Second), Text: "digit 1"}},
		Recordings: []string{"2026-11-23/" + id + ".wav"},
		Legs:       []store.Leg{{ID: "l1", User: "1001", Number: number}, {ID: "l2", User: agent, Number: agent}},
	}
	if err := d.db.SaveCall(d.t.Context(), c); err != nil {
		d.t.Fatal(err)
	}
	day := filepath.Join(d.folder, "2026-11-23")
	if err := os.MkdirAll(day, 0o750); err != nil {
		d.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(day, id+".wav"), []byte("RIFF of "+id), 0o600); err != nil {
		d.t.Fatal(err)
	}
	return c
}

// deeds are the actions in the audit log, the newest first: "listen recording x by boss".
func (d *desk) deeds() []string {
	d.t.Helper()
	all, err := d.db.Deeds(d.t.Context(), store.Deed{}, 1000)
	if err != nil {
		d.t.Fatal(err)
	}
	var texts []string
	for _, deed := range all {
		texts = append(texts, strings.TrimSpace(deed.Action+" "+deed.Subject)+" by "+deed.Account)
	}
	return texts
}

// next is the address of the next page; "".
func (p page) next() string {
	_, rest, found := strings.Cut(p.text, `rel="next" href="`)
	if !found {
		return ""
	}
	address, _, _ := strings.Cut(rest, `"`)
	return html.UnescapeString(address)
}
