package prompts

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hatif/media"
)

func samplesOf(value int16) []int16 {
	s := make([]int16, 800)
	for i := range s {
		s[i] = value
	}
	return s
}

// first is the first sample of the Arabic digits/1, as it is heard.
func first(t *testing.T, dir string) int16 {
	t.Helper()
	l, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	s, ok := l.Sound("ar", "digits/1")
	if !ok {
		t.Fatal("there is no digits/1")
	}
	samples, _, _, err := media.ReadWAV(strings.NewReader(string(s.WAV())))
	if err != nil {
		t.Fatal(err)
	}
	return samples[0]
}

func replaced(t *testing.T, dir string) string {
	t.Helper()
	l, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return l.Replaced("ar", "digits/1")
}

// filesIn is every file below dir.
func filesIn(t *testing.T, dir string) (all []string) {
	t.Helper()
	if err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		all = append(all, filepath.ToSlash(rel))
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return all
}

func TestAReplacementIsPutThereChangedUndoneAndRemoved(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "prompts")
	put := func(value int16) *Change {
		t.Helper()
		was := ""
		if _, err := os.Stat(dir); err == nil {
			was = replaced(t, dir)
		}
		c, err := Put(dir, "ar", "digits/1", was, samplesOf(value))
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	near := func(got, want int16) bool { return max(got-want, want-got) < want/10 } // they go through G.711
	if err := put(1000).Done(); err != nil {
		t.Fatal(err)
	}
	if got := first(t, dir); !near(got, 1000) {
		t.Errorf("heard is %d", got)
	}
	c := put(5000)
	if got := first(t, dir); !near(got, 5000) {
		t.Errorf("heard is %d", got)
	}
	if err := c.Undo(); err != nil {
		t.Fatal(err)
	}
	if got := first(t, dir); !near(got, 1000) {
		t.Errorf("after the undo is heard %d", got)
	}
	// One that somebody has dropped there under another spelling gives way.
	if err := os.Rename(filepath.Join(dir, "ar", "digits"), filepath.Join(dir, "ar", "Digits")); err != nil {
		t.Fatal(err)
	}
	if err := put(3000).Done(); err != nil {
		t.Fatal(err)
	}
	if got := filesIn(t, dir); !slices.Equal(got, []string{"ar/digits/1.wav"}) {
		t.Errorf("the folder holds %q", got)
	}
	gone, err := Remove(dir, replaced(t, dir))
	if err != nil {
		t.Fatal(err)
	}
	if err := gone.Done(); err != nil {
		t.Fatal(err)
	}
	if got := filesIn(t, dir); len(got) != 0 || replaced(t, dir) != "" {
		t.Errorf("the folder holds %q", got)
	}
}

func TestNoNameLeadsOutOfTheFolder(t *testing.T) {
	top := t.TempDir()
	dir := filepath.Join(top, "prompts")
	for _, c := range [][2]string{
		{"ar", "../evil"}, {"ar", "a/../../evil"}, {"..", "evil"}, {"ar/..", "evil"}, {"ar", ".hidden"}, {"ar", ""}, {"", "x"}, {"ar", "/etc/x"},
		{"ar", `a\b`}, {"ar", "a//b"}, {"music", "default"}, {"ar", "x\x00y"}, {"ar", "A"},
	} {
		if _, err := Put(dir, c[0], c[1], "", samplesOf(1)); !errors.Is(err, ErrName) {
			t.Errorf("%q, %q: %v", c[0], c[1], err)
		}
	}
	if err := os.MkdirAll(dir, 0o750); err != nil {
		t.Fatal(err)
	}
	outside := filepath.Join(top, "outside")
	if err := errors.Join(os.MkdirAll(outside, 0o750), os.Symlink(outside, filepath.Join(dir, "ar"))); err != nil {
		t.Fatal(err)
	}
	if _, err := Put(dir, "ar", "welcome", "", samplesOf(1)); err == nil {
		t.Error("a link leads out of the folder")
	}
	if got := filesIn(t, outside); len(got) != 0 {
		t.Errorf("outside lies %q", got)
	}
}

func TestWhatIsNoRecordingIsToldBeforeAnythingChanges(t *testing.T) {
	for text, want := range map[string]string{
		"":                         "not a WAV file",
		"ID3 and more of it":       `it begins with "ID3 "`,
		"RIFF\x24\x00\x00\x00WAVE": "",
	} {
		if _, err := Read(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
}
