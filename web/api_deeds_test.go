package web

import (
	"log/slog"
	"net/http"
	"slices"
	"testing"
	"time"

	"hatif/call"
	"hatif/call/calltest"
	"hatif/queue"
	"hatif/store"
)

// rightsBy checks what a token of each role gets, in the order of Roles, each at a desk of its own that ready has filled.
func rightsBy(t *testing.T, ready func(d *desk), cases []rightsCase) {
	t.Helper()
	for i, role := range Roles() {
		d := open(t)
		d.fill()
		ready(d)
		p := d.token("t", role, map[Role]string{Agent: "2001"}[role])
		for _, c := range cases {
			if got := p.send(c.method, c.path, c.body); got.status != c.want[i] {
				t.Errorf("%s: %s %s: %d, want %d: %s", role, c.method, c.path, got.status, c.want[i], got.text)
			}
		}
	}
}

// did checks that these deeds and no others are in the audit log, which has those of one moment in any order.
func (d *desk) did(want ...string) {
	d.t.Helper()
	if got := d.deeds(); !slices.Equal(sorted(got), sorted(want)) {
		d.t.Errorf("the audit log has %q, want %q", got, want)
	}
}

type rightsCase struct {
	method, path, body string
	want               [4]int // of Roles
}

func TestWhoMayMoveRecordHastenAndSwitchByTheAPI(t *testing.T) {
	const ok, done, no, gone = http.StatusOK, http.StatusNoContent, http.StatusForbidden, http.StatusNotFound
	const bad, stand = http.StatusUnprocessableEntity, http.StatusConflict
	rightsBy(t, func(d *desk) { d.promise("o3", store.OwedWaiting, time.Now().Add(time.Hour)) }, []rightsCase{
		{"POST", "/calls/c1/move", `{"queue":"arabic"}`, [4]int{stand, stand, no, no}},
		{"POST", "/calls/c1/move", `{"queue":"spanish"}`, [4]int{bad, bad, no, no}},
		{"POST", "/calls/c1/record", "", [4]int{done, done, no, no}},
		{"POST", "/calls/c1/unrecord", "", [4]int{done, done, no, no}},
		{"POST", "/calls/c9/record", "", [4]int{stand, stand, no, no}},
		{"POST", "/owed-calls/o3/hasten", "", [4]int{ok, ok, no, no}},
		{"POST", "/owed-calls/o2/hasten", "", [4]int{stand, stand, no, no}},
		{"POST", "/owed-calls/o9/hasten", "", [4]int{gone, gone, no, no}},
		{"GET", "/queues", "", [4]int{ok, ok, no, no}},
		{"GET", "/queues/arabic", "", [4]int{ok, ok, no, no}},
		{"GET", "/queues/spanish", "", [4]int{gone, gone, no, no}},
		{"POST", "/queues/arabic/switch", `{"to":"open"}`, [4]int{ok, ok, no, no}},
		{"POST", "/queues/arabic/switch", `{"to":"ajar"}`, [4]int{bad, bad, no, no}},
		{"POST", "/queues/spanish/switch", `{"to":"open"}`, [4]int{gone, gone, no, no}},
	})
}

func TestACallIsRecordedAndAnOwedOneHastenedByTheAPI(t *testing.T) {
	d := open(t)
	d.promise("o1", store.OwedWaiting, time.Now().Add(48*time.Hour))
	p := d.token("crm", Manager, "")
	p.post("/calls/c1/record", "")
	p.post("/calls/c1/unrecord", "")
	if want := []string{"c1 true by token:crm", "c1 false by token:crm"}; !slices.Equal(d.taped, want) {
		t.Errorf("done: %q", d.taped)
	}
	got := read[store.OwedCallData](t, p.post("/owed-calls/o1/hasten", ""), http.StatusOK)
	if kept, err := d.db.Owed(t.Context(), "o1"); err != nil || time.Since(kept.Due) < 0 || got.ID != "o1" || got.State != store.OwedWaiting {
		t.Errorf("told %+v, kept %+v, %v", got, kept, err)
	}
	d.promise("o2", store.OwedDone, d.now)
	p.post("/owed-calls/o2/hasten", "").troubled(t, troubleLate, "")
	p.post("/calls/c9/record", "").troubled(t, troubleState, "")
	p.post("/calls/c1/move", `{"queue":"arabic"}`).troubled(t, troubleState, "")
	p.post("/calls/c1/move", `{"queue":"spanish"}`).troubled(t, troubleField, "queue")
	p.post("/calls/c1/move", "").troubled(t, troubleBody, "")
	d.did("hasten owed call owed call o1 by token:crm", "stop recording call c1 by token:crm", "start recording call c1 by token:crm")
}

func TestACallerInLineIsMovedByTheAPI(t *testing.T) {
	d := open(t)
	d.queues = map[string]queue.Config{"arabic": {}, "english": {}}
	d.floor.Apply(d.queues, nil) // nobody serves: who comes waits
	network := new(calltest.Network)
	leg := network.Inbound("1001", "0777")
	cl := call.New("c7", leg, "ar", slog.New(slog.DiscardHandler))
	over := make(chan error, 1)
	go func() {
		_, err := d.floor.Serve(t.Context(), cl, "arabic", queue.ServeOptions{Dialer: network})
		over <- err
	}()
	p := d.token("crm", Manager, "")
	line := func() []waitingData { t.Helper(); return read[boardData](t, p.get("/board"), http.StatusOK).Line }
	for end := time.Now().Add(10 * time.Second); len(line()) == 0; {
		if time.Now().After(end) {
			t.Fatal("the caller does not come into line")
		}
	}
	p.post("/calls/c7/move", `{"queue":"arabic"}`).troubled(t, troubleState, "")
	if got := p.post("/calls/c7/move", `{"queue":"english"}`); got.status != http.StatusNoContent {
		t.Errorf("moved: %d %s", got.status, got.text)
	}
	if got := line(); len(got) != 1 || got[0].Queue != "english" || got[0].Call != "c7" {
		t.Errorf("the line is %+v", got)
	}
	d.did("move caller call c7 by token:crm")
	leg.Leave()
	if err := <-over; err == nil {
		t.Error("the queue does not say that the caller has left")
	}
}
