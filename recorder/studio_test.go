package recorder

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"hatif/media"
)

// A party is a media.Voice that a test speaks with.
type party struct {
	name string
	full bool // it takes no tap

	ssrc   uint32
	first  uint32  // timestamp at the studio's time 0
	delay  int     // ms on the way, at least
	jitter int     // further ms, at random
	drift  float64 // the party's clock runs faster by so much
	law    media.Law

	mu   sync.Mutex
	taps []*media.Tap
}

func (p *party) Next(f *media.Frame) bool { f.SetSilence(); return true }
func (p *party) String() string           { return "voice " + p.name }

func (p *party) Tap(t *media.Tap) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.full || len(p.taps) == 4 {
		return false
	}
	p.taps = append(p.taps, t)
	return true
}

func (p *party) Untap(t *media.Tap) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.taps = slices.DeleteFunc(p.taps, func(has *media.Tap) bool { return has == t })
}

func (p *party) tapped() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.taps)
}

func (p *party) push(packet media.TapPacket) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, t := range p.taps {
		t.Push(&packet)
	}
}

// A studio is a recorder whose clock and writer a test drives by hand.
type studio struct {
	*Recorder
	t      testing.TB
	folder string
	now    int64 // nanoseconds
	onWay  []sent
	rng    *rand.Rand
	log    bytes.Buffer
}

// sent is a packet on its way to the taps.
type sent struct {
	by     *party
	packet media.TapPacket
}

func newStudio(t testing.TB, cfg Config) *studio {
	t.Helper()
	s := &studio{t: t, rng: rand.New(rand.NewPCG(1, 1))}
	if cfg.Folder == "" {
		cfg.Folder = filepath.Join(t.TempDir(), "recordings")
	}
	s.folder = cfg.Folder
	r, err := New(cfg, slog.New(slog.NewTextHandler(&s.log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	r.clock = func() int64 { return s.now }
	s.Recorder = r
	return s
}

func (s *studio) start(conversation string, a, b media.Voice) *recording {
	s.t.Helper()
	rec, err := s.Start(conversation, a, b)
	if err != nil {
		s.t.Fatal(err)
	}
	return rec.(*recording)
}

// speak sends what p says from the studio's time from on, for so many ms, in packets of twenty: what(t) is
// the sample at t seconds of the studio's time.
func (s *studio) speak(p *party, from, lasts int, what func(t float64) float64) {
	for at := from; at < from+lasts; at += 20 {
		s.send(p, at, at+p.delay+s.rng.IntN(p.jitter+1), what)
	}
}

// send sends the packet that p speaks at a time, to arrive at another, in ms.
func (s *studio) send(p *party, at, arrives int, what func(t float64) float64) {
	var samples [media.FrameSamples]int16
	for i := range samples {
		samples[i] = int16(what(float64(at)/1000 + float64(i)/media.SampleRate))
	}
	packet := media.TapPacket{
		At: int64(arrives) * 1e6, SSRC: p.ssrc, Law: p.law, N: media.FrameSamples,
		Timestamp: p.first + uint32(int64(math.Round(float64(at)*8*(1+p.drift)))),
	}
	media.Encode(p.law, packet.Data[:], samples[:])
	s.onWay = append(s.onWay, sent{p, packet})
}

// until lets the time run to so many ms: packets arrive, and the writer writes when it would.
func (s *studio) until(ms int) {
	slices.SortStableFunc(s.onWay, func(a, b sent) int { return int((a.packet.At - b.packet.At) / 1e3) })
	for end := int64(ms) * 1e6; ; {
		wake := (s.now/int64(interval) + 1) * int64(interval)
		if len(s.onWay) > 0 && s.onWay[0].packet.At < wake && s.onWay[0].packet.At <= end {
			p := s.onWay[0]
			s.onWay = s.onWay[1:]
			s.now = max(s.now, p.packet.At)
			p.by.push(p.packet)
			continue
		}
		if wake > end {
			s.now = end
			return
		}
		s.now = wake
		s.serve()
	}
}

// stop stops a recording and does the writer's part of it.
func (s *studio) stop(rec *recording) error {
	rec.halt()
	s.mixer.finish(rec)
	return rec.Stop()
}

// finished stops a recording that must be whole and reads its file: each channel's samples.
func (s *studio) finished(rec *recording) [][]int16 {
	s.t.Helper()
	if err := s.stop(rec); err != nil {
		s.t.Fatal(err)
	}
	return s.read(rec.Name())
}

func (s *studio) read(name string) [][]int16 {
	s.t.Helper()
	return readWAV(s.t, filepath.Join(s.folder, filepath.FromSlash(name)))
}

// readWAV reads a file as an ordinary player would: by its header's sizes.
func readWAV(t testing.TB, name string) [][]int16 {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	samples, rate, n, err := media.ReadWAV(io.Reader(f))
	if err != nil || rate != media.SampleRate {
		t.Fatalf("%s: %d samples per second, %v", name, rate, err)
	}
	channels := make([][]int16, n)
	for i, v := range samples {
		channels[i%n] = append(channels[i%n], v)
	}
	return channels
}

// headerSays is how long a mono file lasts according to its header alone.
func headerSays(t testing.TB, name string) time.Duration {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if string(b[68:72]) != "data" {
		t.Fatalf("%s: the sound is not where it should be", name)
	}
	return lasts(int64(binary.LittleEndian.Uint32(b[72:])) / 2)
}

// clicks is sound that rises for 2 ms at whole multiples of every seconds, and nothing else.
func clicks(every float64) func(float64) float64 {
	return func(t float64) float64 {
		if into := math.Mod(t+1e-9, every); into < 0.002 {
			return 16000
		}
		return 0
	}
}

// clickTimes finds where clicks begin, in ms.
func clickTimes(s []int16) []float64 {
	var found []float64
	for i := 1; i < len(s); i++ {
		if s[i] > 12000 && s[i-1] < 12000 && (len(found) == 0 || float64(i)/8-found[len(found)-1] > 30) {
			found = append(found, float64(i)/8)
		}
	}
	return found
}

// tone is a sine.
func tone(hz, amplitude float64) func(float64) float64 {
	return func(t float64) float64 { return amplitude * math.Sin(2*math.Pi*hz*t) }
}

// level is the root mean square of a part of s, in ms.
func level(s []int16, from, to int) float64 {
	sum := 0.0
	part := s[min(8*from, len(s)):min(8*to, len(s))]
	for _, v := range part {
		sum += float64(v) * float64(v)
	}
	return math.Sqrt(sum / float64(max(len(part), 1)))
}

// amplitude is how much of hz is in a part of s, in ms.
func amplitude(s []int16, hz float64, from, to int) float64 {
	var re, im float64
	part := s[8*from : 8*to]
	for i, v := range part {
		w := 2 * math.Pi * hz * float64(i) / media.SampleRate
		re, im = re+float64(v)*math.Cos(w), im+float64(v)*math.Sin(w)
	}
	return 2 * math.Hypot(re, im) / float64(len(part))
}

// seconds is how long a channel is.
func seconds(s []int16) time.Duration { return lasts(int64(len(s))) }

// files lists the files below the folder.
func (s *studio) files() []string {
	s.t.Helper()
	var all []string
	err := filepath.WalkDir(s.folder, func(name string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			name, err = filepath.Rel(s.folder, name)
			all = append(all, filepath.ToSlash(name))
		}
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return all
}

// tonePacket is a frame of a tone that goes through all frames.
func tonePacket(ssrc uint32, frame, at int64) media.TapPacket {
	p := media.TapPacket{At: at, Timestamp: uint32(frame * media.FrameSamples), SSRC: ssrc, N: media.FrameSamples}
	var samples [media.FrameSamples]int16
	for i := range samples {
		samples[i] = int16(8000 * math.Sin(2*math.Pi*400*float64(frame*media.FrameSamples+int64(i))/media.SampleRate))
	}
	media.Encode(media.MuLaw, p.Data[:], samples[:])
	return p
}
