package app

import (
	"context"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"hatif/config"
	"hatif/queue"
	"hatif/store"
)

const rosterFile = `
languages: [en]
sip: {listen: ["udp://127.0.0.1:0"]}
rtp: {ports: 41100-41110}
users:
  "2001": {secret: verysecret, context: agents, queue: help, name: Amal}
  "3001": {secret: verysecret, context: agents, name: Omar}
  "1001": {secret: verysecret, context: agents, type: user}
queues: {help: {}}
contexts: {agents: {"*45": log_on}}
`

// started is an App on a file that is not run, and its roster.
func started(t *testing.T, text, data string) *App {
	t.Helper()
	cfg := parsed(t, text, data)
	a, err := New(t.Context(), cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func parsed(t *testing.T, text, data string) *config.Config {
	t.Helper()
	cfg, err := config.Parse("hatif.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	cfg.Data = data
	return cfg
}

// agents is who serves queues on the floor, with their queues.
func (a *App) agents() string {
	var all []string
	for _, s := range a.floor.Snapshot().Agents {
		all = append(all, s.User+" "+string(s.State)+" "+strings.Join(s.Queues, ","))
	}
	return strings.Join(all, "; ")
}

func TestOrdersAreCarriedOutAndKeptOverARestart(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	a := started(t, rosterFile, data)
	for _, c := range []struct {
		order store.AgentOrder
		err   string
	}{
		{store.AgentOrder{User: "2001", Action: store.OrderPause, Reason: "lunch"}, ""},
		{store.AgentOrder{User: "3001", Action: store.OrderLogOn, Queue: "help"}, ""},
		{store.AgentOrder{User: "2001", Action: store.OrderReady}, "is not in wrap-up"},
		{store.AgentOrder{User: "1001", Action: store.OrderLogOn, Queue: "help"}, "nobody to be called"},
		{store.AgentOrder{User: "9999", Action: store.OrderLogOff}, "nobody to be called"},
		{store.AgentOrder{User: "2001", Action: store.OrderLogOff, Queue: "halp"}, "no such queue"},
		{store.AgentOrder{User: "2001", Action: "dance"}, "is no order"},
	} {
		err := a.roster.order(c.order)
		if (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
			t.Errorf("%+v: %v, want %q", c.order, err, c.err)
		}
	}
	if got, want := a.agents(), "2001 not_registered help; 3001 not_registered help"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop() // keep saves everybody when it ends
	if err := a.roster.keep(ctx); err != nil {
		t.Error(err)
	}
	if err := a.Close(); err != nil {
		t.Error(err)
	}

	a = started(t, rosterFile, data)
	if s, _ := a.floor.Standing("2001"); s.Pause.Reason != "lunch" || s.Pause.Via != queue.ViaCommand {
		t.Errorf("2001 after a restart: %+v", s)
	}
	if got, want := a.agents(), "2001 not_registered help; 3001 not_registered help"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	without := strings.Replace(rosterFile, `  "3001"`, `  "3002"`, 1)
	if _, err := a.Apply(parsed(t, without, data)); err != nil {
		t.Fatal(err)
	}
	if got, want := a.agents(), "2001 not_registered help"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if err := a.Close(); err != nil {
		t.Error(err)
	}
}

func TestAnOrderInTheStoreIsTakenWithinAMoment(t *testing.T) {
	a := started(t, rosterFile, filepath.Join(t.TempDir(), "data"))
	order := store.AgentOrder{ID: "x", Created: time.Now(), User: "2001", Action: store.OrderLogOff}
	if err := a.store.AddAgentOrder(t.Context(), order); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithTimeout(t.Context(), 10*time.Second)
	defer stop()
	done := make(chan error, 1)
	go func() { done <- a.roster.obey(ctx) }()
	for u := range a.floor.Watch(ctx) {
		if slices.ContainsFunc(u.Events, func(ev queue.Event) bool {
			return ev.Kind == queue.AgentLoggedOff && ev.Agent == "2001" && ev.Via == queue.ViaCommand
		}) || strings.HasPrefix(a.agents(), "2001 logged_off") {
			stop()
		}
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
	if got, want := a.agents(), "2001 logged_off help"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if err := a.Close(); err != nil {
		t.Error(err)
	}
}

func TestWhatAgentsAreToBeToldMustExist(t *testing.T) {
	text := strings.Replace(rosterFile, "help: {}", "help: {to_agent: {prompt: agent/call-germen}}", 1)
	_, err := Compile(parsed(t, text, t.TempDir()))
	if err == nil || !strings.Contains(err.Error(), `hatif.yaml:9:36: queues.help.to_agent.prompt: there is no prompt "agent/call-germen" in en`) {
		t.Errorf("a prompt that is not there: %v", err)
	}
}
