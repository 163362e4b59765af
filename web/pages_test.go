package web

import (
	"bufio"
	"context"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"hatif/call"
	"hatif/queue"
	"hatif/store"
)

func TestEachRoleSeesAndDoesItsOwn(t *testing.T) {
	d := open(t)
	d.call("c1", "0100", "2001")
	d.message("m1", "2001", "c1")
	d.message("m2", "600", "c1")
	people := map[Role]*browser{}
	for _, role := range Roles() {
		d.account(string(role), role, map[Role]string{Agent: "2001"}[role])
		people[role] = d.as(string(role))
	}
	d.account("victim", Agent, "2001")
	const ok, moved, no, gone, bad = http.StatusOK, http.StatusSeeOther, http.StatusForbidden, http.StatusNotFound, http.StatusBadRequest
	for _, c := range []struct {
		method, path                   string
		admin, manager, quality, agent int
	}{
		{"GET", "/", moved, moved, moved, moved},
		{"GET", "/board", ok, ok, no, ok},
		{"GET", "/calls", ok, ok, ok, ok},
		{"GET", "/calls.csv", ok, ok, ok, ok},
		{"GET", "/calls/c1", ok, ok, ok, ok},
		{"GET", "/calls/c9", gone, gone, gone, gone},
		{"GET", "/recordings/2026-11-23/c1.wav", ok, ok, ok, no},
		{"GET", "/recordings", ok, ok, ok, no},
		{"GET", "/calls/c1/recordings/1", ok, ok, ok, no},
		{"GET", "/calls/c1/recordings/2", gone, gone, gone, no},
		{"GET", "/calls/c1/recordings/1/peaks", gone, gone, gone, no}, // there is no sound in it
		{"POST", "/calls/c1/recordings/1/hold", moved, moved, no, no},
		{"POST", "/calls/c1/recordings/1/release", moved, moved, no, no},
		{"POST", "/calls/c1/recordings/1/delete", bad, bad, no, no}, // nobody is sure
		{"GET", "/requests", ok, ok, ok, ok},
		{"GET", "/requests.csv", ok, ok, ok, ok},
		{"POST", "/requests/r9/mark", bad, bad, no, bad}, // the form is empty
		{"POST", "/requests/r9/call", no, no, no, gone},  // who has no phone cannot
		{"GET", "/ratings", ok, ok, ok, no},
		{"GET", "/ratings.csv", ok, ok, ok, no},
		{"GET", "/reports", ok, ok, no, no},
		{"GET", "/reports.csv?of=queues", ok, ok, no, no},
		{"GET", "/owed", ok, ok, no, no},
		{"POST", "/owed/o9/cancel", gone, gone, no, no},
		{"POST", "/owed/o9/now", gone, gone, no, no},
		{"GET", "/voicemail", ok, ok, ok, ok},
		{"GET", "/voicemail/m1", gone, gone, gone, ok}, // it is 2001's own
		{"GET", "/voicemail/m2", ok, ok, ok, gone},     // it is nobody's own
		{"POST", "/voicemail/m1/move", bad, bad, bad, bad},
		{"POST", "/voicemail/m9/delete", gone, gone, gone, gone},
		{"GET", "/people", gone, no, no, no}, // this console has no file
		{"GET", "/people/+new", gone, no, no, no},
		{"GET", "/people/2001", gone, no, no, no},
		{"GET", "/people/2001/phone", gone, no, no, no},
		{"POST", "/people", gone, no, no, no},
		{"POST", "/people/2001", gone, no, no, no},
		{"POST", "/people/2001/remove", gone, no, no, no},
		{"GET", "/provision/x", gone, gone, gone, gone},
		{"GET", "/configuration", gone, no, no, no},
		{"POST", "/configuration", gone, no, no, no},
		{"POST", "/configuration/check", gone, no, no, no},
		{"POST", "/configuration/edit", gone, no, no, no},
		{"GET", "/configuration/versions", gone, no, no, no},
		{"POST", "/configuration/restore", gone, no, no, no},
		{"GET", "/configuration/explain", gone, no, no, no},
		{"GET", "/queues/+new", gone, gone, no, no},
		{"POST", "/queues", gone, gone, no, no},
		{"GET", "/queues/arabic/settings", gone, gone, no, no},
		{"POST", "/queues/arabic/settings", gone, gone, no, no},
		{"POST", "/queues/arabic/remove", gone, gone, no, no},
		{"GET", "/accounts", ok, no, no, no},
		{"GET", "/audit", ok, no, no, no},
		{"GET", "/password", ok, ok, ok, ok},
		{"GET", "/nothing", gone, gone, gone, gone},
		{"POST", "/calls/c1/hangup", moved, moved, no, no},
		{"POST", "/calls/c9/hangup", gone, gone, no, no},
		{"POST", "/agents/2001/pause", moved, moved, no, no},
		{"POST", "/agents/2001/unpause", moved, moved, no, no},
		{"POST", "/agents/2001/logoff", moved, moved, no, no},
		{"POST", "/agents/2001/logon", moved, moved, no, no},
		{"POST", "/agents/2001/ready", gone, gone, no, no}, // there is no wrap-up
		{"POST", "/agents/9999/pause", gone, gone, no, no},
		{"POST", "/accounts", bad, no, no, no}, // the form is empty
		{"POST", "/accounts/victim/role", bad, no, no, no},
		{"POST", "/accounts/ghost/password", gone, no, no, no},
		{"POST", "/accounts/ghost/remove", gone, no, no, no},
	} {
		want := map[Role]int{Administrator: c.admin, Manager: c.manager, Quality: c.quality, Agent: c.agent}
		if c.path == "/accounts" && c.method == "POST" {
			want[Administrator] = http.StatusUnprocessableEntity
		}
		for _, role := range Roles() {
			if got := people[role].do(c.method, c.path, "").status; got != want[role] {
				t.Errorf("%s %s by %s: %d, want %d", c.method, c.path, role, got, want[role])
			}
		}
	}
}

func TestAnAgentSeesTheirOwnCallsAlone(t *testing.T) {
	d := open(t)
	d.call("c1", "0100", "2001")
	d.call("c2", "0200", "2002")
	d.account("amal", Agent, "2001")
	b := d.as("amal")
	if p := b.get("/calls?agent=2002").wants(t, http.StatusOK, "0100"); strings.Contains(p.text, "0200") {
		t.Error("another's call is listed")
	}
	if p := b.get("/calls.csv?agent=2002").wants(t, http.StatusOK, "0100"); strings.Contains(p.text, "0200") {
		t.Error("another's call is in the download")
	}
	b.get("/calls/c1").wants(t, http.StatusOK, "menu welcome")
	b.get("/calls/c2").wants(t, http.StatusNotFound)
}

func TestTheBoardShowsTheFloorAndChangesIt(t *testing.T) {
	d := open(t)
	d.account("boss", Manager, "")
	d.live = []call.Record{{ID: "c1", Began: d.now, Caller: call.Identity{Number: "0100", Name: "Zed"}, Called: "0777", Path: []call.Note{{Text: "menu welcome"}}}}
	b := d.as("boss")
	b.get("/board").wants(t, http.StatusOK, "arabic", "Amal Haddad", "free", "Zed", "menu welcome", `formaction="/calls/c1/hangup"`)
	b.get("/board?wall").wants(t, http.StatusOK, `class="wall"`, "/board/live?wall")
	b.post("/calls/c1/hangup").wants(t, http.StatusSeeOther)
	b.post("/agents/2001/pause").wants(t, http.StatusSeeOther)
	b.get("/board").wants(t, http.StatusOK, "paused (no reason given)", "/agents/2001/unpause")
	b.post("/agents/2001/unpause").wants(t, http.StatusSeeOther)
	b.post("/agents/2001/pause", "reason", "lunch").wants(t, http.StatusBadRequest)
	d.reasons = []string{"lunch", "break"}
	b.post("/agents/2001/pause").wants(t, http.StatusBadRequest)
	b.get("/board").wants(t, http.StatusOK, "/agents/2001/pause?reason=lunch")
	b.post("/agents/2001/pause?reason=lunch").wants(t, http.StatusSeeOther)
	if a := d.floor.Snapshot().Agents[0]; a.Reason != "lunch" {
		t.Errorf("the reason is %q", a.Reason)
	}
	b.post("/agents/2001/unpause").wants(t, http.StatusSeeOther)
	if a := d.floor.Snapshot().Agents[0]; a.State != queue.Available {
		t.Errorf("after the pause the agent is %s", a.State)
	}
	b.post("/agents/2001/logoff").wants(t, http.StatusSeeOther)
	if a := d.floor.Snapshot().Agents[0]; a.State != queue.LoggedOff || a.Via != queue.ViaCommand {
		t.Errorf("the agent is %s by %s", a.State, a.Via)
	}
	b.get("/board").wants(t, http.StatusOK, "/agents/2001/logon", "logged off")
	b.post("/agents/2001/logon").wants(t, http.StatusSeeOther)
	if a := d.floor.Snapshot().Agents[0]; a.State != queue.Available {
		t.Errorf("the agent who was logged on is %s", a.State)
	}
	if !slices.Equal(d.ended, []string{"c1"}) {
		t.Errorf("hung up: %q", d.ended)
	}
	want := []string{"log on agent agent 2001 by boss", "log off agent 2001 by boss", "unpause agent 2001 by boss", "pause agent 2001 by boss", "unpause agent 2001 by boss", "pause agent 2001 by boss", "hang up call c1 by boss", "log on by boss"}
	if got := d.deeds(); !sameElements(got, want) {
		t.Errorf("the audit log has %q", got)
	}
}

func sameElements(a, b []string) bool {
	a, b = slices.Clone(a), slices.Clone(b)
	slices.Sort(a)
	slices.Sort(b)
	return slices.Equal(a, b)
}

func TestTheBoardFollowsWithoutReloading(t *testing.T) {
	d := open(t)
	d.account("boss", Manager, "")
	b := d.as("boss")
	ctx, stop := context.WithTimeout(t.Context(), 20*time.Second)
	defer stop()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, d.server.URL+"/board/live", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept-Language", "fr")
	res, err := b.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if kind := res.Header.Get("Content-Type"); kind != "text/event-stream" {
		t.Fatalf("the stream is %q", kind)
	}
	lines := bufio.NewScanner(res.Body)
	next := func(text string) {
		t.Helper()
		for lines.Scan() {
			if line := lines.Text(); line != "" && !strings.HasPrefix(line, "data: ") && line != "event: board" {
				t.Fatalf("the line %q is none of a server-sent event's", line)
			}
			if strings.Contains(lines.Text(), text) {
				return
			}
		}
		t.Fatalf("the stream ended before it said %q: %v", text, lines.Err())
	}
	next("libre")
	if err := d.floor.Pause("2001", "lunch", queue.ViaPhone); err != nil {
		t.Fatal(err)
	}
	next("en pause (déjeuner)")
	d.s.leave() // hatif stops
	for lines.Scan() {
	}
	if err := lines.Err(); err != nil {
		t.Errorf("the stream broke: %v", err)
	}
}

func TestTheCallLogIsSearchedAndTurned(t *testing.T) {
	d := open(t)
	d.account("boss", Manager, "")
	for i := range callsPage + 5 {
		d.now = d.now.Add(time.Minute)
		d.call(fmt.Sprintf("c%03d", i), fmt.Sprintf("0%03d", i), "2001")
	}
	b := d.as("boss")
	p := b.get("/calls").wants(t, http.StatusOK, "0054", "0005", "Older", "answered")
	if strings.Contains(p.text, ">0004<") || strings.Contains(p.text, "<b>Caller") {
		t.Error("the page is too long, or not escaped")
	}
	next := regexp.MustCompile(`rel="next" href="([^"]*)"`).FindStringSubmatch(p.text)
	if next == nil {
		t.Fatal("there is no next page")
	}
	p = b.get(strings.ReplaceAll(next[1], "&amp;", "&")).wants(t, http.StatusOK, "0004", "0000")
	if strings.Contains(p.text, `rel="next"`) || strings.Contains(p.text, ">0005<") {
		t.Error("the last page does not end, or repeats")
	}
	b.get("/calls?number=0007").wants(t, http.StatusOK, "c007")
	b.get("/calls?result=busy").wants(t, http.StatusOK, "No calls were found")
	b.get("/calls?from=2026-11-23&to=2026-11-23&queue=arabic&agent=2001").wants(t, http.StatusOK, "0054")
	b.get("/calls?from=2026-11-24").wants(t, http.StatusOK, "No calls were found")
	b.get("/calls?from=yesterday").wants(t, http.StatusBadRequest)
	b.get("/calls?after=nonsense").wants(t, http.StatusBadRequest)
	csv := b.get("/calls.csv?number=0007").wants(t, http.StatusOK, "0007")
	if strings.Count(csv.text, "\r\n") != 2 || !strings.Contains(csv.header.Get("Content-Disposition"), "calls.csv") {
		t.Errorf("the download is %q", csv.text)
	}
	b.get("/calls/c007").wants(t, http.StatusOK, "menu welcome", "digit 1", "0:02", "&lt;b&gt;Caller", `src="/recordings/2026-11-23/c007.wav"`, "1:05")
}

func TestRecordingsAreHeardAndNoted(t *testing.T) {
	d := open(t)
	d.account("ear", Quality, "")
	d.call("c1", "0100", "2001")
	if err := os.WriteFile(filepath.Join(d.folder, "..", "secret.wav"), []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(d.folder, "..", "secret.wav"), filepath.Join(d.folder, "2026-11-23", "link.wav")); err != nil {
		t.Fatal(err)
	}
	b := d.as("ear")
	b.get("/recordings/2026-11-23/c1.wav").wants(t, http.StatusOK, "RIFF of c1")
	b.header.Set("Range", "bytes=5-")
	b.get("/recordings/2026-11-23/c1.wav").wants(t, http.StatusPartialContent, "of c1")
	b.header.Del("Range")
	if p := b.get("/recordings/2026-11-23/c1.wav?download").wants(t, http.StatusOK); !strings.Contains(p.header.Get("Content-Disposition"), "c1.wav") {
		t.Error("the download has no name")
	}
	for _, path := range []string{
		"/recordings/2026-11-23/c2.wav", "/recordings/..%2f/secret.wav", "/recordings/%2e%2e/secret.wav", "/recordings/2026-11-23/..%2f..%2fsecret.wav",
		"/recordings/2026-11-23/link.wav", `/recordings/..%5c/secret.wav`, "/recordings/2026-11-23/c1.txt", "/recordings/2026-11-23/%00.wav",
	} {
		if p := b.get(path); p.status == http.StatusOK || strings.Contains(p.text, "secret") && p.status < 300 {
			t.Errorf("%s: %d %q", path, p.status, p.text)
		}
	}
	want := []string{"log on by ear", "listen recording 2026-11-23/c1.wav by ear", "download recording 2026-11-23/c1.wav by ear"}
	if got := d.deeds(); !sameElements(got, want) {
		t.Errorf("the audit log has %q", got)
	}
}

func TestAccountsAreAddedChangedAndRemoved(t *testing.T) {
	d := open(t)
	d.account("root", Administrator, "")
	b := d.as("root")
	for _, c := range []struct{ name, role, person, says string }{
		{"", "manager", "", "letters, digits"}, {"a b", "manager", "", "letters, digits"}, {"x/y", "manager", "", "letters, digits"},
		{"amal", "agent", "", "needs the agent"}, {"amal", "agent", "9999", "extension is a user"}, {"root", "manager", "", "There is an account"},
	} {
		b.post("/accounts", "name", c.name, "role", c.role, "person", c.person).wants(t, http.StatusUnprocessableEntity, c.says)
	}
	b.post("/accounts", "name", "x", "role", "king").wants(t, http.StatusBadRequest)
	p := b.post("/accounts", "name", "amal", "role", "agent", "person", "2001").wants(t, http.StatusOK, "amal can log on once")
	password := regexp.MustCompile(`<code id="fresh">([^<]*)</code>`).FindStringSubmatch(p.text)
	if password == nil {
		t.Fatal("no password is shown")
	}
	amal := d.browser()
	amal.post("/logon", "name", "amal", "password", password[1]).wants(t, http.StatusSeeOther)
	amal.post("/password", "new", somePassword, "again", somePassword).wants(t, http.StatusSeeOther)
	amal.get("/board").wants(t, http.StatusOK)
	b.post("/accounts/amal/role", "role", "agent").wants(t, http.StatusUnprocessableEntity, "needs the agent")
	b.post("/accounts/amal/role", "role", "agent", "person", "9999").wants(t, http.StatusUnprocessableEntity, "extension is a user")
	b.post("/accounts/amal/role", "role", "quality").wants(t, http.StatusSeeOther)
	amal.get("/board").wants(t, http.StatusSeeOther) // logged off: the rights are others
	d.as("amal").get("/board").wants(t, http.StatusForbidden)
	b.post("/accounts/amal/password").wants(t, http.StatusOK, "amal can log on once")
	d.browser().post("/logon", "name", "amal", "password", somePassword).wants(t, http.StatusUnauthorized)
	b.post("/accounts/amal/remove").wants(t, http.StatusSeeOther)
	if p := b.get("/accounts").wants(t, http.StatusOK); strings.Contains(p.text, "amal") {
		t.Error("the account is still there")
	}
	for _, deed := range []string{"role", "password", "remove"} {
		b.post("/accounts/root/"+deed, "role", "agent").wants(t, http.StatusBadRequest) // nobody their own
	}
	b.get("/audit").wants(t, http.StatusOK, "removed the account", "gave a new password", "127.0.0.1")
}

func TestTheAuditLogIsTurnedWithoutLoss(t *testing.T) {
	d := open(t)
	d.account("root", Administrator, "")
	for i := range auditPage + 50 { // many in the same moment
		if err := d.db.AddDeed(t.Context(), store.Deed{ID: fmt.Sprintf("d%03d", i), At: d.now, Account: "x", Action: "listen", Subject: fmt.Sprintf("s%03d", i)}); err != nil {
			t.Fatal(err)
		}
	}
	d.now = d.now.Add(time.Second)
	b := d.as("root")
	seen := make(map[string]bool)
	for path := "/audit"; path != ""; {
		p := b.get(path).wants(t, http.StatusOK)
		for _, m := range regexp.MustCompile(`<bdi>(s\d{3})</bdi>`).FindAllStringSubmatch(p.text, -1) {
			if seen[m[1]] {
				t.Errorf("%s is shown twice", m[1])
			}
			seen[m[1]] = true
		}
		path = ""
		if next := regexp.MustCompile(`rel="next" href="([^"]*)"`).FindStringSubmatch(p.text); next != nil {
			path = next[1]
		}
	}
	if len(seen) != auditPage+50 {
		t.Errorf("%d deeds are shown, want %d", len(seen), auditPage+50)
	}
	b.get("/audit?before=x").wants(t, http.StatusBadRequest)
}

func TestEveryPageIsInThreeLanguages(t *testing.T) {
	d := open(t)
	d.account("root", Administrator, "")
	b := d.as("root")
	for tag, says := range map[string]string{"fr": `lang="fr" dir="ltr"`, "ar": `lang="ar" dir="rtl"`, "en": `lang="en" dir="ltr"`} {
		if p := b.post("/language", "language", tag, "back", "/calls?number=1").wants(t, http.StatusSeeOther); p.header.Get("Location") != "/calls?number=1" {
			t.Errorf("back to %q", p.header.Get("Location"))
		}
		for _, path := range []string{"/board", "/calls", "/requests", "/ratings", "/reports", "/owed", "/recordings", "/voicemail", "/accounts", "/audit", "/password", "/nothing", "/queues", "/queues/arabic", "/plan", "/prompts"} {
			b.get(path).wants(t, map[bool]int{true: http.StatusNotFound, false: http.StatusOK}[path == "/nothing"], says)
		}
	}
	for _, away := range []string{"https://elsewhere.example", "//elsewhere.example", `/\elsewhere.example`, "/\t/elsewhere.example", ""} {
		if p := b.post("/language", "language", "en", "back", away); p.header.Get("Location") != "/" {
			t.Errorf("%q leads to %q", away, p.header.Get("Location"))
		}
	}
	b.post("/language", "language", "xx").wants(t, http.StatusBadRequest)
	stranger := d.browser()
	stranger.header.Set("Accept-Language", "xx, ar-EG;q=0.9, en;q=0.5")
	stranger.get("/logon").wants(t, http.StatusOK, `dir="rtl"`, "تسجيل الدخول")
}

// Texts are complete: every one that is asked for is there in every language, with the same blanks, and none is left over.
func TestTextsAreCompleteInEveryLanguage(t *testing.T) {
	p, err := readPages()
	if err != nil {
		t.Fatal(err)
	}
	english := p.language("en").texts
	blanks := regexp.MustCompile(`%[a-z]`)
	for _, l := range p.languages {
		for key, text := range l.texts {
			if _, ok := english[key]; !ok || text == "" {
				t.Errorf("%s: %s is empty or not in English", l.Tag, key)
			}
			if !slices.Equal(blanks.FindAllString(text, -1), blanks.FindAllString(english[key], -1)) {
				t.Errorf("%s: the blanks of %s are not those of English", l.Tag, key)
			}
		}
		if len(l.texts) != len(english) {
			t.Errorf("%s has %d texts, English %d", l.Tag, len(l.texts), len(english))
		}
	}
	asked := make(map[string]bool)
	collect := func(text, pattern string) {
		for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1) {
			asked[m[1]] = true
		}
	}
	if err := fs.WalkDir(templateFiles, "templates", func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := templateFiles.ReadFile(path)
		collect(string(b), `\bt "([^"]+)"`)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	sources, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range sources {
		if b, err := os.ReadFile(file); err != nil {
			t.Fatal(err)
		} else if !strings.HasSuffix(file, "_test.go") {
			collect(string(b), `"((?:menu|logon|password|error|accounts|call|calls|board|requests|ratings|reports|owed|recordings|voicemail|people|change|phone|configuration|tokens|move|queues|plan|prompts|system|ladder)\.[a-zA-Z]+)"`)
		}
	}
	for _, file := range []string{"calls.csv", "requests.csv", "ratings.csv"} {
		delete(asked, file)
	}
	for key := range asked {
		if _, ok := english[key]; !ok {
			t.Errorf("the text %s is asked for and does not exist", key)
		}
	}
	for key := range english {
		kind, _, _ := strings.Cut(key, ".")
		if !asked[key] && !slices.Contains([]string{"state", "pause", "result", "language", "role", "deed", "request", "folder", "type", "interval", "owed_state", "setting", "switch", "way", "group", "part", "level", "weekday", "column"}, kind) {
			t.Errorf("nobody asks for the text %s", key)
		}
	}
	for _, role := range Roles() {
		if _, ok := english["role."+string(role)]; !ok {
			t.Errorf("the role %s has no text", role)
		}
	}
	for _, result := range callResults {
		if english["result."+strings.ReplaceAll(result, " ", "_")] == "" {
			t.Errorf("the result %s has no text", result)
		}
	}
}

func TestNoPageHasAScriptOrStyleOfItsOwn(t *testing.T) {
	d := open(t)
	d.account("root", Administrator, "")
	d.call("c1", `"><script>alert(1)</script>`, "2001")
	b := d.as("root")
	inline := regexp.MustCompile(`(?i)<script(?:>|\s[^>]*?>[^<])|<style|\sstyle=|\son[a-z]+=|javascript:`)
	d.message("m1", "600", "c2")
	d.rate("c2", 2)
	d.request("r1")
	for _, path := range []string{"/board", "/calls", "/calls/c1", "/calls/c1/recordings/1", "/requests", "/ratings", "/reports", "/owed", "/recordings", "/voicemail", "/accounts", "/audit", "/password", "/nothing"} {
		p := b.get(path)
		if found := inline.FindString(p.text); found != "" {
			t.Errorf("%s has %q", path, found)
		}
		if csp := p.header.Get("Content-Security-Policy"); !strings.Contains(csp, "script-src 'self'") || strings.Contains(csp, "unsafe") {
			t.Errorf("%s: policy %q", path, csp)
		}
	}
	for _, file := range []string{"htmx.min.js", "htmx-sse.min.js", "console.js", "uplot.min.js", "uplot.min.css", "charts.js", "player.js", "console.css", "icon.svg"} {
		b.get("/static/"+file).wants(t, http.StatusOK)
	}
	b.get("/static/").wants(t, http.StatusNotFound)
}
