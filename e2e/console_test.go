//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"hatif/internal/softphone"
)

// picturesIn names the folder that pictures of the pages are left in; without it there are none.
const picturesIn = "HATIF_PICTURES"

// A browser is a chromium that looks at the console, and remembers what its pages complained of.
type browser struct {
	t    *testing.T
	ctx  context.Context
	base string

	mu         sync.Mutex
	complaints []string // guarded by mu
}

func openBrowser(t *testing.T, base string) *browser {
	t.Helper()
	options := append([]chromedp.ExecAllocatorOption{}, chromedp.DefaultExecAllocatorOptions[:]...)
	options = append(options, chromedp.ExecPath("/usr/bin/chromium"), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.UserDataDir(t.TempDir()), chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-quic", true),
		chromedp.Flag("lang", "en"), chromedp.WindowSize(1280, 900))
	allocator, stopAllocator := chromedp.NewExecAllocator(t.Context(), options...)
	ctx, stop := chromedp.NewContext(allocator)
	t.Cleanup(func() { stop(); stopAllocator() })
	b := &browser{t: t, ctx: ctx, base: base}
	chromedp.ListenTarget(ctx, func(ev any) {
		switch ev := ev.(type) {
		case *runtime.EventExceptionThrown:
			b.complain(ev.ExceptionDetails.Error())
		case *log.EventEntryAdded:
			if ev.Entry.Level == log.LevelError {
				b.complain(ev.Entry.Text + " " + ev.Entry.URL)
			}
		case *page.EventJavascriptDialogOpening:
			go func() { //nolint:errcheck // the browser may be closing: then nobody waits for the answer
				_ = chromedp.Run(ctx, page.HandleJavaScriptDialog(true))
			}()
		}
	})
	if err := chromedp.Run(ctx); err != nil { // the browser lives as long as the context that it was started with
		t.Fatal(err)
	}
	b.run("listen to complaints", log.Enable(), runtime.Enable())
	return b
}

func (b *browser) complain(text string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.complaints = append(b.complaints, text)
}

func (b *browser) run(what string, actions ...chromedp.Action) {
	b.t.Helper()
	ctx, stop := context.WithTimeout(b.ctx, 2*patience)
	defer stop()
	if err := chromedp.Run(ctx, actions...); err != nil {
		var text string
		look, done := context.WithTimeout(b.ctx, time.Second)
		defer done()
		_ = chromedp.Run(look, chromedp.Text("body", &text, chromedp.ByQuery))
		b.t.Fatalf("%s: %v. The page:\n%s", what, err, text)
	}
}

func (b *browser) open(path string) {
	b.t.Helper()
	b.run("open "+path, chromedp.Navigate(b.base+path), chromedp.WaitVisible("main", chromedp.ByQuery))
}

// shows waits until an element's text has the part, without the page being loaded again.
func (b *browser) shows(selector, part string) {
	b.t.Helper()
	var text string
	eventually(b.t, fmt.Sprintf("%s shows %q", selector, part), func() bool {
		look, stop := context.WithTimeout(b.ctx, time.Second)
		defer stop()
		err := chromedp.Run(look, chromedp.Evaluate(fmt.Sprintf(`(document.querySelector(%q) || {innerText: ""}).innerText`, selector), &text))
		return err == nil && strings.Contains(text, part)
	})
}

// picture leaves one of the page as it is, where somebody wants it.
func (b *browser) picture(name string) {
	b.t.Helper()
	dir := os.Getenv(picturesIn)
	if dir == "" {
		return
	}
	var png []byte
	b.run("picture "+name, chromedp.CaptureScreenshot(&png))
	if err := os.WriteFile(filepath.Join(dir, name+".png"), png, 0o644); err != nil {
		b.t.Fatal(err)
	}
}

// fits fails when the page is wider than the screen.
func (b *browser) fits(what string) {
	b.t.Helper()
	var over int
	b.run(what, chromedp.Evaluate(`document.documentElement.scrollWidth - document.documentElement.clientWidth`, &over))
	if over > 0 {
		b.t.Errorf("%s is %d pixels wider than the screen", what, over)
	}
}

func TestTheConsoleShowsACallFromItsBeginningToItsRecording(t *testing.T) {
	t.Parallel()
	p := startPBX(t)
	p.edit(t, func(text string) string { return strings.ReplaceAll(text, "max_wait: 10s", "max_wait: 60s") })
	p.expect("the file is applied", 0)
	started, _ := p.so()
	found := regexp.MustCompile(`Console +(http://\S+)\s+log on once as (\S+) with the password (\S+)`).FindStringSubmatch(started)
	if found == nil {
		t.Fatalf("hatif does not say where its console is:\n%s", started)
	}
	b := openBrowser(t, found[1])

	// The first log-on, by keyboard.
	b.open("/")
	b.run("log on", chromedp.SendKeys("input[name=name]", found[2]), chromedp.SendKeys("input[name=password]", found[3]+"\r"),
		chromedp.WaitVisible("input[name=again]"), chromedp.SendKeys("input[name=new]", "a good password"),
		chromedp.SendKeys("input[name=again]", "a good password\r"), chromedp.WaitVisible("#board"))
	b.shows("#board", "Amal Haddad")
	b.shows("#board", "no phone")

	// The agent's phone logs on, a caller comes: the board follows without being loaded again.
	b.run("mark the page", chromedp.Evaluate(`window.marked = true`, nil))
	agent, caller := p.phone("2001"), p.phone("1001")
	b.shows("#board", "free")
	ctx, stop := context.WithTimeout(t.Context(), 4*patience)
	defer stop()
	out, err := caller.Dial(ctx, "0777")
	if err != nil {
		t.Fatal(err)
	}
	b.shows("#board table:last-of-type", "1001")
	if err := out.Press(ctx, "1"); err != nil {
		t.Fatal(err)
	}
	in, err := agent.NextCall(ctx)
	if err != nil {
		t.Fatal(err)
	}
	b.shows(".state-ringing", "Amal Haddad")
	b.shows("section:nth-of-type(2)", "1001")
	b.shows(".tile.busy", "arabic")
	b.picture("board")
	if err := in.Answer(ctx); err != nil {
		t.Fatal(err)
	}
	b.shows(".state-talking", "1001")
	var marked bool
	b.run("the page is the same", chromedp.Evaluate(`window.marked === true`, &marked))
	if !marked {
		t.Error("the board was loaded again")
	}
	time.Sleep(2 * time.Second) // something to hear in the recording

	// Hung up from the board.
	b.run("hang up", chromedp.Click(`section:nth-of-type(4) [formaction$="/hangup"]`))
	if end, err := out.WaitEnd(ctx); err != nil {
		t.Fatalf("the caller was not hung up: %v (%+v)", err, end)
	}
	b.shows("section:nth-of-type(4)", "Nobody is on the phone.")

	// The call log, the call, its recording.
	b.open("/calls")
	b.shows("table", "answered")
	b.picture("calls")
	b.run("open the call", chromedp.Click("td a"), chromedp.WaitVisible("audio", chromedp.ByQuery))
	b.shows("main", "menu")
	var seconds float64
	b.run("load the recording", chromedp.EvaluateAsDevTools(`new Promise((yes, no) => { const a = document.querySelector("audio");
		a.onloadedmetadata = () => yes(a.duration); a.onerror = () => no(new Error("cannot be played")); a.preload = "auto"; a.load(); })`, &seconds,
		func(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }))
	if seconds < 1.5 || seconds > 60 {
		t.Errorf("the recording lasts %.1f s in the browser", seconds)
	}
	b.picture("call")
	b.run("open a SIP message", chromedp.Click(".ladder summary", chromedp.ByQuery), chromedp.WaitVisible(".ladder details[open] pre", chromedp.ByQuery))
	b.shows(".ladder details[open] pre", "INVITE sip:")

	// How hatif fares, kept up to date without being loaded again.
	b.open("/system")
	b.shows("main", "works")
	b.shows("table", "hatif-softphone")
	b.run("wait for the page to follow", chromedp.Poll(`performance.getEntriesByType("resource").some(e => e.name.includes("/system/now"))`, nil))
	b.shows("main", "SQLite")
	b.picture("system")

	// Somebody else: an account, in Arabic, on a telephone's screen.
	b.open("/accounts")
	b.run("add an account", chromedp.SendKeys("form.card input[name=name]", "amal"), chromedp.SendKeys("form.card input[name=person]", "2001\r"), chromedp.WaitVisible("#fresh"))
	b.run("in Arabic", chromedp.Click(`button[value=ar]`), chromedp.WaitVisible(`html[dir=rtl]`))
	b.run("on a small screen", chromedp.EmulateViewport(390, 844))
	for _, path := range []string{"/board", "/calls", "/accounts", "/audit", "/system", "/password"} {
		b.open(path)
		b.fits(path)
		b.picture("ar" + strings.ReplaceAll(path, "/", "-"))
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.complaints) > 0 {
		t.Errorf("the pages complained:\n%s", strings.Join(b.complaints, "\n"))
	}
}

// phone is one of ours, logged on with the secret in the file.
func (p *pbx) phone(user string) *softphone.Phone {
	p.t.Helper()
	phone, err := softphone.New(softphone.Options{User: user, Secret: p.secret(user), Server: p.addr})
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() {
		if err := phone.Close(); err != nil {
			p.t.Error(err)
		}
	})
	if err := phone.StayRegistered(p.t.Context(), time.Hour); err != nil {
		p.t.Fatal(err)
	}
	return phone
}
