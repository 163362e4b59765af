package voicemail_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"hatif/voicemail"
)

// The folders are copied while a message is being made, at each of its stages: that is what a crash leaves.
func TestWhatACrashLeavesBecomesAMessage(t *testing.T) {
	for _, c := range []struct {
		name  string
		until func(g *guest)
		least time.Duration // of the message that is brought in; 0: there is none
	}{
		{"in the greeting", func(g *guest) { g.expect("the-person-at") }, 0},
		{"at the beep", func(g *guest) { g.press("#"); g.beep() }, 0},
		{"after a second", func(g *guest) { g.press("#"); g.beep(); g.Speak(time.Second) }, 0},
		{"after ten seconds", func(g *guest) { g.press("#"); g.beep(); g.Speak(10 * time.Second) }, 9 * time.Second},
		{"in the review", func(g *guest) {
			g.press("#")
			g.beep()
			g.Speak(6 * time.Second)
			g.press("#")
			g.expect("voicemail/review")
		}, 5 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			inHouse(t, func(t *testing.T, h *house) {
				yes := true
				h.change("2001", func(b *voicemail.Box) { b.Review = &yes })
				g := h.leaves("1001", "2001", voicemail.LeaveOptions{})
				c.until(g)
				crashed := filepath.Join(t.TempDir(), "data")
				copyFolder(t, h.folder, crashed)
				g.Leave()
				g.end()
				for _, m := range h.inBox("2001", "") { // as if the crash had been before
					if err := h.db.DropMessage(t.Context(), m.ID); err != nil {
						t.Fatal(err)
					}
				}
				h.folder = crashed
				h.open()
				list := h.inBox("2001", "new")
				if c.least == 0 && len(list) > 0 || c.least > 0 && (len(list) != 1 || list[0].Duration < c.least || list[0].Number != "1001") {
					t.Fatalf("brought in: %+v, want %v at least", list, c.least)
				}
				if left := h.incoming(); len(left) > 0 {
					t.Errorf("left in incoming: %v", left)
				}
				for _, m := range list {
					if d := time.Duration(len(h.wav(m))) * time.Second / 8000; d != m.Duration {
						t.Errorf("the file lasts %v, the row says %v", d, m.Duration)
					}
				}
				h.open() // a second start finds nothing more
				if again := h.inBox("2001", ""); len(again) != len(list) {
					t.Errorf("%d messages after a second start", len(again))
				}
			})
		})
	}
}

func TestACrashBetweenTheFileAndTheRowIsFinished(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		m := h.message("1001", "2001", 5)
		folder := filepath.Join(h.folder, "voicemail")
		note := filepath.Join(folder, "incoming", m.ID+".json")
		noted := []byte(`{"Message":{"ID":"` + m.ID + `","Mailbox":"2001","Folder":"new","Number":"1001","File":"` + m.File + `"},"Least":2000000000}`)
		write := func() {
			t.Helper()
			if err := os.WriteFile(note, noted, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		// The row is there, and the note as well.
		write()
		h.open()
		if list := h.inBox("2001", ""); len(list) != 1 || len(h.incoming()) != 0 {
			t.Errorf("%+v, incoming %v", list, h.incoming())
		}
		// The row is not there yet.
		if err := h.db.DropMessage(t.Context(), m.ID); err != nil {
			t.Fatal(err)
		}
		write()
		h.open()
		if list := h.inBox("2001", "new"); len(list) != 1 || list[0].Duration != m.Duration {
			t.Errorf("brought in: %+v", list)
		}
	})
}

func TestWhatIsNoDraftOfOursStaysWhereItIs(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		folder := filepath.Join(h.folder, "voicemail", "incoming")
		for name, text := range map[string]string{
			"broken.json": "{", "broken.wav": "no sound", "README": "hands off",
			"greeting-1.wav": "half", "20000101-1.json.part": "{",
			"torn.json": `{"Message":{"ID":"torn","Mailbox":"2001","File":"torn.wav"},"Least":1}`, "torn.wav": "",
		} {
			if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		h.open()
		var left bytes.Buffer
		for _, name := range h.incoming() {
			left.WriteString(name + " ")
		}
		if left.String() != "README broken.json broken.wav " || len(h.inBox("2001", "")) != 0 {
			t.Errorf("left: %s; messages %v", left.String(), h.inBox("2001", ""))
		}
	})
}

func copyFolder(t *testing.T, from, to string) {
	t.Helper()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
}
