//go:build e2e

package e2e

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// administrator is a browser in which the first account has logged on.
func administrator(t *testing.T, p *pbx) *browser {
	t.Helper()
	started, _ := p.so()
	found := regexp.MustCompile(`Console +(http://\S+)\s+log on once as (\S+) with the password (\S+)`).FindStringSubmatch(started)
	if found == nil {
		t.Fatalf("hatif does not say where its console is:\n%s", started)
	}
	b := openBrowser(t, found[1])
	b.open("/")
	b.run("log on", chromedp.SendKeys("input[name=name]", found[2]), chromedp.SendKeys("input[name=password]", found[3]+"\r"),
		chromedp.WaitVisible("input[name=again]"), chromedp.SendKeys("input[name=new]", "a good password"),
		chromedp.SendKeys("input[name=again]", "a good password\r"), chromedp.WaitVisible("#board"))
	return b
}

func TestAnAgentIsAddedAndTheFileEditedInARealBrowser(t *testing.T) {
	t.Parallel()
	p := startPBX(t)
	b := administrator(t, p)

	// By keyboard: Enter in the name shows the difference and does not generate a secret.
	b.open("/people/+new?context=agents&queue=arabic")
	var secret string
	b.run("fill in", chromedp.Value("input[name=secret]", &secret), chromedp.SendKeys("input[name=name]", "Zed Zaki\r"), chromedp.WaitVisible(".came"))
	b.shows(".came", "Zed Zaki")
	b.shows(".came", secret)
	b.picture("people-difference")
	b.run("apply", chromedp.Click("button[value=apply]"), chromedp.WaitVisible("#secret"))
	b.shows("#secret", secret)
	b.picture("people-phone")
	if p.secret("2003") != secret {
		t.Error("the file has another secret than the page")
	}
	p.phone("2003") // logs on at once
	b.open("/people?q=zed")
	b.shows("tbody", "logged on: 1")
	b.picture("people")

	// The editor judges what is typed, without being loaded again, and leads to the place.
	b.open("/configuration")
	b.shows("#verdict", "valid")
	b.shows("#lines", "1\n2\n3\n")
	b.run("type", chromedp.Evaluate(`window.marked = true; const e = document.getElementById("text");
		e.value = e.value.replace("strategy: random", "strategy: randm"); e.dispatchEvent(new Event("input", {bubbles: true}))`, nil))
	b.shows("#verdict", "randm")
	var selected string
	b.run("go there", chromedp.Click("#verdict button"), chromedp.Evaluate(`window.marked && e.value.slice(e.selectionStart, e.selectionStart + 5)`, &selected))
	if selected != "randm" {
		t.Errorf("the mistake leads to %q", selected)
	}
	b.picture("configuration")
	b.run("mend", chromedp.Evaluate(`e.value = e.value.replace("strategy: randm", "strategy: linear"); e.dispatchEvent(new Event("input", {bubbles: true}))`, nil))
	b.shows("#verdict", "valid")
	b.run("save", chromedp.Click("#editor button:not([type])"), chromedp.WaitVisible(".came"))
	b.shows(".went", "strategy: random")
	b.run("apply", chromedp.Click("button[value=apply]"), chromedp.WaitVisible("#editor"))
	b.shows("main", "The change is in force")
	text, err := os.ReadFile(filepath.Join(p.dir, "hatif.yaml"))
	if err != nil || strings.Count(string(text), "strategy: linear") != 1 || strings.Contains(string(text), "\r") {
		t.Errorf("the file is not what was typed: %v", err)
	}

	// In Arabic, on a telephone's screen.
	b.run("in Arabic", chromedp.Click(`button[value=ar]`), chromedp.WaitVisible(`html[dir=rtl]`))
	b.run("on a small screen", chromedp.EmulateViewport(390, 844))
	for _, path := range []string{"/people", "/people/+new", "/people/2003", "/people/2003/phone", "/configuration", "/configuration/versions", "/configuration/explain?from=1001&to=0777"} {
		b.open(path)
		b.fits(path)
		b.picture("ar" + strings.NewReplacer("/", "-", "?", "-", "=", "-", "&", "-", "+", "").Replace(path))
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.complaints) > 0 {
		t.Errorf("the pages complained:\n%s", strings.Join(b.complaints, "\n"))
	}
}
