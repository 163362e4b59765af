//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"hatif/store"
)

// past writes some days of a queue into the store of a hatif that does not run: on each day callers come by the hour.
func (p *pbx) past(days int) {
	p.t.Helper()
	db, err := store.Open(p.t.Context(), store.Options{Dir: filepath.Join(p.dir, "data")})
	if err != nil {
		p.t.Fatal(err)
	}
	number, err := db.LastQueueEvent(p.t.Context())
	if err != nil {
		p.t.Fatal(err)
	}
	var events []store.QueueEvent
	tell := func(at time.Time, kind, queue, call, agent, detail string) {
		number++
		events = append(events, store.QueueEvent{Number: number, At: at, Kind: kind, Queue: queue, Call: call, Agent: agent, Detail: detail})
	}
	for day := days; day > 0; day-- {
		at := time.Now().AddDate(0, 0, -day).Truncate(24 * time.Hour).Add(7 * time.Hour)
		tell(at, "opened", "", "", "", "{}")
		tell(at, "changed", "", "", "2001", `{"to":"available"}`)
		for n := range 20 + 7*(day%4) {
			at = at.Add(20 * time.Minute)
			id, queue, wait := fmt.Sprintf("past-%d-%d", day, n), []string{"arabic", "english"}[n%2], time.Duration(3+n*day%40)*time.Second
			tell(at, "joined", queue, id, "", "{}")
			if n%6 == 5 {
				tell(at.Add(wait), "left", queue, id, "", fmt.Sprintf(`{"result":"abandoned","waited":%d}`, wait))
				continue
			}
			tell(at.Add(wait), "connected", queue, id, "2001", fmt.Sprintf(`{"waited":%d}`, wait))
			tell(at.Add(wait), "changed", "", "", "2001", `{"to":"talking"}`)
			tell(at.Add(wait+4*time.Minute), "parted", queue, id, "2001", fmt.Sprintf(`{"talked":%d}`, 4*time.Minute))
			tell(at.Add(wait+4*time.Minute), "changed", "", "", "2001", `{"to":"wrap_up"}`)
			tell(at.Add(wait+5*time.Minute), "changed", "", "", "2001", []string{`{"to":"available"}`, `{"to":"paused","reason":"break"}`}[n%4/3])
			if n%3 == 0 {
				if err := db.SaveRating(p.t.Context(), store.Rating{GivenIn: id + "-f", Call: id, Created: at, Agent: "2001", Queue: queue, Answered: n%2 == 0, Rating: (n + day) % 11}); err != nil {
					p.t.Fatal(err)
				}
			}
		}
		tell(at, "closed", "", "", "", "{}")
	}
	if err := db.SaveQueueEvents(p.t.Context(), events); err != nil {
		p.t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		p.t.Fatal(err)
	}
}

// asks gives what a page's script says of the page.
func (b *browser) asks(script string, to any) {
	b.t.Helper()
	b.run("ask the page "+script, chromedp.Evaluate(script, to, func(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }))
}

func TestTheConsoleDrawsReportsAndRecordings(t *testing.T) {
	t.Parallel()
	p := startPBX(t)
	started, _ := p.so()
	found := regexp.MustCompile(`log on once as (\S+) with the password (\S+)`).FindStringSubmatch(started)
	if found == nil {
		t.Fatalf("hatif prints no password:\n%s", started)
	}
	p.signal(syscall.SIGTERM)
	p.expectEnd(2 * patience)
	p.past(12)
	p.edit(t, func(text string) string {
		return strings.ReplaceAll(text, "max_wait: 10s", "max_wait: 60s") + "\nrecordings: {stereo: true}\n"
	})
	p.start(t)
	started, _ = p.so()
	address := regexp.MustCompile(`Console +(http://\S+)`).FindStringSubmatch(started)
	b := openBrowser(t, address[1])
	b.open("/")
	b.run("log on", chromedp.SendKeys("input[name=name]", found[1]), chromedp.SendKeys("input[name=password]", found[2]+"\r"),
		chromedp.WaitVisible("input[name=again]"), chromedp.SendKeys("input[name=new]", "a good password"),
		chromedp.SendKeys("input[name=again]", "a good password\r"), chromedp.WaitVisible("#board"))

	// A call, so that there is a recording and a call that is owed.
	agent, caller := p.phone("2001"), p.phone("1001")
	ctx, stop := context.WithTimeout(t.Context(), 6*patience)
	defer stop()
	out, err := caller.Dial(ctx, "0777")
	if err != nil {
		t.Fatal(err)
	}
	if err := out.Press(ctx, "1"); err != nil {
		t.Fatal(err)
	}
	in, err := agent.NextCall(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := in.Answer(ctx); err != nil {
		t.Fatal(err)
	}
	time.Sleep(4 * time.Second) // something to be drawn
	if err := in.Hangup(ctx); err != nil {
		t.Fatal(err)
	}
	p.onlyCall()

	// Reports: each table of figures has its picture, in both colours.
	b.open("/reports?from=" + time.Now().AddDate(0, 0, -13).Format(time.DateOnly))
	var drawn int
	eventually(t, "the pictures are drawn", func() bool {
		b.asks(`document.querySelectorAll(".plot canvas").length`, &drawn)
		return drawn == 6
	})
	var said string
	b.asks(`document.querySelector("main").innerText`, &said)
	for _, text := range []string{"Service level", "Occupancy", "Amal Haddad"} {
		if !strings.Contains(said, text) {
			t.Errorf("the report does not say %q:\n%s", text, said)
		}
	}
	b.wholePicture("reports")
	b.run("dark", emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: "dark"}}))
	b.wholePicture("reports-dark")
	b.run("print", emulation.SetEmulatedMedia().WithMedia("print"))
	b.wholePicture("reports-print")
	b.run("light", emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: "light"}}))
	b.open("/ratings")
	b.wholePicture("ratings")

	// The recording: its shape, moved in by keyboard, at another speed.
	b.open("/recordings")
	b.picture("recordings")
	b.run("open the recording", chromedp.Click(`a[href*="/recordings/1"]`), chromedp.WaitVisible("canvas.wave"))
	var lasts, at, speed float64
	b.asks(`Number(document.querySelector("canvas.wave").getAttribute("aria-valuemax"))`, &lasts)
	if lasts < 3 {
		t.Errorf("the recording lasts %v s in the picture", lasts)
	}
	b.run("move by keyboard", chromedp.Focus("canvas.wave"), chromedp.KeyEvent(kb.End))
	eventually(t, "the end is reached", func() bool {
		b.asks(`document.querySelector("audio").currentTime`, &at)
		return at > 2
	})
	b.run("faster", chromedp.Click(`input[name=speed][value="1.5"]`))
	b.asks(`document.querySelector("audio").playbackRate`, &speed)
	if speed != 1.5 {
		t.Errorf("the speed is %v", speed)
	}
	b.picture("player")
	b.run("hold it", chromedp.Click(`form[action$="/hold"] button`), chromedp.WaitVisible(`form[action$="/release"]`))

	// The call that is owed, made no more.
	b.open("/owed")
	b.shows("table", "feedback")
	b.picture("owed")
	b.run("cancel it", chromedp.Click(`form[action$="/cancel"] button`), chromedp.WaitVisible("p.calm"))
	b.open("/owed?state=cancelled")
	b.shows("table", "cancelled by admin")

	// In Arabic, on a telephone's screen.
	b.run("in Arabic", chromedp.Click(`button[value=ar]`), chromedp.WaitVisible(`html[dir=rtl]`), chromedp.EmulateViewport(390, 844))
	for _, path := range []string{"/reports", "/ratings", "/recordings", "/owed", "/voicemail"} {
		b.open(path)
		b.fits(path)
		b.picture("small-ar" + strings.ReplaceAll(path, "/", "-"))
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.complaints) > 0 {
		t.Errorf("the pages complained:\n%s", strings.Join(b.complaints, "\n"))
	}
}

// wholePicture is picture of all of the page, not of a screenful.
func (b *browser) wholePicture(name string) {
	b.t.Helper()
	dir := os.Getenv(picturesIn)
	if dir == "" {
		return
	}
	var png []byte
	b.run("picture "+name, chromedp.FullScreenshot(&png, 100))
	if err := os.WriteFile(filepath.Join(dir, name+".png"), png, 0o644); err != nil {
		b.t.Fatal(err)
	}
}
