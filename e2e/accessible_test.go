//go:build e2e

package e2e

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// axe finds what keeps people from using a page; see testdata/README.md.
//
//go:embed testdata/axe.min.js
var axe string

// pagesLike has only pages looked at whose address holds a text, for whoever mends one.
const pagesLike = "HATIF_PAGES"

// axePatience is how long axe may look at one page.
const axePatience = 2 * time.Minute

// axeRun is what is asked of it: WCAG 2.1 A and AA, and what its makers hold good practice.
const axeRun = `axe.run(document, {resultTypes: ["violations"], runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]})
	.then(r => JSON.stringify(r.violations.map(v => ({id: v.id, help: v.help, nodes: v.nodes.map(n => n.target.join(" ") + " | " + n.html.slice(0, 160) + " | " + (n.any[0] ? n.any[0].message : ""))}))))`

// A violation is one rule that a page breaks, and where.
type violation struct {
	ID, Help string
	Nodes    []string
}

func (b *browser) accessible(what string) {
	b.t.Helper()
	var text string
	ctx, stop := context.WithTimeout(b.ctx, axePatience)
	defer stop()
	if err := chromedp.Run(ctx, chromedp.Evaluate(axe, nil), chromedp.EvaluateAsDevTools(axeRun, &text,
		func(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) })); err != nil {
		b.t.Fatalf("axe on %s: %v", what, err)
	}
	var found []violation
	if err := json.Unmarshal([]byte(text), &found); err != nil {
		b.t.Fatalf("axe on %s said %q: %v", what, text, err)
	}
	for _, v := range found {
		b.t.Errorf("%s: %s (%s):\n\t%s", what, v.Help, v.ID, strings.Join(v.Nodes[:min(len(v.Nodes), 5)], "\n\t"))
	}
}

// Whoever cannot see, or sees little, or has no mouse, or has the console on a telephone, can work with every page.
func TestEveryPageIsAccessible(t *testing.T) {
	t.Parallel()
	p := startPBX(t)
	started, _ := p.so()
	found := regexp.MustCompile(`Console +(http://\S+)\s+log on once as (\S+) with the password (\S+)`).FindStringSubmatch(started)
	if found == nil {
		t.Fatalf("hatif does not say where its console is:\n%s", started)
	}
	b := openBrowser(t, found[1])
	b.open("/")
	b.accessible("the log-on")
	b.run("log on", chromedp.SendKeys("input[name=name]", found[2]), chromedp.SendKeys("input[name=password]", found[3]+"\r"), chromedp.WaitVisible("input[name=again]"))
	b.accessible("the first password")
	b.run("choose a password", chromedp.SendKeys("input[name=new]", "a good password"), chromedp.SendKeys("input[name=again]", "a good password\r"), chromedp.WaitVisible("#board"))

	// An agent and two callers, one of whom has gone: there is something on the board, and in the log.
	p.phone("2101")
	ctx := t.Context()
	gone, err := p.phone("1002").Dial(ctx, "0777")
	if err != nil {
		t.Fatal(err)
	}
	if err := gone.Hangup(ctx); err != nil {
		t.Fatal(err)
	}
	out, err := p.phone("1001").Dial(ctx, "0777")
	if err != nil {
		t.Fatal(err)
	}
	defer out.Hangup(ctx) //nolint:errcheck // the test is over
	b.shows("#board table:last-of-type", "1001")

	var pages []string
	b.run("read the menu", chromedp.Evaluate(`Array.from(document.querySelectorAll("header nav a"), a => a.getAttribute("href"))`, &pages))
	if len(pages) < 10 {
		t.Fatalf("the menu leads to %q alone", pages)
	}
	pages = append(pages, "/board?wall", "/queues/arabic", "/queues/arabic/settings", "/people/2001", "/prompts?group=voicemail", "/password", "/nothing")
	b.open("/calls")
	var one []string
	b.run("find a call", chromedp.Evaluate(`Array.from(document.querySelectorAll("td a"), a => a.getAttribute("href"))`, &one))
	pages = append(pages, one[:min(1, len(one))]...)
	for _, look := range []struct {
		language, scheme string
		width            int64
		axe              bool // it takes its time: each language, scheme and size once
	}{{"en", "light", 1280, true}, {"ar", "dark", 360, true}, {"en", "dark", 360, false}, {"ar", "light", 1280, false}} {
		b.open("/password")
		b.run("in "+look.language, chromedp.Click(`button[value=`+look.language+`]`), chromedp.WaitVisible(`html[lang=`+look.language+`]`),
			chromedp.EmulateViewport(look.width, 800), emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: look.scheme}}))
		for _, path := range pages {
			if only := os.Getenv(pagesLike); !strings.Contains(path, only) {
				continue
			}
			what := fmt.Sprintf("%s (%s, %s, %d)", path, look.language, look.scheme, look.width)
			b.open(path)
			if look.axe {
				b.accessible(what)
			}
			b.fits(what)
			b.picture(strings.Join([]string{look.language, look.scheme, fmt.Sprint(look.width), strings.Trim(strings.NewReplacer("/", "-", "?", "-", "=", "-").Replace(path), "-")}, "-"))
			b.keys(what)
		}
	}
}

// keys fails when something that can be clicked is not reached by the Tab key, or does not show that it was.
func (b *browser) keys(what string) {
	b.t.Helper()
	var wrong []string
	b.run("focus on "+what, chromedp.Evaluate(`Array.from(document.querySelectorAll("a[href], button, input, select, textarea, summary, audio, [hx-post]:not(form)"))
		.filter(e => e.checkVisibility() && !e.disabled && e.type !== "hidden" && e.ariaHidden !== "true")
		.filter(e => { if (e.tabIndex < 0) return true; e.focus({focusVisible: true}); const s = getComputedStyle(e);
			return document.activeElement !== e || (e.tagName !== "AUDIO" && s.outlineStyle === "none"); })
		.map(e => e.outerHTML.slice(0, 120))`, &wrong))
	if len(wrong) > 0 {
		slices.Sort(wrong)
		b.t.Errorf("%s: not reached by keys, or not seen to be: %s", what, strings.Join(slices.Compact(wrong)[:min(3, len(slices.Compact(wrong)))], "\n\t"))
	}
}
