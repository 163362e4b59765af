package voicemail_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"hatif/call"
	"hatif/store"
	"hatif/voicemail"
)

func TestWhatIsThereIsSaidFirst(t *testing.T) {
	for _, c := range []struct {
		name       string
		fresh, old int
		temporary  bool
		want       []string
	}{
		{"nothing", 0, 0, false, []string{"say en: voicemail/no-messages", "say en: voicemail/menu-folders voicemail/menu-help-or-exit"}},
		{"a new one", 1, 0, false, []string{"say en: voicemail/you-have numbers/1 units/new-message", "say en: voicemail/menu-listen voicemail/menu-folders"}},
		{"new ones and old", 2, 1, false, []string{"say en: voicemail/you-have numbers/2 units/new-messages units/and numbers/1 units/old-message"}},
		{"old ones", 0, 3, false, []string{"say en: voicemail/you-have numbers/3 units/old-messages", "voicemail/menu-listen"}},
		{"a temporary greeting", 0, 0, true, []string{"say en: voicemail/temporary-active", "say en: voicemail/no-messages"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			inHouse(t, func(t *testing.T, h *house) {
				for range c.old {
					h.sort(h.message("1001", "2002", 3), "old")
				}
				for range c.fresh {
					h.message("1001", "2002", 3)
				}
				if c.temporary {
					h.greeting("2002", "temporary")
				}
				g := h.listens("2002", "staff", voicemail.ListenOptions{Mailbox: "2002", SkipPIN: true})
				for _, want := range c.want {
					if heard := g.expect(want); !strings.HasPrefix(heard, want) && strings.HasPrefix(want, "say") {
						t.Errorf("heard %q, want %q", heard, want)
					}
				}
				g.press("#")
				g.end()
			})
		})
	}
}

func TestTheKeysMoveBetweenMessages(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		var ids []string
		for range 3 {
			ids = append(ids, h.message("1001", "2002", 3).ID)
		}
		g := h.opens("2002")
		g.press("4")
		g.expect("not-valid") // before the first
		g.press("5")
		g.expect("not-valid")
		for _, c := range []struct{ key, want string }{
			{"6", ids[0]}, {"6", ids[1]}, {"5", ids[1]}, {"4", ids[0]}, {"6", ids[1]}, {"6", ids[2]}, {"1", ids[0]},
		} {
			g.press(c.key)
			g.plays(c.want)
			g.expect("voicemail/menu-")
		}
		g.press("4")
		g.expect("voicemail/no-more-messages")
		g.press("66")
		g.plays(ids[2])
		g.expect("voicemail/menu-")
		g.press("6")
		g.expect("voicemail/no-more-messages")
		// One that comes meanwhile is the next.
		id := h.message("1002", "2002", 3).ID
		g.press("6")
		g.plays(id)
		g.press("*")
		g.Leave()
		g.end()
	})
}

func TestSavingADeletedMessageKeepsIt(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		m := h.message("1001", "2002", 3)
		g := h.opens("2002")
		g.press("1")
		g.plays(m.ID)
		g.press("7")
		g.expect("voicemail/deleted")
		g.press("92")
		g.expect("voicemail/saved-to-folder voicemail/folder-work")
		h.expectLamp("2002", 0, 0) // at once
		g.press("#")
		g.end()
		h.folders("2002", map[string][]string{"work": {m.ID}})
	})
}

func TestAKeyBeginsTheSilentRoundsAnew(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		g := h.opens("2002")
		for range 2 {
			g.expect("voicemail/menu-folders")
		}
		g.expect("voicemail/menu-folders")
		g.press("*") // in the third round
		for range 3 {
			g.expect("voicemail/menu-folders")
		}
		g.expect("goodbye")
		g.end()
	})
}

func TestADeletedMessageGoesWhenTheCallerLeaves(t *testing.T) {
	for name, leave := range map[string]func(*guest){
		"by the hash key":     func(g *guest) { g.press("#") },
		"by hanging up":       func(g *guest) { g.Leave() },
		"by pressing nothing": func(g *guest) {},
		"by another folder":   func(g *guest) { g.press("22"); g.expect("voicemail/folder-work"); g.Leave() },
	} {
		t.Run(name, func(t *testing.T) {
			inHouse(t, func(t *testing.T, h *house) {
				first, second := h.message("1001", "2002", 3), h.message("1001", "2002", 3)
				g := h.opens("2002")
				g.press("7")
				g.expect("not-valid") // no message yet
				g.press("1")
				g.plays("")
				g.press("7")
				g.expect("voicemail/deleted")
				g.expect("voicemail/menu-undelete")
				g.press("6")
				g.plays(second.ID)
				g.press("7")
				g.expect("voicemail/deleted")
				g.press("7")
				g.expect("voicemail/undeleted")
				h.expectLamp("2002", 2, 0) // nothing has happened yet
				leave(g)
				g.end()
				h.expectLamp("2002", 0, 1)
				if list := h.inBox("2002", "old"); len(list) != 1 || list[0].ID != second.ID {
					t.Errorf("old messages: %+v", list)
				}
				gone, err := h.db.Message(t.Context(), first.ID)
				if err != nil || gone.Deleted.IsZero() {
					t.Errorf("the deleted one is %+v, %v", gone, err)
				}
			})
		})
	}
}

func TestADeletedMessageStaysOnTheDiskUntilItIsPruned(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		m := h.message("1001", "2002", 3)
		g := h.opens("2002")
		g.press("17#")
		g.end()
		file := filepath.Join(h.folder, "voicemail", "messages", m.File)
		for _, c := range []struct {
			after time.Duration
			there bool
		}{{6 * 24 * time.Hour, true}, {25 * time.Hour, false}} {
			time.Sleep(c.after)
			if _, err := h.office.Prune(t.Context(), time.Now().Add(-7*24*time.Hour)); err != nil {
				t.Fatal(err)
			}
			_, err := os.Stat(file)
			_, rowErr := h.db.Message(t.Context(), m.ID)
			if (err == nil) != c.there || (rowErr == nil) != c.there {
				t.Errorf("file: %v, row: %v, want them there: %v", err, rowErr, c.there)
			}
		}
	})
}

func TestAMessageIsSavedToAFolder(t *testing.T) {
	for key, name := range []string{"new", "old", "work", "family", "friends", "folder5", "folder6", "folder7", "folder8", "folder9"} {
		t.Run(name, func(t *testing.T) {
			inHouse(t, func(t *testing.T, h *house) {
				h.message("1001", "2002", 3)
				k := string(rune('0' + key))
				g := h.opens("2002")
				g.press("9")
				g.expect("not-valid")
				g.press("1")
				g.plays("")
				g.press("9")
				g.expect("voicemail/save-to-folder voicemail/for-folder voicemail/folder-new voicemail/press digits/0 voicemail/for-folder voicemail/folder-old")
				g.press(k)
				g.expect("say en: voicemail/saved-to-folder voicemail/folder-")
				g.press("#")
				g.end()
				if list := h.inBox("2002", ""); len(list) != 1 || list[0].Folder != name {
					t.Fatalf("box holds %+v, want it in %s", list, name)
				}
				// And there it is found.
				g = h.opens("2002")
				g.press("2")
				g.expect("voicemail/change-to-folder")
				g.press(k)
				g.expect("numbers/1 units/message")
				g.press("1")
				g.plays("")
				g.Leave()
				g.end()
			})
		})
	}
}

func TestChoosingAFolderCanBeGivenUp(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.message("1001", "2002", 3)
		g := h.opens("2002")
		g.press("2#")
		g.expect("voicemail/menu-listen")
		g.press("2")
		g.expect("voicemail/change-to-folder")
		g.expect("voicemail/change-to-folder") // said again to who presses nothing
		g.press("3")
		g.expect("say en: voicemail/folder-family voicemail/folder-empty")
		g.press("1")
		g.expect("voicemail/no-messages")
		g.Leave()
		g.end()
	})
}

func TestStarSaysTheMenuAgainAndThreeSilentRoundsEndTheCall(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		g := h.opens("2002")
		g.expect("voicemail/menu-folders")
		g.press("*")
		g.expect("voicemail/menu-folders")
		g.press("*")
		for range 3 {
			g.expect("voicemail/menu-folders")
		}
		g.expect("goodbye")
		g.end()
		if n := strings.Count(strings.Join(g.Heard(), "\n"), "voicemail/menu-folders"); n != 5 || g.err != nil {
			t.Errorf("the menu was said %d times, %v", n, g.err)
		}
	})
}

func TestAnUrgentMessageComesFirstAndSaysSo(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.message("1001", "2002", 3)
		yes := true
		h.change("2002", func(b *voicemail.Box) { b.Review, b.Urgent = &yes, &yes })
		c := h.leaves("1002", "2002", voicemail.LeaveOptions{Greeting: voicemail.NoGreeting})
		c.beep()
		c.Speak(3 * time.Second)
		c.press("#")
		c.press("41")
		c.end()
		g := h.opens("2002")
		g.press("1")
		g.expect("say en: voicemail/urgent-message voicemail/first-message")
		g.Leave()
		g.end()
	})
}

func TestTwoPhonesAtOneBoxAgree(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		a1, b1, c1 := h.message("1001", "2002", 3), h.message("1001", "2002", 3), h.message("1001", "2002", 3)
		one, two := h.opens("2002"), h.opens("2002")
		one.press("1")
		one.plays(a1.ID)
		one.press("7")
		one.expect("voicemail/deleted")
		one.press("6")
		one.plays(b1.ID)
		one.press("92") // to work
		one.expect("saved-to-folder")
		one.press("#")
		one.end()
		// The other phone found three messages: the first is gone, the second is elsewhere but can be heard.
		two.press("1")
		two.expect("say en: voicemail/deleted")
		two.press("9")
		two.press("1")
		two.expect("say en: voicemail/deleted")
		two.press("8")
		two.press("2001#2")
		two.press("6")
		two.plays(b1.ID)
		two.press("6")
		two.plays(c1.ID)
		two.press("#######") // to its end
		two.press("#")
		two.end()
		h.folders("2002", map[string][]string{"work": {b1.ID}, "old": {c1.ID}, "new": nil})
	})
}

func TestWhatOneHasMovedTheOtherDoesNotMoveBack(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		m := h.message("1001", "2002", 3)
		one, two := h.opens("2002"), h.opens("2002")
		two.press("1")
		two.plays(m.ID)
		one.press("1")
		one.plays(m.ID)
		one.press("93")
		one.press("#")
		one.end()
		two.press("7") // deleted there as well, wherever it is
		two.press("7")
		two.expect("voicemail/undeleted")
		two.Leave()
		two.end()
		h.folders("2002", map[string][]string{"family": {m.ID}, "old": nil, "new": nil})
	})
}

func TestHangingUpEndsTheMenuAtEveryPoint(t *testing.T) {
	for _, keys := range []string{
		"", "1", "10", "2", "3", "31", "34", "35", "35200", "8", "82001#", "82001#1", "9", "19", "0", "01", "04", "041", "05", "051234#", "7", "12",
		"131", "132", "133", "352001#", "352001#999",
	} {
		t.Run("after "+keys, func(t *testing.T) {
			inHouse(t, func(t *testing.T, h *house) {
				h.message("2001", "2002", 30)
				g := h.opens("2002")
				for _, k := range keys {
					g.press(string(k))
					time.Sleep(100 * time.Millisecond)
				}
				g.Leave()
				g.end()
				if g.err != nil && !errors.Is(g.err, call.Normal) {
					t.Errorf("err = %v", g.err)
				}
				if left := h.incoming(); len(left) > 0 {
					t.Errorf("left in incoming: %v", left)
				}
			})
		})
	}
}

func TestALostFileIsSaidAndHarmsNothing(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		m := h.message("1001", "2002", 3)
		if err := os.Remove(filepath.Join(h.folder, "voicemail", "messages", m.File)); err != nil {
			t.Fatal(err)
		}
		g := h.opens("2002")
		g.press("1")
		g.expect("technical-problem")
		g.press("8")
		g.expect("voicemail/forward-to")
		g.press("2001#")
		g.expect("technical-problem")
		g.press("7")
		g.press("#")
		g.end()
		if n := len(h.inBox("2002", "")); n != 0 {
			t.Errorf("%d messages are left", n)
		}
	})
}

// sort moves a message to a folder.
func (h *house) sort(m store.Message, folder string) {
	h.t.Helper()
	if err := h.db.MoveMessage(h.t.Context(), m.ID, folder); err != nil {
		h.t.Fatal(err)
	}
}

// folders checks which messages are where.
func (h *house) folders(mailbox string, want map[string][]string) {
	h.t.Helper()
	for folder, ids := range want {
		var got []string
		for _, m := range h.inBox(mailbox, folder) {
			got = append(got, m.ID)
		}
		if !slices.Equal(got, ids) {
			h.t.Errorf("%s of %s holds %v, want %v", folder, mailbox, got, ids)
		}
	}
}

func TestAMessageThatIsDeletedInHangingUpIsDeleted(t *testing.T) {
	for range 4 {
		inHouse(t, func(t *testing.T, h *house) {
			m := h.message("1001", "2002", 3)
			g := h.opens("2002")
			g.press("1")
			g.plays(m.ID)
			g.Leg.Press("7")
			g.Leave()
			g.end()
			if list := h.inBox("2002", ""); len(list) != 0 {
				t.Errorf("the box holds %+v", list)
			}
		})
	}
}
