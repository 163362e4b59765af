//go:build unix

package recorder

import (
	"fmt"
	"runtime"
	"syscall"
	"testing"
	"time"

	"hatif/media"
)

func TestARecordingNeedsLittleMemory(t *testing.T) {
	const recordings, most = 100, 40 << 10
	s := newStudio(t, Config{})
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	recs := make([]*recording, recordings)
	for i := range recs {
		recs[i] = s.start(fmt.Sprint("c", i), &party{ssrc: 1}, &party{ssrc: 2})
	}
	for second := range 5 {
		s.until(1000 * (second + 1))
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if each := (after.HeapAlloc - before.HeapAlloc) / recordings; each > most {
		t.Errorf("a recording holds %d bytes, most is %d", each, most)
	}
	for _, rec := range recs {
		s.finished(rec)
	}
}

func TestWritingAllocatesNothing(t *testing.T) {
	s := newStudio(t, Config{})
	a := &party{ssrc: 1}
	rec := s.start("c1", a, nil)
	frame := int64(0)
	step := func() {
		for range 13 {
			a.push(tonePacket(1, frame, frame*int64(media.FrameDuration)))
			frame++
		}
		s.now = frame * int64(media.FrameDuration)
		s.mixer.write(rec, samplesAt(s.now)-lateness)
	}
	step()
	if n := testing.AllocsPerRun(100, step); n != 0 {
		t.Errorf("%v allocations each time", n)
	}
	s.finished(rec)
}

// BenchmarkRecording is a hundred conversations, both parties talking, written to real files: one operation
// is one second of all of them.
func BenchmarkRecording(b *testing.B) {
	const recordings = 100
	s := newStudio(b, Config{Folder: b.TempDir()})
	voices := make([][2]*party, recordings)
	recs := make([]*recording, recordings)
	for i := range recs {
		voices[i] = [2]*party{{ssrc: 1}, {ssrc: 2, law: media.ALaw}}
		rec, err := s.Start(fmt.Sprint("c", i), voices[i][0], voices[i][1])
		if err != nil {
			b.Fatal(err)
		}
		recs[i] = rec.(*recording)
	}
	var packets [50]media.TapPacket
	for i := range packets {
		packets[i] = tonePacket(1, int64(i), 0)
	}
	frame := int64(0)
	began := cpu()
	for b.Loop() {
		for i := range packets {
			p := packets[i]
			p.At = frame * int64(media.FrameDuration)
			p.Timestamp = uint32(frame * media.FrameSamples)
			for _, pair := range voices {
				p.SSRC, p.Law = 1, media.MuLaw
				pair[0].push(p)
				p.SSRC, p.Law = 2, media.ALaw
				pair[1].push(p)
			}
			frame++
			if s.now = frame * int64(media.FrameDuration); s.now%int64(interval) < int64(media.FrameDuration) {
				s.serve()
			}
		}
	}
	b.ReportMetric(float64(cpu()-began)/1e6/float64(b.N)/recordings, "CPU-ms/call-second")
	for _, rec := range recs {
		if err := s.stop(rec); err != nil {
			b.Fatal(err)
		}
	}
}

// cpu is the processor time that the process has used, in user and in system.
func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
