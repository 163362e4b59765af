package web

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"hatif/store"
)

func TestTheAPITellsHowHatifFares(t *testing.T) {
	d := open(t)
	d.parts = []Part{{Name: "sip"}, {Name: "database", Err: "disk I/O error"}}
	d.reload = Reload{At: d.now, Err: "hatif.yaml:3:1: unknown key", Restart: []string{"sip"}}
	got := read[systemState](t, d.token("t", Manager, "").get("/system"), http.StatusOK)
	if want := []partData{{"sip", true, ""}, {"database", false, "disk I/O error"}}; !slices.Equal(got.Parts, want) {
		t.Errorf("the parts are %+v", got.Parts)
	}
	if l := got.Load; l.Cores != .25 || l.Heap != 1536<<10 || l.Ports != 2 || l.MostPorts != 5000 || l.Packets != 200 || l.Lag != .3 {
		t.Errorf("the load is %+v", l)
	}
	if !got.StartedAt.Equal(d.now.Add(-time.Hour)) || !slices.Contains(got.Versions, "hatif 1.2.3") || got.Reload.Why == "" || !got.Reload.At.Equal(d.now) || !slices.Equal(got.Reload.Restart, []string{"sip"}) {
		t.Errorf("told %+v", got)
	}
}

func TestTheAPIHandsOverTheSIPMessagesOfACall(t *testing.T) {
	d := open(t)
	d.call("c1", "1001", "2001")
	d.call("c2", "1001", "2001")
	d.signals = map[string][]store.Signal{"c1": signalled(d.now)}
	p := d.token("t", Manager, "")
	got := read[signalling](t, p.get("/calls/c1/signalling"), http.StatusOK)
	if len(got.Messages) != 4 || got.Call != "c1" {
		t.Fatalf("told %+v", got)
	}
	if m := got.Messages[3]; !m.Received || m.Remote != "[2001:db8::8]:5062" || m.Local != "192.0.2.1:5060" || m.Transport != "UDP" ||
		m.Summary != "486 Busy Here" || !strings.HasPrefix(m.Text, "SIP/2.0 486 Busy Here\r\n") || !m.At.Equal(d.now.Add(3*time.Second)) {
		t.Errorf("the last is %+v", m)
	}
	if got := read[signalling](t, p.get("/calls/c2/signalling"), http.StatusOK); len(got.Messages) != 0 {
		t.Errorf("another call has %+v", got)
	}
	p.get("/calls/c9/signalling").troubled(t, troubleNotFound, "")
	d.did("download signalling of call c1 by token:t")
}

func TestPhonesAreRemovedAndBansLiftedByTheAPI(t *testing.T) {
	d := open(t)
	p := d.token("t", Administrator, "")
	phones := read[registrationList](t, p.get("/registrations"), http.StatusOK).Registrations
	if len(phones) != 2 || phones[0].Address != "192.0.2.7:5062" || phones[0].Device != "Linphone/5" || phones[0].Fixed || !phones[1].Fixed {
		t.Errorf("the phones are %+v", phones)
	}
	for _, c := range []struct{ path, body string }{
		{"/registrations/remove", `{"user":"2001","uri":"sip:2001@10.0.0.7:5062;ob"}`},
		{"/bans/lift", `{"source":"2001:db8::/64","account":"2002"}`},
	} {
		if got := p.post(c.path, c.body); got.status != http.StatusNoContent {
			t.Errorf("%s: %d %s", c.path, got.status, got.text)
		}
	}
	p.post("/registrations/remove", `{"user":"2001","uri":"sip:gone"}`).troubled(t, troubleNotFound, "")
	p.post("/registrations/remove", `{"user":"2001"}`).troubled(t, troubleField, "uri") // would be all of them
	p.post("/registrations/remove", `{"user":"2001","uri":""}`).troubled(t, troubleNotFound, "")
	p.post("/bans/lift", `{"source":"2001:db8::/64","account":"2003"}`).troubled(t, troubleNotFound, "")
	for range freeFailures {
		d.browser().post("/logon", "name", "boss", "password", "wrong")
	}
	bans := read[banList](t, p.get("/bans"), http.StatusOK).Bans
	if len(bans) != 2 || !slices.ContainsFunc(bans, func(b banData) bool { return !b.Console && b.Source == "2001:db8::/64" && b.Failures == 20 }) {
		t.Errorf("the bans are %+v", bans)
	}
	const console = `{"source":"127.0.0.1","account":"boss","console":true}`
	if got := p.post("/bans/lift", console); got.status != http.StatusNoContent {
		t.Errorf("a ban of the console: %d %s", got.status, got.text)
	}
	p.post("/bans/lift", console).troubled(t, troubleNotFound, "")
	deeds := slices.DeleteFunc(d.deeds(), func(s string) bool { return !strings.HasSuffix(s, " by token:t") })
	if want := []string{"lift ban 127.0.0.1 by token:t", "lift ban 2001:db8::/64 by token:t", "remove registration user 2001 by token:t"}; !slices.Equal(sorted(deeds), want) {
		t.Errorf("the audit log has %q", deeds)
	}
}

func TestPromptsAreHeardReplacedAndRestoredByTheAPI(t *testing.T) {
	d := open(t)
	p := d.token("t", Administrator, "")
	all := read[promptList](t, p.get("/prompts"), http.StatusOK).Prompts
	gaps := read[promptList](t, p.get("/prompts?which=gaps"), http.StatusOK).Prompts
	if len(all) != 3 || len(gaps) != 1 || gaps[0].Name != "our-offer" || !gaps[0].Gap || !gaps[0].In[1].Missing || all[1].In[0].Text != "One" || all[1].In[0].Length != 3 {
		t.Errorf("all are %+v, with gaps are %+v", all, gaps)
	}
	if got := p.get("/prompts/ar/welcome"); got.text != "RIFF of ar" || got.header.Get("Content-Type") != mediaSound {
		t.Errorf("heard %q of %q", got.text, got.header.Get("Content-Type"))
	}
	large := "RIFF" + strings.Repeat("x", 2*mostBody)
	for path, name := range map[string]string{"/prompts/ar/our-offer": "ar/our-offer", "/prompts/en/digits%2F1": "en/digits/1"} {
		if got := read[promptInData](t, p.send(http.MethodPut, path, large), http.StatusOK); !got.Replaced || d.prompts.replaced[name] != large {
			t.Errorf("%s: %+v", path, got)
		}
		if got := read[promptInData](t, p.send(http.MethodDelete, path, ""), http.StatusOK); got.Replaced || d.prompts.replaced[name] != "" {
			t.Errorf("%s: %+v", path, got)
		}
		p.send(http.MethodDelete, path, "").troubled(t, troubleNotFound, "")
	}
	for _, path := range []string{"/prompts/en/hatif", "/prompts/xx/welcome", "/prompts/en/..%2F..%2Fevil", "/prompts/en/digits/1"} {
		p.send(http.MethodPut, path, "RIFF").troubled(t, troubleNotFound, "")
	}
	p.send(http.MethodPut, "/prompts/en/welcome", `{"sound":"ID3"}`).troubled(t, troubleMedia, "")
	p.send(http.MethodPut, "/prompts/en/welcome", "RIFF"+strings.Repeat("x", mostUpload)).troubled(t, troubleLarge, "")
	p.header.Set("Content-Type", mediaSound)
	p.send(http.MethodPut, "/prompts/en/welcome", "ID3").troubled(t, troubleSound, "")
	p.send(http.MethodPut, "/prompts/en/welcome", "").troubled(t, troubleSound, "")
	if len(d.prompts.replaced) != 0 {
		t.Errorf("replaced are %v", d.prompts.replaced)
	}
	d.did("replace prompt prompt ar/our-offer by token:t", "restore prompt prompt ar/our-offer by token:t",
		"replace prompt prompt en/digits/1 by token:t", "restore prompt prompt en/digits/1 by token:t")
}

func TestAReportIsToldByTheAPI(t *testing.T) {
	d := open(t)
	day := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	d.aMorning(day)
	d.now = day.Add(20 * time.Hour)
	d.rate("a", 8)
	p := d.token("t", Manager, "")
	got := read[reportData](t, p.get("/reports"), http.StatusOK)
	i := slices.IndexFunc(got.Queues, func(q queueInterval) bool { return q.BeganAt.Equal(day) && q.Queue == "arabic" })
	if i < 0 || got.Queues[i].Offered != 2 || got.Queues[i].Answered != 1 || got.Queues[i].Left["abandoned"] != 1 || got.Queues[i].Talk != 60 || *got.Queues[i].Level != .5 {
		t.Errorf("the queues are %+v", got.Queues)
	}
	if len(got.Queue) != 1 || got.Queue[0].Offered != 2 || !got.Queue[0].BeganAt.IsZero() || got.Queue[0].AverageWait != 12 {
		t.Errorf("the queues in all are %+v", got.Queue)
	}
	if len(got.Agent) != 1 || got.Agent[0].Agent != "2001" || got.Agent[0].Pauses["lunch"] != 300 || len(got.Agents) == 0 {
		t.Errorf("the agents are %+v, in all %+v", got.Agents, got.Agent)
	}
	if len(got.Ratings) != 1 || got.Ratings[0].Agent != "2001" || *got.Ratings[0].Mean != 8 {
		t.Errorf("the ratings are %+v", got.Ratings)
	}
	got = read[reportData](t, p.get("/reports?by=hour&from=2026-11-23&to=2026-11-23"), http.StatusOK)
	if !slices.ContainsFunc(got.Queues, func(q queueInterval) bool { return q.BeganAt.Equal(day.Add(9*time.Hour)) && q.Offered == 2 }) {
		t.Errorf("by hour: %+v", got.Queues)
	}
	for query, field := range map[string]string{
		"from=yesterday": "from", "from=2026-11-23&to=2026-11-22": "to", "by=year": "by", "by=hour&from=2026-10-01": "from", "from=2024-01-01": "from",
	} {
		p.get("/reports?"+query).troubled(t, troubleParameter, field)
	}
}

func TestWhoMaySeeAndMendTheSystemByTheAPI(t *testing.T) {
	const ok, done, no = http.StatusOK, http.StatusNoContent, http.StatusForbidden
	rightsBy(t, func(*desk) {}, []rightsCase{
		{"GET", "/system", "", [4]int{ok, ok, no, no}},
		{"GET", "/registrations", "", [4]int{ok, ok, no, no}},
		{"POST", "/registrations/remove", `{"user":"2001","uri":"sip:2001@10.0.0.7:5062;ob"}`, [4]int{done, no, no, no}},
		{"GET", "/bans", "", [4]int{ok, ok, no, no}},
		{"POST", "/bans/lift", `{"source":"2001:db8::/64","account":"2002"}`, [4]int{done, no, no, no}},
		{"GET", "/calls/c1/signalling", "", [4]int{ok, ok, no, no}},
		{"GET", "/prompts", "", [4]int{ok, no, no, no}},
		{"GET", "/prompts/en/welcome", "", [4]int{ok, ok, no, no}},
		{"PUT", "/prompts/en/welcome", "RIFF", [4]int{ok, no, no, no}},
		{"DELETE", "/prompts/en/welcome", "", [4]int{ok, no, no, no}},
		{"GET", "/reports", "", [4]int{ok, ok, no, no}},
	})
}
