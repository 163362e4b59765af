package prompts

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"time"

	"hatif/media"
)

// isName tells what a prompt may be called by whoever puts one there: small letters, in folders.
var isName = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]*(/[a-z0-9][a-z0-9._-]*)*$`).MatchString

// ErrName is a language or a name that no prompt can have.
var ErrName = errors.New("no prompt can have this name")

// Read reads a WAV file of any rate, format and number of channels as a prompt, and finds what is wrong with it.
func Read(r io.Reader) ([]int16, error) {
	samples, err := readWAV(r)
	if err != nil {
		return nil, err
	}
	if d := time.Duration(len(samples)) * time.Second / media.SampleRate; d > longestPrompt {
		return nil, fmt.Errorf("it lasts %v, and %v is the most", d.Round(time.Second), longestPrompt)
	}
	return samples, nil
}

// Replaced is the file, below the folder of replacements, that has taken the place of the prompt in exactly that
// language; "": none has.
func (l *Library) Replaced(lang, name string) string {
	if r := l.languages[canonical(lang)][name]; r != nil {
		return r.file
	}
	return ""
}

// Own reports whether there is a recording of the prompt in exactly that language.
func (l *Library) Own(lang, name string) bool { return l.languages[canonical(lang)][name] != nil }

// A Change is what was done to the folder of replacements. One of Done and Undo is called, once.
type Change struct {
	root  *os.Root
	file  string // that was put there; "": none
	aside string // where the one before is kept; "": there was none
	was   string // where that one was
}

// Put puts samples into the folder of replacements, which is made, in place of the prompt. The file is whole and on the
// disk before it has its name. was is what Replaced says of the prompt.
func Put(dir, lang, name, was string, samples []int16) (_ *Change, err error) {
	if !isLanguage(lang) || !isName(name) || !fs.ValidPath(name) {
		return nil, fmt.Errorf("%w: %s/%s", ErrName, lang, name)
	}
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return nil, fmt.Errorf("prompts: %w", err)
	}
	c, err := setAside(dir, was)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, c.Undo())
		}
	}()
	file := path.Join(lang, name+".wav")
	if err := c.root.MkdirAll(filepath.FromSlash(path.Dir(file)), 0o750); err != nil {
		return c, fmt.Errorf("prompts: %w", err)
	}
	fresh := path.Join(path.Dir(file), ".new-"+path.Base(file)) // Open passes by what begins with a dot
	if err := c.write(fresh, samples); err != nil {
		return c, errors.Join(fmt.Errorf("prompts: %w", err), c.remove(fresh))
	}
	if err := c.root.Rename(filepath.FromSlash(fresh), filepath.FromSlash(file)); err != nil {
		return c, errors.Join(fmt.Errorf("prompts: %w", err), c.remove(fresh))
	}
	c.file = file
	return c, nil
}

// Remove takes the file was, which Replaced has named, out of the folder of replacements.
func Remove(dir, was string) (*Change, error) { return setAside(dir, was) }

// setAside gives a file a name under which Open does not see it.
func setAside(dir, was string) (*Change, error) {
	root, err := os.OpenRoot(dir) // no name leads out of it, nor a link
	if err != nil {
		return nil, fmt.Errorf("prompts: %w", err)
	}
	c := &Change{root: root}
	if was == "" {
		return c, nil
	}
	aside := path.Join(path.Dir(was), ".old-"+path.Base(was))
	if err := root.Rename(filepath.FromSlash(was), filepath.FromSlash(aside)); err != nil {
		return nil, errors.Join(fmt.Errorf("prompts: %w", err), root.Close())
	}
	c.was, c.aside = was, aside
	return c, nil
}

func (c *Change) write(name string, samples []int16) (err error) {
	f, err := c.root.OpenFile(filepath.FromSlash(name), os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o640)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	w, err := media.NewWAVWriter(f, media.SampleRate, 1)
	if err != nil {
		return err
	}
	return errors.Join(w.Write(samples), w.Finish(), f.Sync())
}

func (c *Change) remove(name string) error {
	if err := c.root.Remove(filepath.FromSlash(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("prompts: %w", err)
	}
	return nil
}

// Done forgets what was there before.
func (c *Change) Done() error {
	var err error
	if c.aside != "" {
		err = c.remove(c.aside)
	}
	return errors.Join(err, c.root.Close())
}

// Undo brings back what was there before.
func (c *Change) Undo() error {
	var err error
	if c.file != "" {
		err = c.remove(c.file)
	}
	if c.aside != "" {
		if back := c.root.Rename(filepath.FromSlash(c.aside), filepath.FromSlash(c.was)); back != nil {
			err = errors.Join(err, fmt.Errorf("prompts: %w", back))
		}
	}
	return errors.Join(err, c.root.Close())
}
