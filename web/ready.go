package web

import (
	"encoding/json"
	"net/http"
	"time"
)

// A Part is one of hatif's parts, and whether it does its work.
type Part struct {
	Name string // "sip", "media", "database", …
	Err  string // why it does not; "": it does
}

// A Reload is what has become of the last reading of the file.
type Reload struct {
	At      time.Time
	Err     string   // why it was refused; "": it is in force
	Restart []string // keys whose change waits for a restart
}

// readiness is what /readyz says.
type readiness struct {
	Ready bool              `json:"ready"`
	Not   map[string]string `json:"not,omitempty"` // what does not work, and why
}

// unsaid stands for why a part does not work, which may name folders and hosts, where others than programs here ask.
const unsaid = "not working: the log says why"

// ready tells balancers and orchestrators whether calls should come here: 200, or 503 with what is amiss.
func (s *Server) ready(w http.ResponseWriter, r *http.Request) {
	now := readiness{Ready: true}
	for _, p := range s.Health(r.Context()) {
		if p.Err == "" {
			continue
		}
		if now.Not == nil {
			now.Not = make(map[string]string)
		}
		if now.Ready, now.Not[p.Name] = false, unsaid; s.local(r) {
			now.Not[p.Name] = p.Err
		}
	}
	w.Header().Set("Content-Type", "application/json")
	if !now.Ready {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	if err := json.NewEncoder(w).Encode(now); err != nil {
		s.log.Debug("readiness could not be told", "error", err)
	}
}
