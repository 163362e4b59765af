package transfer_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"hatif/call"
	"hatif/media"
	"hatif/transfer"
)

// recordedDesk is a conversation "c2" whose recordings the tapes count.
func recordedDesk(t *testing.T) (*desk, *tapes) {
	d := sit(t, "1001", "2001", nil)
	rec := &tapes{}
	d.options.Recorder = rec
	d.cancel()
	<-d.done
	return d.beside("c2", "1001", "2001"), rec
}

func TestSomebodyElseStartsAndStopsTheRecordingWithABeep(t *testing.T) {
	bubble("", t, func(t *testing.T) {
		d, rec := recordedDesk(t)
		for i, on := range []bool{true, true, false, false, true} {
			if err := d.board.Record("c2", on, "the boss"); err != nil {
				t.Fatal(err)
			}
			if taped := d.call.Snapshot().Taped; taped != on {
				t.Errorf("%d: the record says that it is recorded: %t", i, taped)
			}
			if beeps := []string{"tone beep", "", "tone beep, tone beep", "", "tone beep"}[i]; beeps != "" {
				d.hears(d.caller, beeps)
				d.hears(d.callee, beeps)
			}
			time.Sleep(time.Second)
			d.talk(d.caller, d.callee)
			if rec.begun != []int{1, 1, 1, 1, 2}[i] || rec.ended != []int{0, 0, 1, 1, 1}[i] {
				t.Errorf("%d: %d recordings have begun and %d ended", i, rec.begun, rec.ended)
			}
		}
		if rec.voices != "1001, 2001" {
			t.Errorf("recorded are %s", rec.voices)
		}
		d.callee.Leave()
		d.ends()
		if rec.ended != 2 || len(d.call.Snapshot().Recordings) != 2 || d.call.Snapshot().Taped {
			t.Errorf("%d ended; %+v", rec.ended, d.call.Snapshot())
		}
		if want := "talking to 2001 | recording started by the boss | recording stopped by the boss | recording started by the boss"; d.path() != want {
			t.Errorf("the path is %s", d.path())
		}
	})
}

func TestARecordingThatCannotBeIsRefusedWithAReason(t *testing.T) {
	bubble("", t, func(t *testing.T) {
		d, rec := recordedDesk(t)
		if err := d.board.Record("c9", true, "the boss"); !errors.Is(err, transfer.ErrNoTalk) {
			t.Errorf("nobody's conversation: %v", err)
		}
		target := d.asks(d.callee)
		if err := d.board.Record("c2", true, "the boss"); !errors.Is(err, transfer.ErrNotNow) {
			t.Errorf("during a transfer: %v", err)
		}
		d.callee.Leave()
		d.talk(d.caller, target)
		if err := d.board.Record("c2", true, "the boss"); err != nil || rec.begun != 1 {
			t.Errorf("after it: %v, %d have begun", err, rec.begun)
		}
		d.caller.Leave()
		d.ends()
		if err := d.board.Record("c2", false, "the boss"); !errors.Is(err, transfer.ErrNoTalk) {
			t.Errorf("afterwards: %v", err)
		}
		full := sit(t, "1001", "2001", nil)
		full.options.Recorder = noTapes{}
		full.cancel()
		<-full.done
		full = full.beside("c3", "1001", "2001")
		if err := full.board.Record("c3", true, "the boss"); !errors.Is(err, transfer.ErrNotRecorded) {
			t.Errorf("on a full disk: %v", err)
		}
		full.talk(full.caller, full.callee)
		full.caller.Leave()
		full.ends()
	})
}

// Both may happen at once: the caller hangs up while somebody asks to record. Nobody waits for ever, and nothing stays open.
func TestARecordingAskedForWhileSomebodyHangsUpEnds(t *testing.T) {
	for range 50 {
		synctest.Test(t, func(t *testing.T) {
			d, rec := recordedDesk(t)
			over := make(chan error, 1)
			go d.caller.Leave()
			go func() { over <- d.board.Record("c2", true, "the boss") }()
			err := <-over
			d.ends()
			switch {
			case rec.begun != rec.ended, err == nil && rec.begun != 1:
				t.Errorf("%d have begun and %d ended", rec.begun, rec.ended)
			case err != nil && !errors.Is(err, transfer.ErrNoTalk) && !errors.Is(err, transfer.ErrNotNow):
				t.Error(err)
			}
		})
	}
}

// noTapes is a recorder without a disk.
type noTapes struct{}

func (noTapes) Start(string, media.Voice, media.Voice) (call.Recording, error) {
	return nil, errors.New("no space left")
}
