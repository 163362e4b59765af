package web

import (
	"errors"
	"html/template"
	"math"
	"net/http"
	"slices"
	"strconv"
	"time"

	"hatif/call"
	"hatif/queue"
)

// boardLine is how many callers in line are shown, of all queues together: more are counted, not named.
const boardLine = 100

// A boardView is the floor at one moment, as it is drawn.
type boardView struct {
	Queues  []queueView
	Line    []callerView
	More    int // callers in line who are not shown
	Agents  []queue.AgentSnapshot
	Calls   []liveView
	Steers  bool     // the visitor may change things
	Reasons []string // for a pause
	Wall    bool     // for a screen on the wall
	Zone    *time.Location
}

// A boardPage is the page around a board.
type boardPage struct {
	Wall bool
	Body template.HTML
}

type queueView struct {
	Name                   string
	Waiting                int
	Longest                time.Time // since when the first waits; zero: nobody does
	Free, Talking, Members int
	Open                   bool
	Today                  Day
}

// A Day is what became of the callers of a queue who came today.
type Day struct {
	Offered, Answered, Abandoned int
	Otherwise                    int           // came to no agent in another way than by hanging up in line
	ServiceLevel                 float64       // of those who wait no more; 0: of nobody, too
	Longest                      time.Duration // wait of a caller who waits no more
}

// Level is the service level as people write it: "87 %"; "–" where there is none.
func (d Day) Level() string {
	if d.Answered+d.Abandoned+d.Otherwise == 0 {
		return "–"
	}
	return strconv.Itoa(int(math.Round(100*d.ServiceLevel))) + " %"
}

type callerView struct {
	queue.WaiterSnapshot
	Queue string
}

// A liveView is a call in progress.
type liveView struct {
	ID, From, Name, Called, Queue, Agent string
	Began, Connected                     time.Time
	Taped                                bool   // is being recorded
	Now                                  string // the last thing that happened in it
}

func (s *Server) view(v *visitor, wall bool) boardView {
	floor := s.Floor.Snapshot()
	b := boardView{Agents: floor.Agents, Steers: v.role.may(steer), Reasons: s.Reasons(), Wall: wall, Zone: s.Location()}
	today := s.Today()
	for _, q := range floor.Queues {
		view := viewOf(q, floor.Agents)
		view.Today = today[q.Name]
		b.Queues = append(b.Queues, view)
		for _, w := range q.Line {
			if len(b.Line) == boardLine {
				b.More++
				continue
			}
			b.Line = append(b.Line, callerView{w, q.Name})
		}
	}
	for _, c := range s.Calls() {
		b.Calls = append(b.Calls, liveOf(c))
	}
	slices.SortFunc(b.Calls, func(x, y liveView) int { return x.Began.Compare(y.Began) })
	return b
}

func viewOf(q queue.QueueSnapshot, agents []queue.AgentSnapshot) queueView {
	v := queueView{
		Name: q.Name, Waiting: len(q.Line), Members: len(q.Members), Open: q.Open,
	}
	for _, w := range q.Line {
		if v.Longest.IsZero() || w.Joined.Before(v.Longest) {
			v.Longest = w.Joined
		}
	}
	for _, a := range agents {
		if !slices.Contains(a.Queues, q.Name) || slices.Contains(a.Off, q.Name) {
			continue
		}
		switch a.State {
		case queue.Available:
			v.Free++
		case queue.Talking:
			v.Talking++
		}
	}
	return v
}

func liveOf(c call.Record) liveView {
	v := liveView{
		ID: c.ID, From: c.Caller.Number, Name: c.Caller.Name, Called: c.Called, Queue: c.Queue, Agent: c.Agent,
		Began: c.Began, Connected: c.Connected, Taped: c.Taped,
	}
	if n := len(c.Path); n > 0 {
		v.Now = c.Path[n-1].Text
	}
	return v
}

func (s *Server) board(w http.ResponseWriter, r *http.Request, v *visitor) error {
	wall := r.URL.Query().Has("wall")
	body, err := s.drawBoard(s.speaks(r, v), v, wall, 0) // what somebody has just done is to be seen
	if err != nil {
		return err
	}
	return s.show(w, r, v, http.StatusOK, "board", "menu.board", boardPage{wall, template.HTML(body)})
}

// hangUp ends a call in progress.
func (s *Server) hangUp(w http.ResponseWriter, r *http.Request, v *visitor) error {
	id := r.PathValue("id")
	if !s.HangUp(id) {
		return errNotFound
	}
	return s.done(w, r, v, "hang up", "call "+id, "")
}

// pauseAgent pauses for one of the file's reasons, or for none of them where the file has none.
func (s *Server) pauseAgent(w http.ResponseWriter, r *http.Request, v *visitor) error {
	reason, reasons := r.FormValue("reason"), s.Reasons()
	if len(reasons) > 0 && !slices.Contains(reasons, reason) || len(reasons) == 0 && reason != "" {
		return errBadInput
	}
	return s.steerAgent(w, r, v, "pause", reason, func(user string) error { return s.Floor.Pause(user, reason, queue.ViaCommand) })
}

func (s *Server) unpauseAgent(w http.ResponseWriter, r *http.Request, v *visitor) error {
	return s.steerAgent(w, r, v, "unpause", "", func(user string) error { return s.Floor.Unpause(user, queue.ViaCommand) })
}

func (s *Server) logOffAgent(w http.ResponseWriter, r *http.Request, v *visitor) error {
	return s.steerAgent(w, r, v, "log off", "", func(user string) error { return s.Floor.LogOff(user, "", queue.ViaCommand) })
}

func (s *Server) logOnAgent(w http.ResponseWriter, r *http.Request, v *visitor) error {
	return s.steerAgent(w, r, v, "log on agent", "", func(user string) error { return s.Floor.LogOn(queue.Member{User: user}, queue.ViaCommand) })
}

func (s *Server) readyAgent(w http.ResponseWriter, r *http.Request, v *visitor) error {
	return s.steerAgent(w, r, v, "end wrap-up", "", func(user string) error { return s.Floor.EndWrapUp(user, queue.ViaCommand) })
}

func (s *Server) steerAgent(w http.ResponseWriter, r *http.Request, v *visitor, action, detail string, do func(user string) error) error {
	user := r.PathValue("user")
	switch err := do(user); {
	case errors.Is(err, queue.ErrNotAgent) || errors.Is(err, queue.ErrNoWrapUp):
		return errNotFound
	case err != nil:
		return err
	}
	return s.done(w, r, v, action, "agent "+user, detail)
}

// done notes a deed and answers it: a script stays where it is, since the board shows what has changed; a form goes back.
func (s *Server) done(w http.ResponseWriter, r *http.Request, v *visitor, action, subject, detail string) error {
	return s.doneAt(w, r, v, "/board", action, subject, detail)
}

// doneAt is done for the form of another page.
func (s *Server) doneAt(w http.ResponseWriter, r *http.Request, v *visitor, page, action, subject, detail string) error {
	if err := s.note(r, v.account.Name, action, subject, detail); err != nil {
		return err
	}
	if r.Header.Get("HX-Request") != "" {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	http.Redirect(w, r, page, http.StatusSeeOther)
	return nil
}
