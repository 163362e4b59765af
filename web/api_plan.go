package web

import "hatif/dialplan"

// planData is the dialplan as it is in force.
type planData struct {
	Contexts []contextData `json:"contexts" doc:"By name."`
}

type contextData struct {
	Name       string          `json:"name"`
	Includes   []string        `json:"includes"`
	MayCall    []string        `json:"may_call" doc:"The groups whose people may be called; everyone is all."`
	Extensions []extensionData `json:"extensions"`
}

// extensionData is what happens at one number, pattern or name.
type extensionData struct {
	Name        string     `json:"name" doc:"Empty: the people whom may_call allows."`
	DialledFrom []string   `json:"dialled_from" doc:"The contexts of people, and of guests, who can dial it."`
	Steps       []stepData `json:"steps"`
}

// stepData is one step; the next of its list follows it, or else one of its ways.
type stepData struct {
	ID      int        `json:"id" doc:"Of the step within its extension, from 1."`
	Text    string     `json:"text" doc:"Its line: menu welcome."`
	Prompts []string   `json:"prompts,omitempty" doc:"That it plays: welcome in the call's language, fr/welcome in French."`
	Queues  []string   `json:"queues,omitempty" doc:"That it may put the caller into."`
	Ways    []wayData  `json:"ways,omitempty"`
	To      []goesData `json:"goes_to,omitempty" doc:"Where it goes on; several: which of them, the call's values say."`
	Again   int        `json:"again,omitempty" doc:"What follows is the step of this id."`
}

type wayData struct {
	On    []string   `json:"on" doc:"What leads here, any of these: digit 1, closed."`
	Steps []stepData `json:"steps" doc:"None: the call ends."`
}

type goesData struct {
	Context   string `json:"context"`
	Extension string `json:"extension"`
}

func (s *Server) planAPI() []endpoint {
	return []endpoint{get("/dialplan", "What happens to a call, number by number, as it is in force", s.apiPlan, seeQueues)}
}

func (s *Server) apiPlan(*exchange) (planData, error) {
	all := planData{Contexts: []contextData{}}
	for _, c := range s.Outline().Contexts {
		one := contextData{Name: c.Name, Includes: list(c.Includes), MayCall: list(c.MayCall), Extensions: []extensionData{}}
		for _, e := range c.Extensions {
			one.Extensions = append(one.Extensions, extensionData{e.Name, list(e.DialledFrom), stepsOf(e.Steps)})
		}
		all.Contexts = append(all.Contexts, one)
	}
	return all, nil
}

func stepsOf(nodes []dialplan.Node) []stepData {
	all := []stepData{}
	for _, n := range nodes {
		one := stepData{ID: n.ID, Text: n.Text, Queues: n.Queues, Again: n.Again}
		for _, said := range n.Prompts {
			name := said.Name
			if said.Language != "" {
				name = said.Language + "/" + name
			}
			one.Prompts = append(one.Prompts, name)
		}
		for _, way := range n.Ways {
			one.Ways = append(one.Ways, wayData{list(way.On), stepsOf(way.Steps)})
		}
		for _, to := range n.To {
			one.To = append(one.To, goesData(to))
		}
		all = append(all, one)
	}
	return all
}
