package web

import (
	"errors"
	"slices"
	"time"

	"hatif/queue"
)

type partyData struct {
	Number string `json:"number"`
	Name   string `json:"name"`
}

type boardData struct {
	At     time.Time     `json:"at"`
	Queues []queueData   `json:"queues"`
	Line   []waitingData `json:"line" doc:"Who waits, by queue and place."`
	Agents []agentData   `json:"agents"`
	Calls  []liveData    `json:"calls" doc:"Those in progress, the oldest first."`
}

type queueData struct {
	Name         string    `json:"name"`
	Open         bool      `json:"open" doc:"Callers are let in."`
	Waiting      int       `json:"waiting"`
	WaitingSince time.Time `json:"longest_waiting_since,omitzero" doc:"Left out: nobody waits."`
	Members      int       `json:"members"`
	Free         int       `json:"free"`
	Talking      int       `json:"talking"`
	Offered      int       `json:"offered" doc:"Callers who came today; so for the fields that follow."`
	Answered     int       `json:"answered"`
	Abandoned    int       `json:"abandoned" doc:"They hung up in line."`
	Otherwise    int       `json:"otherwise" doc:"They came to no agent in another way."`
	ServiceLevel float64   `json:"service_level" doc:"From 0 to 1, of those who wait no more; 0: of nobody, too."`
	LongestWait  float64   `json:"longest_wait_seconds" doc:"Of those who wait no more."`
}

type waitingData struct {
	Call     string    `json:"call"`
	Queue    string    `json:"queue"`
	Caller   partyData `json:"caller"`
	Position int       `json:"position" doc:"From 1."`
	JoinedAt time.Time `json:"joined_at"`
	Ringing  []string  `json:"ringing" doc:"Whose phones ring for the caller."`
	Back     string    `json:"to_be_called_at,omitempty" doc:"Where they are to be called, who have hung up and kept their place."`
}

type agentData struct {
	User   string    `json:"user"`
	Name   string    `json:"name"`
	State  string    `json:"state"`
	Since  time.Time `json:"since"`
	Queues []string  `json:"queues"`
	Off    []string  `json:"logged_off" doc:"Those of the queues that they are logged off from."`
	Call   string    `json:"call,omitempty" doc:"The conversation that they are rung for or in."`
	Caller partyData `json:"caller,omitzero"`
	Reason string    `json:"pause_reason,omitempty"`
}

type liveData struct {
	ID          string    `json:"id"`
	Caller      partyData `json:"caller"`
	Called      string    `json:"called"`
	Queue       string    `json:"queue"`
	Agent       string    `json:"agent"`
	BeganAt     time.Time `json:"began_at"`
	ConnectedAt time.Time `json:"connected_at,omitzero" doc:"Left out: with nobody yet."`
	Now         string    `json:"now" doc:"The last thing that happened in it."`
}

type pauseOrder struct {
	Reason string `json:"reason,omitempty" doc:"One of the file's pause_reasons; left out where it has none."`
}

func (s *Server) boardAPI() []endpoint {
	list := []endpoint{
		get("/board", "Queues, who waits, agents, calls in progress", s.apiBoard, seeBoard),
		post("/calls/{id}/hangup", "End a call in progress", s.apiHangUp, steer),
		post("/agents/{user}/pause", "Pause an agent", s.apiPause, steer),
	}
	for _, order := range []struct {
		path, summary, deed string
		do                  func(user string) error
	}{
		{"unpause", "End an agent's pause", "unpause", func(user string) error { return s.Floor.Unpause(user, queue.ViaCommand) }},
		{"log-on", "Log an agent on to all of their queues", "log on agent", func(user string) error { return s.Floor.LogOn(queue.Member{User: user}, queue.ViaCommand) }},
		{"log-off", "Log an agent off from all of their queues", "log off", func(user string) error { return s.Floor.LogOff(user, "", queue.ViaCommand) }},
		{"ready", "End an agent's wrap-up", "end wrap-up", func(user string) error { return s.Floor.EndWrapUp(user, queue.ViaCommand) }},
	} {
		list = append(list, post("/agents/{user}/"+order.path, order.summary, func(x *exchange, _ nothing) (nothing, error) {
			return nothing{}, s.apiSteer(x, order.deed, "", order.do)
		}, steer))
	}
	return list
}

func (s *Server) apiBoard(*exchange) (boardData, error) {
	floor := s.Floor.Snapshot()
	b := boardData{At: floor.At.UTC(), Queues: []queueData{}, Line: []waitingData{}, Agents: []agentData{}, Calls: []liveData{}}
	today := s.Today()
	for _, q := range floor.Queues {
		v := viewOf(q, floor.Agents)
		v.Today = today[q.Name]
		b.Queues = append(b.Queues, queueOf(v))
		for _, w := range q.Line {
			b.Line = append(b.Line, waitingData{
				Call: w.Call, Queue: q.Name, Caller: partyData{w.Caller.Number, w.Caller.Name}, Position: w.Position, JoinedAt: w.Joined.UTC(),
				Ringing: list(w.Ringing), Back: w.Back,
			})
		}
	}
	for _, a := range floor.Agents {
		b.Agents = append(b.Agents, agentData{
			User: a.User, Name: a.Name, State: string(a.State), Since: a.Since.UTC(), Queues: list(a.Queues), Off: list(a.Off), Call: a.Call,
			Caller: partyData{a.Caller.Number, a.Caller.Name}, Reason: a.Reason,
		})
	}
	for _, c := range s.Calls() {
		v := liveOf(c)
		b.Calls = append(b.Calls, liveData{
			ID: v.ID, Caller: partyData{v.From, v.Name}, Called: v.Called, Queue: v.Queue, Agent: v.Agent, BeganAt: v.Began.UTC(),
			ConnectedAt: v.Connected.UTC(), Now: v.Now,
		})
	}
	slices.SortFunc(b.Calls, func(x, y liveData) int { return x.BeganAt.Compare(y.BeganAt) })
	return b, nil
}

func queueOf(v queueView) queueData {
	day := v.Today
	return queueData{
		Name: v.Name, Open: v.Open, Waiting: v.Waiting, WaitingSince: v.Longest.UTC(), Members: v.Members, Free: v.Free, Talking: v.Talking,
		Offered: day.Offered, Answered: day.Answered, Abandoned: day.Abandoned, Otherwise: day.Otherwise,
		ServiceLevel: day.ServiceLevel, LongestWait: day.Longest.Seconds(),
	}
}

// list is all, and no null.
func list(all []string) []string {
	if all == nil {
		return []string{}
	}
	return all
}

func (s *Server) apiHangUp(x *exchange, _ nothing) (nothing, error) {
	id := x.r.PathValue("id")
	if !s.HangUp(id) {
		return nothing{}, errNotFound
	}
	return nothing{}, s.note(x.r, x.v.account.Name, "hang up", "call "+id, "")
}

func (s *Server) apiPause(x *exchange, o pauseOrder) (nothing, error) {
	switch reasons := s.Reasons(); {
	case len(reasons) > 0 && !slices.Contains(reasons, o.Reason):
		return nothing{}, troubleField.of("reason", "it is none of the file's: %q", reasons)
	case len(reasons) == 0 && o.Reason != "":
		return nothing{}, troubleField.of("reason", "the file has no pause_reasons")
	}
	return nothing{}, s.apiSteer(x, "pause", o.Reason, func(user string) error { return s.Floor.Pause(user, o.Reason, queue.ViaCommand) })
}

func (s *Server) apiSteer(x *exchange, deed, detail string, do func(user string) error) error {
	user := x.r.PathValue("user")
	switch err := do(user); {
	case errors.Is(err, queue.ErrNotAgent):
		return troubleNotFound.with("%s serves no queue", user)
	case errors.Is(err, queue.ErrNoWrapUp):
		return troubleState.with("%s is not in wrap-up", user)
	case err != nil:
		return err
	}
	return s.note(x.r, x.v.account.Name, deed, "agent "+user, detail)
}
