package web

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

//go:embed templates
var templateFiles embed.FS

//go:embed static
var staticFiles embed.FS

// pages are the templates in every language.
type pages struct {
	languages []*language
	templates map[string]*template.Template // by language
}

// layout is what frames every page.
type layout struct {
	Lang      *language
	Languages []*language
	Title     string
	Path      string
	Account   string // "": nobody has logged on
	Role      Role
	Menu      []menuItem
	Data      any
}

type menuItem struct {
	Path, Text string
	Here       bool
}

// menu is the pages in the order of the work.
var menu = []struct {
	path, text string
	any        []right
}{
	{"/board", "menu.board", []right{seeBoard}},
	{"/calls", "menu.calls", []right{seeCalls, seeOwnCalls}},
	{"/recordings", "menu.recordings", []right{listen}},
	{"/requests", "menu.requests", []right{seeRequests}},
	{"/ratings", "menu.ratings", []right{seeRatings}},
	{"/owed", "menu.owed", []right{seeOwed}},
	{"/reports", "menu.reports", []right{seeReports}},
	{"/voicemail", "menu.voicemail", []right{openBoxes}},
	{"/people", "menu.people", []right{changeFile}},
	{"/configuration", "menu.configuration", []right{changeFile}},
	{"/queues", "menu.queues", []right{seeQueues}},
	{"/plan", "menu.plan", []right{seeQueues}},
	{"/prompts", "menu.prompts", []right{changePrompts}},
	{"/accounts", "menu.accounts", []right{admit}},
	{"/tokens", "menu.tokens", []right{admit}},
	{"/audit", "menu.audit", []right{seeAudit}},
	{"/system", "menu.system", []right{seeSystem}},
}

// readPages parses the templates in every language, once in a process.
var readPages = sync.OnceValues(func() (pages, error) {
	languages, err := readLanguages()
	if err != nil {
		return pages{}, err
	}
	p := pages{languages: languages, templates: make(map[string]*template.Template)}
	for _, l := range languages {
		t := template.New("").Funcs(functions(l))
		if t, err = t.ParseFS(templateFiles, "templates/*.html"); err != nil {
			return pages{}, fmt.Errorf("console: %w", err)
		}
		p.templates[l.Tag] = t
	}
	return p, nil
})

// functions are what templates say things with.
func functions(l *language) template.FuncMap {
	return template.FuncMap{
		"t":        l.say,
		"word":     l.word,
		"clock":    clock,
		"length":   length,
		"bytes":    size,
		"millis":   func(d time.Duration) string { return fmt.Sprintf("%.1f", float64(d)/float64(time.Millisecond)) },
		"unixms":   func(t time.Time) int64 { return t.UnixMilli() },
		"segment":  url.PathEscape,
		"basename": func(name string) string { return name[strings.LastIndexByte(name, '/')+1:] },
		"roles":    Roles,
		"types":    func() []string { return []string{"friend", "user", "peer"} },
		"pair":     func(first, second any) struct{ First, Second any } { return struct{ First, Second any }{first, second} },
		"shortly":  shortly,
		"times":    func(a, b int) int { return a * b },
	}
}

// clock is a moment as people write it: "2026-11-23 14:05:09".
func clock(t time.Time, zone *time.Location) string {
	if t.IsZero() {
		return ""
	}
	return t.In(zone).Format(time.DateTime)
}

// length is a duration as a clock shows it: "1:05", "2:00:09".
func length(d time.Duration) string {
	s := int(d.Round(time.Second) / time.Second)
	if s < 3600 {
		return fmt.Sprintf("%d:%02d", s/60, s%60)
	}
	return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
}

// size is a number of bytes for people: "1.5 MiB".
func size(n uint64) string {
	units := []string{"B", "KiB", "MiB", "GiB", "TiB"}
	f, i := float64(n), 0
	for f >= 1024 && i < len(units)-1 {
		f, i = f/1024, i+1
	}
	if i == 0 {
		return fmt.Sprintf("%d B", n)
	}
	return fmt.Sprintf("%.1f %s", f, units[i])
}

// show renders a page whole before anything is sent, so that a failure is an error page and not half of one.
func (s *Server) show(w http.ResponseWriter, r *http.Request, v *visitor, status int, page, title string, data any) error {
	l := s.speaks(r, v)
	frame := layout{Lang: l, Languages: s.pages.languages, Title: l.say(title), Path: r.URL.RequestURI(), Data: data}
	if r.Method != http.MethodGet {
		frame.Path = "/"
	}
	if v != nil {
		frame.Account, frame.Role = v.account.Name, v.role
		for _, m := range menu {
			for _, needed := range m.any {
				if v.role.may(needed) {
					frame.Menu = append(frame.Menu, menuItem{m.path, l.say(m.text), strings.HasPrefix(r.URL.Path, m.path)})
					break
				}
			}
		}
	}
	html, err := s.render(l, page, frame)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, err = w.Write(html)
	return err
}

// render is a template's output in a language.
func (s *Server) render(l *language, name string, data any) ([]byte, error) {
	var b bytes.Buffer
	if err := s.pages.templates[l.Tag].ExecuteTemplate(&b, name+".html", data); err != nil {
		return nil, fmt.Errorf("page %s: %w", name, err)
	}
	return b.Bytes(), nil
}

// static serves the scripts and styles, which browsers may keep for an hour.
func static() http.Handler {
	files, err := fs.Sub(staticFiles, "static")
	if err != nil {
		panic(err) // "static" is embedded
	}
	serve := http.FileServerFS(files)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/") || r.URL.Path == "" {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Cache-Control", "max-age=3600")
		serve.ServeHTTP(w, r)
	})
}

// remote is where the browser is: who has connected, or whom a proxy of ours names.
func (s *Server) remote(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	peer, err := netip.ParseAddr(host)
	if err != nil || !slices.ContainsFunc(s.Config.proxies(), func(p netip.Prefix) bool { return p.Contains(peer.Unmap()) }) {
		return host
	}
	forwarded := r.Header.Values("X-Forwarded-For")
	if len(forwarded) == 0 {
		return host
	}
	last := forwarded[len(forwarded)-1] // what our proxy has added; the rest anybody may have written
	named, err := netip.ParseAddr(strings.TrimSpace(last[strings.LastIndexByte(last, ',')+1:]))
	if err != nil {
		return host
	}
	return named.String()
}
