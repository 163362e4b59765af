package web

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"hatif/store"
)

// promise has a call owed.
func (d *desk) promise(id, state string, due time.Time) {
	d.t.Helper()
	if err := d.db.AddOwed(d.t.Context(), store.Owed{
		ID: id, Account: "1001", Context: "feedback", Zone: "UTC", Hours: "09:00-20:00", Tries: 3, Call: "c1", Agent: "2001", Queue: "arabic",
		Created: d.now, Due: due, State: state,
	}); err != nil {
		d.t.Fatal(err)
	}
}

func TestOwedCallsAreCancelledAndHastened(t *testing.T) {
	d := open(t)
	d.account("boss", Manager, "")
	b := d.as("boss")
	b.get("/owed").wants(t, http.StatusOK, "There are none")
	later := time.Now().Add(48 * time.Hour)
	d.promise("o1", store.OwedWaiting, later)
	d.promise("o2", store.OwedWaiting, later)
	d.promise("o3", store.OwedDone, later)
	d.promise("o4", store.OwedInLine, later)
	p := b.get("/owed").wants(t, http.StatusOK, "1001", "feedback", "0 / 3", "09:00-20:00", "/calls/c1", "/owed/o1/now", "/owed/o4/cancel", "waits for its turn")
	if strings.Contains(p.text, "/owed/o3/") || strings.Contains(p.text, "/owed/o4/now") {
		t.Error("what is over can be cancelled, or a turn be hastened")
	}
	b.post("/owed/o1/now").wants(t, http.StatusSeeOther)
	b.post("/owed/o2/cancel").wants(t, http.StatusSeeOther)
	b.post("/owed/o2/cancel").wants(t, http.StatusConflict, "too late")
	b.post("/owed/o3/now").wants(t, http.StatusConflict, "too late")
	b.post("/owed/o4/now").wants(t, http.StatusConflict, "too late")
	hastened, err := d.db.Owed(t.Context(), "o1")
	if err != nil || hastened.State != store.OwedWaiting || time.Since(hastened.Due) < 0 {
		t.Errorf("the hastened call: %+v, %v", hastened, err)
	}
	if gone, err := d.db.Owed(t.Context(), "o2"); err != nil || gone.State != store.OwedCancelled || gone.Cause != "cancelled by boss" {
		t.Errorf("the cancelled call: %+v, %v", gone, err)
	}
	for _, deed := range []string{"hasten owed call owed call o1 by boss", "cancel owed call owed call o2 by boss"} {
		if !slices.Contains(d.deeds(), deed) {
			t.Errorf("the audit log has no %q: %q", deed, d.deeds())
		}
	}
	b.get("/owed?state=waiting").wants(t, http.StatusBadRequest)
	b.get("/owed?state=done&before=x").wants(t, http.StatusBadRequest)
}

func TestOwedCallsThatAreOverAreTurnedWithoutLoss(t *testing.T) {
	d := open(t)
	d.account("boss", Manager, "")
	for i := range owedPage + 20 { // many of the same moment
		d.promise(fmt.Sprintf("o%03d", i), store.OwedDone, d.now.Add(time.Duration(i/30)*time.Second))
	}
	b := d.as("boss")
	seen := 0
	for path := "/owed?state=done"; path != ""; {
		p := b.get(path).wants(t, http.StatusOK)
		seen += strings.Count(p.text, "<td><bdi>1001</bdi></td>")
		path = p.next()
	}
	if seen != owedPage+20 {
		t.Errorf("%d owed calls are shown, want %d", seen, owedPage+20)
	}
}
