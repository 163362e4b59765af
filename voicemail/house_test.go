package voicemail_test

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"hatif/call"
	"hatif/call/calltest"
	"hatif/media"
	"hatif/prompts"
	"hatif/store"
	"hatif/voicemail"
)

// A house is an office with its boxes, inside a bubble of virtual time.
type house struct {
	t      *testing.T
	folder string
	db     *store.DB
	office *voicemail.Office
	boxes  map[string]voicemail.Box
	lamps  lamps
}

// lamps is what the watchers were told last, by mailbox.
type lamps struct {
	mu   sync.Mutex
	last map[string][2]int
}

// inHouse runs a story in virtual time: 600 is a department's, 2001 and 2002 are people's.
func inHouse(t *testing.T, story func(t *testing.T, h *house)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		h := &house{t: t, folder: t.TempDir(), boxes: map[string]voicemail.Box{
			"600":  {Number: "600", Config: voicemail.Config{Name: "Complaints", PIN: "6001", OpenTo: []string{"complaints"}}},
			"2001": {Number: "2001", Person: true, Config: voicemail.Config{Name: "Amal", PIN: "4821", Language: "ar"}},
			"2002": {Number: "2002", Person: true, Config: voicemail.Config{Name: "Karim", PIN: "1234"}},
		}}
		for number, b := range h.boxes {
			b.Config = b.Or(voicemail.Defaults())
			h.boxes[number] = b
		}
		var err error
		if h.db, err = store.Open(t.Context(), store.Options{Dir: h.folder}); err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := h.db.Close(); err != nil {
				t.Error(err)
			}
		}()
		h.open()
		story(t, h)
	})
}

// open makes the office anew on the same folder, as a restart does.
func (h *house) open() {
	h.t.Helper()
	o, err := voicemail.New(h.t.Context(), filepath.Join(h.folder, "voicemail"), h.db, slog.New(slog.NewTextHandler(h.t.Output(), nil)))
	if err != nil {
		h.t.Fatal(err)
	}
	h.office = o
	h.apply()
	o.Watch(func(mailbox string, fresh, old int) {
		h.lamps.mu.Lock()
		defer h.lamps.mu.Unlock()
		if h.lamps.last == nil {
			h.lamps.last = make(map[string][2]int)
		}
		h.lamps.last[mailbox] = [2]int{fresh, old}
	})
}

// apply puts the boxes in force as they are now.
func (h *house) apply() {
	h.office.Apply(voicemail.Settings{Boxes: h.boxes, Sounds: library(), Location: time.UTC})
}

// change changes one box.
func (h *house) change(number string, f func(*voicemail.Box)) {
	b := h.boxes[number]
	f(&b)
	h.boxes[number] = b
	h.apply()
}

var library = sync.OnceValue(func() *prompts.Library {
	l, err := prompts.Open("")
	if err != nil {
		panic(err)
	}
	return l
})

// A guest is somebody on the phone with the office.
type guest struct {
	*calltest.Leg
	h    *house
	call *call.Call
	seen int           // of what was heard
	over chan struct{} // closed when the script has returned

	left   voicemail.Left
	number string
	err    error
}

// phone makes a call of user in a context.
func (h *house) phone(user, context string) *guest {
	leg := calltest.NewLeg(call.Info{User: user, Called: "2000", Context: context, Inbound: true, Caller: call.Identity{Number: user, Name: "Phone " + user}})
	g := &guest{Leg: leg, h: h, over: make(chan struct{})}
	g.call = call.New("c-"+user, leg, "en", slog.New(slog.NewTextHandler(h.t.Output(), nil)))
	return g
}

// step is the context of a step of the dialplan that needs the caller: it ends with the leg.
func (g *guest) step() (context.Context, context.CancelCauseFunc) {
	ctx, cancel := context.WithCancelCause(g.h.t.Context())
	context.AfterFunc(g.Context(), func() { cancel(context.Cause(g.Context())) })
	return ctx, cancel
}

// leaves has user leave a message for the mailbox.
func (h *house) leaves(user, mailbox string, o voicemail.LeaveOptions) *guest {
	g := h.phone(user, "incoming")
	go func() {
		defer close(g.over)
		ctx, cancel := g.step()
		defer cancel(nil)
		g.left, g.err = h.office.Leave(ctx, g.call, mailbox, o)
		g.Hangup(nil)
	}()
	synctest.Wait()
	return g
}

// listens has user dial the menu.
func (h *house) listens(user, context string, o voicemail.ListenOptions) *guest {
	g := h.phone(user, context)
	go func() {
		defer close(g.over)
		ctx, cancel := g.step()
		defer cancel(nil)
		g.number, g.err = h.office.Listen(ctx, g.call, o)
		g.Hangup(nil)
	}()
	synctest.Wait()
	return g
}

// opens logs user on to their own mailbox and skips the number of messages.
func (h *house) opens(mailbox string) *guest {
	g := h.listens(mailbox, "staff", voicemail.ListenOptions{Mailbox: mailbox, SkipPIN: true, Reach: func(n string) bool { return n != "666" }})
	g.expect("voicemail/")
	return g
}

// expect waits until something is heard whose name holds the words, from where the last expect has ended, and
// returns the whole of it.
func (g *guest) expect(words string) string {
	g.h.t.Helper()
	return g.await(words, func(heard string) bool { return strings.Contains(heard, words) })
}

// plays waits until the message is played, any when id is "": what is said before it is no part of that.
func (g *guest) plays(id string) {
	g.h.t.Helper()
	g.await("message "+id, func(heard string) bool { return strings.HasPrefix(heard, "message "+id) })
}

func (g *guest) await(what string, ok func(string) bool) string {
	g.h.t.Helper()
	for waited := time.Duration(0); waited < time.Minute; waited += 20 * time.Millisecond {
		synctest.Wait()
		heard := g.Heard()
		for i := g.seen; i < len(heard); i++ {
			if ok(heard[i]) {
				g.seen = i + 1
				return heard[i]
			}
		}
		time.Sleep(20 * time.Millisecond)
	}
	heard := g.Heard()
	g.h.t.Fatalf("%q was not heard after %q but: %s", what, heard[:g.seen], strings.Join(heard[g.seen:], "\n"))
	return ""
}

// press presses keys and lets the script take them.
func (g *guest) press(keys string) {
	g.Leg.Press(keys)
	synctest.Wait()
}

// never fails the test when one of the words was heard.
func (g *guest) never(words string) {
	g.h.t.Helper()
	for _, h := range g.Heard() {
		if strings.Contains(h, words) {
			g.h.t.Errorf("%q was heard: %q", words, h)
		}
	}
}

// end waits until the script has returned.
func (g *guest) end() {
	g.h.t.Helper()
	select {
	case <-g.over:
	case <-time.After(10 * time.Minute):
		g.h.t.Fatalf("the script did not end; heard: %s", strings.Join(g.Heard(), "\n"))
	}
}

// beep waits for the tone and for its end.
func (g *guest) beep() {
	g.h.t.Helper()
	g.expect("tone beep")
	time.Sleep(300 * time.Millisecond)
}

// inBox is what is in a folder.
func (h *house) inBox(mailbox, folder string) []store.Message {
	h.t.Helper()
	list, err := h.db.Messages(h.t.Context(), mailbox, folder)
	if err != nil {
		h.t.Fatal(err)
	}
	return list
}

// message leaves a message of so many seconds in the quickest way.
func (h *house) message(user, mailbox string, seconds int) store.Message {
	h.t.Helper()
	before := len(h.inBox(mailbox, ""))
	g := h.leaves(user, mailbox, voicemail.LeaveOptions{Greeting: voicemail.NoGreeting})
	g.beep()
	g.Speak(time.Duration(seconds) * time.Second)
	g.press("#")
	g.end()
	all := h.inBox(mailbox, "")
	if g.left != voicemail.Saved || len(all) != before+1 {
		h.t.Fatalf("left %q, %v; the box holds %d", g.left, g.err, len(all))
	}
	newest := all[0]
	for _, m := range all {
		if m.ID > newest.ID {
			newest = m
		}
	}
	time.Sleep(2 * time.Second)
	return newest
}

// expectLamp waits for what the watchers know of a mailbox.
func (h *house) expectLamp(mailbox string, fresh, old int) {
	h.t.Helper()
	synctest.Wait()
	h.lamps.mu.Lock()
	defer h.lamps.mu.Unlock()
	if got := h.lamps.last[mailbox]; got != [2]int{fresh, old} {
		h.t.Errorf("the lamp of %s shows %v, want %d new and %d old", mailbox, got, fresh, old)
	}
	n, o, err := h.office.Counts(h.t.Context(), mailbox)
	if err != nil || n != fresh || o != old {
		h.t.Errorf("counts of %s: %d, %d, %v, want %d and %d", mailbox, n, o, err, fresh, old)
	}
}

// wav reads the sound of a message.
func (h *house) wav(m store.Message) []int16 {
	h.t.Helper()
	return readWAV(h.t, filepath.Join(h.folder, "voicemail", "messages", m.File))
}

func readWAV(t *testing.T, path string) []int16 {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	samples, rate, channels, err := media.ReadWAV(f)
	if err != nil || rate != media.SampleRate || channels != 1 {
		t.Fatalf("%s: %d Hz, %d channels, %v", path, rate, channels, err)
	}
	return samples
}

// incoming is what lies in the folder of drafts.
func (h *house) incoming() []string {
	h.t.Helper()
	files, err := os.ReadDir(filepath.Join(h.folder, "voicemail", "incoming"))
	if err != nil {
		h.t.Fatal(err)
	}
	var names []string
	for _, f := range files {
		names = append(names, f.Name())
	}
	return names
}

// about reports whether a duration is near another.
func about(d, want time.Duration) bool {
	return d > want-200*time.Millisecond && d < want+200*time.Millisecond
}
