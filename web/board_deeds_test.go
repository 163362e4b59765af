package web

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"hatif/call"
	"hatif/queue"
)

func TestTheBoardShowsTheDayAndWhoIsRecorded(t *testing.T) {
	d := open(t)
	d.account("boss", Manager, "")
	d.today = map[string]Day{"arabic": {Offered: 41, Answered: 33, Abandoned: 5, Otherwise: 2, ServiceLevel: 0.8251, Longest: 95 * time.Second}}
	d.live = []call.Record{
		{ID: "c1", Began: d.now, Connected: d.now, Caller: call.Identity{Number: "0100"}, Taped: true},
		{ID: "c2", Began: d.now, Connected: d.now, Caller: call.Identity{Number: "0200"}},
		{ID: "c3", Began: d.now, Caller: call.Identity{Number: "0300"}},
	}
	p := d.as("boss").get("/board").wants(t, http.StatusOK, "83 %", "1:35", ">33<", ">5<",
		`formaction="/calls/c1/unrecord"`, `formaction="/calls/c2/record"`, "recorded")
	if strings.Contains(p.text, "/calls/c3/record") {
		t.Error("a call in which nobody talks can be recorded")
	}
	d.floor.SetOpen("arabic", queue.Shut)
	d.as("boss").get("/board").wants(t, http.StatusOK, `<span class="badge">closed</span>`)
}

func TestRecordingFromTheBoardIsAuditedAndRefusedWithAReason(t *testing.T) {
	d := open(t)
	d.account("boss", Manager, "")
	d.account("ear", Quality, "")
	b := d.as("boss")
	b.post("/calls/c1/record").wants(t, http.StatusSeeOther)
	b.post("/calls/c1/unrecord").wants(t, http.StatusSeeOther)
	b.post("/calls/c9/record").wants(t, http.StatusConflict, "nothing to record")
	d.as("ear").post("/calls/c1/record").wants(t, http.StatusForbidden)
	if want := []string{"c1 true by boss at the console", "c1 false by boss at the console"}; !slices.Equal(d.taped, want) {
		t.Errorf("done: %q", d.taped)
	}
	for _, want := range []string{"start recording call c1 by boss", "stop recording call c1 by boss"} {
		if !slices.Contains(d.deeds(), want) {
			t.Errorf("the audit log lacks %q", want)
		}
	}
}

// A script stays on the board and is told in a header why nothing was done.
func TestAMoveThatCannotBeIsToldToTheBoard(t *testing.T) {
	d := open(t)
	d.account("boss", Manager, "")
	b := d.as("boss")
	b.post("/calls/c1/move", "queue", "arabic").wants(t, http.StatusConflict, "does not wait in line")
	b.post("/calls/c1/move", "queue", "spanish").wants(t, http.StatusBadRequest)
	b.header.Set("HX-Request", "true")
	b.header.Set("Accept-Language", "ar")
	p := b.post("/calls/c1/move", "queue", "arabic").wants(t, http.StatusConflict)
	if got := p.header.Get("HX-Trigger"); !strings.HasPrefix(got, `{"refused":{"text":"\u`) {
		t.Errorf("the script is told %q", got)
	}
	if len(d.deeds()) != 1 { // the log-on
		t.Errorf("the audit log has %q", d.deeds())
	}
}

// A board of a hundred callers, agents and calls is drawn anew when one of them has changed.
func BenchmarkBoard(b *testing.B) {
	pages, err := readPages()
	if err != nil {
		b.Fatal(err)
	}
	s := &Server{pages: pages}
	view := boardView{Steers: true, Reasons: []string{"lunch", "break"}}
	now := time.Now()
	for _, name := range []string{"arabic", "english", "french"} {
		view.Queues = append(view.Queues, queueView{Name: name, Waiting: 33, Longest: now, Open: true, Today: Day{Answered: 300, Offered: 400}})
	}
	for i := range 100 {
		view.Line = append(view.Line, callerView{Queue: "arabic", WaiterSnapshot: queue.WaiterSnapshot{Call: fmt.Sprint("c", i), Position: i, Joined: now, Caller: call.Identity{Number: "0100"}}})
	}
	for i := range 100 {
		view.Agents = append(view.Agents, queue.AgentSnapshot{User: fmt.Sprint(2000 + i), Name: "Amal", State: queue.Talking, Since: now, Queues: []string{"arabic"}})
		view.Calls = append(view.Calls, liveView{ID: fmt.Sprint("t", i), From: "0100", Began: now, Connected: now, Now: "talking"})
	}
	var rows boardRows
	for i := 0; b.Loop(); i++ {
		view.Line[0].Ringing = []string{[]string{"2001", "2002"}[i%2]} // something has changed
		if _, rows, err = s.draw(s.pages.languages[0], view, rows); err != nil {
			b.Fatal(err)
		}
	}
}
