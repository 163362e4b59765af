package prompts

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"hatif/media"
)

// The longest recordings taken from the folder: what is longer is there by mistake and would fill the memory.
const (
	longestPrompt = 10 * time.Minute
	longestMusic  = time.Hour
)

// otherSound are the endings of sound files that are not WAV: whoever drops one expects to hear it.
var otherSound = []string{
	".aac", ".aif", ".aiff", ".al", ".alaw", ".amr", ".flac", ".g722", ".g729", ".gsm", ".m4a", ".mp3", ".mp4",
	".ogg", ".opus", ".raw", ".sln", ".sln16", ".ul", ".ulaw", ".wav49", ".wave", ".webm", ".wma",
}

// replace lays the recordings in dir over the library, and returns what is wrong with any of them.
func (l *Library) replace(dir string) error {
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("prompts: %w", err)
	case !info.IsDir():
		return fmt.Errorf("prompts: %s is not a folder", dir)
	}
	var wrong []error
	taken := make(map[string]string) // by sound name, the file that has it
	err = filepath.WalkDir(dir, func(file string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case file != dir && strings.HasPrefix(d.Name(), "."):
			if d.IsDir() {
				return filepath.SkipDir
			}
			return nil
		case d.IsDir():
			return nil
		}
		rel, err := filepath.Rel(dir, file)
		if err != nil {
			return err
		}
		if err := l.replaceOne(file, filepath.ToSlash(rel), taken); err != nil {
			wrong = append(wrong, fmt.Errorf("prompt file %s: %w", file, err))
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("prompts: %w", err)
	}
	return errors.Join(wrong...)
}

// replaceOne reads one file; rel is its path below the folder, with slashes.
func (l *Library) replaceOne(file, rel string, taken map[string]string) error {
	ending := strings.ToLower(filepath.Ext(rel))
	if slices.Contains(otherSound, ending) {
		return fmt.Errorf("only WAV files can be played, not %s: convert it, and name it %s.wav",
			ending, strings.TrimSuffix(filepath.Base(file), filepath.Ext(file)))
	}
	if ending != ".wav" {
		return nil
	}
	folder, name, ok := strings.Cut(strings.ToLower(strings.TrimSuffix(rel, filepath.Ext(rel))), "/")
	folder = canonical(folder)
	switch {
	case !ok:
		return errors.New("it lies outside the folders of the languages: move it to ar, en, fr, music or the like")
	case folder != musicFolder && !isLanguage(folder):
		return fmt.Errorf("%q is no language: the folders are named ar, en, fr, pt-br or the like, or music", folder)
	}
	title := soundName(folder, name)
	if other := taken[title]; other != "" {
		return fmt.Errorf("it is the same prompt as %s: names are compared without regard to capitals", other)
	}
	taken[title] = file
	longest := longestPrompt
	if folder == musicFolder {
		longest = longestMusic
	}
	samples, err := readFile(file, longest)
	if err != nil {
		return err
	}
	s := media.NewSound(title, samples)
	l.shelf(folder)[name] = &recording{from: file, file: rel, sound: func() *media.Sound { return s }}
	return nil
}

// readFile reads a WAV file of any shape as 8 kHz mono.
func readFile(file string, longest time.Duration) (samples []int16, err error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	samples, err = readWAV(f)
	if err != nil {
		return nil, err
	}
	if d := time.Duration(len(samples)) * time.Second / media.SampleRate; d > longest {
		return nil, fmt.Errorf("it lasts %v, and %v is the most", d.Round(time.Second), longest)
	}
	return samples, nil
}

var errEmpty = errors.New("there is no sound in it")

// readWAV reads any WAV as 8 kHz mono.
func readWAV(r io.Reader) ([]int16, error) {
	samples, rate, channels, err := media.ReadWAV(r)
	if err != nil {
		return nil, err
	}
	samples = media.Resample(media.Mono(samples, channels), rate, media.SampleRate)
	if len(samples) == 0 {
		return nil, errEmpty
	}
	return samples, nil
}
