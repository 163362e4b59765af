package config

import (
	"crypto/rand"
	_ "embed"
	"errors"
	"fmt"
	"math/big"
	"os"
	"regexp"
	"strings"
)

//go:embed sample.yaml
var sample string

// A placeholder of the sample is replaced, each time it stands there, by a fresh random secret or PIN.
var placeholder = regexp.MustCompile(`<(secret|pin)>`)

// Sample returns the shipped file with fresh random secrets.
func Sample() (string, error) {
	var failed error
	text := placeholder.ReplaceAllStringFunc(sample, func(which string) string {
		var s string
		var err error
		if which == "<pin>" {
			s, err = FreshPIN()
		} else {
			s, err = FreshSecret()
		}
		failed = errors.Join(failed, err)
		return s
	})
	return text, failed
}

// WriteSample writes the shipped file to path, readable by its owner only, and fails if a file is there.
func WriteSample(path string) error {
	text, err := Sample()
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	_, err = f.WriteString(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(fmt.Errorf("write %s: %w", path, err), os.Remove(path))
	}
	return nil
}

// secretLetters are those that nobody takes for another.
const secretLetters = "abcdefghijkmnpqrstuvwxyz23456789"

// random returns n characters of the alphabet, chosen by the system's random source.
func random(alphabet string, n int) (string, error) {
	var b strings.Builder
	for range n {
		i, err := rand.Int(rand.Reader, big.NewInt(int64(len(alphabet))))
		if err != nil {
			return "", fmt.Errorf("random secret: %w", err)
		}
		b.WriteByte(alphabet[i.Int64()])
	}
	return b.String(), nil
}
