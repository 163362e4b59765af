package voicemail_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hatif/call"
	"hatif/media"
	"hatif/voicemail"
)

func TestAMessageIsWhatWasSaidBetweenTheBeepAndTheHashKey(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		g := h.leaves("1001", "2001", voicemail.LeaveOptions{})
		g.expect("say en: voicemail/the-person-at digits/2 digits/0 digits/0 digits/1 voicemail/is-unavailable, say en: voicemail/leave-a-message")
		g.beep()
		g.Speak(4 * time.Second)
		g.press("#")
		g.expect("voicemail/message-saved")
		g.end()
		list := h.inBox("2001", "new")
		if g.left != voicemail.Saved || g.err != nil || len(list) != 1 {
			t.Fatalf("left %q, %v; %d messages", g.left, g.err, len(list))
		}
		m := list[0]
		if m.Number != "1001" || m.Name != "Phone 1001" || m.Call != "c-1001" || !about(m.Duration, 4*time.Second) || m.Urgent || m.ForwardedBy != "" {
			t.Errorf("row = %+v", m)
		}
		samples := h.wav(m)
		if d := time.Duration(len(samples)) * time.Second / media.SampleRate; !about(d, m.Duration) || level(samples[8000:16000]) < 4000 {
			t.Errorf("the file lasts %v at level %d, the row says %v", d, level(samples[8000:16000]), m.Duration)
		}
		h.expectLamp("2001", 1, 0)
		if left := h.incoming(); len(left) > 0 {
			t.Errorf("left in incoming: %v", left)
		}
		if r := g.call.Snapshot(); !strings.Contains(pathOf(r), "message of 4s for mailbox 2001") {
			t.Errorf("path: %s", pathOf(r))
		}
	})
}

func TestHangingUpSavesTheMessage(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		g := h.leaves("1001", "2001", voicemail.LeaveOptions{})
		g.press("#")
		g.beep()
		g.Speak(5 * time.Second)
		g.Leave()
		g.end()
		if list := h.inBox("2001", "new"); len(list) != 1 || !about(list[0].Duration, 5*time.Second) {
			t.Errorf("box holds %+v", list)
		}
		if !errors.Is(g.err, call.Normal) || g.left != voicemail.Saved {
			t.Errorf("left %q, %v", g.left, g.err)
		}
		h.expectLamp("2001", 1, 0)
	})
}

func TestSilenceEndsAMessageAndIsCutOff(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		g := h.leaves("1001", "2001", voicemail.LeaveOptions{Greeting: voicemail.NoGreeting})
		g.beep()
		g.Speak(2 * time.Second)
		time.Sleep(4 * time.Second) // a pause for thought is kept
		g.Speak(2 * time.Second)
		spoke := time.Now()
		g.expect("voicemail/message-saved")
		if waited := time.Since(spoke); waited < 9*time.Second || waited > 12*time.Second {
			t.Errorf("the silence lasted %v, want 10s", waited)
		}
		g.end()
		list := h.inBox("2001", "new")
		if len(list) != 1 || !about(list[0].Duration, 9*time.Second) {
			t.Fatalf("box holds %+v, want one message of 8 s and a second of silence", list)
		}
		samples := h.wav(list[0])
		if level(samples[3*8000:5*8000]) > 0 || level(samples[len(samples)-3*8000:len(samples)-9600]) < 4000 {
			t.Error("the pause is not where it was")
		}
	})
}

func TestAMessageEndsAtItsGreatestLength(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.change("2001", func(b *voicemail.Box) { b.MaxLength = 5 * time.Second })
		g := h.leaves("1001", "2001", voicemail.LeaveOptions{Greeting: voicemail.NoGreeting})
		g.beep()
		g.Speak(7 * time.Second)
		g.expect("voicemail/message-saved")
		g.end()
		if list := h.inBox("2001", "new"); len(list) != 1 || !about(list[0].Duration, 5*time.Second) && !about(list[0].Duration, 5300*time.Millisecond) {
			t.Errorf("box holds %+v", list)
		}
	})
}

func TestATooShortMessageIsDiscarded(t *testing.T) {
	for name, end := range map[string]func(*guest){
		"with the hash key": func(g *guest) { g.Speak(time.Second); g.press("#"); g.expect("voicemail/message-too-short") },
		"by hanging up":     func(g *guest) { g.Speak(time.Second); g.Leave() },
		"by a long silence": func(g *guest) { g.expect("voicemail/message-too-short") },
		"by hanging up after a long silence": func(g *guest) {
			time.Sleep(8 * time.Second)
			g.Leave()
		},
		"before the beep": func(g *guest) { g.Leave() },
	} {
		t.Run(name, func(t *testing.T) {
			inHouse(t, func(t *testing.T, h *house) {
				g := h.leaves("1001", "2001", voicemail.LeaveOptions{Greeting: voicemail.NoGreeting})
				g.beep()
				end(g)
				g.end()
				if n := len(h.inBox("2001", "")); n != 0 || g.left != voicemail.TooShort {
					t.Errorf("left %q, %d messages", g.left, n)
				}
				if left := h.incoming(); len(left) > 0 {
					t.Errorf("left in incoming: %v", left)
				}
			})
		})
	}
}

func TestHangingUpDuringTheGreetingLeavesNothing(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		g := h.leaves("1001", "2001", voicemail.LeaveOptions{})
		g.expect("the-person-at")
		g.Leave()
		g.end()
		if !errors.Is(g.err, call.Normal) || len(h.inBox("2001", "")) != 0 || len(h.incoming()) != 0 {
			t.Errorf("err %v, incoming %v", g.err, h.incoming())
		}
	})
}

func TestAFullBoxSaysSo(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.change("2001", func(b *voicemail.Box) { b.MaxMessages = 1 })
		h.message("1001", "2001", 3)
		g := h.leaves("1001", "2001", voicemail.LeaveOptions{})
		g.expect("voicemail/mailbox-full")
		g.end()
		g.never("tone beep")
		if g.left != voicemail.Full || g.err != nil {
			t.Errorf("left %q, %v", g.left, g.err)
		}
	})
}

func TestAMailboxThatIsNotThereIsSaidBeforeTheAnswer(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		g := h.leaves("1001", "9999", voicemail.LeaveOptions{})
		g.end()
		if !errors.Is(g.err, voicemail.ErrNoBox) || !g.Report().Answered.IsZero() {
			t.Errorf("err %v, answered %v", g.err, g.Report().Answered)
		}
	})
}

func TestTheGreetingFitsTheOccasion(t *testing.T) {
	for _, c := range []struct {
		name     string
		box      string
		recorded string
		greeting voicemail.Greeting
		bare     bool
		want     string
	}{
		{"nobody answers", "2001", "", voicemail.Unavailable, false, "say en: voicemail/the-person-at digits/2 digits/0 digits/0 digits/1 voicemail/is-unavailable, say en: voicemail/leave-a-message"},
		{"the person is busy", "2001", "", voicemail.Busy, false, "voicemail/is-on-the-phone, say en: voicemail/leave-a-message"},
		{"a recorded name", "2001", "name", voicemail.Busy, false, "greeting 2001 name, say en: voicemail/is-on-the-phone, say en: voicemail/leave-a-message"},
		{"a recorded greeting", "2001", "name unavailable", voicemail.Unavailable, false, "greeting 2001 unavailable, say en: voicemail/leave-a-message"},
		{"a recorded busy greeting", "2001", "busy unavailable", voicemail.Busy, false, "greeting 2001 busy, say en: voicemail/leave-a-message"},
		{"busy without a greeting for it", "2001", "unavailable", voicemail.Busy, false, "voicemail/is-on-the-phone, say en: voicemail/leave-a-message"},
		{"a temporary greeting beats all", "2001", "temporary busy unavailable", voicemail.Busy, false, "greeting 2001 temporary, say en: voicemail/leave-a-message"},
		{"a department", "600", "", voicemail.Unavailable, false, "say en: voicemail/leave-a-message"},
		{"a department with a greeting", "600", "unavailable", voicemail.Unavailable, false, "greeting 600 unavailable, say en: voicemail/leave-a-message"},
		{"without instructions", "2001", "unavailable", voicemail.Unavailable, true, "greeting 2001 unavailable"},
		{"nothing but the beep", "2001", "temporary", voicemail.NoGreeting, false, "tone beep"},
	} {
		t.Run(c.name, func(t *testing.T) {
			inHouse(t, func(t *testing.T, h *house) {
				for _, kind := range strings.Fields(c.recorded) {
					h.greeting(c.box, kind)
				}
				g := h.leaves("1001", c.box, voicemail.LeaveOptions{Greeting: c.greeting, NoInstructions: c.bare})
				g.expect("")
				if heard := g.Heard()[0]; !strings.HasSuffix(heard, c.want) {
					t.Errorf("heard %q, want %q", heard, c.want)
				}
				g.Leave()
				g.end()
			})
		})
	}
}

func TestAKeyThatSaysNothingDoesNotStopTheGreeting(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		g := h.leaves("1001", "2001", voicemail.LeaveOptions{})
		g.expect("the-person-at")
		g.press("5*0")
		if now := g.Hearing(); !strings.Contains(now, "the-person-at") {
			t.Errorf("after other keys %q is heard", now)
		}
		g.press("#")
		g.beep()
		g.Speak(3 * time.Second)
		g.press("50*") // nor do they end the message
		g.Speak(2 * time.Second)
		g.press("#")
		g.end()
		if list := h.inBox("2001", ""); len(list) != 1 || !about(list[0].Duration, 5*time.Second) {
			t.Errorf("box holds %+v", list)
		}
	})
}

func TestZeroLeadsToTheOperatorWhereThereIsOne(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		g := h.leaves("1001", "2001", voicemail.LeaveOptions{Operator: true})
		g.expect("the-person-at")
		g.press("0")
		g.end()
		if g.left != voicemail.Operator || len(h.inBox("2001", "")) != 0 {
			t.Errorf("left %q, %v", g.left, g.err)
		}
		yes := true
		h.change("2001", func(b *voicemail.Box) { b.Review = &yes })
		g = h.leaves("1001", "2001", voicemail.LeaveOptions{Operator: true, Greeting: voicemail.NoGreeting})
		g.beep()
		g.Speak(3 * time.Second)
		g.press("#")
		g.expect("voicemail/review-operator")
		g.press("0")
		g.end()
		if g.left != voicemail.Operator || len(h.inBox("2001", "")) != 1 {
			t.Errorf("left %q, %v: the message is saved", g.left, g.err)
		}
	})
}

func TestACallerReviewsTheMessage(t *testing.T) {
	yes := true
	review := func(h *house) *guest {
		h.change("2001", func(b *voicemail.Box) { b.Review, b.Urgent = &yes, &yes })
		g := h.leaves("1001", "2001", voicemail.LeaveOptions{Greeting: voicemail.NoGreeting})
		g.beep()
		g.Speak(3 * time.Second)
		g.press("#")
		g.expect("say en: voicemail/review voicemail/review-urgent")
		return g
	}
	t.Run("accepts it", func(t *testing.T) {
		inHouse(t, func(t *testing.T, h *house) {
			g := review(h)
			g.press("1")
			g.expect("voicemail/message-saved")
			g.end()
			if n := len(h.inBox("2001", "new")); n != 1 {
				t.Errorf("%d messages", n)
			}
		})
	})
	t.Run("listens to it and records it again, marked as urgent", func(t *testing.T) {
		inHouse(t, func(t *testing.T, h *house) {
			g := review(h)
			g.press("2")
			g.expect("recording")
			g.expect("voicemail/review")
			g.press("3")
			g.beep()
			g.Speak(6 * time.Second)
			g.press("#")
			g.expect("voicemail/review")
			g.press("8")
			g.expect("not-valid")
			g.press("4")
			g.expect("voicemail/marked-urgent")
			g.press("4")
			g.expect("voicemail/no-longer-urgent")
			g.press("4")
			g.expect("voicemail/marked-urgent")
			g.press("1")
			g.end()
			if list := h.inBox("2001", "new"); len(list) != 1 || !list[0].Urgent || !about(list[0].Duration, 6*time.Second) {
				t.Errorf("box holds %+v", list)
			}
		})
	})
	for name, leave := range map[string]func(*guest){
		"hangs up":      func(g *guest) { g.Leave() },
		"says nothing":  func(g *guest) {},
		"hangs up late": func(g *guest) { g.press("2"); g.expect("recording"); g.Leave() },
	} {
		t.Run(name+": it is saved", func(t *testing.T) {
			inHouse(t, func(t *testing.T, h *house) {
				g := review(h)
				leave(g)
				g.end()
				if n := len(h.inBox("2001", "new")); n != 1 || g.left != voicemail.Saved || len(h.incoming()) != 0 {
					t.Errorf("left %q, %d messages, incoming %v", g.left, n, h.incoming())
				}
			})
		})
	}
}

func TestABrokenDiskIsSaidToTheCaller(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		folder := filepath.Join(h.folder, "voicemail", "incoming")
		if err := os.RemoveAll(folder); err != nil {
			t.Fatal(err)
		}
		g := h.leaves("1001", "2001", voicemail.LeaveOptions{Greeting: voicemail.NoGreeting})
		g.expect("technical-problem")
		g.end()
		if g.left != voicemail.Failed || g.err != nil {
			t.Errorf("left %q, %v", g.left, g.err)
		}
	})
}

func TestTwoCallersLeaveMessagesAtOneTime(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		a := h.leaves("1001", "2001", voicemail.LeaveOptions{Greeting: voicemail.NoGreeting})
		b := h.leaves("1002", "2001", voicemail.LeaveOptions{Greeting: voicemail.NoGreeting})
		a.beep()
		a.Speak(3 * time.Second)
		b.Speak(3 * time.Second)
		a.press("#")
		b.Leave()
		a.end()
		b.end()
		if list := h.inBox("2001", "new"); len(list) != 2 {
			t.Errorf("box holds %+v", list)
		}
		h.expectLamp("2001", 2, 0)
	})
}

// greeting puts a recorded greeting in place.
func (h *house) greeting(box, kind string) {
	h.t.Helper()
	f, err := os.Create(filepath.Join(h.folder, "voicemail", "greetings", box+"."+kind+".wav"))
	if err != nil {
		h.t.Fatal(err)
	}
	w, err := media.NewWAVWriter(f, media.SampleRate, 1)
	if err == nil {
		err = errors.Join(w.Write(make([]int16, 2*media.SampleRate)), w.Finish(), f.Close())
	}
	if err != nil {
		h.t.Fatal(err)
	}
}

func level(samples []int16) int {
	sum := 0
	for _, s := range samples {
		sum += max(int(s), -int(s))
	}
	return sum / max(1, len(samples))
}

func pathOf(r call.Record) string {
	var lines []string
	for _, n := range r.Path {
		lines = append(lines, n.Text)
	}
	return strings.Join(lines, "\n")
}
