package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strings"

	"hatif/voicemail"
)

type hashCmd struct {
	PIN string `arg:"" optional:"" help:"The PIN; left out it is read from the input, so that no shell remembers it."`
}

// Run prints the hash of a PIN.
func (h hashCmd) Run(out io.Writer) error {
	pin := h.PIN
	if pin == "" {
		line, err := bufio.NewReader(os.Stdin).ReadString('\n')
		if err != nil && line == "" {
			return fmt.Errorf("no PIN was given: %w", err)
		}
		pin = strings.TrimSpace(line)
	}
	hash, err := voicemail.HashPIN(pin)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(out, hash)
	return err
}
