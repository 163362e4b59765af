// Command prompts speaks the table of texts (prompts/texts/*.yaml) into the recordings that are built into
// hatif: go run ./scripts/prompts, from the root of the checkout. It needs espeak-ng (on Debian:
// apt-get install espeak-ng), is run by whoever changes a text, and its output is committed. The same
// texts, program and espeak-ng give the same files, byte for byte.
//
//	go run ./scripts/prompts              speak everything, and remove recordings that have no text
//	go run ./scripts/prompts ar/welcome   speak these only
//	go run ./scripts/prompts -phonemes    print what espeak-ng makes of each text, and write nothing
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"hatif/prompts"
)

func main() {
	out := flag.String("out", "prompts/sounds", "the folder of the recordings")
	show := flag.Bool("phonemes", false, "print what espeak-ng makes of each text")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, *out, *show, flag.Args())
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "prompts:", err)
		os.Exit(1)
	}
}

// A line is one text in one language.
type line struct {
	lang, name, text string
}

func (l line) String() string { return l.lang + "/" + l.name }

func run(ctx context.Context, out string, show bool, only []string) error {
	if err := requireEspeak(); err != nil {
		return err
	}
	lines, err := linesOf(only)
	if err != nil {
		return err
	}
	if show {
		for _, l := range lines {
			p, err := phonemes(ctx, l)
			if err != nil {
				return fmt.Errorf("%s: %w", l, err)
			}
			fmt.Printf("%s\t%s\t%s\n", l, l.text, p)
		}
		return nil
	}
	if _, err := os.Stat(out); err != nil {
		return fmt.Errorf("run it from the root of the checkout, or say -out: %w", err)
	}
	work, ctx := errgroup.WithContext(ctx)
	work.SetLimit(runtime.NumCPU())
	for _, l := range lines {
		work.Go(func() error {
			if err := record(ctx, l, filepath.Join(out, l.lang, filepath.FromSlash(l.name)+".wav")); err != nil {
				return fmt.Errorf("%s: %w", l, err)
			}
			return nil
		})
	}
	if err := work.Wait(); err != nil {
		return err
	}
	if len(only) > 0 {
		return nil
	}
	return removeOthers(out, lines)
}

// linesOf reads the table, or of it those named "ar/welcome".
func linesOf(only []string) ([]line, error) {
	texts, err := prompts.Texts()
	if err != nil {
		return nil, err
	}
	var all []line
	for _, t := range texts {
		for _, lang := range []string{"ar", "en", "fr"} {
			l := line{lang, t.Name, t.In[lang]}
			if l.text != "" && (len(only) == 0 || slices.Contains(only, l.String())) {
				all = append(all, l)
			}
		}
	}
	if len(only) > len(all) {
		return nil, fmt.Errorf("not all of %s are in the table", strings.Join(only, ", "))
	}
	return all, nil
}

// record speaks a line into a file.
func record(ctx context.Context, l line, file string) error {
	samples, rate, err := speak(ctx, l)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return os.WriteFile(file, muLawWAV(forTelephone(samples, rate, tailOf(l))), 0o644)
}

// removeOthers removes the recordings of texts that are no more.
func removeOthers(out string, lines []line) error {
	wanted := make(map[string]bool)
	for _, l := range lines {
		wanted[l.String()] = true
	}
	for _, lang := range []string{"ar", "en", "fr"} {
		err := filepath.WalkDir(filepath.Join(out, lang), func(file string, d os.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			rel, err := filepath.Rel(out, file)
			if err != nil {
				return err
			}
			if wanted[strings.TrimSuffix(filepath.ToSlash(rel), ".wav")] {
				return nil
			}
			return os.Remove(file)
		})
		if err != nil {
			return err
		}
	}
	return nil
}
