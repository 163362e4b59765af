package store

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestWhatAgentsHaveSaidIsKept(t *testing.T) {
	onEach(t, func(t *testing.T, o Options) {
		db := mustOpen(t, o)
		save := func(put []Agent, gone ...string) {
			t.Helper()
			if err := db.SaveAgents(t.Context(), put, gone); err != nil {
				t.Fatal(err)
			}
		}
		expect := func(want ...Agent) {
			t.Helper()
			got, err := db.Agents(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("-saved +loaded:\n%s", diff)
			}
		}
		expect()
		amal := Agent{
			User: "2001", PauseReason: "lunch", PauseVia: "phone", PauseSince: noon, WrapUntil: noon.Add(time.Minute),
			LastCall: noon.Add(-time.Minute), State: "paused", Since: noon,
			Queues: []AgentQueue{{Queue: "arabic", Via: "phone", Since: noon}, {Queue: "english", On: true, Via: "command", Since: noon}},
		}
		karim := Agent{User: "2002", State: "available", Since: noon}
		save([]Agent{karim, amal})
		expect(amal, karim)
		amal.PauseReason, amal.PauseVia, amal.PauseSince, amal.State = "", "", time.Time{}, "talking"
		amal.Queues = amal.Queues[1:]
		save([]Agent{amal}, "2002")
		expect(amal)
	})
}

func TestAnOrderForAnAgentIsTakenOnce(t *testing.T) {
	onEach(t, func(t *testing.T, o Options) {
		db := mustOpen(t, o)
		first := AgentOrder{ID: "a", Created: noon, User: "2001", Action: OrderPause, Reason: "lunch"}
		second := AgentOrder{ID: "b", Created: noon.Add(time.Second), User: "2001", Action: OrderLogOn, Queue: "english"}
		for _, order := range []AgentOrder{second, first} {
			if err := db.AddAgentOrder(t.Context(), order); err != nil {
				t.Fatal(err)
			}
		}
		orders, err := db.AgentOrders(t.Context())
		if diff := cmp.Diff([]AgentOrder{first, second}, orders); err != nil || diff != "" {
			t.Errorf("%v\n%s", err, diff)
		}
		for _, want := range []bool{true, false} {
			if taken, err := db.TakeAgentOrder(t.Context(), "a"); err != nil || taken != want {
				t.Errorf("taken: %t, %v, want %t", taken, err, want)
			}
		}
		if orders, err := db.AgentOrders(t.Context()); err != nil || len(orders) != 1 || orders[0].ID != "b" {
			t.Errorf("left: %v, %v", orders, err)
		}
	})
}
