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

// request leaves a number.
func (d *desk) request(id string) {
	d.t.Helper()
	if err := d.db.AddRequest(d.t.Context(), store.Request{
		ID: id, Created: d.now, Caller: "0100", Name: "<i>Zed</i>", Number: "1234", Alternative: "5678", Language: "ar", Queue: "arabic", Call: "c1",
		State: store.RequestOpen, Changed: d.now,
	}); err != nil {
		d.t.Fatal(err)
	}
}

// rate gives a rating of a conversation, in one called "<conversation>-feedback"; -1: asked and not said.
func (d *desk) rate(call string, rating int) {
	d.t.Helper()
	if err := d.db.SaveRating(d.t.Context(), store.Rating{
		GivenIn: call + "-feedback", Call: call, Created: d.now, Caller: "0100", Agent: "2001", Queue: "arabic", Language: "ar",
		Answered: rating >= 0, Rating: max(0, rating),
	}); err != nil {
		d.t.Fatal(err)
	}
}

func TestCallbackRequestsAreWorkedOff(t *testing.T) {
	d := open(t)
	d.request("r1")
	d.request("r2")
	d.account("amal", Agent, "2001")
	d.account("karim", Agent, "2002")
	d.account("boss", Manager, "")
	amal, karim, boss := d.as("amal"), d.as("karim"), d.as("boss")
	state := func(id, want string) {
		t.Helper()
		for r, err := range d.db.Requests(t.Context(), "", time.Time{}) {
			if err != nil {
				t.Fatal(err)
			}
			if got := r.State + " by " + r.By; r.ID == id && got != want {
				t.Errorf("%s is %s, want %s", id, got, want)
			}
		}
	}
	amal.get("/requests").wants(t, http.StatusOK, "1234", "5678", "&lt;i&gt;Zed", "open", "Call 1234")
	amal.post("/requests/r1/call", "number", "1234").wants(t, http.StatusSeeOther)
	state("r1", "taken by 2001")
	if !slices.Equal(d.called, []string{"2001 calls 1234 for r1"}) {
		t.Errorf("called: %q", d.called)
	}
	karim.post("/requests/r1/call", "number", "1234").wants(t, http.StatusConflict, "Somebody else has taken it")
	karim.post("/requests/r1/mark", "state", "called back").wants(t, http.StatusConflict)
	karim.post("/requests/r2/call", "number", "0777999").wants(t, http.StatusBadRequest)
	if len(d.called) != 1 {
		t.Errorf("called: %q", d.called)
	}
	amal.post("/requests/r1/mark", "state", "called back").wants(t, http.StatusSeeOther)
	state("r1", "called back by 2001")
	if p := amal.get("/requests"); strings.Contains(p.text, "/requests/r1/") || !strings.Contains(p.text, "/requests/r2/") {
		t.Error("what is done is still to be done, or what is open is not")
	}
	amal.get("/requests?state=called+back").wants(t, http.StatusOK, "/requests/r1/")
	amal.get("/requests?state=lost").wants(t, http.StatusBadRequest)
	karim.post("/requests/r2/mark", "state", "taken").wants(t, http.StatusSeeOther)
	boss.post("/requests/r2/mark", "state", "unreachable").wants(t, http.StatusSeeOther) // who steers may
	state("r2", "unreachable by boss")
	amal.get("/requests").wants(t, http.StatusOK, "Nobody is to be called back")
	csv := boss.get("/requests.csv").wants(t, http.StatusOK, "1234", "unreachable")
	if !strings.Contains(csv.header.Get("Content-Disposition"), "Queue.csv") || strings.Count(csv.text, "\r\n") != 3 {
		t.Errorf("the download is %q", csv.text)
	}
	if p := boss.get("/requests?state=unreachable"); strings.Contains(p.text, "Call 1234") {
		t.Error("somebody without a phone can have it rung")
	}
	d.mute = true
	if p := amal.get("/requests?state=unreachable"); strings.Contains(p.text, "Call 1234") {
		t.Error("the button is there though the file does not say how to call")
	}
	amal.post("/requests/r2/call", "number", "1234").wants(t, http.StatusForbidden)
}

func TestRatingsAreAddedUpAndComplaintsHeard(t *testing.T) {
	d := open(t)
	d.account("ear", Quality, "")
	for i, rating := range []int{10, 8, 2, -1} {
		d.rate(fmt.Sprintf("c%d", i), rating)
	}
	d.message("m1", "600", "c2-feedback")
	b := d.as("ear")
	b.get("/ratings").wants(t, http.StatusOK, "6.7", "not said", `src="/voicemail/m1"`, ">3<", ">4<", ">1<")
	p := b.get("/ratings?complaints&days=1").wants(t, http.StatusOK, "/calls/c2")
	if strings.Contains(p.text, "/calls/c0") || strings.Contains(p.text, "/calls/c3") {
		t.Error("somebody who did not complain is among the complaints")
	}
	b.get("/voicemail/m1").wants(t, http.StatusOK, "RIFF of m1")
	d.now = d.now.AddDate(0, 0, 2)
	b = d.as("ear")
	b.get("/ratings?days=1").wants(t, http.StatusOK, "Nobody has been asked")
	b.get("/ratings?days=0").wants(t, http.StatusBadRequest)
	b.get("/ratings?days=x").wants(t, http.StatusBadRequest)
	csv := b.get("/ratings.csv").wants(t, http.StatusOK, "2001")
	if !strings.Contains(csv.header.Get("Content-Disposition"), "Complaint.csv") || strings.Count(csv.text, "\r\n") != 5 {
		t.Errorf("the download is %q", csv.text)
	}
}

func TestMessagesAreHeardMovedAndDeleted(t *testing.T) {
	d := open(t)
	d.message("m1", "2001", "c1")
	d.message("m2", "600", "c2")
	d.account("amal", Agent, "2001")
	b := d.as("amal")
	b.get("/voicemail").wants(t, http.StatusOK, "Amal", "(1 new)", "1:15", "&lt;i&gt;Zed", `src="/voicemail/m1"`)
	b.get("/voicemail?box=600").wants(t, http.StatusNotFound)
	b.get("/voicemail?folder=attic").wants(t, http.StatusBadRequest)
	b.get("/voicemail/m1").wants(t, http.StatusOK, "RIFF of m1")
	b.get("/voicemail").wants(t, http.StatusOK, "There are no messages")
	b.get("/voicemail?box=2001&folder=old").wants(t, http.StatusOK, "/voicemail/m1")
	b.post("/voicemail/m1/move", "folder", "work").wants(t, http.StatusSeeOther)
	b.get("/voicemail?box=2001&folder=work").wants(t, http.StatusOK, "/voicemail/m1")
	b.post("/voicemail/m1/move", "folder", "attic").wants(t, http.StatusBadRequest)
	b.post("/voicemail/m2/delete").wants(t, http.StatusNotFound)
	b.post("/voicemail/m1/delete").wants(t, http.StatusSeeOther)
	b.get("/voicemail/m1").wants(t, http.StatusNotFound)
	b.get("/voicemail?box=2001&folder=work").wants(t, http.StatusOK, "There are no messages")
	if p := b.get("/voicemail?box=2001&folder=deleted").wants(t, http.StatusOK, "/voicemail/m1/undelete"); strings.Contains(p.text, `src="/voicemail/m1"`) {
		t.Error("a deleted message can be heard")
	}
	b.post("/voicemail/m2/undelete").wants(t, http.StatusNotFound)
	b.post("/voicemail/m1/undelete").wants(t, http.StatusSeeOther)
	b.post("/voicemail/m1/undelete").wants(t, http.StatusNotFound)
	b.get("/voicemail?box=2001&folder=work").wants(t, http.StatusOK, `src="/voicemail/m1"`, "Mark as new")
	b.post("/voicemail/m1/move", "folder", "new").wants(t, http.StatusSeeOther)
	b.get("/voicemail").wants(t, http.StatusOK, "(1 new)", "Mark as heard")
	b.post("/voicemail/m1/move", "folder", "old").wants(t, http.StatusSeeOther)
	b.get("/voicemail").wants(t, http.StatusOK, "There are no messages")
	for _, deed := range []string{"listen message m1 in mailbox 2001 by amal", "move message message m1 in mailbox 2001 by amal", "delete message message m1 in mailbox 2001 by amal", "undelete message message m1 in mailbox 2001 by amal"} {
		if !slices.Contains(d.deeds(), deed) {
			t.Errorf("the audit log has no %q: %q", deed, d.deeds())
		}
	}
	d.account("nobody", Agent, "2999")
	d.as("nobody").get("/voicemail").wants(t, http.StatusOK, "No mailbox is yours")
}
