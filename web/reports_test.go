package web

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"hatif/queue"
	"hatif/store"
)

// happened writes events of the queues, in order.
func (d *desk) happened(events ...store.QueueEvent) {
	d.t.Helper()
	last, err := d.db.LastQueueEvent(d.t.Context())
	if err != nil {
		d.t.Fatal(err)
	}
	for i := range events {
		events[i].Number = last + 1 + int64(i)
		if events[i].Detail == "" {
			events[i].Detail = "{}"
		}
	}
	if err := d.db.SaveQueueEvents(d.t.Context(), events); err != nil {
		d.t.Fatal(err)
	}
}

// aMorning is two callers of a queue on a day, from nine o'clock: one waits 12 seconds and talks for a minute, one gives up.
func (d *desk) aMorning(day time.Time) {
	d.t.Helper()
	at := func(s int) time.Time { return day.Add(9*time.Hour + time.Duration(s)*time.Second) }
	d.happened(
		store.QueueEvent{At: at(0), Kind: string(queue.FloorOpened)},
		store.QueueEvent{At: at(0), Kind: string(queue.AgentChanged), Agent: "2001", Detail: `{"to":"available"}`},
		store.QueueEvent{At: at(100), Kind: string(queue.CallerJoined), Queue: "arabic", Call: "a"},
		store.QueueEvent{At: at(112), Kind: string(queue.CallerConnected), Queue: "arabic", Call: "a", Agent: "2001", Detail: `{"waited":12000000000}`},
		store.QueueEvent{At: at(112), Kind: string(queue.AgentChanged), Agent: "2001", Detail: `{"to":"talking"}`},
		store.QueueEvent{At: at(120), Kind: string(queue.CallerJoined), Queue: "arabic", Call: "b"},
		store.QueueEvent{At: at(150), Kind: string(queue.CallerLeft), Queue: "arabic", Call: "b", Detail: `{"result":"abandoned","waited":30000000000}`},
		store.QueueEvent{At: at(172), Kind: string(queue.CallerParted), Queue: "arabic", Call: "a", Agent: "2001", Detail: `{"talked":60000000000}`},
		store.QueueEvent{At: at(172), Kind: string(queue.AgentChanged), Agent: "2001", Detail: `{"to":"wrap_up"}`},
		store.QueueEvent{At: at(192), Kind: string(queue.AgentChanged), Agent: "2001", Detail: `{"to":"paused","reason":"lunch"}`},
		store.QueueEvent{At: at(492), Kind: string(queue.AgentChanged), Agent: "2001", Detail: `{"to":"not_registered"}`},
		store.QueueEvent{At: at(500), Kind: string(queue.FloorClosed)},
	)
}

func TestAReportShowsTheFiguresOfItsSpan(t *testing.T) {
	d := open(t)
	d.account("boss", Manager, "")
	day := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	d.aMorning(day)
	d.now = day.Add(20 * time.Hour)
	d.rate("a", 8)
	b := d.as("boss")
	row := func(cells string) string { return `<tr><th scope="row"><bdi>` + cells }
	b.get("/reports").wants(t, http.StatusOK,
		row(`2026-11-23</bdi></th><td class="number" data-value="2">2</td><td class="number" data-value="1">1</td><td class="number" data-value="1">1</td>`),
		row(`2026-11-22</bdi></th><td class="number" data-value="0">0</td>`),
		row(`2026-11-23</bdi></th><td class="number" data-value="12">0:12</td>`),
		row(`2026-11-23</bdi></th><td class="number" data-value="50.0">50%</td><td class="number" data-value="100.0">100%</td>`),
		row(`2026-11-23</bdi></th><td class="number" data-value="60">1:00</td><td class="number" data-value="20">0:20</td><td class="number" data-value="300">5:00</td>`),
		row(`2026-11-23</bdi></th><td class="number" data-value="8.00">8.0</td>`),
		"lunch", "Amal Haddad", "uplot.min.js")
	b.get("/reports?by=hour&from=2026-11-23&to=2026-11-23").wants(t, http.StatusOK, row(`11-23 09:00</bdi></th><td class="number" data-value="2">2</td>`), row(`11-23 08:00</bdi></th><td class="number" data-value="0">0</td>`))
	b.get("/reports?by=week&from=2026-11-02&to=2026-11-29").wants(t, http.StatusOK, row(`2026-11-23</bdi></th><td class="number" data-value="2">2</td>`), row(`2026-11-02</bdi>`))
	if p := b.get("/reports?queue=english&agent=2002").wants(t, http.StatusOK); strings.Contains(p.text, `data-value="2">2<`) || strings.Contains(p.text, "lunch") {
		t.Error("another queue and agent have the figures of this one")
	}
	for query, says := range map[string]string{
		"from=yesterday": "A day is written like", "from=2026-11-23&to=2026-11-22": "The last day is before the first", "by=year": "not understood",
		"by=hour&from=2026-10-01&to=2026-11-23": "at most 14 days", "from=2024-01-01&to=2026-11-23": "at most 186 days",
	} {
		if p := b.get("/reports?" + query); p.status != http.StatusUnprocessableEntity || !strings.Contains(p.text, says) && says != "not understood" {
			t.Errorf("%s: status %d, and the page does not say %q", query, p.status, says)
		}
	}
	for of, line := range map[string]string{"queues": "2026-11-23 00:00:00,arabic,2,1,", "agents": "2026-11-23 00:00:00,2001,0,1,", "ratings": "2026-11-23 00:00:00,arabic,2001,1,1,8.0000,0"} {
		p := b.get("/reports.csv?of="+of).wants(t, http.StatusOK, line)
		if !strings.Contains(p.header.Get("Content-Disposition"), of+".csv") {
			t.Errorf("the download of %s is called %q", of, p.header.Get("Content-Disposition"))
		}
	}
	b.get("/reports.csv?of=secrets").wants(t, http.StatusBadRequest)
}
