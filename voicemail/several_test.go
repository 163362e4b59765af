package voicemail_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"hatif/voicemail"
)

func TestAMessageForSeveralMailboxesIsOneInEach(t *testing.T) {
	for name, c := range map[string]struct {
		mailbox string
		also    []string
		full    string // a mailbox that takes no more
		in      []string
		left    voicemail.Left
	}{
		"all":                    {"2001", []string{"2002", "600"}, "", []string{"2001", "2002", "600"}, voicemail.Saved},
		"one twice":              {"2001", []string{"2002", "2001"}, "", []string{"2001", "2002"}, voicemail.Saved},
		"the first there is not": {"2999", []string{"2002"}, "", []string{"2002"}, voicemail.Saved},
		"the first is full":      {"2001", []string{"2002"}, "2001", []string{"2002"}, voicemail.Saved},
		"another is full":        {"2001", []string{"2002"}, "2002", []string{"2001"}, voicemail.Saved},
		"the only one is full":   {"2001", nil, "2001", nil, voicemail.Full},
		"none there is":          {"2999", []string{"2998"}, "", nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			inHouse(t, func(t *testing.T, h *house) {
				if c.full != "" {
					h.change(c.full, func(b *voicemail.Box) { b.MaxMessages = 1 })
					if err := h.db.MoveMessage(t.Context(), h.message("1002", c.full, 3).ID, "old"); err != nil {
						t.Fatal(err)
					}
				}
				g := h.leaves("1001", c.mailbox, voicemail.LeaveOptions{Also: c.also, Greeting: voicemail.NoGreeting})
				if c.left == voicemail.Saved {
					g.beep()
					g.Speak(5 * time.Second)
					g.press("#")
				}
				g.end()
				if g.left != c.left || (c.left == "") != errors.Is(g.err, voicemail.ErrNoBox) {
					t.Fatalf("left %q, %v; want %q", g.left, g.err, c.left)
				}
				files := make(map[string]bool)
				for _, box := range []string{"2001", "2002", "600"} {
					fresh := h.inBox(box, "new")
					if slices.Contains(c.in, box) != (len(fresh) == 1) {
						t.Errorf("%s holds %+v", box, fresh)
						continue
					}
					for _, m := range fresh {
						files[m.File] = true
						if m.Number != "1001" || m.Call != "c-1001" || !about(m.Duration, 5*time.Second) || len(h.wav(m)) < 4*8000 {
							t.Errorf("%s: %+v, %d samples", box, m, len(h.wav(m)))
						}
						h.expectLamp(box, 1, 0)
					}
				}
				if len(files) != len(c.in) || len(h.incoming()) != 0 {
					t.Errorf("files %v, incoming %v", files, h.incoming())
				}
			})
		})
	}
}

func TestWhatOneHasDeletedAnotherStillHas(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		g := h.leaves("1001", "2001", voicemail.LeaveOptions{Also: []string{"2002"}, Greeting: voicemail.NoGreeting})
		g.beep()
		g.Speak(5 * time.Second)
		g.Leave()
		g.end()
		first := h.opens("2001")
		first.press("17#")
		first.end()
		time.Sleep(time.Second)
		if n, err := h.office.Prune(t.Context(), time.Now()); n != 1 || err != nil {
			t.Fatalf("%d pruned, %v", n, err)
		}
		second := h.opens("2002")
		second.press("1")
		second.plays(h.inBox("2002", "new")[0].ID)
		second.Leave()
		second.end()
	})
}

// A crash between the files and the rows of several mailboxes leaves a message in each, and one only.
func TestACrashAmongSeveralMailboxesIsFinished(t *testing.T) {
	for name, crash := range map[string]func(t *testing.T, h *house, first, copied string){
		"before the copy's row": func(t *testing.T, h *house, _, copied string) { drop(t, h, copied, false) },
		"before its file":       func(t *testing.T, h *house, _, copied string) { drop(t, h, copied, true) },
		"before both rows": func(t *testing.T, h *house, first, copied string) {
			drop(t, h, first, false)
			drop(t, h, copied, true)
		},
		"before the note was removed": func(*testing.T, *house, string, string) {},
	} {
		t.Run(name, func(t *testing.T) {
			inHouse(t, func(t *testing.T, h *house) {
				first, copied := h.message("1001", "2001", 5), h.message("1001", "2002", 5)
				crash(t, h, first.ID, copied.ID)
				folder := filepath.Join(h.folder, "voicemail", "incoming")
				noted := strings.NewReplacer("FIRST", first.ID, "COPY", copied.ID).Replace(
					`{"Message":{"ID":"FIRST","Mailbox":"2001","Folder":"new","Number":"1001","File":"FIRST.wav"},` +
						`"Copies":[{"ID":"COPY","Mailbox":"2002"}],"Least":2000000000}`)
				for file, text := range map[string]string{first.ID + ".json": noted, copied.ID + ".part": "half"} {
					if err := os.WriteFile(filepath.Join(folder, file), []byte(text), 0o600); err != nil {
						t.Fatal(err)
					}
				}
				h.open()
				for _, box := range []string{"2001", "2002"} {
					if list := h.inBox(box, "new"); len(list) != 1 || list[0].Duration != first.Duration || len(h.wav(list[0])) == 0 {
						t.Errorf("%s holds %+v", box, list)
					}
				}
				if len(h.incoming()) != 0 {
					t.Errorf("incoming %v", h.incoming())
				}
			})
		})
	}
}

// drop takes a message's row away, and its file.
func drop(t *testing.T, h *house, id string, file bool) {
	t.Helper()
	err := h.db.DropMessage(t.Context(), id)
	if err == nil && file {
		err = os.Remove(filepath.Join(h.folder, "voicemail", "messages", id+".wav"))
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestWhoHangsUpAsTheMailboxIsLookedIntoIsNoTrouble(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		g := h.phone("1001", "incoming")
		if err := g.Answer(t.Context()); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := g.step()
		cancel(nil) // the leg itself is a moment later
		if _, err := h.office.Leave(ctx, g.call, "2001", voicemail.LeaveOptions{}); err == nil {
			t.Error("a caller who has gone is let go on")
		}
		for _, n := range g.call.Snapshot().Path {
			if strings.Contains(n.Text, "fail") {
				t.Errorf("the path tells: %s", n.Text)
			}
		}
	})
}
