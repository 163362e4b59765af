package app

import (
	"errors"
	"fmt"
	"maps"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"hatif/call"
	"hatif/config"
	"hatif/dialplan"
	"hatif/internal/fault"
	"hatif/sip"
	"hatif/web"
)

// keptVersions are the versions of the file that can be gone back to.
const keptVersions = 20

// keptTexts are the texts that pages of the console may still be made from.
const keptTexts = 8

// A file is the configuration file for the console. It implements web.File.
type file struct {
	app     *App
	path    string
	history config.History

	mu   sync.Mutex
	seen []text       // guarded by mu; the latest last
	sum  string       // guarded by mu; of the text that read was last read from
	read *web.Reading // guarded by mu; never changed
}

type text struct {
	sum string
	is  []byte
}

// newFile is the file that hatif was started with; nil when it was started without one, in a test.
func (a *App) newFile() web.File {
	if a.made.Path() == "" {
		return nil
	}
	return &file{app: a, path: a.made.Path(), history: config.History{Folder: filepath.Join(a.made.Data, "config"), Keep: keptVersions}}
}

// Open implements web.File.
func (f *file) Open() ([]byte, string, error) {
	is, err := config.Read(f.path)
	if err != nil {
		return nil, "", err
	}
	sum := config.Sum(is)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.seen = slices.DeleteFunc(f.seen, func(t text) bool { return t.sum == sum })
	f.seen = append(f.seen, text{sum, is})
	f.seen = f.seen[max(0, len(f.seen)-keptTexts):]
	return is, sum, nil
}

// Seen implements web.File.
func (f *file) Seen(sum string) ([]byte, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, t := range f.seen {
		if t.sum == sum {
			return t.is, true
		}
	}
	return nil, false
}

// check is what `hatif check` does with a text.
func (f *file) check(is []byte) (cfg *config.Config, plan *dialplan.Plan, err error) {
	err = call.Contain(f.app.log, "reading the file", func() error {
		if cfg, err = config.LoadText(f.path, is); err != nil {
			return err
		}
		if plan, err = Compile(cfg); err != nil {
			return err
		}
		return cfg.Located(fault.Under(cfg.Web.ValidateFiles(), "web"))
	})
	return cfg, plan, mistakes(err)
}

// mistakes are err as the console shows it.
func mistakes(err error) error {
	if err == nil {
		return nil
	}
	var told web.Mistakes
	var found config.Errors
	if !errors.As(err, &found) {
		return web.Mistakes{{Text: err.Error()}}
	}
	for _, e := range found {
		told = append(told, web.Mistake{File: e.File, Line: e.Line, Column: e.Column, Key: e.Key, Text: e.Msg, Source: e.Source})
	}
	return told
}

// Read implements web.File. The last text that was good is not read again: pages ask for it many times. Apply does not
// rely on that, since sounds may have gone meanwhile.
func (f *file) Read(is []byte) (*web.Reading, error) {
	sum := config.Sum(is)
	f.mu.Lock()
	read := f.read
	if f.sum != sum {
		read = nil
	}
	f.mu.Unlock()
	if read != nil {
		return read, nil
	}
	read, err := f.readAnew(is)
	if err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.sum, f.read = sum, read
	return read, nil
}

func (f *file) readAnew(is []byte) (*web.Reading, error) {
	cfg, plan, err := f.check(is)
	if err != nil {
		return nil, err
	}
	r := &web.Reading{
		Contexts: cfg.Contexts.Contexts(), Queues: slices.Sorted(maps.Keys(cfg.Queues)), Said: make(map[string]map[string]any), Languages: cfg.Languages, Codecs: config.Codecs(),
		Taken: slices.Collect(maps.Keys(cfg.Mailboxes)),
	}
	for _, name := range r.Queues {
		r.Said[name] = cfg.Said("queues", name)
	}
	for _, name := range r.Contexts {
		r.Taken = append(r.Taken, plan.Numbers(name)...)
	}
	for _, p := range cfg.People() {
		r.People = append(r.People, web.Person{Number: p.Number, Written: entryOf(p.Written), Complete: entryOf(p.Complete)})
	}
	for _, odd := range cfg.Oddities() {
		r.Warnings = append(r.Warnings, fmt.Sprint(odd))
	}
	for _, w := range plan.Warnings() {
		r.Warnings = append(r.Warnings, fmt.Sprint(cfg.Located(fault.Under(w, "contexts"))))
	}
	return r, nil
}

// Explain implements web.File.
func (f *file) Explain(is []byte, from, to, keys string) (string, error) {
	_, plan, err := f.check(is)
	if err != nil {
		return "", err
	}
	return plan.Explain(from, to, keys)
}

// Typed implements web.File.
func (f *file) Typed(before []byte, typed string) []byte { return config.Typed(before, typed) }

// Diff implements web.File.
func (f *file) Diff(before, after []byte, shown []string) []web.DiffLine {
	var all []web.DiffLine
	for _, l := range config.Diff(before, after, shown) {
		all = append(all, web.DiffLine(l))
	}
	return all
}

// Apply implements web.File. Whoever saves second finds another file than theirs was made from: nobody's change is lost.
func (f *file) Apply(by, sum string, is []byte) (restart []string, err error) {
	f.app.reload.Lock()
	defer f.app.reload.Unlock()
	defer func() { f.app.reloads.note(restart, err) }()
	cfg, _, err := f.check(is)
	if err != nil {
		return nil, err
	}
	err = call.Contain(f.app.log, "applying the file", func() error {
		var err error
		restart, err = f.app.apply(cfg, func() error { return f.write(sum, is) })
		return err
	})
	if err != nil {
		return nil, err
	}
	if err := f.history.Add(is, by, time.Now()); err != nil { // the next change keeps it as what was on the disk
		f.app.log.Error("a version of the file is not kept", "error", err)
	}
	f.app.log.Info("the file is applied", "why", "the console", "by", by)
	if len(restart) > 0 {
		f.app.log.Warn("a restart is needed for changes below these keys", "keys", strings.Join(restart, ", "))
	}
	return restart, nil
}

// write keeps the text that is there and puts another in its place.
func (f *file) write(sum string, is []byte) error {
	old, err := config.Read(f.path)
	if err != nil {
		return err
	}
	if config.Sum(old) != sum {
		return web.ErrFileChanged
	}
	if err := f.history.Add(old, "", time.Now()); err != nil {
		return err
	}
	err = config.Replace(f.path, sum, is)
	if errors.Is(err, config.ErrChanged) {
		return web.ErrFileChanged
	}
	return err
}

// Versions implements web.File.
func (f *file) Versions() ([]web.Version, error) {
	kept, err := f.history.Versions()
	if err != nil {
		return nil, err
	}
	now, err := config.Read(f.path)
	if err != nil {
		return nil, err
	}
	sum, found := config.Sum(now), false
	var all []web.Version
	for _, v := range kept {
		is := !found && strings.HasPrefix(sum, v.Sum)
		found = found || is
		all = append(all, web.Version{ID: v.ID, At: v.At, By: v.By, Now: is})
	}
	return all, nil
}

// Version implements web.File.
func (f *file) Version(id string) ([]byte, error) { return f.history.Text(id) }

// Fresh implements web.File.
func (f *file) Fresh() (secret, pin string, err error) {
	if secret, err = config.FreshSecret(); err != nil {
		return "", "", err
	}
	pin, err = config.FreshPIN()
	return secret, pin, err
}

// Phones implements web.File.
func (f *file) Phones(number string) int { return len(f.app.ua.Registrar().Contacts(number)) }

// Addresses implements web.File.
func (f *file) Addresses() (all []string, realm string) {
	c := f.app.made.SIP
	if realm = c.Realm; realm == "" {
		realm = sip.DefaultRealm
	}
	if c.Advertise == "" || c.Advertise == "auto" {
		return f.app.reachable(), realm
	}
	host, port, err := net.SplitHostPort(c.Advertise)
	if err != nil {
		host, port = strings.Trim(c.Advertise, "[]"), ""
	}
	for _, l := range f.app.Addrs() {
		scheme, hostPort, _ := strings.Cut(l, "://")
		_, listened, err := net.SplitHostPort(hostPort)
		if err != nil {
			continue
		}
		if port != "" {
			listened = port
		}
		if at := scheme + "://" + net.JoinHostPort(host, listened); !slices.Contains(all, at) {
			all = append(all, at)
		}
	}
	return all, realm
}
