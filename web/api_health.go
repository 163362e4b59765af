package web

import (
	"time"
)

// systemState is hatif as the console's page of the system shows it.
type systemState struct {
	StartedAt time.Time  `json:"started_at"`
	Versions  []string   `json:"versions"`
	Parts     []partData `json:"parts" doc:"All that is needed to take a call."`
	Reload    lastReload `json:"last_reload"`
	Load      loadData   `json:"load"`
}

type partData struct {
	Name  string `json:"name"`
	Works bool   `json:"works"`
	Why   string `json:"trouble,omitempty" doc:"Why it does not."`
}

type lastReload struct {
	At      time.Time `json:"at,omitzero" doc:"Left out: the file was not read again since the start."`
	Why     string    `json:"trouble,omitempty" doc:"Why it was refused. Left out: it is in force."`
	Restart []string  `json:"restart_needed" doc:"Keys whose change waits for a restart."`
}

type loadData struct {
	Cores           float64 `json:"cores" doc:"Of processor time, since somebody looked last."`
	CPU             float64 `json:"cpu_seconds" doc:"Since the start."`
	Heap            uint64  `json:"heap_bytes"`
	Resident        uint64  `json:"resident_bytes"`
	Goroutines      int     `json:"goroutines"`
	Descriptors     int     `json:"descriptors"`
	MostDescriptors int     `json:"most_descriptors"`
	Calls           int     `json:"calls"`
	Ports           int     `json:"ports" doc:"Of RTP, in use."`
	MostPorts       int     `json:"most_ports" doc:"0: the system chooses them."`
	Packets         float64 `json:"packets_per_second" doc:"In and out, since somebody looked last."`
	Lag             float64 `json:"media_lag_ms" doc:"How late sound was sent in the mean, since somebody looked last."`
	Skipped         uint64  `json:"media_turns_left_out" doc:"Of 20 ms."`
}

type signalling struct {
	Call     string        `json:"call"`
	Messages []messageSent `json:"messages" doc:"In order and without secrets. Empty: they are not kept."`
}

type messageSent struct {
	At        time.Time `json:"at"`
	Received  bool      `json:"received" doc:"By hatif; else sent."`
	Transport string    `json:"transport"`
	Local     string    `json:"local"`
	Remote    string    `json:"remote"`
	Summary   string    `json:"summary" doc:"In few words: INVITE, 180 Ringing."`
	Text      string    `json:"text"`
}

func (s *Server) healthAPI() []endpoint {
	return []endpoint{
		get("/system", "How hatif fares: its parts, the last reload, what it uses", s.apiSystem, seeSystem),
		get("/calls/{id}/signalling", "The SIP messages of a call, so far if it is in progress", s.apiSignalling, seeSignalling),
		raw("/calls/{id}/sip.pcap", "The same for Wireshark: a capture of the messages", mediaCapture, func(x *exchange) error { return s.pcap(x.w, x.r, x.v) }, seeSignalling),
	}
}

func (s *Server) apiSystem(x *exchange) (systemState, error) {
	now := s.System.State(x.r.Context())
	l := now.Load
	state := systemState{
		StartedAt: now.Started.UTC(), Versions: list(now.Versions), Parts: []partData{},
		Reload: lastReload{now.Reload.At.UTC(), now.Reload.Err, list(now.Reload.Restart)},
		Load: loadData{
			Cores: l.Cores, CPU: l.CPU.Seconds(), Heap: l.Heap, Resident: l.Resident, Goroutines: l.Goroutines, Descriptors: l.Descriptors,
			MostDescriptors: l.MostDescriptors, Calls: l.Calls, Ports: l.Ports, MostPorts: l.MostPorts, Packets: l.Packets, Lag: milliseconds(l.Lag), Skipped: l.Skipped,
		},
	}
	for _, p := range now.Parts {
		state.Parts = append(state.Parts, partData{p.Name, p.Err == "", p.Err})
	}
	return state, nil
}

// apiSignalling hands the messages over, which is noted as the download of them is.
func (s *Server) apiSignalling(x *exchange) (signalling, error) {
	c, _, err := s.callOf(x.r.Context(), x.r.PathValue("id"))
	if err != nil {
		return signalling{}, err
	}
	kept, err := s.Signalling(x.r.Context(), c)
	if err != nil {
		return signalling{}, err
	}
	all := signalling{Call: c.ID, Messages: []messageSent{}}
	for _, m := range kept {
		label, _ := summary(m.Text)
		all.Messages = append(all.Messages, messageSent{m.At.UTC(), m.Received, m.Network, m.Local.String(), m.Remote.String(), label, string(m.Text)})
	}
	if len(kept) == 0 {
		return all, nil
	}
	return all, s.note(x.r, x.v.account.Name, "download", "signalling of call "+c.ID, "")
}
