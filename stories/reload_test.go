package stories_test

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hatif/config"
	"hatif/hatiftest"
	"hatif/internal/softphone"
)

// drop writes a WAV file of a tone into the prompts folder, in whatever shape.
func drop(t testing.TB, pbx *hatiftest.PBX, name string, rate, channels int, hz float64) {
	t.Helper()
	samples := make([]int16, rate*2*channels) // two seconds
	for i := range samples {
		samples[i] = int16(0.4 * math.MaxInt16 * math.Sin(2*math.Pi*hz*float64(i/channels)/float64(rate)))
	}
	dropFile(t, pbx, name, wav(rate, channels, samples))
}

func dropFile(t testing.TB, pbx *hatiftest.PBX, name string, content []byte) {
	t.Helper()
	file := filepath.Join(pbx.Data(), "prompts", filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

// wav is 16-bit PCM as any editor saves it.
func wav(rate, channels int, samples []int16) []byte {
	le := func(n, bytes int) string {
		b := make([]byte, bytes)
		for i := range b {
			b[i] = byte(n >> (8 * i))
		}
		return string(b)
	}
	size := 2 * len(samples)
	head := "RIFF" + le(36+size, 4) + "WAVEfmt " + le(16, 4) + le(1, 2) + le(channels, 2) + le(rate, 4) +
		le(2*rate*channels, 4) + le(2*channels, 2) + le(16, 2) + "data" + le(size, 4)
	out := []byte(head)
	for _, s := range samples {
		out = append(out, byte(s), byte(uint16(s)>>8))
	}
	return out
}

// E1
func TestADroppedWAVFileIsHeardInPlaceOfThePrompt(t *testing.T) {
	t.Parallel()
	pbx := open(t, `    "*43": echo`, `    "100": {playback: goodbye}`)
	caller := pbx.Phone("2001")
	c := caller.Dial("100")
	c.ExpectPrompt("en/goodbye")
	c.ExpectEnd()
	for _, shape := range []struct {
		rate, channels int
		hz             float64
	}{{8000, 1, 440}, {44100, 2, 1000}, {48000, 1, 700}, {11025, 2, 500}} {
		drop(t, pbx, "en/goodbye.wav", shape.rate, shape.channels, shape.hz)
		reload(t, pbx)
		c := caller.Dial("100")
		c.ExpectTone(shape.hz)
		c.ExpectEnd()
		heard := 0
		for _, p := range c.Heard(0).Audio() {
			if audible(p) {
				heard++
			}
		}
		if heard < 95 || heard > 105 {
			t.Errorf("two seconds of %d Hz and %d channels are heard as %d packets, want 100", shape.rate, shape.channels, heard)
		}
	}
}

// mistake expects the file to be refused, with the line and these words, and nothing to change.
func mistake(t testing.TB, pbx *hatiftest.PBX, err error, line int, words ...string) {
	t.Helper()
	if err == nil {
		t.Error("a broken file was applied")
		return
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("the report does not say %q:\n%v", w, err)
		}
	}
	var es config.Errors
	if line > 0 && (!errors.As(err, &es) || es[0].Line != line || es[0].Column == 0 || es[0].Source == "") {
		t.Errorf("the report does not stand at line %d:\n%v", line, err)
	}
}

// E1, E3: each mistake is found when the file is read, has its line, and changes nothing.
func TestABrokenFileChangesNothingAndIsReportedWithItsLine(t *testing.T) {
	t.Parallel()
	pbx := open(t)
	agent := pbx.Phone("2001")
	a, b := talk(t, agent, pbx.Phone("2002"))
	waiting := pbx.Phone("1001").Dial("0777")
	waiting.ExpectMusic("default")
	for _, c := range []struct {
		what  string
		from  string
		to    string
		line  int
		words []string
	}{
		{"a prompt that does not exist", "no-agent-available}", "no-agent-avalable}", 15, []string{"no-agent-avalable"}},
		{"a prompt that a caller's language lacks", "languages: [en]", "languages: [en, de]\ndefaults: {user: {language: de}}", 16, []string{"no-agent-available", "de"}},
		{"a queue that does not exist", "name: help,", "name: halp,", 13, []string{"halp", "help"}},
		{"a context that does not exist", "context: outside}", "context: outsid}", 7, []string{"outsid"}},
		{"an unknown key", "strategy: linear,", "strategy: linear, colour: red,", 10, []string{"colour"}},
		{"a strategy that does not exist", "strategy: linear,", "strategy: lineal,", 10, []string{"lineal", "linear"}},
		{"two users with one number", `  "2003":`, `  "2001":`, 6, []string{"2001", "twice"}},
		{"a user without a secret", "secret: luc, ", "", 6, []string{"secret"}},
		{"no YAML at all", "users:", "users: {{{", 0, nil},
		{"a time without a unit", "max_wait: 30s", "max_wait: 30", 10, nil},
		{"an endless loop", "start: [{playback: no-agent-available}, {hangup: no_answer}]", "start: {goto: nobody}", 15, nil},
		{"an empty file", office, "", 0, []string{"empty"}},
	} {
		var old string
		err := pbx.Edit(func(text string) string {
			old = text
			return changed(t, text, c.from, c.to)
		})
		t.Run(c.what, func(t *testing.T) { mistake(t, pbx, err, c.line, c.words...) })
		if err := pbx.Edit(func(string) string { return old }); err != nil {
			t.Fatal(err)
		}
	}
	hearEachOther(t, a, b)
	a.Hangup()
	ring := agent.ExpectRing() // the caller in line has kept their place through all of it
	ring.Answer()
	hearEachOther(t, waiting, ring)
}

// E1
func TestAPromptThatIsNoSoundIsNamed(t *testing.T) {
	t.Parallel()
	pbx := open(t)
	for name, content := range map[string]string{
		"en/goodbye.wav": "this is no WAV file", "en/welcome.mp3": "ID3", "goodbye.wav": "RIFF", "en/closed.wav": "",
		"en/empty.wav": string(wav(8000, 1, nil)),
	} {
		dropFile(t, pbx, name, []byte(content))
		err := pbx.Edit(func(text string) string { return text })
		mistake(t, pbx, err, 0, filepath.FromSlash(name))
		if err := os.Remove(filepath.Join(pbx.Data(), "prompts", filepath.FromSlash(name))); err != nil {
			t.Fatal(err)
		}
	}
	reload(t, pbx)
}

// E3
func TestReloadsDoNotTouchCallsInProgressOrCallersInLine(t *testing.T) {
	t.Parallel()
	pbx := open(t)
	a, b := talk(t, pbx.Phone("2002"), pbx.Phone("2003"))
	var waiting []*hatiftest.Call
	for _, user := range []string{"1001", "1002"} {
		c := pbx.Phone(user).Dial("0777")
		c.ExpectMusic("default")
		waiting = append(waiting, c)
	}
	from := b.Reception()
	for i := range 10 {
		reload(t, pbx, "strategy: "+[]string{"linear", "ringall"}[i%2], "strategy: "+[]string{"ringall", "linear"}[i%2])
	}
	hearEachOther(t, a, b)
	if to := b.Reception(); to.Lost != from.Lost || to.Reordered != from.Reordered || to.Duplicated != from.Duplicated {
		t.Errorf("the reloads cost the call %d packets", to.Lost-from.Lost)
	}
	agent := pbx.Phone("2001")
	for _, c := range waiting { // in their order
		ring := agent.ExpectRing()
		ring.Answer()
		ring.ExpectAudioFrom(c)
		c.Hangup()
		ring.ExpectEnd()
	}
}

// E3
func TestWhoIsTakenOutOfTheFileFinishesTheCallAndMakesNoOther(t *testing.T) {
	t.Parallel()
	pbx := open(t)
	gone, other := pbx.Phone("2001"), pbx.Phone("2002")
	a, b := talk(t, gone, other)
	reload(t, pbx, `  "2001": {name: Amal Haddad,    secret: amal,   context: staff, queue: help}`+"\n", "")
	hearEachOther(t, a, b)
	a.Hold()
	b.ExpectMusic("default")
	a.Resume()
	hearEachOther(t, a, b)
	a.Hangup()
	b.ExpectEnd()
	gone.Dial("2002").ExpectRefused(403)
	if _, code := register(t, gone, time.Hour); code != 403 {
		t.Errorf("somebody who is not in the file any more logs on with %d, want 403", code)
	}
	other.Dial("2001").ExpectRefused(404)
	c := pbx.Phone("1001").Dial("0777")
	c.ExpectMusic("default")
	other.ExpectRing()
	gone.ExpectNoRing()
}

// E3
func TestANewSecretIsAskedForFromTheNextRequestOn(t *testing.T) {
	t.Parallel()
	pbx := open(t)
	old := pbx.Phone("2001")
	reload(t, pbx, "secret: amal,", "secret: changed,")
	if _, code := register(t, old, time.Hour); code != 403 {
		t.Errorf("the old secret logs on with %d, want 403", code)
	}
	old.Dial("2002").ExpectRefused(403)
	pbx.Phone("2001")
}

// E3: a queue that is taken out of the file does not keep its callers for ever.
func TestCallersOfAQueueThatIsTakenAwayAreNotForgotten(t *testing.T) {
	t.Parallel()
	pbx := open(t)
	agent := pbx.Phone("2001")
	agent.SetPolicy(softphone.RingOnly)
	c := pbx.Phone("1001").Dial("0777")
	c.ExpectMusic("default")
	ring := agent.ExpectRing()
	reload(t, pbx, ", queue: help", "", ", queue: help", "", "  help: {", "  other: {", "name: help", "name: other")
	c.ExpectPrompt("no-agent-available")
	c.ExpectEnd()
	ring.ExpectEnd()
	pbx.ExpectIdle()
	next := pbx.Phone("1002").Dial("0777")
	next.ExpectMusic("default")
}
