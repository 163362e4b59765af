package stories_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"hatif/config"
	"hatif/hatiftest"
	"hatif/store"
	"hatif/web"
)

// submit posts a form and returns the page of the status that is wanted.
func (s *surfer) submit(path string, want int, form ...string) string {
	s.t.Helper()
	status, text := s.send(path, form...)
	if status != want {
		s.t.Errorf("POST %s: %d, want %d\n%s", path, status, want, text)
	}
	return text
}

func (s *surfer) send(path string, form ...string) (int, string) {
	s.t.Helper()
	v := make(url.Values)
	for i := 0; i+1 < len(form); i += 2 {
		v.Add(form[i], form[i+1])
	}
	res, err := s.PostForm(s.base+path, v)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return res.StatusCode, string(text)
}

var hiddenSum = regexp.MustCompile(`name="sum" value="([0-9a-f]{64})"`)

// sum is the file that a page was made from.
func sum(t *testing.T, page string) string {
	t.Helper()
	m := hiddenSum.FindStringSubmatch(page)
	if m == nil {
		t.Fatalf("the page does not say what it was made from:\n%s", page)
	}
	return m[1]
}

var proposed = regexp.MustCompile(`name="(number|secret|pin)" value="([^"]*)"`)

// patientSample is the shipped file with callers who wait for longer than a busy machine takes to ring somebody.
func patientSample(t *testing.T) string {
	t.Helper()
	text, err := config.Sample()
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(text, "max_wait: 10s", "max_wait: 60s")
}

func fileText(t *testing.T, pbx *hatiftest.PBX) string {
	t.Helper()
	text, err := os.ReadFile(pbx.File())
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// G1: one form, the difference, one click: the agent logs on and takes calls while a call in progress goes on.
func TestAnAgentAddedAtTheConsoleTakesCallsAtOnce(t *testing.T) {
	t.Parallel()
	pbx := hatiftest.Start(t, hatiftest.Options{Config: patientSample(t)})
	before := fileText(t, pbx)
	agent, caller := pbx.Phone("2001"), pbx.Phone("1001")
	talk := caller.Dial("0777")
	talk.ExpectPrompt("ar/welcome")
	talk.Press("1")
	ring := agent.ExpectRing()
	ring.Answer()
	hearEachOther(t, talk, ring)

	admin := surf(t, pbx, web.Administrator, "")
	form := admin.get("/people/+new?context=agents&queue=arabic")
	filled := map[string]string{}
	for _, m := range proposed.FindAllStringSubmatch(form, -1) {
		filled[m[1]] = m[2]
	}
	if filled["number"] != "2003" || len(filled["secret"]) < 12 || len(filled["pin"]) != 4 {
		t.Errorf("proposed: %q", filled)
	}
	fields := []string{
		"sum", sum(t, form), "number", filled["number"], "name", "Zed Zaki", "context", "agents", "queue", "arabic", "language", "ar",
		"secret", filled["secret"], "mailbox", "yes", "pin", filled["pin"],
	}
	asked := admin.submit("/people", http.StatusOK, fields...)
	line := `  "2003": {name: Zed Zaki,       secret: ` + filled["secret"] + `, context: agents, queue: arabic, language: ar, mailbox: {pin: "` + filled["pin"] + `"}}`
	admin.expect(asked, strings.ReplaceAll(line, `"`, "&#34;"), "secret: ****************", "Amal Haddad")
	if strings.Contains(asked, pbx.Secret("2001")) {
		t.Error("the difference shows the secret of somebody else")
	}
	if fileText(t, pbx) != before {
		t.Error("the file is written before anybody has agreed")
	}
	done := admin.submit("/people", http.StatusOK, append(fields, "deed", "apply")...)
	admin.expect(done, "The change is in force", filled["secret"], "Linphone", "MicroSIP", "<svg")

	fresh := pbx.PhoneWith(hatiftest.PhoneOptions{User: "2003", Secret: filled["secret"]})
	fresh.Register()
	second := pbx.Phone("1002").Dial("0777")
	second.ExpectPrompt("ar/welcome")
	second.Press("1")
	in := fresh.ExpectRing()
	in.Answer()
	hearEachOther(t, second, in)
	hearEachOther(t, talk, ring) // still
	admin.expect(admin.get("/people?phone=yes&q=zed"), "2003", "logged on: 1")
	if got := strings.Replace(fileText(t, pbx), line+"\n", "", 1); got != before {
		t.Errorf("more than one line has changed:\n%s", got)
	}
	for _, d := range deeds(t, pbx) {
		if strings.Contains(fmt.Sprint(d), filled["secret"]) {
			t.Errorf("the audit log has the secret: %+v", d)
		}
	}
	audited(t, pbx, "add person 2003", "show secret 2003")
	talk.Hangup()
	second.Hangup()
}

func deeds(t *testing.T, pbx *hatiftest.PBX) []store.Deed {
	t.Helper()
	all, err := pbx.Store().Deeds(t.Context(), store.Deed{}, 100)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// audited checks that the audit log has what somebody did.
func audited(t *testing.T, pbx *hatiftest.PBX, wanted ...string) {
	t.Helper()
	var all []string
	for _, d := range deeds(t, pbx) {
		all = append(all, strings.TrimSpace(d.Action+" "+d.Subject))
	}
	for _, want := range wanted {
		if !strings.Contains("\n"+strings.Join(all, "\n")+"\n", "\n"+want+"\n") {
			t.Errorf("the audit log has no %q: %q", want, all)
		}
	}
}

// G2: everybody can be changed and removed, and what the form does not name stays.
func TestPeopleOfEveryKindAreChangedAndRemoved(t *testing.T) {
	t.Parallel()
	pbx := hatiftest.Start(t, hatiftest.Options{})
	admin := surf(t, pbx, web.Administrator, "")
	before := fileText(t, pbx)
	for _, one := range []struct{ number, context, queue string }{
		{"2101", "agents", "english"}, {"3001", "managers", ""}, {"4001", "ceo", ""}, {"5001", "complaints", ""}, {"1001", "incoming", ""},
	} {
		path := "/people/" + one.number
		form := admin.get(path)
		if strings.Contains(form, pbx.Secret(one.number)) {
			t.Errorf("the form of %s shows the secret", one.number)
		}
		fields := []string{"sum", sum(t, form), "name", "New: \"name\"", "context", one.context}
		if one.queue != "" {
			fields = append(fields, "queue", one.queue)
		}
		if strings.Contains(form, `name="mailbox" value="yes" checked`) {
			fields = append(fields, "mailbox", "yes")
		}
		if strings.Contains(form, `<option value="en" selected>`) {
			fields = append(fields, "language", "en")
		}
		admin.submit(path, http.StatusOK, append(fields, "deed", "apply")...)
	}
	after := fileText(t, pbx)
	if n := strings.Count(after, `{name: "New: \"name\"",`); n != 5 || strings.Count(after, "\n") != strings.Count(before, "\n") {
		t.Errorf("%d are changed:\n%s", n, after)
	}
	for _, number := range []string{"2101", "1001"} {
		if !strings.Contains(after, "secret: "+pbx.Secret(number)) {
			t.Errorf("the secret of %s is lost", number)
		}
	}
	phone := pbx.Phone("5001")
	asked := admin.submit("/people/5001/remove", http.StatusOK)
	admin.expect(asked, `class="went"`, "Apply")
	admin.submit("/people/5001/remove", http.StatusOK, "sum", sum(t, asked), "deed", "apply")
	if strings.Contains(fileText(t, pbx), `"5001"`) {
		t.Error("5001 is still in the file")
	}
	ctx, cancel := context.WithTimeout(t.Context(), hatiftest.Patience)
	defer cancel()
	if _, err := phone.Phone.Register(ctx, time.Hour); err == nil {
		t.Error("who was removed can log on")
	}
	admin.submit("/people/5001/remove", http.StatusNotFound)
	audited(t, pbx, "change person 3001", "remove person 5001")
}

func TestWhatCannotBeIsRefusedWithItsPlace(t *testing.T) {
	t.Parallel()
	pbx := hatiftest.Start(t, hatiftest.Options{})
	admin := surf(t, pbx, web.Administrator, "")
	before := fileText(t, pbx)
	good := func(changes ...string) []string {
		v := map[string]string{"number": "2003", "name": "Zed", "secret": "fresh4secret", "context": "agents", "sum": sum(t, admin.get("/people/+new")), "deed": "apply"}
		for i := 0; i < len(changes); i += 2 {
			v[changes[i]] = changes[i+1]
		}
		var form []string
		for key, value := range v {
			form = append(form, key, value)
		}
		return form
	}
	for _, c := range []struct {
		form []string
		says string
	}{
		{good("number", "2001"), "there is a user 2001 already"},
		{good("number", "20 03"), "cannot be dialled"},
		{good("number", ""), "cannot be dialled"},
		{good("context", "agentz"), "is not defined; did you mean"},
		{good("context", ""), "has no context"},
		{good("secret", ""), "has no secret"},
		{good("queue", "latin"), "is not defined"},
		{good("host", "no host"), "dynamic, or an address"},
		{good("codecs", "g729"), "is not known"},
	} {
		admin.expect(admin.submit("/people", http.StatusUnprocessableEntity, c.form...), c.says, "Zed")
	}
	admin.submit("/people", http.StatusBadRequest, good("phones", "many")...)
	admin.submit("/people/9999", http.StatusNotFound, good()...)
	again := admin.submit("/people", http.StatusOK, good("number", "2001", "deed", "number")...)
	admin.expect(again, `name="number" value="`)
	if regexp.MustCompile(`name="secret" value="fresh4secret"`).MatchString(admin.submit("/people", http.StatusOK, good("deed", "secret")...)) {
		t.Error("no other secret is generated")
	}
	if fileText(t, pbx) != before {
		t.Error("the file was written")
	}
}

// Two browsers that save at once: the second is told what has changed, and nobody's change is lost.
func TestTwoWhoSaveAtOnceLoseNothing(t *testing.T) {
	t.Parallel()
	pbx := hatiftest.Start(t, hatiftest.Options{})
	admin := surf(t, pbx, web.Administrator, "")
	seen := sum(t, admin.get("/people/+new"))
	form := func(number, from string) []string {
		return []string{"number", number, "name", "Agent " + number, "secret", "secretof" + number, "context", "agents", "sum", from, "deed", "apply"}
	}
	var group sync.WaitGroup
	status := make([]int, 6)
	pages := make([]string, len(status))
	for i := range status {
		group.Go(func() { status[i], pages[i] = admin.send("/people", form(fmt.Sprint(2901+i), seen)...) })
	}
	group.Wait()
	won := 0
	for i := range status {
		switch status[i] {
		case http.StatusOK:
			won++
		case http.StatusConflict:
			admin.expect(pages[i], "The file has changed since you opened the page", "What has changed since", "What your change does")
			for tries := 0; ; tries++ { // agrees to the difference that is shown now
				status, text := admin.send("/people", form(fmt.Sprint(2901+i), sum(t, pages[i]))...)
				if status == http.StatusOK {
					break
				}
				if pages[i] = text; tries > len(pages) {
					t.Fatalf("%d again: %s", status, text)
				}
			}
		default:
			t.Errorf("%d: %s", status[i], pages[i])
		}
	}
	if won != 1 {
		t.Errorf("%d wrote the same file", won)
	}
	text := fileText(t, pbx)
	for i := range status {
		if strings.Count(text, fmt.Sprintf("secretof%d", 2901+i)) != 1 {
			t.Errorf("agent %d is lost or there twice", 2901+i)
		}
	}
	kept, err := os.ReadDir(pbx.Data() + "/config")
	if err != nil || len(kept) != len(status)+1 {
		t.Errorf("%d versions are kept, %v", len(kept), err)
	}
}

func TestAFileBrokenOnTheDiskIsShownAndChangesNothing(t *testing.T) {
	t.Parallel()
	pbx := hatiftest.Start(t, hatiftest.Options{})
	admin := surf(t, pbx, web.Administrator, "")
	seen := sum(t, admin.get("/people/+new"))
	broken := strings.Replace(fileText(t, pbx), "context: managers", "contxt: managers", 1)
	if err := os.WriteFile(pbx.File(), []byte(broken), 0o600); err != nil {
		t.Fatal(err)
	}
	admin.expect(admin.get("/people"), "The file has mistakes", "contxt", `href="/configuration"`)
	line := 1 + strings.Count(broken[:strings.Index(broken, "contxt")], "\n")
	admin.expect(admin.get("/configuration"), "contxt", fmt.Sprintf(`data-line="%d"`, line))
	for _, path := range []string{"/people", "/people/2001"} {
		admin.submit(path, http.StatusUnprocessableEntity, "number", "2003", "name", "Zed", "secret", "fresh4secret", "context", "agents", "sum", seen, "deed", "apply")
	}
	if fileText(t, pbx) != broken {
		t.Error("a broken file is written")
	}
	pbx.Phone("3001").Dial("2001").ExpectAnswered() // by the mailbox: the settings before are in force
}

const renumbered = `
languages: [en]
web: {listen: "127.0.0.1:8080"}
users:
  "2001": {name: Amal Haddad, secret: s3cretOfAmal, context: staff, queue: sales}   # hers
  "2002": {name: Omar, secret: s3cretOfOmar, context: staff, queue: {sales: {penalty: 1}}, skills: [billing]}
  "1001": {name: A customer,  secret: caller, context: outside}
queues: {sales: {ring_timeout: 60s}, help: {}}
contexts:
  outside: {"0777": {queue: sales}, "0778": {dial: "2002"}}
  staff: {may_call: everyone}
`

// Somebody gets another extension, skills and terms: their account goes along, their phone logs on as the new one and is
// rung. Whom the dialplan names is refused, with the place. Somebody who is removed loses their account at once.
func TestSomebodyIsGivenAnotherExtensionAtTheConsole(t *testing.T) {
	t.Parallel()
	pbx := hatiftest.Start(t, hatiftest.Options{Config: renumbered})
	before := fileText(t, pbx)
	admin, amal := surf(t, pbx, web.Administrator, ""), surf(t, pbx, web.Agent, "2001")
	form := admin.get("/people/2002")
	admin.expect(form, `name="penalty.sales" value="1"`, `name="skills" value="billing:1"`)
	refused := admin.submit("/people/2002", http.StatusUnprocessableEntity, "sum", sum(t, form), "number", "2012", "context", "staff", "name", "Omar",
		"queue", "sales", "penalty.sales", "1", "skills", "billing", "deed", "apply")
	admin.expect(refused, "this names 2002", "contexts.outside.0778.dial", `name="number" value="2012"`)

	fields := []string{
		"sum", sum(t, admin.get("/people/2001")), "number", "2011", "context", "staff", "name", "Amal Haddad", "queue", "sales", "queue", "help",
		"penalty.help", "2", "wrap_up.help", "0", "logged_off.sales", "yes", "skills", "billing:3, vip", "music", "default",
	}
	asked := admin.submit("/people/2001", http.StatusOK, fields...)
	const line = `  "2011": {name: Amal Haddad, secret: s3cretOfAmal, context: staff, queue: {sales: {logged_off: true}, help: {penalty: 2, wrap_up: 0s}}, skills: {billing: 3, vip: 1}, music: default}   # hers`
	admin.expect(asked, "These console accounts go along", `name="penalty.help" value="2"`)
	if fileText(t, pbx) != before {
		t.Error("the file is written before anybody has agreed")
	}
	admin.expect(admin.submit("/people/2001", http.StatusOK, append(fields, "deed", "apply")...), "The change is in force", "2011")
	want := strings.Replace(before, `  "2001": {name: Amal Haddad, secret: s3cretOfAmal, context: staff, queue: sales}   # hers`, line, 1)
	if got := fileText(t, pbx); got != want {
		t.Fatalf("the file holds\n%s\nand not\n%s", got, want)
	}
	amal.expect(amal.get("/board"), "2011")
	phone := pbx.PhoneWith(hatiftest.PhoneOptions{User: "2011", Secret: "s3cretOfAmal"})
	phone.Register()
	colleague := pbx.Phone("2002").Dial("2011")
	phone.ExpectRing()
	colleague.Hangup()

	// And back to what it was, but for the extension: terms, skills and music go.
	back := []string{"sum", sum(t, admin.get("/people/2011")), "number", "2011", "context", "staff", "name", "Amal Haddad", "queue", "sales", "deed", "apply"}
	admin.submit("/people/2011", http.StatusOK, back...)
	if got, want := fileText(t, pbx), strings.Replace(before, `"2001"`, `"2011"`, 1); strings.Replace(got, "{sales: {}}", "sales", 1) != want {
		t.Errorf("the file holds\n%s", got)
	}
	gone := admin.submit("/people/2011/remove", http.StatusOK)
	admin.expect(gone, "These console accounts are removed")
	admin.submit("/people/2011/remove", http.StatusOK, "sum", sum(t, gone), "deed", "apply")
	amal.expect(amal.get("/board"), `action="/logon"`)
	audited(t, pbx, "renumber person 2001", "change person 2011", "remove person 2011")
}
