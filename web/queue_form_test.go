package web

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"hatif/queue"
)

// A tray is a file that notes what is done with its queues.
type tray struct {
	shelf
	edits   []QueueEdit
	applied int
	refused Mistakes // what is wrong with an edited text
}

func (f *tray) Read(text []byte) (*Reading, error) {
	if string(text) == "edited" && f.refused != nil {
		return nil, f.refused
	}
	return f.shelf.Read(text)
}

func (f *tray) EditQueue(_ []byte, e QueueEdit) ([]byte, error) {
	f.edits = append(f.edits, e)
	return []byte("edited"), nil
}

func (f *tray) Diff(_, _ []byte, shown []string) []DiffLine {
	return []DiffLine{{Kind: '+', New: 1, Text: fmt.Sprintf("masked %v", shown != nil && len(shown) == 0)}}
}

func (f *tray) Apply(string, string, []byte) ([]string, error) { f.applied++; return nil, nil }

func withTray(t *testing.T) (*desk, *tray) {
	d := open(t)
	f := &tray{shelf: shelf{reading: &Reading{Configs: map[string]queue.Config{
		"arabic": {MaxWait: 90 * time.Second, Strategy: "random", LeaveWhenEmpty: []queue.State{queue.Paused}, ToAgent: queue.ToAgent{Wait: true}, Tiers: []queue.Tier{{Penalty: 1}}},
		"latin":  {},
	}}}}
	d.s.File = f
	return d, f
}

func TestAQueueIsChangedByWhoMay(t *testing.T) {
	d, f := withTray(t)
	for _, role := range Roles() {
		d.account(string(role), role, map[Role]string{Agent: "2001"}[role])
		b := d.as(string(role))
		want, saved := http.StatusOK, http.StatusSeeOther
		if role != Administrator && role != Manager {
			want, saved = http.StatusForbidden, http.StatusForbidden
		}
		f.applied = 0
		b.get("/queues/+new").wants(t, want)
		b.get("/queues/arabic/settings").wants(t, want)
		b.post("/queues", "name", "sales").wants(t, want)
		b.post("/queues/arabic/settings", "max_wait", "2m").wants(t, want)
		b.post("/queues/latin/remove").wants(t, want)
		b.post("/queues/arabic/settings", "max_wait", "2m", "sum", "its sum", "deed", "apply").wants(t, saved)
		if (f.applied == 1) != (saved == http.StatusSeeOther) {
			t.Errorf("%s has applied %d", role, f.applied)
		}
		if p := b.get("/queues/arabic"); strings.Contains(p.text, "/queues/arabic/settings") != (want == http.StatusOK) {
			t.Errorf("%s: the page leads to the form, or does not", role)
		}
	}
	d.as("manager").get("/people").wants(t, http.StatusForbidden)
	d.as("manager").get("/configuration").wants(t, http.StatusForbidden)
	if !slices.Contains(d.deeds(), "change queue queue arabic by manager") {
		t.Errorf("deeds: %q", d.deeds())
	}
}

func TestTheFormOfAQueueSaysWhatStandsInTheFile(t *testing.T) {
	d, f := withTray(t)
	d.account("boss", Manager, "")
	b := d.as("boss")
	b.get("/queues/arabic/settings").wants(t, http.StatusOK, `name="max_wait" value="1m30s"`, "<option selected>random</option>",
		`name="leave_when_empty" value="paused" checked`, `name="to_agent.wait" value="yes" checked`, `placeholder="15s"`, "[{penalty: 1}]", "changed in the file")
	b.get("/queues/none/settings").wants(t, http.StatusNotFound)

	// What stays is not named; what the form did not send stays.
	all := []string{"sum", "its sum", "strategy", "random", "max_wait", "1m30s", "leave_when_empty", "paused", "to_agent.wait", "yes", "weight", "", "has", "to_agent.wait"}
	send := func(changes ...string) QueueEdit {
		t.Helper()
		b.post("/queues/arabic/settings", append(slices.Clone(all), changes...)...).wants(t, http.StatusOK, "masked true")
		return f.edits[len(f.edits)-1]
	}
	if e := send(); len(e.Set) != 0 || e.Name != "arabic" || e.Add {
		t.Errorf("nothing was changed: %+v", e)
	}
	if e := send("max_wait", "", "weight", "3", "retry", " 9s "); fmt.Sprint(e.Set) != "[{retry 9s} {weight 3} {max_wait <nil>}]" || e.Set[1].Value != 3 {
		t.Errorf("three changes: %+v", e.Set)
	}
	if e := send("weight", "many"); e.Set[0].Value != "many" {
		t.Errorf("what is no number: %+v", e.Set)
	}
	p := b.do(http.MethodPost, "/queues/arabic/settings", url.Values{
		"has": {"to_agent.wait", "to_agent.confirm", "leave_when_empty"}, "to_agent.confirm": {"yes"}, "leave_when_empty": {"paused", "talking"},
	}.Encode()).wants(t, http.StatusOK, `name="leave_when_empty" value="talking"`, `name="has" value="to_agent.wait"`, `name="to_agent.confirm" value="yes"`)
	if got := fmt.Sprint(f.edits[len(f.edits)-1].Set); got != "[{leave_when_empty [paused talking]} {to_agent [{wait <nil>} {confirm true}]}]" {
		t.Errorf("ticks: %s\n%s", got, p.text)
	}
	b.do(http.MethodPost, "/queues/arabic/settings", url.Values{"has": {"to_agent.wait", "leave_when_empty"}}.Encode()).wants(t, http.StatusOK)
	if got := fmt.Sprint(f.edits[len(f.edits)-1].Set); got != "[{leave_when_empty <nil>} {to_agent <nil>}]" {
		t.Errorf("no ticks: %s", got)
	}
}

func TestTheFormOfAQueueIsInThreeLanguagesAndLeadsAdministratorsToTheFile(t *testing.T) {
	d, _ := withTray(t)
	d.account("boss", Manager, "")
	d.account("root", Administrator, "")
	boss, root := d.as("boss"), d.as("root")
	for tag, says := range map[string]string{"fr": "Changer les réglages", "ar": "تغيير الإعدادات", "en": "Change the settings"} {
		boss.post("/language", "language", tag, "back", "/queues").wants(t, http.StatusSeeOther)
		if p := boss.get("/queues/arabic/settings").wants(t, http.StatusOK, `lang="`+tag+`"`, says); strings.Contains(p.text, `href="/configuration"`) {
			t.Error("a manager is led to what they may not see")
		}
	}
	root.get("/queues/arabic/settings").wants(t, http.StatusOK, `href="/configuration">Configuration</a></p>`)
}

func TestAMistakeOfAQueueStandsAtItsField(t *testing.T) {
	d, f := withTray(t)
	d.account("boss", Manager, "")
	b := d.as("boss")
	f.refused = Mistakes{{Key: "queues.arabic.max_wait", Text: "is no time"}, {Key: "users.2001", Text: "is far away"}}
	p := b.post("/queues/arabic/settings", "max_wait", "soon<", "sum", "its sum", "deed", "apply").wants(t, http.StatusUnprocessableEntity,
		`value="soon&lt;"`, `aria-describedby="wrong-max_wait"`, "is no time", "users.2001: is far away")
	at, _, _ := strings.Cut(p.text, "is no time")
	if !strings.HasSuffix(at, `<div id="wrong-max_wait" role="alert"><p class="wrong"><bdi>`) {
		t.Error("the mistake does not stand at its field")
	}
	f.refused = Mistakes{{Key: "queues.arabic.tiers", Text: "opens nobody"}}
	b.post("/queues/arabic/settings", "max_wait", "1s").wants(t, http.StatusUnprocessableEntity, "queues.arabic.tiers: opens nobody")
	if f.applied != 0 {
		t.Error("it was applied")
	}
	n := len(f.edits)
	for _, name := range []string{"", "+new", "a/b", "..", strings.Repeat("x", 41)} {
		b.post("/queues", "name", name, "max_wait", "7s").wants(t, http.StatusUnprocessableEntity, "A name begins with", `value="7s"`)
	}
	if len(f.edits) != n {
		t.Error("a name that cannot be is written")
	}
}

func TestAQueueIsRemovedThatNobodyServes(t *testing.T) {
	d, f := withTray(t)
	d.account("boss", Manager, "")
	b := d.as("boss")
	b.post("/queues/arabic/remove").wants(t, http.StatusConflict, "Somebody still serves")
	b.post("/queues/none/remove").wants(t, http.StatusNotFound)
	f.refused = Mistakes{{Key: "contexts.sales", Text: "names it"}}
	if p := b.post("/queues/latin/remove").wants(t, http.StatusUnprocessableEntity, "contexts.sales: names it"); strings.Contains(p.text, `value="apply"`) {
		t.Error("what is named elsewhere can be removed")
	}
	f.refused = nil
	b.post("/queues/latin/remove").wants(t, http.StatusOK, "masked true", `action="/queues/latin/remove"`)
	b.post("/queues/latin/remove", "sum", "its sum", "deed", "apply").wants(t, http.StatusSeeOther)
	if e := f.edits[len(f.edits)-1]; e.Name != "latin" || !e.Remove || f.applied != 1 || !slices.Contains(d.deeds(), "remove queue queue latin by boss") {
		t.Errorf("%+v, applied %d, deeds %q", e, f.applied, d.deeds())
	}
}

func TestEveryFieldOfAQueueHasWords(t *testing.T) {
	d := open(t)
	for _, f := range queueFields(queue.Config{}) {
		for _, l := range d.s.pages.languages {
			if l.word("setting", f.Words) == f.Words {
				t.Errorf("%s has no words in %s", f.Key, l.Tag)
			}
			for _, c := range f.Choices {
				if f.Kind == "ticks" && l.texts["state."+c] == "" {
					t.Errorf("%s of %s has no words in %s", c, f.Key, l.Tag)
				}
			}
		}
	}
}
