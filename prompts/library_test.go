package prompts

import (
	"bytes"
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"hatif/media"
)

func open(t *testing.T, dir string) *Library {
	t.Helper()
	l, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// pcm is a WAV file of 16-bit PCM: a tone of one second.
func pcm(rate, channels int) []byte {
	le := binary.LittleEndian
	var data []byte
	for i := range rate {
		v := uint16(int16(8000 * math.Sin(2*math.Pi*440*float64(i)/float64(rate))))
		for range channels {
			data = le.AppendUint16(data, v)
		}
	}
	var b bytes.Buffer
	b.WriteString("RIFF")
	b.Write(le.AppendUint32(nil, uint32(36+len(data))))
	b.WriteString("WAVEfmt ")
	b.Write(le.AppendUint32(nil, 16))
	b.Write(le.AppendUint16(nil, 1))
	b.Write(le.AppendUint16(nil, uint16(channels)))
	b.Write(le.AppendUint32(nil, uint32(rate)))
	b.Write(le.AppendUint32(nil, uint32(rate*channels*2)))
	b.Write(le.AppendUint16(nil, uint16(channels*2)))
	b.Write(le.AppendUint16(nil, 16))
	b.WriteString("data")
	b.Write(le.AppendUint32(nil, uint32(len(data))))
	b.Write(data)
	return b.Bytes()
}

// folder makes a folder of files by their paths in it.
func folder(t *testing.T, files map[string][]byte) string {
	t.Helper()
	dir := t.TempDir()
	for name, b := range files {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestAPromptIsHeardInTheLanguageAskedThenItsBaseThenEnglish(t *testing.T) {
	l := open(t, folder(t, map[string][]byte{
		"ar-EG/welcome.wav": pcm(8000, 1), "en/only-english.wav": pcm(8000, 1), "de/welcome.wav": pcm(8000, 1),
	}))
	for _, c := range []struct{ lang, name, want string }{
		{"ar", "welcome", "prompt ar/welcome"},
		{"ar-EG", "welcome", "prompt ar-eg/welcome"},
		{"ar_eg", "Goodbye", "prompt ar/goodbye"},
		{"fr", "only-english", "prompt en/only-english"},
		{"de", "welcome", "prompt de/welcome"},
		{"de", "goodbye", "prompt en/goodbye"},
		{"", "welcome", "prompt en/welcome"},
		{"en", "fr/welcome", "prompt fr/welcome"},
		{"ar", "digits/7", "prompt ar/digits/7"},
	} {
		s, ok := l.Sound(c.lang, c.name)
		if !ok || s.Name() != c.want {
			t.Errorf("%s %s: heard %v %v, want %s", c.lang, c.name, ok, s, c.want)
		}
	}
	if _, ok := l.Sound("ar", "no-such-prompt"); ok {
		t.Error("a prompt that nobody recorded was found")
	}
}

func TestMissingNamesTheLanguagesThatLackAPrompt(t *testing.T) {
	l := open(t, folder(t, map[string][]byte{"fr/promotion.wav": pcm(8000, 1), "de/welcome.wav": pcm(8000, 1)}))
	for _, c := range []struct {
		name string
		want []string
	}{
		{"promotion", []string{"ar", "de", "en"}},
		{"goodbye", []string{"de"}},
		{"welcome", nil},
		{"fr/promotion", nil},
		{"en/promotion", []string{"en"}},
	} {
		if got := l.Missing(c.name); !slices.Equal(got, c.want) {
			t.Errorf("%s: missing in %v, want %v", c.name, got, c.want)
		}
	}
	if !l.Has("ar-EG", "welcome") || l.Has("ar", "promotion") || !l.Has("ar", "fr/promotion") {
		t.Error("Has does not follow the dialect, or counts English as Arabic")
	}
	if got := l.Languages(); !slices.Equal(got, []string{"ar", "de", "en", "fr"}) {
		t.Errorf("languages %v", got)
	}
	if !slices.Contains(l.Names(), "promotion") || !slices.Contains(l.Names(), "digits/0") {
		t.Error("Names lacks some")
	}
}

func TestAReplacementOfAnyCommonShapeIsHeard(t *testing.T) {
	for name, b := range map[string][]byte{
		"8 kHz": pcm(8000, 1), "44.1 kHz stereo": pcm(44100, 2), "16 kHz": pcm(16000, 1), "48 kHz": pcm(48000, 2),
	} {
		l := open(t, folder(t, map[string][]byte{"ar/Welcome.WAV": b}))
		s, ok := l.Sound("ar", "welcome")
		if !ok || (s.Duration()-time.Second).Abs() > 5*time.Millisecond {
			t.Errorf("%s: %v %v, want the second that was dropped", name, ok, s.Duration())
			continue
		}
		var f media.Frame
		src := s.Play()
		for range 10 {
			src.Next(&f)
		}
		if level := loudness(f.Linear()); math.Abs(level-(-15.3)) > 1 {
			t.Errorf("%s: the tone is heard at %.1f dB", name, level)
		}
	}
}

func TestABrokenReplacementIsNamedAndNothingIsOpened(t *testing.T) {
	dir := folder(t, map[string][]byte{
		"ar/welcome.wav":   []byte("this is a text"),
		"en/goodbye.mp3":   {1, 2, 3},
		"fr/empty.wav":     pcm(8000, 1)[:44],
		"lost.wav":         pcm(8000, 1),
		"arabic/hello.wav": pcm(8000, 1),
		"en/Twice.wav":     pcm(8000, 1),
		"en/twice.wav":     pcm(8000, 1),
		"fr/fast.wav":      pcm(400, 1),
		"fr/bon.wav":       pcm(8000, 1),
	})
	l, err := Open(dir)
	if err == nil || l != nil {
		t.Fatal("a folder of broken files was opened")
	}
	for _, want := range [][]string{
		{"ar/welcome.wav", "not a WAV file"},
		{"en/goodbye.mp3", "only WAV files"},
		{"fr/empty.wav", "no sound"},
		{"lost.wav", "outside the folders"},
		{"arabic/hello.wav", "no language"},
		{"twice.wav", "same prompt as"},
		{"fr/fast.wav", "400 samples per second"},
	} {
		found := false
		for line := range strings.Lines(err.Error()) {
			found = found || strings.Contains(line, filepath.FromSlash(want[0])) && strings.Contains(line, want[1])
		}
		if !found {
			t.Errorf("nothing says of %s: %s\n%v", want[0], want[1], err)
		}
	}
	if strings.Contains(err.Error(), "bon.wav") {
		t.Errorf("a sound file is blamed: %v", err)
	}
}

func TestWhatIsNoSoundInTheFolderIsLeftAlone(t *testing.T) {
	open(t, folder(t, map[string][]byte{
		"README.txt": nil, "ar/.welcome.wav": {1}, ".git/x.wav": {1}, "en/notes.md": nil, "fr/.DS_Store": nil,
	}))
	open(t, filepath.Join(t.TempDir(), "not there"))
	file := filepath.Join(t.TempDir(), "a file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(file); err == nil || !strings.Contains(err.Error(), "not a folder") {
		t.Errorf("a file was opened as a folder: %v", err)
	}
}

func TestAReplacementChangesNoLibraryThatWasOpenedBefore(t *testing.T) {
	before := open(t, "")
	length := mustSound(t, before, "fr", "welcome").Duration()
	after := open(t, folder(t, map[string][]byte{"fr/welcome.wav": pcm(8000, 1)}))
	if mustSound(t, after, "fr", "welcome").Duration() == length || mustSound(t, before, "fr", "welcome").Duration() != length {
		t.Error("the libraries share a shelf")
	}
}

func TestMusicGoesRoundAndCanBeReplaced(t *testing.T) {
	l := open(t, folder(t, map[string][]byte{"music/jazz.wav": pcm(22050, 2)}))
	if got := l.MusicClasses(); !slices.Equal(got, []string{"default", "jazz"}) {
		t.Errorf("classes %v", got)
	}
	if _, ok := l.Music("rock"); ok {
		t.Error("there is no rock")
	}
	src, ok := l.Music("Jazz")
	if !ok || src.String() != "music jazz" {
		t.Fatalf("no jazz: %v", src)
	}
	var f media.Frame
	for i := range 120 { // of one second
		if !src.Next(&f) {
			t.Fatalf("the music ended after %d frames", i)
		}
	}
	if src, _ := l.Music("default"); src.String() != "music default" {
		t.Errorf("default is %v", src)
	}
}

func TestSeveralPromptsMakeOneSound(t *testing.T) {
	l := open(t, "")
	names := Digits("42")
	src, err := l.Say("fr", names...)
	if err != nil {
		t.Fatal(err)
	}
	if src.String() != "say fr: digits/4 digits/2" {
		t.Errorf("it is called %q", src)
	}
	frames := 0
	for f := new(media.Frame); src.Next(f); {
		frames++
	}
	want := 0
	for _, n := range names {
		want += int((mustSound(t, l, "fr", n).Duration() + media.FrameDuration - 1) / media.FrameDuration)
	}
	if frames != want {
		t.Errorf("heard %d frames, want %d", frames, want)
	}
	if _, err := l.Say("fr", "digits/4", "nonsense"); err == nil || !strings.Contains(err.Error(), "nonsense") {
		t.Errorf("an unknown prompt was said: %v", err)
	}
}

func TestALibraryIsUsedByManyCallsAtOnce(t *testing.T) {
	l := open(t, "")
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for _, name := range []string{"welcome", "goodbye", "digits/1"} {
				if _, ok := l.Sound("ar", name); !ok {
					t.Error("lost", name)
				}
			}
		})
	}
	all.Wait()
}

func mustSound(t *testing.T, l *Library, lang, name string) *media.Sound {
	t.Helper()
	s, ok := l.Sound(lang, name)
	if !ok {
		t.Fatalf("no %s in %s", name, lang)
	}
	return s
}

func BenchmarkOpen(b *testing.B) {
	for b.Loop() {
		if _, err := Open(""); err != nil {
			b.Fatal(err)
		}
	}
}
