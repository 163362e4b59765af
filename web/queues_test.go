package web

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"hatif/calendar"
	"hatif/dialplan"
	"hatif/queue"
)

func TestAQueueIsShownAsTheFileSaysItAndSwitched(t *testing.T) {
	d := open(t)
	d.account("boss", Manager, "")
	d.queues = map[string]queue.Config{"arabic": {
		MaxWait: 90 * time.Second, Tiers: []queue.Tier{{After: 20 * time.Second, Penalty: 1}}, Announce: queue.Announce{Every: time.Minute, Say: []queue.Saying{queue.SayPosition}},
		Hours: calendar.Config{Timezone: "UTC", Open: map[string]string{"daily": "10:00-17:00"}},
	}}
	d.members = []queue.Member{{User: "2001", Queue: "arabic", Name: "Amal", Membership: queue.Membership{Penalty: 1}, Skills: queue.Skills{"billing": 3}}}
	d.floor.Apply(d.queues, d.members)
	b := d.as("boss")
	b.get("/queues").wants(t, http.StatusOK, `href="/queues/arabic"`)
	p := b.get("/queues/arabic").wants(t, http.StatusOK, "1m30s", "[{after: 20s, penalty: 1}]", "{every: 1m, say: [position]}",
		"{timezone: UTC, open: {daily: 10:00-17:00}}", "as by default", "ring_timeout", "15s", "billing:3", "2026-11-23 10:00:00", "Amal")
	for _, s := range settingsOf(queue.Config{}) {
		if strings.Contains(p.text, ">"+s.Key+"<") && strings.Contains(p.text, "<td>"+s.Key+"</td>") {
			t.Errorf("the setting %s has no words", s.Key)
		}
		for _, l := range d.s.pages.languages {
			if l.word("setting", s.Key) == s.Key {
				t.Errorf("the setting %s has no words in %s", s.Key, l.Tag)
			}
		}
		if s.Written {
			t.Errorf("the default of %s counts as written", s.Key)
		}
	}
	b.post("/queues/arabic/switch", "to", "open").wants(t, http.StatusSeeOther)
	b.get("/queues/arabic").wants(t, http.StatusOK, "Switched by hand", `aria-pressed="true"`)
	b.post("/queues/arabic/switch", "to", "ajar").wants(t, http.StatusBadRequest)
	b.post("/queues/spanish/switch", "to", "open").wants(t, http.StatusNotFound)
	b.get("/queues/spanish").wants(t, http.StatusNotFound)
	if !slices.Equal(d.switched, []string{"arabic open by boss"}) || !slices.Contains(d.deeds(), "switch queue queue arabic by boss") {
		t.Errorf("switched %q, deeds %q", d.switched, d.deeds())
	}
}

// anOutline has a step of every kind.
func anOutline() dialplan.Outline {
	return dialplan.Outline{Contexts: []dialplan.ContextOutline{{
		Name: "in<coming>", Includes: []string{"staff"}, MayCall: []string{"everyone"},
		Extensions: []dialplan.ExtensionOutline{
			{Context: "in<coming>", Name: "0777", DialledFrom: []string{"outside"}, Steps: []dialplan.Node{
				{ID: 1, Text: "playback welcome", Prompts: []dialplan.Spoken{{Name: "welcome"}, {Language: "ar", Name: "bye"}}},
				{ID: 2, Text: "queue arabic", Queues: []string{"arabic"}, Ways: []dialplan.Way{
					{On: []string{"answered"}},
					{On: []string{"closed"}, Steps: []dialplan.Node{{ID: 3, Text: "goto voicemail", To: []dialplan.Place{{Context: "in<coming>", Extension: "_2X!"}}}}},
					{On: []string{"full"}, Steps: []dialplan.Node{{Again: 1}}},
				}},
			}},
			{Context: "in<coming>", Name: "_2X!", Steps: []dialplan.Node{{ID: 1, Text: "hangup"}}},
		},
	}}}
}

func TestThePlanIsDrawnWithLinksSoundsAndWhatIsClosed(t *testing.T) {
	d := open(t)
	d.account("boss", Manager, "")
	d.outline = anOutline()
	b := d.as("boss")
	p := b.get("/plan").wants(t, http.StatusOK, "0777", "outside", "in&lt;coming&gt;", "open now", `src="/prompts/en/welcome"`, `src="/prompts/ar/welcome"`,
		`src="/prompts/ar/bye"`, `class="way shut"`, "goes on at step 1", "The call ends.", "everyone")
	target := anchor("in<coming>", "_2X!")
	if !strings.Contains(p.text, `id="`+target+`"`) || !strings.Contains(p.text, `href="#`+target+`"`) {
		t.Errorf("the goto does not lead to %s", target)
	}
	d.floor.SetOpen("arabic", queue.Shut)
	b.get("/plan").wants(t, http.StatusOK, "closed now", `class="way taken"`)
}

func TestThePlanIsShownAsItIsAtAnyMoment(t *testing.T) {
	d := open(t)
	d.account("boss", Manager, "")
	extension := func(context string, from ...string) []dialplan.ExtensionOutline {
		return []dialplan.ExtensionOutline{{Context: context, Name: "0777", DialledFrom: from, Steps: []dialplan.Node{
			{ID: 1, Text: "queue arabic", Queues: []string{"arabic"}, Ways: []dialplan.Way{{On: []string{"closed"}}}},
		}}}
	}
	d.outline = dialplan.Outline{Contexts: []dialplan.ContextOutline{
		{Name: "feedback", Extensions: extension("feedback")},
		{Name: "agents", MayCall: []string{"everyone"}, Extensions: extension("agents", "agents")},
		{Name: "incoming", Extensions: append(extension("incoming", "incoming"), dialplan.ExtensionOutline{
			Context: "incoming", Name: "0888", DialledFrom: []string{"incoming"}, Steps: []dialplan.Node{{ID: 1, Text: "goto welcome", To: []dialplan.Place{{Context: "welcome", Extension: "start"}}}},
		})},
		{Name: "welcome", Extensions: extension("welcome")},
	}}
	d.floor.Apply(map[string]queue.Config{"arabic": {Hours: calendar.Config{
		Timezone: "Africa/Cairo", Open: map[string]string{"sun-thu": "09:00-13:00, 14:00-17:00"}, Except: map[string]string{"2026-12-24": "closed"},
	}}}, d.members)
	b := d.as("boss")
	p := b.get("/plan?at=2026-12-22T10:30").wants(t, http.StatusOK, "open then", `value="2026-12-22T10:30"`, "09:00–13:00", "14:00–17:00", "2026-12-24", `class="way shut"`, `href="/plan"`)
	last := 0
	for _, context := range []string{"incoming", "welcome", "agents", "feedback"} {
		at := strings.Index(p.text, "Context "+context+"</h2>")
		if at < last {
			t.Errorf("%s does not stand where a call comes to it", context)
		}
		last = at
	}
	b.get("/plan?at=2026-12-24T10:30").wants(t, http.StatusOK, "closed then", `class="way taken"`)
	b.get("/plan?at=tomorrow").wants(t, http.StatusBadRequest)
}
