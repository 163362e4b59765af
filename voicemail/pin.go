package voicemail

import (
	"context"
	"crypto/subtle"
	"fmt"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"golang.org/x/crypto/bcrypt"

	"hatif/store"
)

// A PIN is one as the file says it: digits, or their hash.
type PIN string

// UnmarshalYAML takes the digits as they are written: 01234 without quotes would be read as the number 668.
func (p *PIN) UnmarshalYAML(text []byte) error {
	s := strings.TrimSpace(string(text))
	if isPIN(s) {
		*p = PIN(s)
		return nil
	}
	return yaml.Unmarshal(text, (*string)(p))
}

// hashCost is bcrypt's: some fifty milliseconds. PINs are short; what keeps them is that they are tried slowly.
const hashCost = 10

// HashPIN returns what may stand in the file in place of the PIN. The error says what is wrong with the PIN.
func HashPIN(pin string) (string, error) {
	if !isPIN(pin) {
		return "", fmt.Errorf("a PIN is 3 to %d digits", maxPIN)
	}
	return hash(pin)
}

// IsHash reports whether s is a hash that HashPIN could have made.
func IsHash(s string) bool {
	_, err := bcrypt.Cost([]byte(s))
	return strings.HasPrefix(s, "$2") && len(s) == 60 && err == nil
}

func hash(s string) (string, error) {
	b, err := bcrypt.GenerateFromPassword([]byte(s), hashCost)
	return string(b), err
}

func matches(hash, s string) bool {
	return bcrypt.CompareHashAndPassword([]byte(hash), []byte(s)) == nil
}

// isPINOf reports whether pin opens the box: the PIN set by phone, unless the file's has been changed since.
func (o *Office) isPINOf(ctx context.Context, box Box, pin string) (bool, error) {
	own, set, err := o.store.PIN(ctx, box.Number)
	written := string(box.PIN)
	switch {
	case err != nil:
		return false, err
	case set && matches(own.InFile, written):
		return matches(own.Hash, pin), nil
	case IsHash(written):
		return matches(written, pin), nil
	}
	return subtle.ConstantTimeCompare([]byte(written), []byte(pin)) == 1, nil
}

// changePIN sets the box's PIN by phone.
func (o *Office) changePIN(ctx context.Context, box Box, pin string) error {
	hashed, err := hash(pin)
	if err != nil {
		return err
	}
	inFile, err := hash(string(box.PIN))
	if err != nil {
		return err
	}
	return o.store.SavePIN(ctx, box.Number, store.PIN{Hash: hashed, InFile: inFile, Changed: time.Now()})
}
