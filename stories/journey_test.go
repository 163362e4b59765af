package stories_test

import (
	"testing"

	"hatif/hatiftest"
	"hatif/store"
)

// The whole main job: welcome, language, notice, music, agent, both ways, one recording, one row.
func TestACallerChoosesArabicAndTalksToAnAgent(t *testing.T) {
	pbx := hatiftest.Start(t, hatiftest.Options{})
	agent, caller := pbx.Phone("2001"), pbx.Phone("1001")

	c := caller.Dial("0777")
	c.ExpectPrompt("ar/welcome")
	c.Press("1") // during the welcome: it stops at once
	c.ExpectPrompt("ar/recorded-for-quality")

	ring := agent.ExpectRing()
	if who := ring.Caller(); who.Number != "1001" || who.Name != "Outside caller" {
		t.Errorf("the agent's display shows %+v, want Outside caller <1001>", who)
	}
	c.ExpectMusic("default")
	ring.Answer()
	c.ExpectAudioFrom(ring)
	ring.ExpectAudioFrom(c)
	ring.Hangup()
	c.ExpectEnd()

	row := pbx.ExpectRow("the call", func(r store.Call) bool { return r.User == "1001" })
	if row.Result != "answered" || row.Agent != "2001" || row.Queue != "arabic" || row.Language != "ar" {
		t.Errorf("row = %+v", row)
	}
	if len(row.Legs) != 2 || len(row.Recordings) != 1 {
		t.Errorf("the row has %d legs and %d recordings, want 2 and 1", len(row.Legs), len(row.Recordings))
	}
	for _, sound := range c.Sounds() {
		if sound == "prompt en/welcome" {
			t.Error("the welcome went on after the key")
		}
	}
}
