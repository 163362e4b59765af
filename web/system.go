package web

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"hatif/internal/tail"
)

// A System is hatif as its administrator looks at it. All but Log are needed.
type System struct {
	State         func(context.Context) State
	Registrations func() []Registration
	Remove        func(user, uri string) bool // a registration; false: there is none
	Bans          func() []Ban
	Lift          func(source, account string) bool // a ban; false: there is none
	Log           *tail.Ring                        // nil: nothing is kept
}

// A State is how hatif fares at one moment.
type State struct {
	Started  time.Time
	Versions []string // "hatif 1.2.3", "go1.26", "SQLite 3.50"
	Parts    []Part
	Reload   Reload
	Load     Load
}

// A Load is what hatif uses of the machine.
type Load struct {
	Cores           float64       // of processor time, since the last look
	CPU             time.Duration // since the start
	Heap, Resident  uint64        // bytes
	Goroutines      int
	Descriptors     int
	MostDescriptors int
	Calls           int
	Ports           int
	MostPorts       int           // 0: the system chooses them
	Packets         float64       // a second, in and out, since the last look
	Lag             time.Duration // how late the media loops were in the mean, since the last look
	Skipped         uint64        // turns of 20 ms that were left out
}

// A Registration is where a phone is.
type Registration struct {
	User, Name     string
	URI            string // what names it among those of the user
	Address        string
	Transport      string
	Device         string // User-Agent
	Since, Expires time.Time
	Fixed          bool // by the file: there is nothing to remove
}

// A Ban is a source that is refused.
type Ban struct {
	Source   string // "192.0.2.7" or "2001:db8::/64"
	Account  string // "": whatever account it uses
	Failures int    // that have led to it
	Since    time.Time
	Until    time.Time
	Console  bool // of the console: the next log-on has to wait
}

const (
	logShown = 200 // records on the page
	logMost  = 1000
)

type systemView struct {
	nowView
	Registrations []Registration
	Bans          []Ban
	Repairs       bool // the visitor may change things
	Log           logView
	Zone          *time.Location
}

// nowView is what changes by itself.
type nowView struct {
	State
	Zone *time.Location
}

type logView struct {
	Kept    bool
	Levels  []string
	Level   string
	Text    string
	Poll    string // the address of the same records as they are then
	Records []tail.Record
	Zone    *time.Location
}

var logLevels = []string{"debug", "info", "warn", "error"}

func (s *Server) systemPage(w http.ResponseWriter, r *http.Request, v *visitor) error {
	records, err := s.logRecords(r)
	if err != nil {
		return err
	}
	view := systemView{
		nowView: s.systemNow(r), Registrations: s.System.Registrations(), Bans: s.bans(), Repairs: v.role.may(repair), Log: records, Zone: s.Location(),
	}
	return s.show(w, r, v, http.StatusOK, "system", "menu.system", view)
}

func (s *Server) systemNow(r *http.Request) nowView {
	return nowView{State: s.System.State(r.Context()), Zone: s.Location()}
}

// bans are those of SIP and of the console.
func (s *Server) bans() []Ban {
	all := append(s.System.Bans(), s.failed.waiting(s.now())...)
	slices.SortStableFunc(all, func(a, b Ban) int { return b.Until.Compare(a.Until) })
	return all
}

// logRecords are the records that the address asks for.
func (s *Server) logRecords(r *http.Request) (logView, error) {
	q := r.URL.Query()
	view := logView{Kept: s.System.Log != nil, Levels: logLevels, Level: cmp.Or(q.Get("level"), "info"), Text: q.Get("text"), Zone: s.Location()}
	var level slog.Level
	if !slices.Contains(logLevels, view.Level) || level.UnmarshalText([]byte(view.Level)) != nil {
		return view, errBadInput
	}
	limit := logShown
	if q.Has("all") {
		limit = logMost
	}
	view.Poll = "/system/log?" + url.Values{"level": {view.Level}, "text": {view.Text}}.Encode()
	if view.Kept {
		view.Records = s.System.Log.Last(limit, level, view.Text)
	}
	return view, nil
}

// systemPart answers with a piece of the page, for the script that keeps it up to date.
func (s *Server) systemPart(w http.ResponseWriter, r *http.Request, v *visitor, name string, data any) error {
	html, err := s.render(s.speaks(r, v), name, data)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, err = w.Write(html)
	return err
}

func (s *Server) systemNowPart(w http.ResponseWriter, r *http.Request, v *visitor) error {
	return s.systemPart(w, r, v, "system-now", s.systemNow(r))
}

func (s *Server) systemLogPart(w http.ResponseWriter, r *http.Request, v *visitor) error {
	records, err := s.logRecords(r)
	if err != nil {
		return err
	}
	return s.systemPart(w, r, v, "system-log", records)
}

func (s *Server) removeRegistration(w http.ResponseWriter, r *http.Request, v *visitor) error {
	user, uri := r.PostFormValue("user"), r.PostFormValue("uri")
	if user == "" || uri == "" || !s.System.Remove(user, uri) {
		return errNotFound
	}
	return s.repaired(w, r, v, "remove registration", "user "+user, uri)
}

func (s *Server) liftBan(w http.ResponseWriter, r *http.Request, v *visitor) error {
	source, account := r.PostFormValue("source"), r.PostFormValue("account")
	lifted := false
	if console, err := strconv.ParseBool(r.PostFormValue("console")); err == nil && console {
		lifted = s.failed.forgive(source, account)
	} else {
		lifted = s.System.Lift(source, account)
	}
	if !lifted {
		return errNotFound
	}
	return s.repaired(w, r, v, "lift ban", source, account)
}

func (s *Server) repaired(w http.ResponseWriter, r *http.Request, v *visitor, action, subject, detail string) error {
	if err := s.note(r, v.account.Name, action, subject, detail); err != nil {
		return err
	}
	http.Redirect(w, r, "/system", http.StatusSeeOther)
	return nil
}
