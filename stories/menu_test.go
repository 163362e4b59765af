package stories_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"hatif/hatiftest"
	"hatif/internal/softphone"
	"hatif/store"
)

func shipped(t testing.TB, changes ...string) *hatiftest.PBX {
	t.Helper()
	pbx := hatiftest.Start(t, hatiftest.Options{})
	if len(changes) > 0 {
		reload(t, pbx, changes...)
	}
	return pbx
}

// C1, C2: the welcome offers each language in itself; ten seconds of silence after it end the call.
func TestTheWelcomeOffersThreeLanguagesAndTenSecondsToChoose(t *testing.T) {
	t.Parallel()
	pbx := shipped(t)
	c := pbx.Phone("1001").Dial("0777")
	c.ExpectPrompt("ar/welcome")
	c.ExpectPrompt("en/welcome")
	c.ExpectPrompt("fr/welcome")
	end := c.ExpectEnd()
	if end.How != "BYE" || end.ByUs {
		t.Errorf("the call ended as %v, want a BYE of the PBX", end)
	}
	row := c.ExpectRow()
	if got := c.Sounds(); !slices.Equal(got, []string{"prompt ar/welcome", "prompt en/welcome", "prompt fr/welcome"}) {
		t.Errorf("heard %q", got)
	}
	welcome := c.Heard(0).Packets
	slices.Reverse(welcome)
	last := slices.IndexFunc(welcome, audible)
	if wait := row.Ended.Sub(welcome[last].At); wait < 9*time.Second || wait > 14*time.Second {
		t.Errorf("after the welcome the caller had %v, want 10 s", wait.Round(time.Millisecond))
	}
	if row.Result != "service" || !pathHas(row, "menu") || !pathHas(row, "no digit in 10s") {
		t.Errorf("row: %s, path %s", row.Result, path(row))
	}
}

func audible(p softphone.Packet) bool {
	return softphone.Heard{Packets: []softphone.Packet{p}}.Level() > -60
}

func path(r store.Call) string {
	var notes []string
	for _, n := range r.Path {
		notes = append(notes, n.Text)
	}
	return strings.Join(notes, " > ")
}

func pathHas(r store.Call, text string) bool { return strings.Contains(path(r), text) }

// C2
func TestAKeyDuringTheWelcomeStopsItAtOnceAndCounts(t *testing.T) {
	t.Parallel()
	pbx := shipped(t)
	c := pbx.Phone("1001").Dial("0777")
	c.ExpectPrompt("ar/welcome")
	c.Press("3")
	pressed := time.Now()
	c.ExpectPrompt("fr/recorded-for-quality")
	atOnce(t, "the change from the welcome to the notice", pressed)
	if got := c.Sounds(); !slices.Equal(got, []string{"prompt ar/welcome", "prompt fr/recorded-for-quality"}) {
		t.Errorf("heard %q: the welcome went on", got)
	}
	c.Hangup()
}

// C2
func TestWrongKeysHearThatTheyAreAndAreNotEndless(t *testing.T) {
	t.Parallel()
	// One language: in three, "not valid" and the welcome behind it fill half of the patience on a quiet machine, and
	// more than all of it on one that is so busy that sound comes late.
	pbx := shipped(t, "        in: [ar, en, fr]\n", "        in: [ar]\n")
	c := pbx.Phone("1001").Dial("0777")
	for _, key := range []string{"9", "0", "#"} {
		c.ExpectPrompt("ar/welcome")
		c.Press(key)
		c.ExpectPrompt("ar/not-valid")
	}
	c.ExpectEnd()
	row := c.ExpectRow()
	if row.Result != "service" || !pathHas(row, "digit 9 > digit 0 > digit # > no valid digit in 3 tries") {
		t.Errorf("row: %s, path %s", row.Result, path(row))
	}
}

// C2: a wrong key costs a try and no more.
func TestTheRightKeyAfterAWrongOneCounts(t *testing.T) {
	t.Parallel()
	pbx := shipped(t, "        in: [ar, en, fr]\n", "        in: [en]\n")
	c := pbx.Phone("1001").Dial("0777")
	c.ExpectPrompt("en/welcome")
	c.Press("7")
	c.ExpectPrompt("en/not-valid")
	c.ExpectPrompt("en/welcome")
	c.Press("2")
	c.ExpectPrompt("en/recorded-for-quality")
	c.ExpectMusic("default")
	c.Hangup()
	if row := c.ExpectRow(); row.Language != "en" || row.Queue != "english" || row.Result != "abandoned" {
		t.Errorf("row: language %q, queue %q, result %q", row.Language, row.Queue, row.Result)
	}
}

// C4, C6: each language has its notice and its agents.
func TestEachLanguageHasItsNoticeAndItsAgents(t *testing.T) {
	t.Parallel()
	pbx := shipped(t)
	for key, want := range map[string]struct{ language, queue, agent string }{
		"1": {"ar", "arabic", "2002"}, "2": {"en", "english", "2101"}, "3": {"fr", "french", "2201"},
	} {
		t.Run(want.language, func(t *testing.T) {
			t.Parallel()
			pbx := pbx.For(t)
			agent := pbx.Phone(want.agent)
			c := pbx.PhoneWith(hatiftest.PhoneOptions{User: "1001"}).Dial("0777")
			c.ExpectPrompt("ar/welcome")
			c.Press(key)
			c.ExpectPrompt(want.language + "/recorded-for-quality")
			ring := agent.ExpectRing()
			if h := ring.Header("Accept-Language"); h != want.language {
				t.Errorf("the agent's phone is told that the caller speaks %q", h)
			}
			c.ExpectMusic("default")
			ring.Answer()
			hearEachOther(t, c, ring)
			c.Hangup()
			ring.ExpectEnd()
			row := c.ExpectRow()
			if row.Language != want.language || row.Queue != want.queue || row.Agent != want.agent || row.Result != "answered" {
				t.Errorf("row: %s, %s, %s, %s", row.Language, row.Queue, row.Agent, row.Result)
			}
		})
	}
}

// C4: two at once keep who they are. Asterisk's installation kept the number in one place for all.
func TestTwoCallersAtOnceKeepTheirOwnNumbersAndLanguages(t *testing.T) {
	t.Parallel()
	pbx := shipped(t)
	type side struct {
		caller, key, agent, name string
		call                     *hatiftest.Call
	}
	sides := []*side{
		{caller: "1001", key: "2", agent: "2101", name: "Outside caller"},
		{caller: "1002", key: "3", agent: "2201", name: "Second caller"},
	}
	agents := make(map[string]*hatiftest.Phone)
	for _, s := range sides {
		agents[s.agent] = pbx.Phone(s.agent)
		s.call = pbx.Phone(s.caller).Dial("0777")
	}
	for _, s := range sides {
		s.call.ExpectPrompt("ar/welcome")
	}
	for _, s := range sides {
		s.call.Press(s.key)
	}
	for _, s := range sides {
		ring := agents[s.agent].ExpectRing()
		if who := ring.Caller(); who.Number != s.caller || who.Name != s.name {
			t.Errorf("the agent of %s sees %+v", s.caller, who)
		}
		ring.Answer()
		hearEachOther(t, s.call, ring)
	}
	for _, s := range sides {
		s.call.Hangup()
		if row := s.call.ExpectRow(); row.Number != s.caller || row.Agent != s.agent {
			t.Errorf("the row of %s says %s with %s", s.caller, row.Number, row.Agent)
		}
	}
}

// keypad: what is keyed in is noted in the path, as one number.
const keypad = `
languages: [en]
users:
  "1001": {name: Caller, secret: caller, context: outside}
contexts:
  outside:
    "100": [{background: please-wait}, {wait_exten: 8s}]
    _XXXX*: {playback: thank-you}
    invalid: {playback: not-valid}
`

// C3
func TestADigitCountsOnceWhateverTheWireDoesToIt(t *testing.T) {
	t.Parallel()
	pbx := hatiftest.Start(t, hatiftest.Options{Config: keypad})
	for name, how := range map[string]softphone.Press{
		"as it should be":           {},
		"short and close together":  {Hold: 40 * time.Millisecond, Pause: 40 * time.Millisecond},
		"held for long":             {Hold: 900 * time.Millisecond},
		"no end packet":             {Fault: softphone.LoseEnds(3), Pause: 300 * time.Millisecond},
		"one end packet":            {Fault: softphone.LoseEnds(2)},
		"the beginning lost":        {Fault: softphone.LoseBeginning(3)},
		"only the last end packet":  {Fault: softphone.LoseBeginning(7)},
		"everything twice":          {Fault: softphone.Duplicate},
		"neighbours exchanged":      {Fault: softphone.Reorder},
		"twice and exchanged":       {Fault: softphone.Faults(softphone.Duplicate, softphone.Reorder)},
		"a quarter lost, exchanged": {Fault: softphone.Faults(softphone.LoseSome(0.25, 7), softphone.Reorder)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := pbx.For(t).PhoneWith(hatiftest.PhoneOptions{User: "1001"}).Dial("100")
			c.ExpectPrompt("please-wait")
			ctx, cancel := context.WithTimeout(t.Context(), hatiftest.Patience)
			defer cancel()
			if err := c.PressWith(ctx, "1223*", how); err != nil {
				t.Fatal(err)
			}
			c.ExpectEnd()
			if row := c.ExpectRow(); !pathHas(row, "digit 1 > digit 2 > digit 2 > digit 3 > digit * > 1223*") {
				t.Errorf("1223* was understood as: %s", path(row))
			}
		})
	}
}

// C3
func TestDigitsAreUnderstoodAsInfoAndAsTones(t *testing.T) {
	t.Parallel()
	pbx := hatiftest.Start(t, hatiftest.Options{Config: keypad})
	for name, c := range map[string]struct {
		noEvents bool
		codec    softphone.Codec
		press    func(*hatiftest.Call, string)
	}{
		"INFO":                              {true, pcmu, (*hatiftest.Call).PressInfo},
		"INFO although RFC 4733 was agreed": {false, pcmu, (*hatiftest.Call).PressInfo},
		"tones in µ-law":                    {true, pcmu, (*hatiftest.Call).PressTones},
		"tones in A-law":                    {true, pcma, (*hatiftest.Call).PressTones},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ph := pbx.For(t).PhoneWith(hatiftest.PhoneOptions{User: "1001", NoEvents: c.noEvents, Codecs: []softphone.Codec{c.codec}})
			call := ph.Dial("100")
			call.ExpectPrompt("please-wait")
			c.press(call, "1990*")
			call.ExpectEnd()
			if row := call.ExpectRow(); !pathHas(row, "digit 1 > digit 9 > digit 9 > digit 0 > digit * > 1990*") {
				t.Errorf("1990* was understood as: %s", path(row))
			}
		})
	}
}

// C3: a phone that agreed to RFC 4733 may send the tone as well; it counts once.
func TestTonesBesideEventsDoNotCountTwice(t *testing.T) {
	t.Parallel()
	pbx := hatiftest.Start(t, hatiftest.Options{Config: keypad})
	c := pbx.Phone("1001").Dial("100")
	c.ExpectPrompt("please-wait")
	for _, key := range []string{"4", "5", "6", "7", "*"} {
		c.PressTones(key)
		c.Press(key)
	}
	c.ExpectEnd()
	if row := c.ExpectRow(); !pathHas(row, "4567*") {
		t.Errorf("4567* was understood as: %s", path(row))
	}
}
