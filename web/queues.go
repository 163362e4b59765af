package web

import (
	"net/http"
	"slices"
	"time"

	"hatif/queue"
)

// A queuesView is the queues, one of them opened.
type queuesView struct {
	Queues []queueView
	One    *queueDetail // nil: none is
	Steers bool
	// Changes: the visitor may change the settings. Applied: it has just been done; Restart are keys that need one.
	Changes, Applied bool
	Restart          string
	Zone             *time.Location
}

// A queueDetail is one queue with all that the file says of it.
type queueDetail struct {
	queueView
	Switch   queue.Switch
	Switches []queue.Switch
	Opens    time.Time // when it opens next by its hours; zero: it is open, or never does
	Always   bool      // it has no hours
	Settings []setting
	Members  []memberView
	Reasons  []string // for a pause
}

// A memberView is an agent's place in a queue.
type memberView struct {
	User, Name string
	Agent      queue.AgentSnapshot
	Member     bool // by the file; else they have logged on by themselves
	Off        bool // logged off from this queue
	Penalty    int
	After      time.Duration // how long a caller waits until the tier of this penalty opens
	WrapUp     time.Duration // of their own; 0: the queue's
	Skills     string
}

// queues shows the queues, or the one that the address names.
func (s *Server) queues(w http.ResponseWriter, r *http.Request, v *visitor) error {
	floor, today := s.Floor.Snapshot(), s.Today()
	view := queuesView{Steers: v.role.may(steer), Zone: s.Location(), Changes: v.role.may(changeQueues) && s.File != nil}
	view.Applied, view.Restart = r.URL.Query().Has("applied"), r.URL.Query().Get("restart")
	name := r.PathValue("name")
	for _, q := range floor.Queues {
		line := viewOf(q, floor.Agents)
		line.Today = today[q.Name]
		view.Queues = append(view.Queues, line)
		if q.Name == name {
			view.One = s.queueDetail(q, line, floor.Agents)
		}
	}
	if name != "" && view.One == nil {
		return errNotFound
	}
	return s.show(w, r, v, http.StatusOK, "queues", "menu.queues", view)
}

func (s *Server) queueDetail(q queue.QueueSnapshot, line queueView, agents []queue.AgentSnapshot) *queueDetail {
	d := &queueDetail{queueView: line, Switch: q.Switch, Switches: queue.Switches, Reasons: s.Reasons(), Settings: settingsOf(s.Queues()[q.Name])}
	hours := q.Config.Hours
	d.Always = len(hours.Open)+len(hours.Except) == 0
	if !d.Always && !hours.Opening().Open(s.now()) {
		d.Opens = hours.Opening().Next(s.now())
	}
	members := s.Members()
	for _, a := range agents {
		if !slices.Contains(a.Queues, q.Name) {
			continue
		}
		m := memberView{User: a.User, Name: a.Name, Agent: a, Off: slices.Contains(a.Off, q.Name)}
		i := slices.IndexFunc(members, func(m queue.Member) bool { return m.User == a.User && m.Queue == q.Name })
		if i >= 0 {
			m.Member, m.Penalty, m.Skills = true, members[i].Penalty, members[i].Skills.String()
			if own := members[i].WrapUp; own != nil {
				m.WrapUp = *own
			}
		}
		m.After = opensAfter(q.Config.Tiers, m.Penalty)
		d.Members = append(d.Members, m)
	}
	return d
}

// opensAfter is how long a caller waits until agents of a penalty are rung.
func opensAfter(tiers []queue.Tier, penalty int) time.Duration {
	if len(tiers) == 0 || penalty < tiers[0].Penalty {
		return 0
	}
	for _, t := range tiers {
		if penalty <= t.Penalty {
			return t.After
		}
	}
	return tiers[len(tiers)-1].After
}

// switchQueue opens or closes a queue by hand, or leaves it to its hours again.
func (s *Server) switchQueue(w http.ResponseWriter, r *http.Request, v *visitor) error {
	name, to := r.PathValue("name"), queue.Switch(r.PostFormValue("to"))
	if _, known := s.Queues()[name]; !known {
		return errNotFound
	}
	if !slices.Contains(queue.Switches, to) {
		return errBadInput
	}
	if err := s.SetOpen(r.Context(), name, to, v.account.Name); err != nil {
		return err
	}
	return s.doneAt(w, r, v, "/queues/"+name, "switch queue", "queue "+name, string(to))
}
