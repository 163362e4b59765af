package stories_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"hatif/hatiftest"
	"hatif/web"
)

const longRinging = `
languages: [en]
web: {listen: "127.0.0.1:8080"}
users:
  "2001": {name: Amal Haddad, secret: s3cretOfAmal, context: staff, queue: sales}   # hers
  "1001": {name: A customer,  secret: caller, context: outside}
  "1002": {name: Another,     secret: caller2, context: outside}
queues: # those of the shop
  sales:   {ring_timeout: 60s, max_wait: 2m,   retry: 60s}   # rings long
  spare:   {max_wait: 1m}
contexts:
  outside: {"0777": {queue: sales}, "0778": {queue: spare}}
  staff: {may_call: everyone}
`

// A manager changes for how long phones ring. Who stands in line keeps their place, and the next ringing is a short one.
func TestAManagerChangesAQueueByItsForm(t *testing.T) {
	t.Parallel()
	pbx := hatiftest.Start(t, hatiftest.Options{Config: longRinging})
	before := fileText(t, pbx)
	boss := surf(t, pbx, web.Manager, "")
	first := pbx.Phone("1001").Dial("0777")
	first.ExpectMusic("default")
	second := pbx.Phone("1002").Dial("0777")
	second.ExpectMusic("default")
	var joined []time.Time
	inLine := func() {
		t.Helper()
		for _, q := range pbx.Floor().Snapshot().Queues {
			if q.Name != "sales" {
				continue
			}
			if len(q.Line) != 2 || q.Line[0].Caller.Number != "1001" || q.Line[1].Caller.Number != "1002" {
				t.Fatalf("they do not stand in line as they came: %+v", q.Line)
			}
			if now := []time.Time{q.Line[0].Joined, q.Line[1].Joined}; joined != nil && !slices.Equal(now, joined) {
				t.Errorf("they wait since %v, not since %v", now, joined)
			} else {
				joined = now
			}
		}
	}
	inLine()

	form := boss.get("/queues/sales/settings")
	boss.expect(form, `name="ring_timeout" value="60s"`, `name="max_wait" value="2m"`)
	fields := []string{"sum", sum(t, form), "ring_timeout", "1s", "max_wait", "2m", "retry", "1s", "strategy", ""}
	wrong := boss.submit("/queues/sales/settings", http.StatusUnprocessableEntity, "sum", sum(t, form), "ring_timeout", "1 sec", "retry", "2m", "deed", "apply")
	boss.expect(wrong, `value="1 sec"`, `id="wrong-ring_timeout"`, "is no time")
	asked := boss.submit("/queues/sales/settings", http.StatusOK, fields...)
	boss.expect(asked, "sales:   {ring_timeout: 1s, max_wait: 2m,   retry: 1s}   # rings long", "Apply")
	if fileText(t, pbx) != before {
		t.Error("the file is written before anybody has agreed")
	}
	boss.expect(boss.submit("/queues/sales/settings", http.StatusOK, append(fields, "deed", "apply")...), "The change is in force", "Queue sales")
	want := strings.Replace(before, "{ring_timeout: 60s, max_wait: 2m,   retry: 60s}", "{ring_timeout: 1s, max_wait: 2m,   retry: 1s}", 1)
	if got := fileText(t, pbx); got != want || got == before {
		t.Errorf("the file holds\n%s", got)
	}
	inLine()
	agent := pbx.Phone("2001")
	agent.ExpectRing().ExpectEnd() // as it would not for a minute
	agent.ExpectRing()             // again, for the same caller, when they were left in peace for a second
	inLine()
	audited(t, pbx, "change queue queue sales")
	first.Hangup()
	second.Hangup()
}

func TestQueuesAreAddedAndThoseThatNobodyNeedsRemoved(t *testing.T) {
	t.Parallel()
	pbx := hatiftest.Start(t, hatiftest.Options{Config: longRinging})
	before := fileText(t, pbx)
	boss := surf(t, pbx, web.Manager, "")
	apply := func(path string, form ...string) string {
		t.Helper()
		asked := boss.submit(path, http.StatusOK, form...)
		if strings.Contains(asked, pbx.Secret("2001")) {
			t.Errorf("a manager sees the secret of somebody:\n%s", asked)
		}
		return boss.submit(path, http.StatusOK, append(form, "sum", sum(t, asked), "deed", "apply")...)
	}
	boss.submit("/queues", http.StatusUnprocessableEntity, "name", "sales")
	boss.submit("/queues", http.StatusUnprocessableEntity, "name", "vip", "max_length", "-3")
	boss.expect(apply("/queues", "name", "vip", "max_wait", "90s", "weight", "5"), "The change is in force", "Queue vip", "1m30s")
	if got := fileText(t, pbx); !strings.Contains(got, "  spare:   {max_wait: 1m}\n  vip: {max_wait: 90s, weight: 5}\n") {
		t.Errorf("the file holds\n%s", got)
	}
	boss.expect(apply("/queues/vip/remove"), "The change is in force")
	if fileText(t, pbx) != before {
		t.Error("the file is not as it was")
	}
	boss.expect(boss.submit("/queues/sales/remove", http.StatusConflict), "Somebody still serves")
	named := boss.submit("/queues/spare/remove", http.StatusUnprocessableEntity)
	boss.expect(named, "contexts.outside.0778", "spare")
	if strings.Contains(named, `value="apply"`) {
		t.Error("a queue can be removed to which a number leads")
	}

	// What somebody else has changed meanwhile is shown to a manager without secrets, and nothing is written.
	form := boss.get("/queues/spare/settings")
	if err := pbx.Edit(func(text string) string {
		return strings.Replace(text, "secret: "+pbx.Secret("2001"), "secret: othersecret", 1)
	}); err != nil {
		t.Fatal(err)
	}
	changed := fileText(t, pbx)
	stale := boss.submit("/queues/spare/settings", http.StatusConflict, "sum", sum(t, form), "max_wait", "2m", "deed", "apply")
	boss.expect(stale, "What has changed since", "Amal Haddad")
	if strings.Contains(stale, "othersecret") || strings.Contains(stale, pbx.Secret("2001")) || fileText(t, pbx) != changed {
		t.Errorf("the page or the file is not what it should be:\n%s", stale)
	}
	audited(t, pbx, "add queue queue vip", "remove queue queue vip")
}

// All that a queue can be told is told by its form, and taken back: the file is then what it was.
func TestEverySettingOfAQueueIsWrittenAndTakenBackByItsForm(t *testing.T) {
	t.Parallel()
	pbx := hatiftest.Start(t, hatiftest.Options{Config: strings.Replace(longRinging, "queue: sales}   # hers", "queue: {sales: {penalty: 1}}}   # hers", 1)})
	before := fileText(t, pbx)
	boss := surf(t, pbx, web.Manager, "")
	const at = "/queues/sales/settings"
	fields := []string{
		"keep_place", "0s", "to_agent.wait", "false", "tiers.after", "5s", "tiers.penalty", "1", "announce.every", "30s", "announce.say", "wait",
		"messages.every", "1m", "messages.prompts", "queue/thank-you-for-waiting", "call_back", "yes", "call_back.tries", "2",
		"hours.open.days", "mon-fri", "hours.open.times", "00:00-24:00", "hours.except.dates", "12-25", "hours.except.times", "closed",
		"overflow.to", "spare", "overflow.after", "60s",
	}
	wrong := append(slices.Clone(fields[:len(fields)-4]), "overflow.to", "sales", "sum", sum(t, boss.get(at)))
	boss.expect(boss.submit(at, http.StatusUnprocessableEntity, wrong...), "round in a circle", `id="wrong-overflow.to"`)
	fields = append(fields, "sum", sum(t, boss.get(at)), "deed", "apply")
	boss.submit(at, http.StatusOK, fields...)
	want := strings.Replace(before, "retry: 60s}", `retry: 60s, tiers: [{after: 5s, penalty: 1}], to_agent: {wait: false}, announce: {every: 30s, say: [wait]}, `+
		`messages: {every: 1m, prompts: [queue/thank-you-for-waiting]}, call_back: {tries: 2}, keep_place: 0s, `+
		`hours: {open: {mon-fri: "00:00-24:00"}, except: {"12-25": closed}}, overflow: {to: spare, after: 60s}}`, 1)
	if got := fileText(t, pbx); got != want {
		t.Fatalf("the file holds\n%s\nand not\n%s", got, want)
	}
	boss.expect(boss.get(at), `name="keep_place" value="0s"`, `name="hours.open.times" value="00:00-24:00"`, `name="call_back.tries" value="2"`)
	for i := 1; i < len(fields)-4; i += 2 {
		fields[i] = ""
	}
	fields[len(fields)-3] = sum(t, boss.get(at))
	boss.submit(at, http.StatusOK, fields...)
	if got := fileText(t, pbx); got != before {
		t.Errorf("taken back, the file holds\n%s", got)
	}
}
