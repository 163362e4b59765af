package web

import (
	"crypto/rand"
	"encoding/xml"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"rsc.io/qr"
)

// How long the address in a QR code gives a phone its settings, and how often.
const (
	grantTime = 10 * time.Minute
	grantUses = 3 // phones try again when a network fails them
)

// grants are the addresses from which phones may fetch their settings.
type grants struct {
	mu  sync.Mutex
	all map[string]grant // by token; guarded by mu
}

type grant struct {
	number, at, by string // whose settings, at which SIP address; the account that showed the code
	until          time.Time
	uses           int
}

// add makes an address and forgets those that are over.
func (g *grants) add(now time.Time, one grant) (token string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.all == nil {
		g.all = make(map[string]grant)
	}
	for token, old := range g.all {
		if now.After(old.until) {
			delete(g.all, token)
		}
	}
	token = rand.Text()
	one.until, one.uses = now.Add(grantTime), grantUses
	g.all[token] = one
	return token
}

// use takes one use of an address.
func (g *grants) use(now time.Time, token string) (grant, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	one, is := g.all[token]
	if !is || now.After(one.until) {
		return grant{}, false
	}
	if one.uses--; one.uses == 0 {
		delete(g.all, token)
	} else {
		g.all[token] = one
	}
	return one, true
}

// A sipAddress is where phones log on.
type sipAddress struct {
	Text      string // "udp://192.0.2.1:5060"
	Host      string
	Port      string
	Transport string // "udp"
}

func readAddress(text string) (a sipAddress, ok bool) {
	scheme, rest, _ := strings.Cut(text, "://")
	host, port, err := net.SplitHostPort(rest)
	return sipAddress{text, host, port, scheme}, err == nil
}

// HostPort is as a URI has it.
func (a sipAddress) HostPort() string { return net.JoinHostPort(a.Host, a.Port) }

// A picture is a QR code: the path of its dark squares, each one unit wide.
type picture struct {
	Size int
	Path string
}

const quietZone = 4 // units around a code, as ISO/IEC 18004 wants

func draw(text string) (picture, error) {
	code, err := qr.Encode(text, qr.M)
	if err != nil {
		return picture{}, fmt.Errorf("QR code: %w", err)
	}
	var b strings.Builder
	for y := range code.Size {
		for x := range code.Size {
			if code.Black(x, y) {
				fmt.Fprintf(&b, "M%d %dh1v1h-1z", x+quietZone, y+quietZone)
			}
		}
	}
	return picture{code.Size + 2*quietZone, b.String()}, nil
}

type phoneView struct {
	Person    Person
	Realm     string
	Addresses []sipAddress
	At        sipAddress
	Minutes   int
	Near      bool // the browser sees the console at an address that only this machine has
	Linphone  picture
	Plain     picture
	PlainText string
	Applied   bool
	Restart   string
}

// phoneSettings shows what is to be put into somebody's phone, the secret too: that is noted before it is shown.
func (s *Server) phoneSettings(w http.ResponseWriter, r *http.Request, v *visitor) error {
	_, reading, wrong, err := s.reading()
	if err != nil {
		return err
	}
	p := reading.person(r.PathValue("number"))
	switch {
	case wrong != nil:
		http.Redirect(w, r, "/people", http.StatusSeeOther)
		return nil
	case p == nil:
		return errNotFound
	}
	view := phoneView{Person: *p, Minutes: int(grantTime / time.Minute), Applied: r.URL.Query().Has("applied"), Restart: r.URL.Query().Get("restart")}
	all, realm := s.File.Addresses()
	view.Realm = realm
	for _, text := range all {
		if a, ok := readAddress(text); ok {
			view.Addresses = append(view.Addresses, a)
		}
	}
	if len(view.Addresses) == 0 {
		return errNotFound
	}
	console := hostOf(r.Host)
	view.At = view.Addresses[0]
	asked := r.URL.Query().Get("at")
	if i := slices.IndexFunc(view.Addresses, func(a sipAddress) bool { return asked == a.Text || asked == "" && a.Host == console }); i >= 0 {
		view.At = view.Addresses[i]
	}
	ip := net.ParseIP(console)
	view.Near = console == "localhost" || ip != nil && ip.IsLoopback()
	if err := s.note(r, v.account.Name, "show secret", p.Number, ""); err != nil {
		return err
	}
	token := s.grants.add(s.now(), grant{number: p.Number, at: view.At.Text, by: v.account.Name})
	scheme := "http"
	if s.secure || r.Header.Get("X-Forwarded-Proto") == "https" {
		scheme = "https"
	}
	if view.Linphone, err = draw((&url.URL{Scheme: scheme, Host: r.Host, Path: "/provision/" + token}).String()); err != nil {
		return err
	}
	view.PlainText = fmt.Sprintf("server %s\ntransport %s\nuser %s\npassword %s\nname %s\n", view.At.HostPort(), strings.ToUpper(view.At.Transport), p.Number, p.Complete.Secret, p.Complete.Name)
	if view.Plain, err = draw(view.PlainText); err != nil {
		return err
	}
	return s.show(w, r, v, http.StatusOK, "phone", "phone.title", view)
}

func hostOf(hostPort string) string {
	if host, _, err := net.SplitHostPort(hostPort); err == nil {
		return host
	}
	return strings.Trim(hostPort, "[]")
}

// Linphone's settings are sections of entries; those that are empty are taken back. The schema is
// http://www.linphone.org/xsds/lpconfig.xsd.
type (
	linphoneConfig struct {
		XMLName  xml.Name          `xml:"http://www.linphone.org/xsds/lpconfig.xsd config"`
		Sections []linphoneSection `xml:"section"`
	}
	linphoneSection struct {
		Name    string          `xml:"name,attr"`
		Entries []linphoneEntry `xml:"entry"`
	}
	linphoneEntry struct {
		Name      string `xml:"name,attr"`
		Overwrite bool   `xml:"overwrite,attr"`
		Value     string `xml:",chardata"`
	}
)

// linphone are the settings of a phone of p.
func linphone(p Person, at sipAddress, realm string) linphoneConfig {
	section := func(name string, pairs ...string) linphoneSection {
		all := linphoneSection{Name: name}
		for i := 0; i+1 < len(pairs); i += 2 {
			all.Entries = append(all.Entries, linphoneEntry{pairs[i], true, pairs[i+1]})
		}
		return all
	}
	identity := fmt.Sprintf("%q <sip:%s@%s>", strings.Map(func(r rune) rune {
		if r == '"' || r == '\\' {
			return -1
		}
		return r
	}, p.Complete.Name), p.Number, at.Host)
	return linphoneConfig{Sections: []linphoneSection{
		section("misc", "config-uri", ""), // once: the address is soon over
		section("sip", "default_proxy", "0"),
		section("proxy_0", "reg_proxy", fmt.Sprintf("<sip:%s;transport=%s>", at.HostPort(), at.Transport), "reg_identity", identity,
			"reg_sendregister", "1", "reg_expires", "600", "publish", "0", "dial_escape_plus", "0"),
		section("auth_info_0", "username", p.Number, "userid", p.Number, "passwd", p.Complete.Secret, "realm", realm, "domain", at.Host),
	}}
}

// provision gives a phone its settings, once it has been shown where: the address is the proof.
func (s *Server) provision(w http.ResponseWriter, r *http.Request, _ *visitor) error {
	g, ok := s.grants.use(s.now(), r.PathValue("token"))
	if !ok {
		return errNotFound
	}
	_, reading, wrong, err := s.reading()
	if err != nil {
		return err
	}
	p := reading.person(g.number)
	at, ok := readAddress(g.at)
	if wrong != nil || p == nil || !ok {
		return errNotFound
	}
	if err := s.note(r, g.by, "provision phone", g.number, ""); err != nil {
		return err
	}
	_, realm := s.File.Addresses()
	body, err := xml.MarshalIndent(linphone(*p, at, realm), "", " ")
	if err != nil {
		return fmt.Errorf("settings of a phone: %w", err)
	}
	w.Header().Set("Content-Type", "application/xml; charset=utf-8")
	_, err = w.Write(append([]byte(xml.Header), body...))
	return err
}
