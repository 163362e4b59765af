package recorder

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// running is a studio whose writer runs by itself, in the virtual time of a synctest bubble.
func running(t *testing.T) (s *studio, stop func()) {
	s = newStudio(t, Config{})
	began := time.Now()
	s.clock = func() int64 { return int64(time.Since(began)) }
	ctx, cancel := context.WithCancel(t.Context())
	var wait sync.WaitGroup
	wait.Go(func() {
		if err := s.Run(ctx); err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	return s, func() { cancel(); wait.Wait() }
}

func TestTheWriterKeepsFilesPlayableAndStopWaitsForIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, end := running(t)
		defer end()
		rec := s.start("c1", nil, nil)
		time.Sleep(5 * time.Second)
		synctest.Wait()
		if got := headerSays(t, filepath.Join(s.folder, rec.Name())); got < 3500*time.Millisecond {
			t.Errorf("while it is written the file says it lasts %v after 5s", got)
		}
		if err := errors.Join(rec.Stop(), rec.Stop()); err != nil {
			t.Fatal(err)
		}
		if got := seconds(s.read(rec.Name())[0]); got != 5*time.Second {
			t.Errorf("the file lasts %v, want 5s", got)
		}
		if s.Active() != 0 {
			t.Errorf("%d recordings are active", s.Active())
		}
	})
}

func TestTheEndOfTheRecorderFinishesWhatIsOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, end := running(t)
		a := &party{}
		rec := s.start("c1", a, nil)
		time.Sleep(3 * time.Second)
		end()
		if err := rec.Stop(); err != nil {
			t.Error(err)
		}
		if got := seconds(s.read(rec.Name())[0]); got != 3*time.Second || a.tapped() != 0 {
			t.Errorf("the file lasts %v, %d taps are left", got, a.tapped())
		}
		if _, err := s.Start("c2", a, nil); !errors.Is(err, ErrStopped) || a.tapped() != 0 || len(s.files()) != 1 || s.Active() != 0 {
			t.Errorf("Start after the end: %v, %d taps, files %q", err, a.tapped(), s.files())
		}
	})
}

func TestManyRecordingsBeginChangeAndEndAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, end := running(t)
		defer end()
		var wait sync.WaitGroup
		for i := range 50 {
			wait.Go(func() {
				a, b := &party{ssrc: 1}, &party{ssrc: 2}
				rec, err := s.Start(fmt.Sprint("c", i%10), a, b)
				if err != nil {
					t.Error(err)
					return
				}
				time.Sleep(time.Duration(i) * 37 * time.Millisecond)
				rec.Between(b, a, nil)
				time.Sleep(time.Second)
				rec.Between(nil, b, nil)
				time.Sleep(time.Second)
				if err := rec.Stop(); err != nil || a.tapped()+b.tapped() != 0 {
					t.Errorf("%v, %d taps are left", err, a.tapped()+b.tapped())
				}
				if got, want := seconds(s.read(rec.Name())[0]), 2*time.Second+time.Duration(i)*37*time.Millisecond; got != want {
					t.Errorf("%s lasts %v, want %v", rec.Name(), got, want)
				}
			})
		}
		wait.Wait()
		if s.Active() != 0 || len(s.files()) != 50 {
			t.Errorf("%d are active, %d files", s.Active(), len(s.files()))
		}
	})
}
