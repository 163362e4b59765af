package voicemail_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"hatif/call"
	"hatif/voicemail"
)

func TestTheMailboxAndThenThePINAreAskedFor(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		g := h.listens("1001", "staff", voicemail.ListenOptions{})
		g.expect("say en: voicemail/mailbox")
		g.press("2001#")
		g.expect("say en: voicemail/password")
		g.press("4821#")
		g.expect("say ar: voicemail/no-messages") // from here on in the box's own language
		g.press("#")
		g.expect("say ar: goodbye")
		g.end()
		if g.err != nil || g.number != "" || !strings.Contains(pathOf(g.call.Snapshot()), "mailbox 2001 opened") {
			t.Errorf("%v, path %s", g.err, pathOf(g.call.Snapshot()))
		}
	})
}

func TestAMailboxIsOpened(t *testing.T) {
	for _, c := range []struct {
		name, user, context string
		options             voicemail.ListenOptions
		keys                string
		in                  bool
	}{
		{"the hash key alone is one's own", "2002", "staff", voicemail.ListenOptions{}, "#1234#", true},
		{"the hash key alone is nobody's for a guest", "", "staff", voicemail.ListenOptions{}, "#1234#", false},
		{"one's own is known: the PIN is asked for", "2002", "staff", voicemail.ListenOptions{Mailbox: "2002"}, "1234#", true},
		{"one's own without a PIN", "2002", "staff", voicemail.ListenOptions{Mailbox: "2002", SkipPIN: true}, "", true},
		{"another's is never without a PIN", "2001", "staff", voicemail.ListenOptions{Mailbox: "2002", SkipPIN: true}, "", false},
		{"who has none is asked for one", "1001", "staff", voicemail.ListenOptions{Mailbox: "1001", SkipPIN: true}, "2002#1234#", true},
		{"a PIN ends with a pause as well", "2002", "staff", voicemail.ListenOptions{Mailbox: "2002"}, "1234", true},
		{"a wrong PIN", "2002", "staff", voicemail.ListenOptions{}, "2002#1235#", false},
		{"another's PIN", "2002", "staff", voicemail.ListenOptions{}, "2001#1234#", false},
		{"a box that is not there", "2002", "staff", voicemail.ListenOptions{}, "7777#1234#", false},
		{"no PIN", "2002", "staff", voicemail.ListenOptions{}, "2002##", false},
		{"a box of complaints, by complaints", "5001", "complaints", voicemail.ListenOptions{}, "600#6001#", true},
		{"a box of complaints, by others who know the PIN", "2001", "agents", voicemail.ListenOptions{}, "600#6001#", false},
		{"a star begins again", "2002", "staff", voicemail.ListenOptions{}, "20*2002#1234#", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			inHouse(t, func(t *testing.T, h *house) {
				g := h.listens(c.user, c.context, c.options)
				for _, k := range c.keys {
					time.Sleep(300 * time.Millisecond)
					g.press(string(k))
				}
				if c.in {
					g.expect("voicemail/no-messages")
				} else {
					g.expect("voicemail/login-incorrect")
				}
				g.Leave()
				g.end()
			})
		})
	}
}

func TestThreeFailuresEndTheCall(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		g := h.listens("1001", "staff", voicemail.ListenOptions{})
		for try := range 3 {
			g.expect("voicemail/mailbox")
			g.press("2001#")
			g.expect("voicemail/password")
			g.press("0000#")
			if try < 2 {
				g.expect("voicemail/login-incorrect")
			}
		}
		g.expect("voicemail/too-many-attempts goodbye")
		g.end()
		if g.err != nil {
			t.Error(g.err)
		}
	})
}

func TestWhoPressesNothingIsNotKept(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		began := time.Now()
		g := h.listens("1001", "staff", voicemail.ListenOptions{})
		g.end()
		if d := time.Since(began); d > 2*time.Minute {
			t.Errorf("the call lasted %v", d)
		}
		g.never("voicemail/password")
	})
}

// tries has user try PINs until refused for a while, and returns how many were tried in how long.
func (h *house) tries(user, mailbox string, calls int) (tried int, took time.Duration) {
	began := time.Now()
	for range calls {
		g := h.listens(user, "staff", voicemail.ListenOptions{})
		for range 3 {
			g.press(mailbox + "#")
			g.press("0000#")
			tried++
			select {
			case <-g.over:
			case <-time.After(20 * time.Second):
				continue
			}
			break
		}
		g.end()
		for _, heard := range g.Heard() {
			if strings.Contains(heard, "too-many-attempts") && strings.Count(strings.Join(g.Heard(), "\n"), "voicemail/password") < 3 {
				tried--
			}
		}
	}
	return tried, time.Since(began)
}

func TestDiallingAgainDoesNotHelpWhoTriesPINs(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		tried, _ := h.tries("1001", "2001", 10)
		if tried > 8 {
			t.Errorf("%d PINs were tried in ten calls", tried)
		}
		// The right PIN is not taken either, from where the wrong ones came.
		g := h.listens("1001", "staff", voicemail.ListenOptions{})
		g.press("2001#")
		g.press("4821#")
		g.expect("voicemail/too-many-attempts")
		g.end()
		// The box's own phone is let in at once.
		own := h.listens("2001", "staff", voicemail.ListenOptions{Mailbox: "2001"})
		own.press("4821#")
		own.expect("voicemail/no-messages")
		own.press("#")
		own.end()
		// And a quarter of an hour later all is forgiven.
		time.Sleep(16 * time.Minute)
		g = h.listens("1001", "staff", voicemail.ListenOptions{})
		g.press("2001#")
		g.press("4821#")
		g.expect("voicemail/no-messages")
		g.Leave()
		g.end()
	})
}

func TestManyPhonesTryingOneBoxAreSlowedAsOne(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		tried := 0
		for _, user := range []string{"1001", "1002", "1003", "1004", "1005", "1006", "1007", "1008"} {
			n, _ := h.tries(user, "2001", 1)
			tried += n
		}
		if tried > 8 {
			t.Errorf("%d PINs were tried by eight phones with three each", tried)
		}
	})
}

func TestOnesOwnPINBuysNoTriesAtAnothersBox(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		refused := false
		for n := range 8 { // each at another box, which counts for itself
			number := fmt.Sprint(7001 + n)
			h.boxes[number] = voicemail.Box{Number: number, Config: voicemail.Config{PIN: "4821"}.Or(voicemail.Defaults())}
			h.apply()
			g := h.listens("2002", "staff", voicemail.ListenOptions{})
			g.press(number + "#")
			g.press("0000#")
			time.Sleep(15 * time.Second)
			g.press("2002#")
			g.press("1234#")
			time.Sleep(30 * time.Second)
			g.Leave()
			g.end()
			for _, heard := range g.Heard() {
				refused = refused || strings.Contains(heard, "too-many-attempts")
			}
		}
		if !refused {
			t.Error("eight wrong PINs in a row were never answered with a pause")
		}
	})
}

func TestCallsAtOneMomentDoNotShareOneCount(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		var all []*guest
		for range 20 {
			g := h.listens("1001", "staff", voicemail.ListenOptions{})
			g.press("2001#")
			all = append(all, g)
		}
		for _, g := range all {
			g.press("0000#")
		}
		time.Sleep(time.Second)
		wrong := 0
		for _, g := range all {
			wrong += strings.Count(strings.Join(g.Heard(), "\n"), "login-incorrect")
			g.Leave()
			g.end()
		}
		if wrong > 3 {
			t.Errorf("%d of 20 PINs were looked at in one second", wrong)
		}
	})
}

func TestHangingUpEndsTheLogOnAtEveryPoint(t *testing.T) {
	for name, until := range map[string]func(*guest){
		"while the mailbox is asked for": func(g *guest) { g.expect("voicemail/mailbox") },
		"while a number is keyed in":     func(g *guest) { g.press("20") },
		"while the PIN is asked for":     func(g *guest) { g.press("2001#"); g.expect("voicemail/password") },
		"while it is told that it is wrong": func(g *guest) {
			g.press("2001#")
			g.press("1#")
			g.expect("login-incorrect")
		},
	} {
		t.Run(name, func(t *testing.T) {
			inHouse(t, func(t *testing.T, h *house) {
				g := h.listens("1001", "staff", voicemail.ListenOptions{})
				until(g)
				g.Leave()
				g.end()
				if !errors.Is(g.err, call.Normal) {
					t.Errorf("err = %v, want the caller's hang-up", g.err)
				}
			})
		})
	}
}

func TestAPINMayBeHashedInTheFile(t *testing.T) {
	hash, err := voicemail.HashPIN("7777")
	if err != nil || !voicemail.IsHash(hash) || strings.Contains(hash, "7777") {
		t.Fatalf("HashPIN = %q, %v", hash, err)
	}
	inHouse(t, func(t *testing.T, h *house) {
		h.change("2002", func(b *voicemail.Box) { b.PIN = voicemail.PIN(hash) })
		g := h.listens("2002", "staff", voicemail.ListenOptions{Mailbox: "2002"})
		g.press("1234#")
		g.expect("login-incorrect")
		g.press("7777#")
		g.expect("voicemail/no-messages")
		g.Leave()
		g.end()
	})
	for _, bad := range []string{"", "12", "1234567890123", "12a4"} {
		if _, err := voicemail.HashPIN(bad); err == nil {
			t.Errorf("%q was hashed", bad)
		}
	}
	for _, bad := range []string{"", "$2a$10$short", "4821", strings.Repeat("$", 60)} {
		if voicemail.IsHash(bad) {
			t.Errorf("%q passes as a hash", bad)
		}
	}
}
