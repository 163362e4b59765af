package web

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
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
	f := &tray{shelf: shelf{reading: &Reading{Queues: []string{"arabic", "latin"}, Said: map[string]map[string]any{
		"arabic": {
			"max_wait": "90s", "strategy": "random", "leave_when_empty": []any{"paused"}, "to_agent": map[string]any{"wait": "true"},
			"tiers": []any{map[string]any{"penalty": "1"}}, "wrap_up": "0s", "music": nil,
			"hours": map[string]any{"open": map[string]any{"mon-fri": "9-17", "sat": "9-12"}},
		},
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
	b.get("/queues/arabic/settings").wants(t, http.StatusOK, `name="max_wait" value="90s"`, `name="wrap_up" value="0s"`, `name="music" value="" `, "<option selected>random</option>",
		`name="leave_when_empty" value="paused" checked`, "<option selected>true</option>", `placeholder="15s"`,
		`name="tiers.penalty" value="1"`, `name="hours.open.days" value="mon-fri"`, `name="hours.open.times" value="9-17"`, "<option>latin</option>", `placeholder="45s"`)
	b.get("/queues/none/settings").wants(t, http.StatusNotFound)

	// What stays is not named; what the form did not send stays.
	all := []string{"sum", "its sum", "strategy", "random", "max_wait", "90s", "leave_when_empty", "paused", "to_agent.wait", "true", "weight", ""}
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
	b.do(http.MethodPost, "/queues/arabic/settings", url.Values{
		"has": {"leave_when_empty"}, "to_agent.wait": {""}, "to_agent.confirm": {"true"}, "leave_when_empty": {"paused", "talking"},
	}.Encode()).wants(t, http.StatusOK, `name="leave_when_empty" value="talking"`, `name="has" value="leave_when_empty"`, `name="to_agent.confirm" value="true"`,
		`name="tiers.penalty" value="1"`, `name="hours.open.days" value="sat"`)
	if got := fmt.Sprint(f.edits[len(f.edits)-1].Set); got != "[{to_agent [{confirm true} {wait <nil>}]} {leave_when_empty [paused talking]}]" {
		t.Errorf("ticks: %s", got)
	}
	b.do(http.MethodPost, "/queues/arabic/settings", url.Values{"has": {"leave_when_empty"}, "to_agent.wait": {""}}.Encode()).wants(t, http.StatusOK)
	if got := fmt.Sprint(f.edits[len(f.edits)-1].Set); got != "[{to_agent <nil>} {leave_when_empty <nil>}]" {
		t.Errorf("no ticks: %s", got)
	}
}

// Each kind of setting: what is typed, and what is to be written for it.
func TestEverySettingOfAQueueIsWrittenByItsForm(t *testing.T) {
	d, f := withTray(t)
	d.account("boss", Manager, "")
	b := d.as("boss")
	for want, typed := range map[string]url.Values{
		"[{wrap_up <nil>}]":           {"wrap_up": {""}},
		"[{keep_place 0s}]":           {"keep_place": {"0"}},
		"[{weight 0}]":                {"weight": {"0"}},
		"[{to_agent [{wait false}]}]": {"to_agent.wait": {"false"}},
		"[{announce [{every 30s} {say [wait position]}]}]": {"announce.every": {"30s"}, "announce.say": {"wait, position"}},
		"[{messages [{every 1m} {prompts [a/b c]}]}]":      {"messages.every": {"1m"}, "messages.prompts": {"a/b,, c "}},
		"[{call_back []}]":                                           {"call_back": {"yes"}},
		"[{call_back [{tries 2}]}]":                                  {"call_back.tries": {"2"}},
		"[{tiers [[{after 5s} {penalty 1}] [{penalty many}]]}]":      {"tiers.after": {"5s", "", ""}, "tiers.penalty": {"1", "", "many"}},
		"[{tiers <nil>}]":                                            {"tiers.after": {"", ""}, "tiers.penalty": {"", ""}},
		"[{hours [{open [{mon-fri 10-17} {sun 1-2} {sat <nil>}]}]}]": {"hours.open.days": {"mon-fri", "sun"}, "hours.open.times": {"10-17", "1-2"}},
		"[{hours [{timezone UTC} {except [{2026-12-25 closed}]} {open <nil>}]}]": {
			"hours.open.days": {""}, "hours.timezone": {"UTC"}, "hours.except.dates": {"2026-12-25", ""}, "hours.except.times": {"closed", ""}},
		"[{hours <nil>}]": {"hours.open.days": {"", ""}, "hours.open.times": {"", ""}},
		"[{overflow [{to latin} {after 60s} {empty [paused]} {closed true}]}]": {
			"overflow.to": {"latin"}, "overflow.after": {"60s"}, "overflow.empty": {"paused"}, "overflow.closed": {"true"}},
	} {
		b.do(http.MethodPost, "/queues/arabic/settings", typed.Encode()).wants(t, http.StatusOK, "masked true")
		if got := fmt.Sprint(f.edits[len(f.edits)-1].Set); got != want {
			t.Errorf("%v: %s, want %s", typed, got, want)
		}
	}
	n := len(f.edits)
	b.do(http.MethodPost, "/queues/arabic/settings", url.Values{"hours.open.days": {"sun", "sun"}, "hours.open.times": {"1-2", "3-4"}}.Encode()).
		wants(t, http.StatusUnprocessableEntity, `id="wrong-hours.open"`, "stands here twice")
	if len(f.edits) != n {
		t.Error("what stands twice is written")
	}
}

func TestAnOfferIsTakenBackByItsForm(t *testing.T) {
	said := map[string]any{"call_back": map[string]any{"tries": "2", "ring": "9s"}}
	for want, typed := range map[string]url.Values{
		"[{call_back <nil>}]":           {"call_back": {""}, "call_back.tries": {"2"}},
		"[{call_back []}]":              {"call_back": {"yes"}, "call_back.tries": {""}, "call_back.ring": {""}},
		"[{call_back [{tries <nil>}]}]": {"call_back": {"yes"}, "call_back.tries": {""}},
		"[]":                            {"call_back": {"yes"}},
	} {
		before := queueFields(said, nil)
		f := queueForm{Fields: slices.Clone(before)}
		f.fill(&http.Request{PostForm: typed})
		set, _ := f.changes(before)
		if got := fmt.Sprint(set); got != want {
			t.Errorf("%v: %s, want %s", typed, got, want)
		}
	}
}

func TestTheFormOfAQueueIsInThreeLanguages(t *testing.T) {
	d, _ := withTray(t)
	d.account("boss", Manager, "")
	boss := d.as("boss")
	for tag, says := range map[string]string{"fr": "Changer les réglages", "ar": "تغيير الإعدادات", "en": "Change the settings"} {
		boss.post("/language", "language", tag, "back", "/queues").wants(t, http.StatusSeeOther)
		boss.get("/queues/arabic/settings").wants(t, http.StatusOK, `lang="`+tag+`"`, says)
	}
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
	for key, field := range map[string]string{
		"queues.arabic.tiers.0.penalty": "tiers", "queues.arabic.announce": "announce.every", "queues.arabic.hours.except.2026-12-25": "hours.except",
		"queues.arabic.call_back.offer": "call_back.offer", "queues.arabic.call_back": "call_back",
	} {
		f.refused = Mistakes{{Key: key, Text: "is no good"}}
		p := b.post("/queues/arabic/settings", "max_wait", "1s").wants(t, http.StatusUnprocessableEntity, "is no good")
		at, _, _ := strings.Cut(p.text, "is no good")
		if !strings.HasSuffix(at, `<div id="wrong-`+field+`" role="alert"><p class="wrong"><bdi>`) {
			t.Errorf("the mistake of %s does not stand at %s", key, field)
		}
	}
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
	for _, f := range queueFields(nil, nil) {
		for _, l := range d.s.pages.languages {
			for _, c := range f.Columns {
				if l.word("column", c) == c {
					t.Errorf("the column %s has no words in %s", c, l.Tag)
				}
			}
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
