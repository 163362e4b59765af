package web

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"hatif/calendar"
	"hatif/queue"
)

func TestAQueueIsToldAsTheFileSaysItAndSwitchedByTheAPI(t *testing.T) {
	d := open(t)
	wrapUp := 7 * time.Second
	d.queues = map[string]queue.Config{
		"arabic": {
			MaxWait: 90 * time.Second, Tiers: []queue.Tier{{After: 20 * time.Second, Penalty: 1}},
			Hours: calendar.Config{Timezone: "UTC", Open: map[string]string{"daily": "10:00-17:00"}},
		},
		"english": {},
	}
	d.members = []queue.Member{{User: "2001", Queue: "arabic", Name: "Amal", Membership: queue.Membership{Penalty: 1, WrapUp: &wrapUp}, Skills: queue.Skills{"billing": 3}}}
	d.floor.Apply(d.queues, d.members)
	d.today = map[string]Day{"arabic": {Offered: 41, Answered: 33, Longest: 95 * time.Second}}
	p := d.token("crm", Manager, "")
	all := read[queueSettingsList](t, p.get("/queues"), http.StatusOK).Queues
	if len(all) != 2 || all[0].Name != "arabic" || all[1].Name != "english" || !all[1].Always || all[0].Always {
		t.Fatalf("queues: %+v", all)
	}
	q := read[queueSettings](t, p.get("/queues/arabic"), http.StatusOK)
	if q.Offered != 41 || q.LongestWait != 95 || q.Switch != "hours" || !q.OpensAt.Equal(time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)) {
		t.Errorf("the queue: %+v", q)
	}
	if i := slices.Index(q.Settings, settingData{"max_wait", "1m30s", "", true}); i < 0 {
		t.Errorf("the settings: %+v", q.Settings)
	}
	if len(q.Served) != 1 {
		t.Fatalf("it is served by %+v", q.Served)
	}
	if m := q.Served[0]; m.User != "2001" || !m.Member || m.Penalty != 1 || m.After != 20 || m.WrapUp == nil || *m.WrapUp != 7 || m.Skills != "billing:3" {
		t.Errorf("it is served by %+v", m)
	}
	q = read[queueSettings](t, p.post("/queues/arabic/switch", `{"to":"closed"}`), http.StatusOK)
	if q.Switch != "closed" || q.Open {
		t.Errorf("switched: %+v", q)
	}
	p.post("/queues/arabic/switch", `{"to":"ajar"}`).troubled(t, troubleField, "to")
	p.post("/queues/spanish/switch", `{"to":"open"}`).troubled(t, troubleNotFound, "")
	p.get("/queues/spanish").troubled(t, troubleNotFound, "")
	if !slices.Equal(d.switched, []string{"arabic closed by token:crm"}) || !slices.Equal(d.deeds(), []string{"switch queue queue arabic by token:crm"}) {
		t.Errorf("switched %q, deeds %q", d.switched, d.deeds())
	}
}
