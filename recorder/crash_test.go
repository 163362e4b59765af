//go:build unix

package recorder

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"hatif/call"
	"hatif/media"
)

// The crash test runs itself as a child, kills the child in the middle of many recordings, and looks at
// what is left. Time runs fifty times as fast in the child, so that little waiting sees much writing.
const (
	crashFolder = "HATIF_TEST_CRASH_FOLDER"
	crashSpeed  = 50
	crashCalls  = 20
)

func TestAKillAtAnyMomentLeavesPlayableFiles(t *testing.T) {
	if folder := os.Getenv(crashFolder); folder != "" {
		recordUntilKilled(t, folder)
		return
	}
	rounds := 40
	if testing.Short() {
		rounds = 8
	}
	var audio atomic.Int64 // nanoseconds that survived
	t.Run("rounds", func(t *testing.T) {
		for round := range rounds {
			t.Run(fmt.Sprint(round), func(t *testing.T) {
				t.Parallel()
				audio.Add(int64(crash(t, time.Duration(round%20)*7*time.Millisecond)))
			})
		}
	})
	if least := time.Duration(rounds*crashCalls) * time.Second; time.Duration(audio.Load()) < least {
		t.Errorf("only %v of sound survived %d crashes of %d recordings", time.Duration(audio.Load()), rounds, crashCalls)
	}
}

// crash kills a recorder some time after it has begun, and returns how much sound is in its files.
func crash(t *testing.T, after time.Duration) (audio time.Duration) {
	folder := t.TempDir()
	killChild(t, folder, after)
	names, err := filepath.Glob(filepath.Join(folder, "*", "*.wav"))
	if err != nil {
		t.Fatal(err)
	}
	if len(names) < crashCalls {
		t.Fatalf("%d files, want %d at least", len(names), crashCalls)
	}
	for _, name := range names {
		checkPlayable(t, name, false)
	}
	if _, err := New(Config{Folder: folder}, slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		audio += checkPlayable(t, name, true)
	}
	return audio
}

// checkPlayable reads a file by its header; a repaired one must say all that is in it.
func checkPlayable(t *testing.T, name string, repaired bool) time.Duration {
	t.Helper()
	info, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	if info.Size() == 0 && !repaired {
		return 0 // made in the last moment; New gives it a header
	}
	got := readWAV(t, name)
	// Without the repair, too, a player that believes the header hears all but about the last second.
	if inFile := lasts((info.Size() - 76) / 2); inFile-headerSays(t, name) > 1500*time.Millisecond {
		t.Errorf("%s: the header says %v of %v", name, headerSays(t, name), inFile)
	}
	if repaired {
		if want := info.Size() - 76; int64(2*len(got[0])) != want {
			t.Errorf("%s: the header says %d bytes of sound, the file has %d", name, 2*len(got[0]), want)
		}
		// All but the beginning is a tone, without a hole.
		for at := 200; at+100 < len(got[0])/8; at += 100 {
			if l := level(got[0], at, at+100); l < 5000 || l > 6500 {
				t.Fatalf("%s: level %.0f at %d ms", name, l, at)
			}
		}
	}
	return seconds(got[0])
}

// killChild runs this test in a child process, waits until it records, and kills it some time later.
func killChild(t *testing.T, folder string, after time.Duration) {
	t.Helper()
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestAKillAtAnyMomentLeavesPlayableFiles$")
	child.Env = append(os.Environ(), crashFolder+"="+folder)
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Errorf("the child said %q: %v", line, err)
	}
	time.Sleep(after) // real time: the moment of the crash is what is tried out
	if err := child.Process.Kill(); err != nil {
		t.Error(err)
	}
	var exit *exec.ExitError
	if err := child.Wait(); !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
		t.Errorf("the child ended by itself: %v", err)
	}
}

// recordUntilKilled records a tone in many files, starting and stopping some, until the process is killed.
func recordUntilKilled(t *testing.T, folder string) {
	r, err := New(Config{Folder: folder}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	var now int64
	r.clock = func() int64 { return now }
	s := &studio{Recorder: r, t: t, folder: folder}
	voices := make([]*party, crashCalls)
	recs := make([]call.Recording, crashCalls)
	began := media.Now()
	for frame := int64(0); ; frame++ {
		now = frame * int64(media.FrameDuration)
		for i, p := range voices {
			if p == nil || frame%400 == int64(i*20) && frame > 400 {
				if p != nil {
					if err := s.stop(recs[i].(*recording)); err != nil {
						t.Fatal(err)
					}
				}
				voices[i] = &party{ssrc: uint32(i)}
				if recs[i], err = s.Start(fmt.Sprintf("call-%d-%d", i, frame), voices[i], nil); err != nil {
					t.Fatal(err)
				}
			}
			voices[i].push(tonePacket(uint32(i), frame, now))
		}
		if now%int64(interval) < int64(media.FrameDuration) {
			s.serve()
		}
		if now == int64(3*time.Second) {
			fmt.Println("recording")
		}
		// The clock of the wall is followed at a multiple of its speed.
		for now > 3e9 && (media.Now()-began)*crashSpeed < now-3e9 {
			sleep(t.Context(), 100*time.Microsecond)
		}
	}
}

func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
