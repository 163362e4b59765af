package web

import (
	"errors"
	"strings"
	"time"

	"hatif/webhook"
)

type reloadDone struct {
	Restart []string `json:"restart_needed" doc:"Keys that have changed and take effect at the next start only."`
}

type webhookList struct {
	Webhooks []webhookData `json:"webhooks"`
}

type webhookData struct {
	Name        string    `json:"name"`
	URL         string    `json:"url" doc:"Without what may be secret in it."`
	Events      []string  `json:"events" doc:"Empty: all."`
	Cursor      int64     `json:"cursor" doc:"The last event that it has taken, or did not want."`
	Behind      int64     `json:"behind" doc:"How many events have come since, wanted ones and others."`
	SucceededAt time.Time `json:"succeeded_at,omitzero" doc:"When it took one last. Left out: never."`
	FailingFrom time.Time `json:"failing_since,omitzero" doc:"Left out: it takes what it is sent."`
	Failures    int       `json:"failures" doc:"In a row, since hatif was started."`
	Trouble     string    `json:"trouble,omitempty" doc:"Why it failed last."`
	NextAt      time.Time `json:"next_try_at,omitzero"`
	Stopped     bool      `json:"stopped" doc:"The receiver has said that it is gone (410): it is tried again when the file is applied."`
}

func (s *Server) systemAPI() []endpoint {
	return []endpoint{
		post("/reload", "Read the file and put it in force; with a mistake in it, nothing changes", s.apiReload, admit),
		get("/webhooks", "Who is told of events, and how far they have come", s.apiWebhooks, admit),
		post("/webhooks/{name}/skip", "Give up the event that a webhook does not take, and go on with the next", s.apiSkip, admit),
	}
}

func (s *Server) apiReload(x *exchange, _ nothing) (reloadDone, error) {
	restart, err := s.Reload()
	var mistakes Mistakes
	if errors.As(err, &mistakes) && len(mistakes) > 0 {
		t := troubleFile.with("%s", mistakes.Error())
		t.Mistakes = mistakes
		return reloadDone{}, t
	}
	if err != nil {
		return reloadDone{}, troubleFile.with("%v", err)
	}
	return reloadDone{list(restart)}, s.note(x.r, x.v.account.Name, "reload", "the file", strings.Join(restart, ", "))
}

func webhookOf(h webhook.State) webhookData {
	return webhookData{
		Name: h.Name, URL: h.URL, Events: list(h.Events), Cursor: h.Cursor, Behind: h.Behind, SucceededAt: h.Succeeded.UTC(), FailingFrom: h.Failing.UTC(),
		Failures: h.Failures, Trouble: h.Trouble, NextAt: h.Next.UTC(), Stopped: h.Stopped,
	}
}

func (s *Server) apiWebhooks(x *exchange) (webhookList, error) {
	all := webhookList{Webhooks: []webhookData{}}
	states, err := s.Webhooks.States(x.r.Context())
	for _, h := range states {
		all.Webhooks = append(all.Webhooks, webhookOf(h))
	}
	return all, err
}

func (s *Server) apiSkip(x *exchange, _ nothing) (nothing, error) {
	name := x.r.PathValue("name")
	switch event, err := s.Webhooks.Skip(name); {
	case errors.Is(err, webhook.ErrUnknown):
		return nothing{}, errNotFound
	case errors.Is(err, webhook.ErrNotFailing):
		return nothing{}, troubleState.with("it takes what it is sent")
	case err != nil:
		return nothing{}, err
	default:
		return nothing{}, s.note(x.r, x.v.account.Name, "skip event", "webhook "+name, event)
	}
}
