package stories_test

import (
	"fmt"
	"html"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"

	"hatif/hatiftest"
	"hatif/web"
)

var edited = regexp.MustCompile(`(?s)<textarea[^>]*>\n(.*?)</textarea>`)

// inEditor is the text that the page's editor holds, as a browser reads it.
func inEditor(t *testing.T, page string) string {
	t.Helper()
	m := edited.FindStringSubmatch(page)
	if m == nil {
		t.Fatalf("there is no editor:\n%s", page)
	}
	return strings.ReplaceAll(html.UnescapeString(m[1]), "\r\n", "\n")
}

// E3: the file is edited in the browser: mistakes as one types, the difference, in force at once, and the way back.
func TestTheFileIsEditedInTheBrowser(t *testing.T) {
	t.Parallel()
	pbx := hatiftest.Start(t, hatiftest.Options{Config: patientSample(t)})
	admin := surf(t, pbx, web.Administrator, "")
	caller, agent := pbx.Phone("1001"), pbx.Phone("2001")
	talk := caller.Dial("0777")
	talk.ExpectPrompt("ar/welcome")
	talk.Press("1")
	ring := agent.ExpectRing()
	ring.Answer()
	hearEachOther(t, talk, ring)

	before := fileText(t, pbx)
	page := admin.get("/configuration")
	admin.expect(page, "with everybody&#39;s secrets", "The file is valid", `hx-post="/configuration/check"`)
	if inEditor(t, page) != before {
		t.Error("the editor does not hold the file")
	}
	browserly := func(text string) string { return strings.ReplaceAll(text, "\n", "\r\n") }
	bad := strings.Replace(before, "strategy: random", "strategy: randm", 1)
	wrongAt := fmt.Sprintf("Line %d", 1+strings.Count(before[:strings.Index(before, "strategy: random")], "\n"))
	admin.expect(admin.submit("/configuration/check", http.StatusOK, "text", browserly(bad)), wrongAt+", column", "queues.arabic.strategy", "randm", "^</pre>")
	admin.expect(admin.submit("/configuration/check", http.StatusOK, "text", "a: [b"), "Line 1, column")
	admin.expect(admin.submit("/configuration/check", http.StatusOK, "text", browserly(before)), "The file is valid")
	refused := admin.submit("/configuration", http.StatusUnprocessableEntity, "text", browserly(bad), "sum", sum(t, page), "deed", "apply")
	admin.expect(refused, "randm", "Edit further")
	if strings.Contains(refused, `value="apply"`) {
		t.Error("what has a mistake can be applied")
	}
	admin.expect(admin.submit("/configuration/edit", http.StatusOK, "text", inEditor(t, refused), "sum", sum(t, refused)), "randm", wrongAt)

	better := strings.Replace(before, `    "0777": {goto: welcome}`, `    "0777": {goto: welcome}`+"\n"+`    "0778": echo   # for a while`, 1)
	asked := admin.submit("/configuration", http.StatusOK, "text", browserly(better), "sum", sum(t, page))
	admin.expect(asked, `class="came"`, "for a while")
	if fileText(t, pbx) != before {
		t.Error("it is written before anybody has agreed")
	}
	admin.expect(admin.submit("/configuration", http.StatusOK, "text", browserly(inEditor(t, asked)), "sum", sum(t, asked), "deed", "apply"), "The change is in force")
	if got := fileText(t, pbx); got != better {
		t.Errorf("the file is not what was typed:\n%s", got)
	}
	second := pbx.Phone("1002").Dial("0778")
	second.ExpectAnswered()
	second.Hangup()
	hearEachOther(t, talk, ring)

	stale := admin.submit("/configuration", http.StatusConflict, "text", browserly(before+"# mine\n"), "sum", sum(t, page), "deed", "apply")
	admin.expect(stale, "Nothing was written", "What has changed since", "# mine", "for a while")
	if fileText(t, pbx) != better {
		t.Error("a stale page has written")
	}

	versions := admin.get("/configuration/versions")
	admin.expect(versions, "somebody", "on the disk", "in the file now")
	id := regexp.MustCompile(`name="version" value="([^"]+)"`).FindStringSubmatch(versions)[1]
	asked = admin.submit("/configuration/restore", http.StatusOK, "version", id)
	admin.expect(asked, `class="went"`, "for a while")
	admin.submit("/configuration/restore", http.StatusOK, "version", id, "sum", sum(t, asked), "deed", "apply")
	if fileText(t, pbx) != before {
		t.Error("the version before is not in the file again")
	}
	pbx.Phone("1002").Dial("0778").ExpectRefused(404)
	admin.submit("/configuration/restore", http.StatusNotFound, "version", "../hatif.yaml")
	admin.submit("/configuration", http.StatusBadRequest, "text", " ")
	audited(t, pbx, "open file", "change file", "restore file "+id)
	talk.Hangup()
}

func TestLinesEndInTheBrowserAsTheyDoInTheFile(t *testing.T) {
	t.Parallel()
	pbx := hatiftest.Start(t, hatiftest.Options{})
	before := "\ufeff" + strings.ReplaceAll(fileText(t, pbx), "\n", "\r\n")
	if err := os.WriteFile(pbx.File(), []byte(before), 0o640); err != nil {
		t.Fatal(err)
	}
	admin := surf(t, pbx, web.Administrator, "")
	page := admin.get("/configuration")
	text := strings.ReplaceAll(inEditor(t, page)+"# the end", "\n", "\r\n")
	admin.submit("/configuration", http.StatusOK, "text", text, "sum", sum(t, page), "deed", "apply")
	if got := fileText(t, pbx); got != before+"# the end" {
		t.Errorf("the file is %q…", got[:200])
	}
	form := admin.get("/people/+new?context=agents&queue=french")
	admin.submit("/people", http.StatusOK, "sum", sum(t, form), "number", "2203", "name", "Zoé", "context", "agents", "secret", "fresh4secret", "deed", "apply")
	if got := strings.Replace(fileText(t, pbx), "  \"2203\": {name: Zoé,            secret: fresh4secret, context: agents}\r\n", "", 1); got != before+"# the end" {
		t.Errorf("more has changed than one line: %q…", got[:3000])
	}
}

func TestACallIsExplainedInTheBrowserAsOnTheCommandLine(t *testing.T) {
	t.Parallel()
	pbx := hatiftest.Start(t, hatiftest.Options{})
	admin := surf(t, pbx, web.Administrator, "")
	admin.expect(admin.get("/configuration/explain?from=1001&to=0777&keys=1"), "dials 0777", "queue arabic")
	admin.expect(admin.get("/configuration/explain?from=1001&to=2001"), "refused with 4")
	admin.expect(admin.get("/configuration/explain?from=9&to=0777"), "there is no account")
	admin.expect(admin.get("/configuration/explain?from=1001&to=0777&keys=1x"), "no phone has the keys")
}

// Every page in every language, right to left where it is written so, with no text missing.
func TestThePagesOfTheFileSpeakEveryLanguage(t *testing.T) {
	t.Parallel()
	pbx := hatiftest.Start(t, hatiftest.Options{})
	admin := surf(t, pbx, web.Administrator, "")
	missing := regexp.MustCompile(`>(people|change|phone|configuration|explain|type|deed|menu)\.[a-zA-Z_]+<|%!`)
	for tag, dir := range map[string]string{"en": "ltr", "fr": "ltr", "ar": "rtl"} {
		admin.post("/language", "language", tag, "back", "/people")
		for _, path := range []string{"/people", "/people/+new", "/people/2001", "/people/2001/phone", "/configuration", "/configuration/versions", "/configuration/explain", "/audit"} {
			page := admin.get(path)
			if !strings.Contains(page, `dir="`+dir+`"`) || missing.MatchString(page) {
				t.Errorf("%s in %s: %q\n%s", path, tag, missing.FindString(page), page)
			}
			if regexp.MustCompile(`\sstyle=|<script>|\son[a-z]+=`).MatchString(page) {
				t.Errorf("%s has a script or a style of its own", path)
			}
		}
	}
}
