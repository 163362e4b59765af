package recorder

import (
	"bytes"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"hatif/internal/fault"
	"hatif/media"
)

func TestFilesAreNamedByDayAndConversation(t *testing.T) {
	cairo := time.FixedZone("Cairo", 2*3600)
	s := newStudio(t, Config{Location: cairo})
	s.today = func() time.Time { return time.Date(2026, 11, 22, 22, 30, 0, 0, time.UTC) }
	var names []string
	for _, id := range []string{"c1", "c1", "c1", "../../etc/passwd", "a b\x00ü", "..."} {
		rec := s.start(id, nil, nil)
		names = append(names, rec.Name())
		s.until(int(s.now/1e6) + 100)
		s.finished(rec)
	}
	want := []string{"2026-11-23/c1.wav", "2026-11-23/c1-2.wav", "2026-11-23/c1-3.wav",
		"2026-11-23/_.._etc_passwd.wav", "2026-11-23/a_b__.wav", "2026-11-23/conversation.wav"}
	if !slices.Equal(names, want) {
		t.Errorf("%q\nwant\n%q", names, want)
	}
	files := s.files()
	slices.Sort(files)
	slices.Sort(want)
	if !slices.Equal(files, want) {
		t.Errorf("the folder has %q", files)
	}
}

func TestAFolderThatCannotBeWrittenIsSaidAtTheStart(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a-file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := New(Config{Folder: file}, slog.Default()); err == nil || !strings.Contains(err.Error(), file) {
		t.Errorf("%v, want the folder's name in it", err)
	}
	_, err := New(Config{}, slog.Default())
	if faults := fault.All(err); len(faults) != 1 || faults[0].Path[0] != "folder" {
		t.Errorf("no folder: %v", err)
	}
}

func TestAnUnwritableFolderHarmsNoOtherRecording(t *testing.T) {
	s := newStudio(t, Config{})
	s.today = func() time.Time { return time.Date(2026, 11, 23, 12, 0, 0, 0, time.Local) }
	rec := s.start("c1", nil, nil)
	s.today = func() time.Time { return time.Date(2026, 11, 24, 12, 0, 0, 0, time.Local) }
	if err := os.WriteFile(filepath.Join(s.folder, "2026-11-24"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Start("c2", nil, nil); err == nil || !strings.Contains(err.Error(), "c2") {
		t.Errorf("a folder that is a file: %v", err)
	}
	s.until(1000)
	if got := s.finished(rec)[0]; seconds(got) != time.Second {
		t.Errorf("the other recording lasts %v", seconds(got))
	}
}

// brokenDisk is a file whose writes fail while err is set.
type brokenDisk struct {
	file
	err   error
	syncs int
}

func (d *brokenDisk) WriteAt(b []byte, at int64) (int, error) {
	if d.err != nil {
		return 0, d.err
	}
	return d.file.WriteAt(b, at)
}

func (d *brokenDisk) Sync() error { d.syncs++; return d.file.Sync() }

var errFull = errors.New("no space left on device")

func TestAFullDiskLosesItsTimeAndNothingElse(t *testing.T) {
	s := newStudio(t, Config{})
	var disks []*brokenDisk
	s.make = func(name string) (file, error) {
		f, err := createFile(name)
		disks = append(disks, &brokenDisk{file: f})
		return disks[len(disks)-1], err
	}
	a, b := &party{ssrc: 1}, &party{ssrc: 2}
	one, two := s.start("one", a, nil), s.start("two", b, nil)
	s.speak(a, 0, 6000, tone(400, 8000))
	s.speak(b, 0, 6000, tone(400, 8000))
	s.until(2000)
	disks[0].err = errFull
	s.until(4000)
	disks[0].err = nil
	s.until(6000)

	err := s.stop(one)
	if !errors.Is(err, errFull) || !strings.Contains(err.Error(), "2s of 6s could not be written") {
		t.Errorf("Stop: %v", err)
	}
	got := s.read(one.Name())[0]
	if seconds(got) != 6*time.Second || level(got, 100, 1700) < 5000 || level(got, 1900, 3700) != 0 || level(got, 3900, 5900) < 5000 {
		t.Errorf("%v, levels %.0f, %.0f, %.0f", seconds(got), level(got, 100, 1700), level(got, 1900, 3700), level(got, 3900, 5900))
	}
	if got := s.finished(two)[0]; level(got, 100, 5900) < 5000 {
		t.Error("the other recording was harmed")
	}
	if n := strings.Count(s.log.String(), "cannot be written"); n != 1 {
		t.Errorf("%d lines in the log for one failure:\n%s", n, s.log.String())
	}
	if !strings.Contains(s.log.String(), "recording goes on") {
		t.Error("the log does not say that it goes on")
	}
	if disks[0].syncs != 1 || disks[1].syncs != 1 {
		t.Errorf("the files were brought to the disk %d and %d times", disks[0].syncs, disks[1].syncs)
	}
}

func TestAFullDiskAtTheStartLeavesNoFile(t *testing.T) {
	s := newStudio(t, Config{})
	s.make = func(name string) (file, error) {
		f, err := createFile(name)
		return &brokenDisk{file: f, err: errFull}, err
	}
	a := &party{}
	if _, err := s.Start("c1", a, nil); !errors.Is(err, errFull) {
		t.Errorf("%v", err)
	}
	if a.tapped() != 0 || len(s.files()) != 0 || s.Active() != 0 {
		t.Errorf("%d taps, files %q, %d recordings are left", a.tapped(), s.files(), s.Active())
	}
}

func TestTheRealFullDeviceIsReported(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Log("this system has no /dev/full; the seam above stands for it")
		return
	}
	s := newStudio(t, Config{})
	s.make = func(string) (file, error) {
		f, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
		return diskFile{f}, err
	}
	if _, err := s.Start("c1", nil, nil); err == nil || !strings.Contains(err.Error(), "no space left") {
		t.Errorf("%v", err)
	}
}

func TestAFolderThatIsDeletedMeanwhileIsSaidAndMadeAgain(t *testing.T) {
	s := newStudio(t, Config{})
	rec := s.start("c1", nil, nil)
	s.until(500)
	if err := os.RemoveAll(s.folder); err != nil {
		t.Fatal(err)
	}
	s.until(3000)
	if err := s.stop(rec); err == nil || !strings.Contains(err.Error(), "removed") {
		t.Errorf("Stop: %v", err)
	}
	if !strings.Contains(s.log.String(), "recording is lost") {
		t.Error("the log does not say so")
	}
	next := s.start("c2", nil, nil)
	s.until(4000)
	if got := s.finished(next)[0]; seconds(got) != time.Second {
		t.Errorf("the next recording lasts %v", seconds(got))
	}
}

func TestWhatACrashLeftIsRepairedAndNothingElse(t *testing.T) {
	s := newStudio(t, Config{})
	a := &party{ssrc: 1}
	s.start("crashed", a, nil)
	whole := s.start("whole", a, nil)
	s.speak(a, 0, 2900, tone(400, 8000))
	s.until(2900)
	s.finished(whole)
	day := filepath.Join(s.folder, filepath.Dir(whole.Name()))
	foreign := map[string][]byte{
		"foreign.wav": []byte("RIFF\x00\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x40\x1f\x00\x00\x80\x3e\x00\x00\x02\x00\x10\x00data\x00\x00\x00\x00abcd"),
		"notes.txt":   []byte("RIFF"),
	}
	for name, b := range foreign {
		if err := os.WriteFile(filepath.Join(day, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(day, "just-made.wav"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	finished, err := os.ReadFile(filepath.Join(s.folder, whole.Name()))
	if err != nil {
		t.Fatal(err)
	}

	cut := time.Now().Add(-time.Minute).Truncate(time.Second)
	for _, name := range []string{"crashed.wav", "just-made.wav"} {
		if err := os.Chtimes(filepath.Join(day, name), cut, cut); err != nil {
			t.Fatal(err)
		}
	}

	var log bytes.Buffer
	again, err := New(Config{Folder: s.folder}, slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	for name, known := range map[string][]string{"crashed": nil, "just-made": {path.Join(filepath.Base(day), "just-made.wav")}} {
		left, ended, err := again.Left(name, known)
		if len(left) != 1 || path.Base(left[0]) != name+".wav" || !ended.Equal(cut) || err != nil {
			t.Errorf("of %s are left %v until %v: %v", name, left, ended, err)
		}
	}
	if left, ended, err := again.Left("never", []string{"2020-01-01/removed.wav"}); len(left) != 1 || !ended.IsZero() || err != nil {
		t.Errorf("of a recording that was removed are left %v until %v: %v", left, ended, err)
	}
	got := readWAV(t, filepath.Join(day, "crashed.wav"))[0]
	if seconds(got) < 2*time.Second || level(got, 100, 1900) < 5000 {
		t.Errorf("the crashed recording: %v, level %.0f", seconds(got), level(got, 100, 1900))
	}
	if made := readWAV(t, filepath.Join(day, "just-made.wav"))[0]; len(made) != 0 {
		t.Errorf("the empty file has %d samples", len(made))
	}
	foreign[filepath.Base(whole.Name())] = finished
	for name, want := range foreign {
		if b, err := os.ReadFile(filepath.Join(day, name)); err != nil || !bytes.Equal(b, want) {
			t.Errorf("%s was changed (%v)", name, err)
		}
	}
	if n := strings.Count(log.String(), "is repaired"); n != 2 {
		t.Errorf("%d repairs in the log:\n%s", n, log.String())
	}
}

func TestOldRecordingsArePruned(t *testing.T) {
	s := newStudio(t, Config{Location: time.UTC})
	day := func(d int) time.Time { return time.Date(2026, 11, d, 12, 0, 0, 0, time.UTC) }
	var running *recording
	for d := 1; d <= 10; d++ {
		s.today = func() time.Time { return day(d) }
		rec := s.start("c", nil, nil)
		s.until(int(s.now/1e6) + 100)
		if d == 2 {
			running = rec
			continue
		}
		s.finished(rec)
	}
	other := filepath.Join(s.folder, "2026-11-03", "letter.wav")
	for _, name := range []string{other, filepath.Join(s.folder, "keep.wav")} {
		if err := os.WriteFile(name, []byte("not ours"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	gone, err := s.Prune(5*24*time.Hour, nil) // of the days 1 to 4 the last ended 5.5 days ago
	n := len(gone)
	if err != nil || n != 3 {
		t.Errorf("removed %d, %v; want 3", n, err)
	}
	files := s.files()
	slices.Sort(files)
	want := []string{"2026-11-02/c.wav", "2026-11-03/letter.wav", "2026-11-05/c.wav", "2026-11-06/c.wav",
		"2026-11-07/c.wav", "2026-11-08/c.wav", "2026-11-09/c.wav", "2026-11-10/c.wav", "keep.wav"}
	if !slices.Equal(files, want) {
		t.Errorf("left are %q", files)
	}
	if _, err := os.Stat(filepath.Join(s.folder, "2026-11-01")); !errors.Is(err, fs.ErrNotExist) {
		t.Error("the empty folder is still there")
	}
	s.finished(running)
}

var _ media.Voice = (*party)(nil)
