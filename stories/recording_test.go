package stories_test

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"hatif/hatiftest"
	"hatif/internal/softphone"
)

// beeps is a voice of short bursts of one tone, and when each was said.
type beeps struct {
	hz    float64
	tone  softphone.Voice
	quiet softphone.Voice
	n     int

	mu    sync.Mutex
	said  []time.Time   // guarded by mu; when the first packet of each burst went out
	first time.Time     // guarded by mu
	late  time.Duration // guarded by mu; the furthest that the phone itself was off its clock of 20 ms
}

const (
	beepLength = 5  // packets of 20 ms
	beepEvery  = 20 // packets
)

func newBeeps(hz float64, offset int) *beeps {
	return &beeps{hz: hz, tone: softphone.Tone(hz, 0.4), quiet: softphone.Silence(), n: offset}
}

// Next implements softphone.Voice.
func (b *beeps) Next(frame []byte, codec softphone.Codec) bool {
	at := b.n % beepEvery
	b.mu.Lock()
	now := time.Now()
	if b.first.IsZero() {
		b.first = now.Add(-time.Duration(b.n) * 20 * time.Millisecond)
	}
	b.late = max(b.late, now.Sub(b.first.Add(time.Duration(b.n)*20*time.Millisecond)).Abs())
	if at == 0 {
		b.said = append(b.said, now)
	}
	b.mu.Unlock()
	b.n++
	if at < beepLength {
		return b.tone.Next(frame, codec)
	}
	return b.quiet.Next(frame, codec)
}

func (b *beeps) count() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.said)
}

func (b *beeps) lateness() time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.late
}

// onsets are where in the samples a burst of the tone begins, to a few milliseconds.
func onsets(samples []int16, hz float64) []time.Duration {
	const window, hop = 160, 16 // 20 ms, by 2 ms
	loud := func(from int) bool {
		w := 2 * math.Cos(2*math.Pi*hz/8000)
		var a, b float64
		for _, s := range samples[from : from+window] {
			a, b = float64(s)+w*a-b, a
		}
		amplitude := 2 * math.Sqrt(max(0, a*a+b*b-w*a*b)) / window
		return amplitude > 0.2*math.MaxInt16 // half of what is said
	}
	var all []time.Duration
	was := false
	for from := 0; from+window <= len(samples); from += hop {
		is := loud(from)
		if is && !was { // half of the window is in the burst
			all = append(all, time.Duration(from+window/2)*time.Second/8000)
		}
		was = is
	}
	return all
}

// delay is the middle one of how much later than it was said each burst is found in the recording, which began at
// the zero of the two: only differences between two delays mean something.
func delay(t *testing.T, b *beeps, recorded []time.Duration, zero time.Time) time.Duration {
	t.Helper()
	if len(recorded) < 5 {
		t.Fatalf("only %d bursts of %.0f Hz are in the recording", len(recorded), b.hz)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	var all []time.Duration
	for _, at := range recorded {
		nearest := time.Hour
		for _, said := range b.said {
			if d := at - said.Sub(zero); d.Abs() < nearest.Abs() {
				nearest = d
			}
		}
		all = append(all, nearest)
	}
	slices.Sort(all)
	return all[len(all)/2]
}

// beep lets two sides of a conversation say bursts, the second between those of the first, for a while.
func beep(t *testing.T, a, b *hatiftest.Call) (ofA, ofB *beeps) {
	t.Helper()
	ofA, ofB = newBeeps(600, 0), newBeeps(1500, beepEvery/2)
	a.Say(ofA)
	b.Say(ofB)
	eventually(t, "both to have said enough", func() bool { return ofA.count() > 8 && ofB.count() > 8 })
	return ofA, ofB
}

func inTime(t *testing.T, a, b *beeps, ofA, ofB []int16, began time.Time) {
	t.Helper()
	da, db := delay(t, a, onsets(ofA, a.hz), began), delay(t, b, onsets(ofB, b.hz), began)
	t.Logf("in the recording the caller is %v and the agent %v late; the phones themselves %v and %v", da, db, a.lateness(), b.lateness())
	late := a.lateness() + b.lateness() // a machine too busy to speak in time is not the recorder's fault
	if d := (da - db).Abs(); d > 20*time.Millisecond+late {
		t.Errorf("the two voices are %v apart in the recording, 20 ms are allowed, and %v that the phones were late", d, late)
	}
	if da.Abs() > 200*time.Millisecond {
		t.Errorf("the recording is %v off the wall clock", da)
	}
}

// C5
func TestARecordingHoldsBothVoicesInTime(t *testing.T) {
	t.Parallel()
	pbx := open(t)
	agent := speaks(pbx, "2001", pcma) // transcoding must not cost time
	c := speaks(pbx, "1001", pcmu).Dial("0777")
	ring := agent.ExpectRing()
	c.ExpectMusic("default")
	ring.Answer()
	hearEachOther(t, c, ring)
	saidC, saidA := beep(t, c, ring)

	// It is playable while it grows: what a crash would leave.
	live := pbx.Calls()[0]
	eventually(t, "the file to be playable", func() bool {
		return len(live.Recordings) == 1 && len(pbx.Recording(live.Recordings[0]).Samples) > 8000
	})
	c.Hangup()
	row := c.ExpectRow()
	if len(row.Recordings) != 1 {
		t.Fatalf("the row names the recordings %q, want one", row.Recordings)
	}
	rec := pbx.Recording(row.Recordings[0])
	if rec.Rate != 8000 || rec.Channels != 1 {
		t.Errorf("the recording has %d Hz and %d channels, want 8000 and 1", rec.Rate, rec.Channels)
	}
	inTime(t, saidC, saidA, rec.Samples, rec.Samples, row.Connected)
	lasts := time.Duration(len(rec.Samples)) * time.Second / 8000
	if d := (lasts - row.Talk()).Abs(); d > 300*time.Millisecond {
		t.Errorf("the recording lasts %v, the conversation %v", lasts, row.Talk())
	}
}

// C5
func TestAStereoRecordingHasOnePartyAChannel(t *testing.T) {
	t.Parallel()
	pbx := open(t, "languages: [en]", "languages: [en]\nrecordings: {stereo: true}")
	agent := pbx.Phone("2001")
	c := pbx.Phone("1001").Dial("0777")
	ring := agent.ExpectRing()
	ring.Answer()
	hearEachOther(t, c, ring)
	saidC, saidA := beep(t, c, ring)
	ring.Hangup()
	c.ExpectEnd()
	row := c.ExpectRow()
	rec := pbx.Recording(row.Recordings[0])
	if rec.Channels != 2 {
		t.Fatalf("the recording has %d channels, want 2", rec.Channels)
	}
	left, right := rec.Channel(0), rec.Channel(1)
	inTime(t, saidC, saidA, left, right, row.Connected)
	if n := len(onsets(left, saidA.hz)) + len(onsets(right, saidC.hz)); n != 0 {
		t.Errorf("%d bursts are in the channel of the other party", n)
	}
}

// C5: one file through hold and resume, on wall-clock time.
func TestARecordingGoesOnThroughHold(t *testing.T) {
	t.Parallel()
	pbx := open(t)
	agent := pbx.Phone("2001")
	c := pbx.Phone("1001").Dial("0777")
	ring := agent.ExpectRing()
	ring.Answer()
	hearEachOther(t, c, ring)
	beep(t, c, ring)
	ring.Change(softphone.Offer{Direction: softphone.Inactive}) // no packets at all
	c.ExpectMusic("default")
	ring.Resume()
	saidC, saidA := beep(t, c, ring)
	c.Hangup()
	row := c.ExpectRow()
	if len(row.Recordings) != 1 {
		t.Fatalf("recordings %q, want one", row.Recordings)
	}
	rec := pbx.Recording(row.Recordings[0]).Samples
	lasts := time.Duration(len(rec)) * time.Second / 8000
	if d := (lasts - row.Talk()).Abs(); d > 300*time.Millisecond {
		t.Errorf("the recording lasts %v, the conversation with its hold %v", lasts, row.Talk())
	}
	// What was said after the hold is in time with itself.
	from := saidC.said[0].Sub(row.Connected) - 40*time.Millisecond
	tail := rec[int(from*8000/time.Second):]
	inTime(t, saidC, saidA, tail, tail, row.Connected.Add(from))
}

// C5: nobody is recorded who does not talk with anybody.
func TestACallThatNobodyAnsweredLeavesNoRecording(t *testing.T) {
	t.Parallel()
	pbx := open(t, "max_wait: 30s", "max_wait: 1s")
	c := pbx.Phone("1001").Dial("0777")
	c.ExpectPrompt("no-agent-available")
	c.ExpectEnd()
	row := c.ExpectRow()
	if len(row.Recordings) != 0 {
		t.Errorf("recordings %q of a call without a conversation", row.Recordings)
	}
	files, err := filepath.Glob(filepath.Join(pbx.Data(), "recordings", "*", "*"))
	if err != nil || len(files) != 0 {
		t.Errorf("files %q, %v", files, err)
	}
}

// C5: a recording that cannot be made does no harm to the call, and is told of.
func TestWhenTheFolderIsGoneTheCallGoesOnWithoutARecording(t *testing.T) {
	t.Parallel()
	pbx := hatiftest.Start(t, hatiftest.Options{Config: office})
	folder := filepath.Join(pbx.Data(), "recordings")
	if err := os.RemoveAll(folder); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(folder, nil, 0o600); err != nil { // where the folder should be there is a file
		t.Fatal(err)
	}
	agent := pbx.Phone("2001")
	c := pbx.Phone("1001").Dial("0777")
	ring := agent.ExpectRing()
	ring.Answer()
	hearEachOther(t, c, ring)
	c.Hangup()
	ring.ExpectEnd()
	row := c.ExpectRow()
	if row.Result != "answered" || !pathHas(row, "not recorded") {
		t.Errorf("row: %s, path %s", row.Result, path(row))
	}
}
