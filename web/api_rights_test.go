package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"hatif/store"
)

// Who may do what is the same by the API as by the pages.
func TestEachRolesTokenMayDoItsOwn(t *testing.T) {
	const ok, done, no, gone = http.StatusOK, http.StatusNoContent, http.StatusForbidden, http.StatusNotFound
	const bad, made, stand = http.StatusUnprocessableEntity, http.StatusCreated, http.StatusConflict
	for i, role := range Roles() {
		d := open(t)
		d.fill()
		p := d.token("t", role, map[Role]string{Agent: "2001"}[role])
		for _, c := range []struct {
			method, path, body string
			want               [4]int // of Roles
		}{
			{"GET", "/board", "", [4]int{ok, ok, no, ok}},
			{"POST", "/calls/c1/hangup", "", [4]int{done, done, no, no}},
			{"POST", "/calls/c9/hangup", "", [4]int{gone, gone, no, no}},
			{"POST", "/agents/2001/pause", `{"reason":"tea"}`, [4]int{bad, bad, no, no}},
			{"POST", "/agents/2001/pause", "", [4]int{done, done, no, no}},
			{"POST", "/agents/2001/unpause", "", [4]int{done, done, no, no}},
			{"POST", "/agents/9999/log-on", "", [4]int{gone, gone, no, no}},
			{"GET", "/calls", "", [4]int{ok, ok, ok, ok}},
			{"GET", "/calls/c1", "", [4]int{ok, ok, ok, ok}},
			{"GET", "/calls/c2", "", [4]int{ok, ok, ok, gone}}, // it is not 2001's
			{"GET", "/recordings/2026-11-23/c1.wav", "", [4]int{ok, ok, ok, no}},
			{"GET", "/callback-requests", "", [4]int{ok, ok, ok, ok}},
			{"POST", "/callback-requests/r1/mark", `{"state":"taken"}`, [4]int{ok, ok, no, ok}},
			{"POST", "/callback-requests/r1/call", `{"number":"1234"}`, [4]int{stand, stand, no, ok}}, // who has no phone cannot
			{"GET", "/ratings", "", [4]int{ok, ok, ok, no}},
			{"GET", "/ratings/means", "", [4]int{ok, ok, ok, no}},
			{"GET", "/mailboxes", "", [4]int{ok, ok, ok, ok}},
			{"GET", "/mailboxes/600/messages", "", [4]int{ok, ok, ok, gone}},
			{"GET", "/mailboxes/2001/messages", "", [4]int{gone, gone, gone, ok}},
			{"GET", "/messages/m1", "", [4]int{gone, gone, gone, ok}},
			{"GET", "/messages/m1/audio", "", [4]int{gone, gone, gone, ok}},
			{"DELETE", "/messages/m2", "", [4]int{done, done, done, gone}},
			{"GET", "/owed-calls", "", [4]int{ok, ok, ok, no}},
			{"POST", "/owed-calls", `{"to":"1001","run":"x"}`, [4]int{made, made, no, no}},
			{"POST", "/owed-calls/o1/cancel", "", [4]int{ok, ok, no, no}},
			{"GET", "/figures/queues", "", [4]int{ok, ok, ok, no}},
			{"GET", "/figures/agents", "", [4]int{ok, ok, ok, no}},
			{"GET", "/events", "", [4]int{ok, ok, ok, ok}},
			{"GET", "/events?types=call.ended", "", [4]int{ok, ok, ok, no}},
			{"GET", "/events?types=callback_request.added", "", [4]int{ok, ok, ok, ok}},
			{"GET", "/queue-events", "", [4]int{ok, ok, ok, no}},
			{"GET", "/accounts", "", [4]int{ok, no, no, no}},
			{"POST", "/accounts", `{"name":"x","role":"manager"}`, [4]int{made, no, no, no}},
			{"PUT", "/accounts/x", `{"role":"quality"}`, [4]int{ok, no, no, no}},
			{"DELETE", "/accounts/boss", "", [4]int{stand, no, no, no}}, // the last administrator
			{"GET", "/audit", "", [4]int{ok, no, no, no}},
			{"GET", "/tokens", "", [4]int{ok, no, no, no}},
			{"POST", "/tokens", `{"name":"y","role":"administrator"}`, [4]int{made, no, no, no}},
			{"DELETE", "/tokens/t9", "", [4]int{gone, no, no, no}},
			{"POST", "/reload", "", [4]int{ok, no, no, no}},
			{"GET", "/webhooks", "", [4]int{ok, no, no, no}},
			{"POST", "/webhooks/crm/skip", "", [4]int{done, no, no, no}},
			{"GET", "/openapi.json", "", [4]int{ok, ok, ok, ok}},
		} {
			if got := p.send(c.method, c.path, c.body); got.status != c.want[i] {
				t.Errorf("%s: %s %s: %d, want %d: %s", role, c.method, c.path, got.status, c.want[i], got.text)
			}
		}
		if deeds := d.deeds(); role == Manager && !slices.Contains(deeds, "hang up call c1 by token:t") {
			t.Errorf("the audit log does not name the token: %q", deeds)
		}
	}
}

func TestAnAgentsTokenSeesTheirOwnCallsAlone(t *testing.T) {
	d := open(t)
	d.fill()
	p := d.token("t", Agent, "2001")
	got := read[callList](t, p.get("/calls?agent=2002"), http.StatusOK)
	if len(got.Calls) != 1 || got.Calls[0].ID != "c1" {
		t.Errorf("the agent sees %+v", got.Calls)
	}
	for _, e := range read[eventList](t, p.get("/events?since=0"), http.StatusOK).Events {
		if !strings.HasPrefix(e.Type, "callback_request.") {
			t.Errorf("an agent is told of %s", e.Type)
		}
	}
}

func TestABrowserMayUseTheAPIWithItsCookie(t *testing.T) {
	d := open(t)
	d.fill()
	d.account("amal", Agent, "2001")
	b := d.as("amal")
	b.get(apiRoot+"/board").wants(t, http.StatusOK, `"agents":[`)
	b.get(apiRoot+"/ratings").troubled(t, troubleForbidden, "")
	b.header.Set("Sec-Fetch-Site", "cross-site")
	b.post(apiRoot+"/callback-requests/r1/mark").troubled(t, troubleOrigin, "")
	d.browser().get(apiRoot+"/board").troubled(t, troubleLogOn, "")
}

func TestTokensEndAndFailuresAreSlowedDown(t *testing.T) {
	d := open(t)
	d.fill()
	admin := d.token("admin", Administrator, "")
	made := read[freshToken](t, admin.post("/tokens", `{"name":"crm","role":"quality","expires_at":"2026-11-23T10:00:00Z"}`), http.StatusCreated)
	if !strings.HasPrefix(made.Token, tokenPrefix) || len(made.Token) < 40 || made.Role != Quality || made.Creator != "token:admin" {
		t.Errorf("made %+v", made)
	}
	if p := admin.get("/tokens"); strings.Contains(p.text, made.Token) || strings.Contains(p.text, hashToken(made.Token)) {
		t.Error("a token is shown twice")
	}
	admin.post("/tokens", `{"name":"crm","role":"quality"}`).troubled(t, troubleTaken, "name")
	admin.post("/tokens", `{"name":"a/b","role":"quality"}`).troubled(t, troubleField, "name")
	admin.post("/tokens", `{"name":"x","role":"king"}`).troubled(t, troubleField, "role")
	admin.post("/tokens", `{"name":"x","role":"agent"}`).troubled(t, troubleField, "person")
	admin.post("/tokens", `{"name":"x","role":"quality","expires_at":"2020-01-01T00:00:00Z"}`).troubled(t, troubleField, "expires_at")
	crm := d.program(made.Token)
	read[callList](t, crm.get("/calls"), http.StatusOK)
	if token, err := d.db.Token(t.Context(), hashToken(made.Token)); err != nil || !token.Used.Equal(d.now) {
		t.Errorf("the token was used at %v, %v", token.Used, err)
	}
	d.now = d.now.Add(time.Hour)
	crm.get("/calls").troubled(t, troubleToken, "")
	if got := admin.send(http.MethodDelete, "/tokens/crm", ""); got.status != http.StatusNoContent {
		t.Errorf("revoked: %d", got.status)
	}
	wrong := d.program(tokenPrefix + strings.Repeat("A", 43))
	for range freeFailures - 1 {
		p := wrong.get("/calls")
		p.troubled(t, troubleToken, "")
		if !strings.HasPrefix(p.header.Get("WWW-Authenticate"), "Bearer") {
			t.Errorf("no challenge: %v", p.header)
		}
	}
	p := wrong.get("/calls")
	p.troubled(t, troubleAttempts, "")
	if p.header.Get("Retry-After") != "2" {
		t.Errorf("to wait for %q", p.header.Get("Retry-After"))
	}
	read[callList](t, admin.get("/calls"), http.StatusOK) // a good one from there is let in
	d.as("boss").get("/board").wants(t, http.StatusOK)    // and so is a browser
	d.now = d.now.Add(3 * time.Second)
	wrong.get("/calls").troubled(t, troubleToken, "")
	basic := &program{d, http.Header{"Authorization": {"Basic YTpi"}}}
	basic.get("/calls").troubled(t, troubleLogOn, "")
	if deeds := d.deeds(); !slices.Contains(deeds, "add token token:crm by token:admin") || !slices.Contains(deeds, "fail by token") {
		t.Errorf("the audit log: %q", deeds)
	}
}

func TestTokensAreMadeAndRevokedOnAPage(t *testing.T) {
	d := open(t)
	d.account("boss", Administrator, "")
	b := d.as("boss")
	b.get("/tokens").wants(t, http.StatusOK, "There are no tokens")
	b.post("/tokens", "name", "crm", "role", "agent", "days", "30").wants(t, http.StatusUnprocessableEntity, "needs the agent")
	b.post("/tokens", "name", "c m", "role", "manager", "days", "30").wants(t, http.StatusUnprocessableEntity, "A name is")
	b.post("/tokens", "name", "crm", "role", "manager", "days", "x").wants(t, http.StatusBadRequest)
	p := b.post("/tokens", "name", "crm", "role", "manager", "days", "30").wants(t, http.StatusOK, "not shown again", tokenPrefix)
	_, token, _ := strings.Cut(p.text, `<code id="fresh">`)
	token, _, _ = strings.Cut(token, "<")
	read[boardData](t, d.program(token).get("/board"), http.StatusOK)
	if p := b.get("/tokens").wants(t, http.StatusOK, "crm", "2026-12-23"); strings.Contains(p.text, token) {
		t.Error("the token is shown again")
	}
	b.post("/tokens", "name", "crm", "role", "manager", "days", "0").wants(t, http.StatusUnprocessableEntity, "There is a token of this name")
	b.post("/tokens/crm/revoke").wants(t, http.StatusSeeOther)
	b.post("/tokens/crm/revoke").wants(t, http.StatusNotFound)
	d.program(token).get("/board").troubled(t, troubleToken, "")
	d.account("m", Manager, "")
	d.as("m").get("/tokens").wants(t, http.StatusForbidden)
}

func TestWhatIsAskedForIsReadStrictly(t *testing.T) {
	d := open(t)
	d.fill()
	d.reasons = []string{"lunch"}
	p := d.token("t", Administrator, "2001")
	p.get("/nothing").troubled(t, troubleNotFound, "")
	p.get("/calls/").troubled(t, troubleNotFound, "")
	p.get("/calls?colour=red").troubled(t, troubleUnknownParameter, "colour")
	p.get("/board?wall=1").troubled(t, troubleUnknownParameter, "wall")
	p.get("/calls?limit=0").troubled(t, troubleParameter, "limit")
	p.get("/calls?limit=1001").troubled(t, troubleParameter, "limit")
	p.get("/calls?limit=2&limit=3").troubled(t, troubleParameter, "limit")
	p.get("/calls?since=yesterday").troubled(t, troubleParameter, "since")
	p.get("/calls?result=nice").troubled(t, troubleParameter, "result")
	p.get("/calls?cursor=x").troubled(t, troubleCursor, "cursor")
	p.get("/ratings?cursor=x").troubled(t, troubleCursor, "cursor")
	p.get("/callback-requests?cursor="+place{d.now, []string{"a", "b"}}.cursor()).troubled(t, troubleCursor, "cursor")
	p.get("/calls?%zz").troubled(t, troubleRequest, "")
	p.get("/figures/queues?since=2026-01-02T00:00:00Z&until=2026-01-01T00:00:00Z").troubled(t, troubleParameter, "until")
	p.get("/figures/queues?since=2020-01-01T00:00:00Z").troubled(t, troubleParameter, "since")
	p.get("/events?types=call.began").troubled(t, troubleParameter, "types")
	p.get("/events?since=-1").troubled(t, troubleCursor, "since")
	p.post("/agents/2001/pause", `{"Reason":"lunch"}`).troubled(t, troubleUnknownField, "Reason")
	p.post("/agents/2001/pause", `{"reason":7}`).troubled(t, troubleField, "reason")
	p.post("/agents/2001/pause", `["lunch"]`).troubled(t, troubleBody, "")
	p.post("/agents/2001/pause", `{"reason":"lunch"} {}`).troubled(t, troubleBody, "")
	p.post("/agents/2001/unpause", `{"now":true}`).troubled(t, troubleUnknownField, "now")
	p.post("/callback-requests/r1/mark", "").troubled(t, troubleBody, "")
	p.post("/callback-requests/r1/mark", `{}`).troubled(t, troubleField, "state")
	p.post("/callback-requests/r1/mark", `{"state":null}`).troubled(t, troubleField, "state")
	p.post("/callback-requests/r1/mark", `{"state":"lost"}`).troubled(t, troubleField, "state")
	p.post("/callback-requests/r1/call", `{"number":"0777999"}`).troubled(t, troubleField, "number")
	p.post("/owed-calls", `{"to":"7","run":"x"}`).troubled(t, troubleField, "to")
	p.post("/callback-requests/r1/mark", `{"state":"`+strings.Repeat("x", mostBody)+`"}`).troubled(t, troubleLarge, "")

	method := p.send(http.MethodPatch, "/calls", "")
	method.troubled(t, troubleMethod, "")
	if method.header.Get("Allow") != "GET, HEAD" {
		t.Errorf("allowed are %q", method.header.Get("Allow"))
	}
	if got := p.send(http.MethodHead, "/calls", ""); got.status != http.StatusOK || got.text != "" {
		t.Errorf("HEAD: %d %q", got.status, got.text)
	}
	p.header.Set("Content-Type", "text/plain")
	p.post("/agents/2001/pause", `{"reason":"lunch"}`).troubled(t, troubleMedia, "")
	p.header.Del("Content-Type")
	p.header.Set("Accept", "text/html, application/json;q=0")
	p.get("/calls").troubled(t, troubleAccept, "")
	for _, accept := range []string{"application/json", "application/*;q=0.5", "text/html, */*"} {
		p.header.Set("Accept", accept)
		read[callList](t, p.get("/calls"), http.StatusOK)
	}
}

// What somebody writes to break out of a statement, a folder or a header is text like any other.
func TestNothingBreaksOut(t *testing.T) {
	d := open(t)
	d.fill()
	p := d.token("t", Administrator, "")
	for _, evil := range []string{`' OR 1=1 --`, `"; DROP TABLE calls; --`, `%`, "c1\x00", "\xff", "../../../etc/passwd", "<script>"} {
		q := url.QueryEscape(evil)
		for _, path := range []string{"/calls?number=", "/calls?agent=", "/calls?queue=", "/ratings?agent=", "/figures/queues?queue=", "/figures/agents?agent="} {
			if got := p.get(path + q); got.status != http.StatusOK || strings.Contains(got.text, `"0100"`) {
				t.Errorf("%s%s: %d %s", path, q, got.status, got.text)
			}
		}
		s := url.PathEscape(evil)
		for _, path := range []string{"/calls/" + s, "/callback-requests/" + s, "/messages/" + s, "/mailboxes/" + s + "/messages", "/owed-calls/" + s, "/recordings/2026-11-23/" + s, "/recordings/" + s + "/c1.wav"} {
			if got := p.get(path); got.status != http.StatusNotFound {
				t.Errorf("%s: %d %s", path, got.status, got.text)
			}
		}
	}
	for _, path := range []string{"/recordings/../hatif.db", "/recordings/%2e%2e/hatif.db", "/recordings/2026-11-23/..%2f..%2fhatif.db", `/recordings/2026-11-23/..%5cc1.wav`} {
		if got := p.get(path); got.status == http.StatusOK {
			t.Errorf("%s: %s", path, got.text)
		}
	}
	if got := read[callList](t, p.get("/calls"), http.StatusOK); len(got.Calls) != 2 {
		t.Errorf("%d calls are left", len(got.Calls))
	}
}

func TestPagesFollowOneAnother(t *testing.T) {
	d := open(t)
	for i := range 5 {
		id := string(rune('a' + i))
		d.now = d.now.Add(time.Duration(i%2) * time.Second) // some at one moment
		d.call("c"+id, "0100", "2001")
		d.request("r" + id)
		d.rate("c"+id, i)
		if err := d.db.AddOwed(t.Context(), store.Owed{ID: "o" + id, State: store.OwedWaiting, Created: d.now, Due: d.now}); err != nil {
			t.Fatal(err)
		}
	}
	p := d.token("t", Administrator, "")
	d.deedsBy("x")
	for path, names := range map[string]func(page) (list []string, next string){
		"/calls": func(p page) (list []string, next string) {
			l := read[callList](t, p, http.StatusOK)
			for _, c := range l.Calls {
				list = append(list, c.ID)
			}
			return list, l.Next
		},
		"/callback-requests": func(p page) (list []string, next string) {
			l := read[requestList](t, p, http.StatusOK)
			for _, c := range l.Requests {
				list = append(list, c.ID)
			}
			return list, l.Next
		},
		"/ratings": func(p page) (list []string, next string) {
			l := read[ratingList](t, p, http.StatusOK)
			for _, c := range l.Ratings {
				list = append(list, c.Call)
			}
			return list, l.Next
		},
		"/owed-calls": func(p page) (list []string, next string) {
			l := read[owedList](t, p, http.StatusOK)
			for _, c := range l.Calls {
				list = append(list, c.ID)
			}
			return list, l.Next
		},
		"/audit": func(p page) (list []string, next string) {
			l := read[auditList](t, p, http.StatusOK)
			for _, c := range l.Deeds {
				list = append(list, c.ID)
			}
			return list, l.Next
		},
	} {
		whole, _ := names(p.get(path))
		var pieces []string
		for cursor := ""; ; {
			some, next := names(p.get(path + "?limit=2&cursor=" + url.QueryEscape(cursor)))
			pieces = append(pieces, some...)
			if cursor = next; next == "" {
				break
			}
		}
		if len(whole) < 5 || !slices.Equal(whole, pieces) {
			t.Errorf("%s: page by page %q, at once %q", path, pieces, whole)
		}
	}
}

// deedsBy does five things at the console.
func (d *desk) deedsBy(name string) {
	d.t.Helper()
	for i := range 5 {
		if err := d.db.AddDeed(d.t.Context(), store.Deed{ID: name + string(rune('a'+i)), At: d.now, Account: name, Action: "listen"}); err != nil {
			d.t.Fatal(err)
		}
	}
}

func TestTheFilesMistakesAreTold(t *testing.T) {
	d := open(t)
	p := d.token("t", Administrator, "")
	d.restart = []string{"sip"}
	if got := read[reloadDone](t, p.post("/reload", ""), http.StatusOK); !slices.Equal(got.Restart, d.restart) {
		t.Errorf("to be restarted for %q", got.Restart)
	}
	d.mistake = Mistakes{{File: "hatif.yaml", Line: 7, Column: 3, Key: "queues.arabic", Text: "no"}}
	got := p.post("/reload", "")
	got.troubled(t, troubleFile, "")
	if told := read[trouble](t, got, http.StatusUnprocessableEntity); len(told.Mistakes) != 1 || told.Mistakes[0].Line != 7 || !strings.Contains(told.Detail, "hatif.yaml:7:3") {
		t.Errorf("told %+v", told)
	}
	p.post("/webhooks/good/skip", "").troubled(t, troubleState, "")
	p.post("/webhooks/none/skip", "").troubled(t, troubleNotFound, "")
	if deeds := d.deeds(); !slices.Contains(deeds, "reload the file by token:t") {
		t.Errorf("the audit log: %q", deeds)
	}
}
