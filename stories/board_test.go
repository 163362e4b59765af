package stories_test

import (
	"strings"
	"testing"
	"time"

	"hatif/hatiftest"
	"hatif/store"
	"hatif/web"
)

const twoDesks = `
languages: [en]
web: {listen: "127.0.0.1:8080"}
users:
  "2001": {name: Amal Haddad,  secret: amal,   context: staff, queue: sales}
  "2002": {name: Karim Nasser, secret: karim,  context: staff, queue: support}
  "1001": {name: A customer,   secret: caller, context: outside}
queues:
  sales:   {ring_timeout: 20s, max_wait: 1m}
  support: {ring_timeout: 20s, max_wait: 1m, announce: {every: 30s, first: 1s, say: [position]}}
contexts:
  outside: {"0777": {queue: sales}}
  staff: {may_call: everyone}
`

// G5: a supervisor takes a caller to another queue while a phone rings for them. It is quiet, the caller is told their
// place there, and the agent of that queue has them.
func TestASupervisorTakesACallerToAnotherQueue(t *testing.T) {
	t.Parallel()
	pbx := hatiftest.Start(t, hatiftest.Options{Config: twoDesks})
	boss := surf(t, pbx, web.Manager, "")
	sales := pbx.Phone("2001")
	caller := pbx.Phone("1001").Dial("0777")
	caller.ExpectMusic("default")
	rings := sales.ExpectRing()
	id := pbx.Calls()[0].ID
	boss.expect(boss.get("/board"), "/calls/"+id+"/move")
	boss.expect(boss.get("/calls/"+id+"/move"), "A customer", "sales", `value="support"`)
	boss.post("/calls/"+id+"/move", "queue", "support")
	rings.ExpectEnd()
	caller.ExpectPrompt("en/queue/you-are-next")
	caller.ExpectMusic("default")
	support := pbx.Phone("2002").ExpectRing()
	support.Answer()
	caller.ExpectAudioFrom(support)
	if page := boss.get("/board"); !strings.Contains(page, "/calls/"+id+"/record") {
		t.Errorf("the board offers no recording:\n%s", page)
	}
	caller.Hangup()
	row := pbx.ExpectRow("of the caller", func(c store.Call) bool { return c.ID == id })
	if row.Queue != "support" || row.Agent != "2002" || row.Result != "answered" {
		t.Errorf("the row says queue %s, agent %s, %s", row.Queue, row.Agent, row.Result)
	}
	path := pathOf(row)
	if !strings.Contains(path, "ringing 2001") || !strings.Contains(path, "on to queue support") || strings.Contains(path, "2001 did not answer") {
		t.Errorf("the path is %s", path)
	}
	var left string
	for ev, err := range pbx.Store().QueueEvents(t.Context(), time.Time{}) {
		if err != nil {
			t.Fatal(err)
		}
		if ev.Kind == "left" && ev.Call == id {
			left = ev.Queue + " " + ev.Detail
		}
	}
	if !strings.HasPrefix(left, "sales ") || !strings.Contains(left, `"result":"moved"`) || !strings.Contains(left, `"next":"support"`) {
		t.Errorf("the event says %q", left)
	}
	boss.expectDeed("move caller", "call "+id)
}

func (s *surfer) expectDeed(action, subject string) {
	s.t.Helper()
	deeds, err := s.pbx.Store().Deeds(s.t.Context(), store.Deed{}, 100)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, d := range deeds {
		if d.Action == action && d.Subject == subject {
			return
		}
	}
	s.t.Errorf("the audit log has no %q of %q: %+v", action, subject, deeds)
}

// I1 at the console: a supervisor has a conversation recorded, which both hear, and the recording holds what was said
// from then until it was stopped.
func TestASupervisorHasAConversationRecorded(t *testing.T) {
	t.Parallel()
	pbx := hatiftest.Start(t, hatiftest.Options{Config: twoDesks})
	boss := surf(t, pbx, web.Manager, "")
	amal := pbx.Phone("2001")
	caller := pbx.Phone("1001").Dial("0777")
	agent := amal.ExpectRing()
	agent.Answer()
	hearEachOther(t, caller, agent)
	id := pbx.Calls()[0].ID
	boss.expect(boss.post("/calls/"+id+"/record"), "recorded", "/calls/"+id+"/unrecord")
	hearEachOther(t, caller, agent)
	if a, c := tonesHeard(agent, 1000), tonesHeard(caller, 1000); a != 1 || c != 1 {
		t.Errorf("at the beginning the agent heard %d beeps and the customer %d", a, c)
	}
	time.Sleep(time.Second) // something to hear in the recording
	boss.expect(boss.post("/calls/"+id+"/unrecord"), "/calls/"+id+"/record")
	hearEachOther(t, caller, agent)
	if a, c := tonesHeard(agent, 1000), tonesHeard(caller, 1000); a != 3 || c != 3 {
		t.Errorf("when it was over the agent had heard %d beeps and the customer %d", a, c)
	}
	caller.Hangup()
	row := pbx.ExpectRow("of the caller", func(c store.Call) bool { return c.ID == id })
	if len(row.Recordings) != 1 {
		t.Fatalf("the row has the recordings %q", row.Recordings)
	}
	if path := pathOf(row); !strings.Contains(path, "recording started by somebody at the console") || !strings.Contains(path, "recording stopped by somebody at the console") {
		t.Errorf("the path is %s", path)
	}
	if wav := boss.get("/recordings/" + row.Recordings[0]); !strings.HasPrefix(wav, "RIFF") || len(wav) < 8000 {
		t.Errorf("the recording is %d bytes", len(wav))
	}
	boss.expectDeed("start recording", "call "+id)
	boss.expectDeed("stop recording", "call "+id)
}
