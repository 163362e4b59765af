package main

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"strings"
	"time"

	"hatif/media"
	"hatif/prompts"
)

// voices are espeak-ng's. Annie has the most sound between 1 and 3.4 kHz of the variants without an echo,
// which is what a telephone line carries, and is one person in all three languages.
var voices = map[string]string{"ar": "ar+Annie", "en": "en-gb+Annie", "fr": "fr-fr+Annie"}

// speeds are words per minute as espeak-ng counts them, of sentences and of single words. Its Arabic
// vowels are long: it is as slow at 178 as the others at 145.
var speeds = map[string][2]string{"ar": {"178", "165"}, "en": {"145", "135"}, "fr": {"148", "138"}}

// pitch is lower than the voice's own: a telephone carries vowels better when their harmonics lie closer.
const pitch = "32"

func requireEspeak() error {
	if _, err := exec.LookPath("espeak-ng"); err != nil {
		return fmt.Errorf("espeak-ng is needed to speak the texts; on Debian: apt-get install espeak-ng (%w)", err)
	}
	return nil
}

// speak returns what espeak-ng says, mono, and its rate.
func speak(ctx context.Context, l line) ([]int16, int, error) {
	out, err := espeak(ctx, l, "--stdout")
	if err != nil {
		return nil, 0, err
	}
	samples, rate, channels, err := media.ReadWAV(bytes.NewReader(out))
	if err != nil {
		return nil, 0, err
	}
	return media.Mono(samples, channels), rate, nil
}

// phonemes returns what espeak-ng understands.
func phonemes(ctx context.Context, l line) (string, error) {
	out, err := espeak(ctx, l, "-q", "-x")
	return strings.Join(strings.Fields(string(out)), " "), err
}

func espeak(ctx context.Context, l line, how ...string) ([]byte, error) {
	text, err := spoken(l)
	if err != nil {
		return nil, err
	}
	speed := speeds[l.lang][0]
	if len(strings.Fields(strings.ReplaceAll(l.text, "-", " "))) <= 3 {
		speed = speeds[l.lang][1]
	}
	args := append([]string{"-v", voices[l.lang], "-s", speed, "-p", pitch, "-a", "100", "--stdin"}, how...)
	cmd := exec.CommandContext(ctx, "espeak-ng", args...)
	cmd.Stdin = strings.NewReader(text)
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("espeak-ng: %w: %s", err, strings.TrimSpace(complaints.String()))
	}
	return out, nil
}

// spoken is how a text is written for espeak-ng.
func spoken(l line) (string, error) {
	if l.lang == "ar" {
		return arabicPhonemes(l.text)
	}
	text := l.text
	if l.lang == "fr" && prompts.Continues(text) {
		text = beforeConsonant(text)
	}
	return strings.Replace(respelled.Replace(text), "…", ",", 1), nil
}

// respelled are keys that espeak-ng would swallow: it leaves "one" without stress, and ties « tapez un » together.
var respelled = strings.NewReplacer("press one", "press [[w'0n]]", "oh one", "oh [[w'0n]]", "tapez un", "tapé un")

// beforeConsonant writes a French number as it sounds before one: six minutes.
func beforeConsonant(text string) string {
	for _, end := range [][2]string{{"six…", "si…"}, {"huit…", "hui…"}, {"dix…", "di…"}} {
		if before, ok := strings.CutSuffix(text, end[0]); ok {
			return before + end[1]
		}
	}
	return text
}

// tailOf is the silence after a recording: some after what is said key by key, none to speak of where
// another recording goes on.
func tailOf(l line) time.Duration {
	switch {
	case prompts.Continues(l.text):
		return 15 * time.Millisecond
	case strings.HasPrefix(l.name, "digits/"):
		return 110 * time.Millisecond
	case strings.ContainsAny(l.text, ".?؟"):
		return 100 * time.Millisecond
	}
	return 40 * time.Millisecond
}
