package voicemail_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hatif/voicemail"
)

// atMessage leaves a message of user for 2002 and has 2002 hear it.
func (h *house) atMessage(user string) *guest {
	h.t.Helper()
	h.message(user, "2002", 4)
	g := h.opens("2002")
	g.press("1")
	g.plays("")
	g.expect("voicemail/menu-repeat")
	return g
}

func TestTheEnvelopeIsSaidInEveryLanguage(t *testing.T) {
	for language, want := range map[string]string{
		"en": "say en: voicemail/received date/today time/at time/midnight voicemail/from digits/1 digits/0 digits/0 digits/1 voicemail/length numbers/4 units/seconds",
		"fr": "say fr: voicemail/received date/today",
		"ar": "say ar: voicemail/received date/today",
	} {
		t.Run(language, func(t *testing.T) {
			inHouse(t, func(t *testing.T, h *house) {
				h.change("2002", func(b *voicemail.Box) { b.Language = language })
				g := h.atMessage("1001")
				g.press("3")
				g.expect("say " + language + ": voicemail/menu-advanced")
				g.press("3")
				if heard := g.expect("voicemail/length"); !strings.HasPrefix(heard, want) {
					t.Errorf("heard %q, want %q", heard, want)
				}
				g.Leave()
				g.end()
			})
		})
	}
}

func TestTheEnvelopeTellsYesterdayAndTheDate(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.message("1001", "2002", 3)
		time.Sleep(24 * time.Hour)
		g := h.opens("2002")
		g.press("1")
		g.expect("voicemail/received date/yesterday time/at")
		g.Leave()
		g.end()
		time.Sleep(48 * time.Hour)
		g = h.opens("2002")
		g.press("1")
		g.expect("voicemail/received date/saturday date/day-1 date/january")
		g.Leave()
		g.end()
	})
}

func TestAReplyGoesToTheMailboxOfTheSender(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		g := h.atMessage("2001")
		g.press("31")
		g.expect("voicemail/leave-a-message")
		g.beep()
		g.Speak(5 * time.Second)
		g.press("#")
		g.expect("voicemail/review")
		g.press("2")
		g.expect("recording")
		g.press("1")
		g.expect("voicemail/forwarded")
		g.press("#")
		g.end()
		list := h.inBox("2001", "new")
		if len(list) != 1 || list[0].Number != "2002" || list[0].Name != "Karim" || !about(list[0].Duration, 5*time.Second) {
			t.Errorf("2001 has %+v", list)
		}
		h.expectLamp("2001", 1, 0)
	})
}

func TestAnAnswerThatCannotBeSentIsExplained(t *testing.T) {
	for name, c := range map[string]struct{ from, keys, want string }{
		"a reply to who has no mailbox":       {"1001", "31", "voicemail/no-such-mailbox"},
		"a reply to an unknown number":        {"", "31", "voicemail/no-number-to-call"},
		"a call back to an unknown number":    {"", "32", "voicemail/no-number-to-call"},
		"a call back to who may not be rung":  {"666", "32", "not-allowed"},
		"a number that may not be dialled":    {"1001", "34666#", "not-allowed"},
		"a message to a box that is not":      {"1001", "357777#", "voicemail/no-such-mailbox"},
		"a forwarding to a box that is not":   {"1001", "87777#", "voicemail/no-such-mailbox"},
		"a reply to a full box":               {"2001", "31", "voicemail/mailbox-full"},
		"a message to a full box":             {"1001", "352001#", "voicemail/mailbox-full"},
		"a forwarding to a full box":          {"1001", "82001#", "voicemail/mailbox-full"},
		"a key that the menu behind 3 lacks":  {"1001", "39", "not-valid"},
		"a key that the forwarding lacks":     {"1001", "8600#7", "not-valid"},
		"a key that the menu behind 0 lacks":  {"1001", "09", "not-valid"},
		"a key that the menu behind 04 lacks": {"1001", "049", "not-valid"},
	} {
		t.Run(name, func(t *testing.T) {
			inHouse(t, func(t *testing.T, h *house) {
				h.change("2001", func(b *voicemail.Box) { b.MaxMessages = 1 })
				h.message("1001", "2001", 3)
				g := h.atMessage(c.from)
				g.press(c.keys)
				g.expect(c.want)
				g.Leave()
				g.end()
				if n := len(h.inBox("2001", "")); n != 1 {
					t.Errorf("2001 has %d messages", n)
				}
			})
		})
	}
}

func TestWithoutAMessageThereIsNothingToAnswer(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.message("1001", "2002", 3)
		g := h.opens("2002")
		for _, keys := range []string{"31", "32", "33", "8"} {
			g.press(keys)
			g.expect("not-valid")
		}
		g.Leave()
		g.end()
	})
}

func TestCallingBackEndsTheVisitWithANumber(t *testing.T) {
	for name, c := range map[string]struct{ keys, want string }{
		"who has left the message": {"32", "1001"},
		"a number keyed in":        {"342001#", "2001"},
	} {
		t.Run(name, func(t *testing.T) {
			inHouse(t, func(t *testing.T, h *house) {
				g := h.atMessage("1001")
				g.press(c.keys)
				g.end()
				if g.number != c.want || g.err != nil {
					t.Errorf("number %q, %v, want %s", g.number, g.err, c.want)
				}
				h.expectLamp("2002", 0, 1) // what was heard is old all the same
			})
		})
	}
}

func TestAMessageIsSentToAMailbox(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		g := h.opens("2002")
		g.press("35")
		g.expect("voicemail/forward-to")
		g.press("2001#")
		g.beep()
		g.Speak(time.Second)
		g.press("#")
		g.expect("voicemail/message-too-short")
		g.press("352001#")
		g.beep()
		g.Speak(3 * time.Second)
		g.press("#")
		g.expect("voicemail/review")
		g.press("3") // once more
		g.beep()
		g.Speak(6 * time.Second)
		g.press("#")
		g.expect("voicemail/review")
		g.press("*") // rather not
		g.expect("voicemail/message-deleted")
		if n := len(h.inBox("2001", "")); n != 0 || len(h.incoming()) != 0 {
			t.Errorf("%d messages, incoming %v", n, h.incoming())
		}
		g.press("352001#")
		g.beep()
		g.Speak(7 * time.Second)
		g.Leave() // hanging up sends it
		g.end()
		if list := h.inBox("2001", "new"); len(list) != 1 || !about(list[0].Duration, 7*time.Second) || list[0].Number != "2002" {
			t.Errorf("2001 has %+v", list)
		}
	})
}

func TestAMessageIsForwardedAsItIs(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		g := h.atMessage("1001")
		g.press("8")
		g.expect("voicemail/forward-to")
		g.press("2001#")
		g.expect("voicemail/menu-forwarding")
		g.press("*") // not yet
		g.press("82001#2")
		g.expect("voicemail/forwarded")
		g.press("#")
		g.end()
		list := h.inBox("2001", "new")
		if len(list) != 1 || list[0].Number != "1001" || list[0].ForwardedBy != "2002" || !about(list[0].Duration, 4*time.Second) {
			t.Fatalf("2001 has %+v", list)
		}
		if samples := h.wav(list[0]); level(samples[8000:24000]) < 4000 {
			t.Error("the forwarded message is silent")
		}
		h.expectLamp("2002", 0, 1)
		heard := h.opens("2001")
		heard.press("1")
		heard.expect("voicemail/from digits/1 digits/0 digits/0 digits/1 voicemail/forwarded-by digits/2 digits/0 digits/0 digits/2")
		heard.Leave()
		heard.end()
	})
}

func TestAMessageIsForwardedWithAnIntroduction(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		g := h.atMessage("1001")
		g.press("82001#1")
		g.beep()
		g.Speak(3 * time.Second)
		g.press("#")
		g.expect("voicemail/review")
		g.press("1")
		g.expect("voicemail/forwarded")
		g.press("#")
		g.end()
		list := h.inBox("2001", "new")
		if len(list) != 1 || list[0].ForwardedBy != "2002" || !about(list[0].Duration, 7*time.Second) {
			t.Fatalf("2001 has %+v, want 3 s and 4 s", list)
		}
		if d := time.Duration(len(h.wav(list[0]))) * time.Second / 8000; !about(d, 7*time.Second) {
			t.Errorf("the file lasts %v", d)
		}
	})
}

func TestGreetingsAreRecordedByPhone(t *testing.T) {
	for kind, c := range map[string]struct{ keys, ask string }{
		"unavailable": {"01", "voicemail/record-unavailable"},
		"busy":        {"02", "voicemail/record-busy"},
		"name":        {"03", "voicemail/record-name"},
		"temporary":   {"041", "voicemail/record-temporary"},
	} {
		t.Run(kind, func(t *testing.T) {
			inHouse(t, func(t *testing.T, h *house) {
				file := filepath.Join(h.folder, "voicemail", "greetings", "2002."+kind+".wav")
				g := h.opens("2002")
				g.press(c.keys)
				g.expect("say en: " + c.ask)
				g.beep()
				g.Speak(3 * time.Second)
				g.press("#")
				g.expect("voicemail/review")
				g.press("2")
				g.expect("recording")
				g.expect("voicemail/review")
				g.press("3")
				g.expect(c.ask)
				g.beep()
				g.Speak(5 * time.Second)
				g.press("#")
				g.expect("voicemail/review")
				if _, err := os.Stat(file); err == nil {
					t.Error("the greeting is in place before it was accepted")
				}
				g.press("1")
				g.expect("voicemail/greeting-saved")
				g.expect("voicemail/menu-options")
				g.press("*")
				g.expect("voicemail/menu-folders")
				g.press("#")
				g.end()
				if d := time.Duration(len(readWAV(t, file))) * time.Second / 8000; !about(d, 5*time.Second) {
					t.Errorf("the greeting lasts %v", d)
				}
				if left := h.incoming(); len(left) > 0 {
					t.Errorf("left in incoming: %v", left)
				}
				which := voicemail.Unavailable
				if kind == "busy" {
					which = voicemail.Busy
				}
				caller := h.leaves("1001", "2002", voicemail.LeaveOptions{Greeting: which})
				caller.expect("greeting 2002 " + kind)
				caller.Leave()
				caller.end()
			})
		})
	}
}

func TestAGreetingThatIsNotAcceptedChangesNothing(t *testing.T) {
	for name, end := range map[string]func(*guest){
		"hung up while recording": func(g *guest) { g.Speak(3 * time.Second); g.Leave() },
		"hung up while reviewing": func(g *guest) {
			g.Speak(3 * time.Second)
			g.press("#")
			g.expect("voicemail/review")
			g.Leave()
		},
		"given up": func(g *guest) {
			g.Speak(3 * time.Second)
			g.press("#*")
			g.expect("voicemail/not-recorded")
			g.Leave()
		},
		"nothing said": func(g *guest) {
			g.press("#")
			g.expect("voicemail/not-recorded")
			g.never("voicemail/review")
			g.Leave()
		},
		"no answer": func(g *guest) {
			g.Speak(3 * time.Second)
			g.press("#")
			g.expect("voicemail/not-recorded")
			g.Leave()
		},
	} {
		t.Run(name, func(t *testing.T) {
			inHouse(t, func(t *testing.T, h *house) {
				h.greeting("2002", "unavailable")
				file := filepath.Join(h.folder, "voicemail", "greetings", "2002.unavailable.wav")
				before := len(readWAV(t, file))
				g := h.opens("2002")
				g.press("01")
				g.beep()
				end(g)
				g.end()
				if n := len(readWAV(t, file)); n != before || len(h.incoming()) != 0 {
					t.Errorf("the greeting has %d samples, was %d; incoming %v", n, before, h.incoming())
				}
			})
		})
	}
}

func TestTheTemporaryGreetingIsErased(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.greeting("2002", "temporary")
		h.greeting("2002", "unavailable")
		g := h.opens("2002")
		g.press("0")
		g.expect("voicemail/menu-options")
		g.press("4")
		g.expect("voicemail/menu-temporary")
		g.press("*")
		g.press("42")
		g.expect("voicemail/temporary-removed")
		g.press("42") // a second time does no harm
		g.expect("voicemail/temporary-removed")
		g.Leave()
		g.end()
		c := h.leaves("1001", "2002", voicemail.LeaveOptions{})
		c.expect("greeting 2002 unavailable")
		c.Leave()
		c.end()
	})
}

func TestThePINIsChangedByPhoneAndKeptAsAHash(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		logOn := func(pin string, want string) {
			t.Helper()
			g := h.listens("2002", "staff", voicemail.ListenOptions{Mailbox: "2002"})
			g.press(pin + "#")
			g.expect(want)
			g.Leave()
			g.end()
			time.Sleep(20 * time.Minute)
		}
		g := h.opens("2002")
		g.press("05")
		g.expect("voicemail/new-password")
		g.press("123#")
		g.expect("voicemail/password-too-short")
		g.press("5")
		g.press("9876#")
		g.expect("voicemail/new-password-again")
		g.press("9875#")
		g.expect("voicemail/passwords-differ")
		g.press("59876#9876#")
		g.expect("voicemail/password-changed")
		g.press("*#")
		g.end()
		logOn("1234", "login-incorrect")
		logOn("9876", "no-messages")
		if pin, ok, err := h.db.PIN(t.Context(), "2002"); err != nil || !ok || strings.Contains(pin.Hash+pin.InFile, "9876") || !voicemail.IsHash(pin.Hash) {
			t.Errorf("the store has %+v, %v", pin, err)
		}
		h.open() // it outlives a restart
		logOn("9876", "no-messages")
		// Whoever has forgotten it asks the administrator, who writes another into the file.
		h.change("2002", func(b *voicemail.Box) { b.PIN = "5555" })
		logOn("9876", "login-incorrect")
		logOn("5555", "no-messages")
	})
}

func TestAFixedPINIsNotChanged(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.change("2002", func(b *voicemail.Box) { b.FixedPIN = true })
		g := h.opens("2002")
		g.press("05")
		g.expect("voicemail/password-not-changeable")
		g.Leave()
		g.end()
	})
}
