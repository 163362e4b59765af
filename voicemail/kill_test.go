//go:build unix

package voicemail_test

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"hatif/call"
	"hatif/call/calltest"
	"hatif/store"
	"hatif/voicemail"
)

// killFolder makes this test binary the process that is killed: it leaves messages there, in real time, and says
// which ones were saved.
const killFolder = "HATIF_VOICEMAIL_CHILD"

func TestMain(m *testing.M) {
	if dir := os.Getenv(killFolder); dir != "" {
		if err := leaveUntilKilled(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	flag.Parse()
	if err := flag.Set("test.parallel", "4"); err != nil { // the rounds below mostly wait
		panic(err)
	}
	os.Exit(m.Run())
}

// brief boxes keep messages of a tenth of a second.
func brief() map[string]voicemail.Box {
	c := voicemail.Config{PIN: "1234", MinLength: 100 * time.Millisecond, MaxMessages: 10_000}.Or(voicemail.Defaults())
	return map[string]voicemail.Box{"2001": {Number: "2001", Config: c}}
}

func openOffice(ctx context.Context, dir string) (*store.DB, *voicemail.Office, error) {
	db, err := store.Open(ctx, store.Options{Dir: dir})
	if err != nil {
		return nil, nil, err
	}
	o, err := voicemail.New(ctx, filepath.Join(dir, "voicemail"), db, slog.New(slog.DiscardHandler))
	if err == nil {
		o.Apply(voicemail.Settings{Boxes: brief(), Sounds: library()})
	}
	return db, o, err
}

func leaveUntilKilled(dir string) error {
	ctx := context.Background()
	_, office, err := openOffice(ctx, dir)
	if err != nil {
		return err
	}
	var all sync.WaitGroup
	for line := range 12 {
		all.Go(func() {
			for n := 0; ; n++ {
				id := fmt.Sprintf("%d-%d", line, n)
				leg := calltest.NewLeg(call.Info{User: id, Inbound: true})
				c := call.New(id, leg, "en", slog.New(slog.DiscardHandler))
				var speaking sync.WaitGroup
				speaking.Go(func() {
					for leg.Hearing() != "tone beep" {
						time.Sleep(time.Millisecond)
					}
					leg.Speak(time.Duration(600+80*(line%5)) * time.Millisecond)
					if n%2 == 0 {
						leg.Press("#")
					} else {
						leg.Leave()
					}
				})
				left, err := office.Leave(ctx, c, "2001", voicemail.LeaveOptions{Greeting: voicemail.NoGreeting})
				speaking.Wait()
				switch left {
				case voicemail.Saved:
					fmt.Println("saved", id)
				case voicemail.TooShort: // a busy machine
				default:
					fmt.Fprintln(os.Stderr, left, err)
					return
				}
			}
		})
	}
	all.Wait()
	return nil
}

func TestAKillAtAnyMomentLosesNoMessage(t *testing.T) {
	rounds := 4
	if testing.Short() {
		rounds = 2
	}
	for round := range rounds {
		t.Run(fmt.Sprint(round), func(t *testing.T) {
			t.Parallel()
			killAndLook(t, 14+round)
		})
	}
}

// killAndLook kills a child that has saved so many messages, and looks for each of them.
func killAndLook(t *testing.T, after int) {
	dir := t.TempDir()
	saved := killedAfter(t, dir, after)
	wavs, err := filepath.Glob(filepath.Join(dir, "voicemail", "incoming", "*.wav"))
	if err != nil {
		t.Fatal(err)
	}
	worth := 0
	for _, name := range wavs {
		if info, err := os.Stat(name); err == nil && info.Size() > 76+2*8000/4 {
			worth++ // a quarter of a second or more has been written
		}
	}
	db, office, err := openOffice(t.Context(), dir)
	if err != nil {
		t.Fatalf("after the kill: %v", err)
	}
	list, err := db.Messages(t.Context(), "2001", "new")
	if err != nil {
		t.Fatal(err)
	}
	from := make(map[string]int)
	for _, m := range list {
		from[m.Call]++
		samples := readWAV(t, filepath.Join(dir, "voicemail", "messages", m.File))
		if d := time.Duration(len(samples)) * time.Second / 8000; d != m.Duration || d < 100*time.Millisecond || level(samples) < 1000 {
			t.Errorf("message %s lasts %v at level %d, its row says %v", m.ID, d, level(samples), m.Duration)
		}
	}
	for _, id := range saved {
		if from[id] != 1 {
			t.Errorf("the message of %s was saved and is there %d times", id, from[id])
		}
	}
	if n := len(list) - len(saved); n < worth {
		t.Errorf("%d messages besides the %d that were saved, want the %d that were being recorded", n, len(saved), worth)
	}
	for _, folder := range []string{"incoming", "messages"} {
		files, err := os.ReadDir(filepath.Join(dir, "voicemail", folder))
		if err != nil {
			t.Fatal(err)
		}
		if want := map[string]int{"messages": len(list)}[folder]; len(files) != want {
			t.Errorf("%d files in %s, want %d", len(files), folder, want)
		}
	}
	if fresh, _, err := office.Counts(t.Context(), "2001"); err != nil || fresh != len(list) {
		t.Errorf("counts %d, %v", fresh, err)
	}
	t.Logf("%d saved, %d brought in, %d takes at the kill", len(saved), len(list)-len(saved), len(wavs))
	if err := db.Close(); err != nil {
		t.Error(err)
	}
}

// killedAfter runs the child until so many messages are saved, kills it, and returns all that it has said.
func killedAfter(t *testing.T, dir string, n int) (saved []string) {
	t.Helper()
	child := exec.CommandContext(t.Context(), os.Args[0])
	child.Env = append(os.Environ(), killFolder+"="+dir)
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if _, id, ok := strings.Cut(lines.Text(), " "); ok {
			saved = append(saved, id)
		}
		if len(saved) == n {
			if err := child.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := child.Wait(); err == nil || !strings.Contains(err.Error(), "killed") {
		t.Fatalf("the child ended with %v", err)
	}
	return saved
}
