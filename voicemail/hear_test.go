package voicemail_test

import (
	"strings"
	"testing"
	"time"
)

func TestAMessageIsAnnouncedAndPlayed(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		m := h.message("1001", "2002", 4)
		last := h.message("1001", "2002", 3)
		g := h.opens("2002")
		g.press("1")
		heard := g.expect("voicemail/first-message")
		want := "say en: voicemail/first-message voicemail/received date/today time/at time/midnight voicemail/from digits/1 digits/0 digits/0 digits/1"
		if heard != want {
			t.Errorf("heard\n%s, want\n%s", heard, want)
		}
		g.plays(m.ID)
		began := time.Now()
		g.expect("say en: voicemail/menu-repeat voicemail/menu-next voicemail/menu-delete voicemail/menu-forward voicemail/menu-save voicemail/menu-help-or-exit")
		if d := time.Since(began); !about(d, m.Duration) {
			t.Errorf("the message was heard for %v of %v", d, m.Duration)
		}
		g.press("6")
		g.expect("voicemail/last-message")
		g.plays(last.ID)
		g.expect("say en: voicemail/menu-previous voicemail/menu-repeat voicemail/menu-delete")
		g.press("#")
		g.expect("goodbye")
		g.end()
		h.expectLamp("2002", 0, 2) // heard messages are old
		for _, m := range h.inBox("2002", "old") {
			if m.Heard.IsZero() {
				t.Errorf("message %s was heard: %+v", m.ID, m)
			}
		}
	})
}

func TestALongMessagesLengthIsSaid(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.message("1001", "2002", 125)
		g := h.opens("2002")
		g.press("1")
		if heard := g.expect("voicemail/first-message"); !strings.HasSuffix(heard, "voicemail/length numbers/2 units/minutes units/and numbers/5 units/seconds") {
			t.Errorf("heard %q", heard)
		}
		g.Leave()
		g.end()
	})
}

func TestTheNumberOfAMessageInTheMiddleIsSaid(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		for range 3 {
			h.message("", "2002", 3)
		}
		g := h.opens("2002")
		g.press("1")
		g.expect("voicemail/from-unknown")
		g.press("6")
		g.expect("say en: voicemail/message-number numbers/2 voicemail/received")
		g.Leave()
		g.end()
	})
}

func TestAMessageIsRewoundForwardedAndStopped(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		m := h.message("1001", "2002", 20)
		g := h.opens("2002")
		g.press("1")
		g.plays(m.ID)
		began := time.Now()
		plays := func(d time.Duration, keys string) {
			time.Sleep(d)
			g.press(keys)
			g.plays(m.ID)
		}
		plays(5*time.Second, "*")  // at 2 s
		plays(time.Second, "#")    // at 6 s
		plays(2*time.Second, "2")  // at 0
		plays(4*time.Second, "**") // at 0: not before the beginning
		g.plays(m.ID)
		time.Sleep(6 * time.Second)
		g.press("0")
		time.Sleep(30 * time.Second)
		if now := g.Hearing(); now != "silence" {
			t.Errorf("while it is stopped %q is heard", now)
		}
		g.press("0") // goes on at 6 s
		g.plays(m.ID)
		g.expect("voicemail/menu-repeat")
		want := 5 + 1 + 2 + 4 + 6 + 30 + 14
		if d := time.Since(began).Round(time.Second); d != time.Duration(want)*time.Second {
			t.Errorf("it all lasted %v, want %d s", d, want)
		}
		// Beyond the end is the end; a key of the menu ends it, also while it is stopped.
		g.press("5")
		g.plays(m.ID)
		g.press("#######")
		g.expect("voicemail/menu-repeat")
		g.press("5")
		g.plays(m.ID)
		g.press("0")
		time.Sleep(time.Second)
		g.press("7")
		g.expect("voicemail/deleted")
		g.press("5")
		g.plays(m.ID)
		g.press("0")
		time.Sleep(time.Second)
		g.press("*") // while stopped: goes on three seconds earlier
		g.plays(m.ID)
		g.press("7")
		g.expect("voicemail/undeleted")
		g.Leave()
		g.end()
	})
}

func TestTheHashKeyJumpsThreeSecondsOn(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		m := h.message("1001", "2002", 20)
		g := h.opens("2002")
		g.press("1")
		g.plays(m.ID)
		began := time.Now()
		time.Sleep(2 * time.Second)
		g.press("#")
		g.plays(m.ID)
		g.expect("voicemail/menu-repeat")
		if d := time.Since(began).Round(time.Second); d != 17*time.Second {
			t.Errorf("20 s less three were heard in %v", d)
		}
		g.Leave()
		g.end()
	})
}

func TestAStoppedMessageGoesOnByItself(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.message("1001", "2002", 5)
		g := h.opens("2002")
		g.press("1")
		g.plays("")
		g.press("0")
		g.end()
		if g.err != nil {
			t.Error(g.err)
		}
	})
}
