package config_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"hatif/config"
)

func TestTheFileIsReplacedWholeAndOnlyFromWhatItWas(t *testing.T) {
	folder := t.TempDir()
	real, link := filepath.Join(folder, "real.yaml"), filepath.Join(folder, "hatif.yaml")
	if err := os.WriteFile(real, []byte("a"), 0o640); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(real, 0o640); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("real.yaml", link); err != nil {
		t.Fatal(err)
	}
	if err := config.Replace(link, config.Sum([]byte("a")), []byte("b")); err != nil {
		t.Fatal(err)
	}
	if err := config.Replace(link, config.Sum([]byte("a")), []byte("c")); !errors.Is(err, config.ErrChanged) {
		t.Errorf("somebody's change is lost: %v", err)
	}
	info, err := os.Lstat(link)
	if err != nil || info.Mode()&fs.ModeSymlink == 0 {
		t.Errorf("the link is %v %v", info, err)
	}
	if info, err = os.Stat(real); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("the mode is %v %v", info, err)
	}
	if text, err := config.Read(link); err != nil || string(text) != "b" {
		t.Errorf("the file holds %q %v", text, err)
	}
	files, err := os.ReadDir(folder)
	if err != nil || len(files) != 2 {
		t.Errorf("left behind: %v %v", files, err)
	}
	if err := config.Replace(filepath.Join(folder, "none"), "", nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file that has gone: %v", err)
	}
}

func TestTheLastVersionsAreKept(t *testing.T) {
	h := config.History{Folder: filepath.Join(t.TempDir(), "config"), Keep: 3}
	if all, err := h.Versions(); err != nil || len(all) != 0 {
		t.Fatalf("%v %v", all, err)
	}
	at := time.Date(2026, 11, 30, 8, 0, 0, 0, time.UTC)
	for _, text := range []string{"one", "two", "two", "three", "four"} {
		if err := h.Add([]byte(text), "the/boss", at); err != nil { // the clock stands still
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(h.Folder, ".half"), nil, 0o600); err != nil { // a kill left it there
		t.Fatal(err)
	}
	all, err := h.Versions()
	var texts []string
	for _, v := range all {
		text, err := h.Text(v.ID)
		if err != nil || !strings.HasPrefix(config.Sum(text), v.Sum) || v.By != "the-boss" {
			t.Errorf("%+v: %v", v, err)
		}
		texts = append(texts, string(text))
	}
	if err != nil || !slices.Equal(texts, []string{"four", "three", "two"}) {
		t.Errorf("kept: %q %v", texts, err)
	}
	for _, id := range []string{"../hatif.yaml", "", ".half", all[0].ID + "/../x"} {
		if _, err := h.Text(id); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%q can be read: %v", id, err)
		}
	}
}

func TestADifferenceShowsWhatChangedAndNobodyElsesSecret(t *testing.T) {
	before := "1\n2\n3\n4\n5\n\"6\": {secret: theirs, name: A}\n7\n8\n9\n10\n11\n12\n13\n14\n15\n16\nend"
	after := strings.Replace(before, "\n7\n", "\n\"7\": {secret: fresh-one, pin: \"1234\"}\n7\n", 1)
	after = strings.Replace(after, "16\n", "", 1)
	var got []string
	for _, l := range config.Diff([]byte(before), []byte(after), []string{"fresh-one", "1234", "the"}) {
		got = append(got, string(l.Kind)+l.Text)
	}
	want := []string{" 4", " 5", ` "6": {secret: ******, name: A}`, `+"7": {secret: fresh-one, pin: "1234"}`, " 7", " 8", " 9", "@", " 13", " 14", " 15", "-16", " end"}
	if !slices.Equal(got, want) {
		t.Errorf("%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	for _, l := range config.Diff([]byte(before), []byte(after), nil) {
		if l.Kind == ' ' && l.Old == 6 && !strings.Contains(l.Text, "theirs") {
			t.Errorf("masked: %s", l.Text)
		}
	}
	if all := config.Diff([]byte(before), []byte(before), nil); len(all) != 0 {
		t.Errorf("a difference of nothing: %v", all)
	}
}

func TestADifferenceLeadsFromOneTextToTheOther(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lines := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "c"}), 0, 12)
		a, b := lines.Draw(t, "before"), lines.Draw(t, "after")
		var old, fresh []string
		for _, l := range config.Diff([]byte(strings.Join(a, "\n")), []byte(strings.Join(b, "\n")), nil) {
			if l.Kind == '@' {
				return // what is left out is the same in both
			}
			if l.Kind != '+' {
				old = append(old, l.Text)
			}
			if l.Kind != '-' {
				fresh = append(fresh, l.Text)
			}
		}
		if whole := strings.Join(old, "\n"); !strings.Contains(strings.Join(a, "\n"), whole) {
			t.Fatalf("%q became %q", a, old)
		}
		if whole := strings.Join(fresh, "\n"); !strings.Contains(strings.Join(b, "\n"), whole) {
			t.Fatalf("%q became %q", b, fresh)
		}
		if len(a)-len(b) != len(old)-len(fresh) && len(a) > 0 && len(b) > 0 {
			t.Fatalf("%q to %q: %q to %q", a, b, old, fresh)
		}
	})
}

func TestWhatABrowserSendsEndsItsLinesAsTheFileDoes(t *testing.T) {
	for text, c := range map[string]struct{ typed, want string }{
		"a\nb\n":           {"a\r\nx\r\nb\r\n", "a\nx\nb\n"},
		"a\r\nb\r\n":       {"a\r\nx\r\nb\r\n", "a\r\nx\r\nb\r\n"},
		"a\nb\r\nc\nd":     {"a\r\nb\r\nc\r\nd", "a\nb\r\nc\nd"},
		"a\r\nb":           {"a\r\nb\r\nc", "a\r\nb\r\nc"},
		"\ufeffa\r\nb\r\n": {"a\r\nb\r\n", "\ufeffa\r\nb\r\n"},
		"a\nb\r\n":         {"a\r\nb", "a\nb"},
	} {
		if got := config.Typed([]byte(text), c.typed); string(got) != c.want {
			t.Errorf("%q, typed %q: %q, want %q", text, c.typed, got, c.want)
		}
	}
}
