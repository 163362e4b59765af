package web

import (
	"slices"
	"time"

	"hatif/queue"
)

type queueSettingsList struct {
	Queues []queueSettings `json:"queues"`
}

// queueSettings is a queue with what the file says of it and what is by hand.
type queueSettings struct {
	queueData
	Switch   string        `json:"switch" enum:"open,closed,hours" doc:"As somebody has turned it; hours: as the file says."`
	Always   bool          `json:"always_open" doc:"By the file: it has no hours."`
	OpensAt  time.Time     `json:"opens_at,omitzero" doc:"When its hours begin next. Left out: it is within them, or has none."`
	Settings []settingData `json:"settings" doc:"Every key of the queue, in the order of the manual."`
	Served   []memberData  `json:"served_by" doc:"Who is rung for its callers, whether logged on or not."`
}

type settingData struct {
	Key     string `json:"key"`
	Value   string `json:"value" doc:"As the file would write it; empty: nothing."`
	Default string `json:"default" doc:"What holds where the file is silent; empty: nothing."`
	Written bool   `json:"written" doc:"The file says it, and something else than the default."`
}

type memberData struct {
	User    string   `json:"user"`
	Name    string   `json:"name"`
	State   string   `json:"state"`
	Member  bool     `json:"member" doc:"By the file; else they have logged on by themselves."`
	Off     bool     `json:"logged_off" doc:"From this queue."`
	Penalty int      `json:"penalty"`
	After   float64  `json:"rung_after_seconds" doc:"How long a caller waits until agents of this penalty are rung."`
	WrapUp  *float64 `json:"wrap_up_seconds,omitempty" doc:"Of their own. Left out: the queue's."`
	Skills  string   `json:"skills,omitempty" doc:"As the file writes them."`
}

type switchOrder struct {
	To string `json:"to" enum:"open,closed,hours" doc:"hours: by the file again."`
}

func (s *Server) queuesAPI() []endpoint {
	return []endpoint{
		get("/queues", "Queues with their settings, who serves them and the day", s.apiQueues, seeQueues),
		get("/queues/{name}", "One of them", s.apiQueue, seeQueues),
		post("/queues/{name}/switch", "Open or close a queue by hand, or leave it to its hours again", s.apiSwitch, steer),
	}
}

// queueSettings are all queues, or the one of a name.
func (s *Server) queueSettings(name string) []queueSettings {
	floor, today := s.Floor.Snapshot(), s.Today()
	all := []queueSettings{}
	for _, q := range floor.Queues {
		if name != "" && q.Name != name {
			continue
		}
		line := viewOf(q, floor.Agents)
		line.Today = today[q.Name]
		d := s.queueDetail(q, line, floor.Agents)
		one := queueSettings{
			queueData: queueOf(line), Switch: string(d.Switch), Always: d.Always, OpensAt: d.Opens.UTC(),
			Settings: []settingData{}, Served: []memberData{},
		}
		for _, k := range d.Settings {
			one.Settings = append(one.Settings, settingData(k))
		}
		for _, m := range d.Members {
			one.Served = append(one.Served, memberOf(m))
		}
		all = append(all, one)
	}
	return all
}

func memberOf(m memberView) memberData {
	one := memberData{
		User: m.User, Name: m.Name, State: string(m.Agent.State), Member: m.Member, Off: m.Off, Penalty: m.Penalty, After: m.After.Seconds(), Skills: m.Skills,
	}
	if own := m.WrapUp.Seconds(); own != 0 {
		one.WrapUp = &own
	}
	return one
}

func (s *Server) apiQueues(*exchange) (queueSettingsList, error) {
	return queueSettingsList{s.queueSettings("")}, nil
}

func (s *Server) apiQueue(x *exchange) (queueSettings, error) {
	found := s.queueSettings(x.r.PathValue("name"))
	if len(found) != 1 {
		return queueSettings{}, errNotFound
	}
	return found[0], nil
}

func (s *Server) apiSwitch(x *exchange, o switchOrder) (queueSettings, error) {
	name, to := x.r.PathValue("name"), queue.Switch(o.To)
	if _, known := s.Queues()[name]; !known {
		return queueSettings{}, errNotFound
	}
	if !slices.Contains(queue.Switches, to) {
		return queueSettings{}, troubleField.of("to", "it is none of %q", queue.Switches)
	}
	if err := s.SetOpen(x.r.Context(), name, to, x.v.account.Name); err != nil {
		return queueSettings{}, err
	}
	if err := s.note(x.r, x.v.account.Name, "switch queue", "queue "+name, string(to)); err != nil {
		return queueSettings{}, err
	}
	return s.apiQueue(x)
}
