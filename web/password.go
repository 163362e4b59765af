package web

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
)

// How costly a password is to try: 19 MiB, two passes, one lane, as OWASP advises for argon2id (RFC 9106).
const (
	hashMemory = 19 * 1024 // KiB
	hashTime   = 2
	hashLanes  = 1
	saltLength = 16
	keyLength  = 32
)

// leastPassword is how many characters a chosen password has at least; mostPassword bounds what is hashed.
const (
	leastPassword = 10
	mostPassword  = 200
)

var errPassword = fmt.Errorf("a password has %d to %d characters", leastPassword, mostPassword)

// goodPassword is the mistake of a password that somebody wants to have.
func goodPassword(p string) error {
	if n := utf8.RuneCountInString(p); n < leastPassword || n > mostPassword {
		return errPassword
	}
	return nil
}

// HashPassword returns p's argon2id hash in the PHC string format.
func HashPassword(p string) string {
	salt := make([]byte, saltLength)
	rand.Read(salt) //nolint:errcheck // never fails (crypto/rand)
	return formatHash(salt, argon2.IDKey([]byte(p), salt, hashTime, hashMemory, hashLanes, keyLength))
}

func formatHash(salt, key []byte) string {
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, hashMemory, hashTime, hashLanes,
		b64.EncodeToString(salt), b64.EncodeToString(key))
}

var errHash = errors.New("the stored password is no argon2id hash")

// matches reports whether p is the password of hash.
func matches(hash, p string) (bool, error) {
	parts := strings.Split(hash, "$")
	if len(parts) != 6 || parts[1] != "argon2id" {
		return false, errHash
	}
	var version int
	var memory, passes uint32
	var lanes uint8
	if _, err := fmt.Sscanf(parts[2]+" "+parts[3], "v=%d m=%d,t=%d,p=%d", &version, &memory, &passes, &lanes); err != nil {
		return false, fmt.Errorf("%w: %w", errHash, err)
	}
	salt, err := base64.RawStdEncoding.DecodeString(parts[4])
	if err != nil {
		return false, fmt.Errorf("%w: %w", errHash, err)
	}
	key, err := base64.RawStdEncoding.DecodeString(parts[5])
	if err != nil || version != argon2.Version || passes == 0 || lanes == 0 || len(key) == 0 {
		return false, errHash
	}
	got := argon2.IDKey([]byte(p), salt, passes, memory, lanes, uint32(len(key)))
	return subtle.ConstantTimeCompare(got, key) == 1, nil
}

// newPassword is a password for one log-on: sixteen letters and digits in fours, eighty bits.
func newPassword() string {
	t := strings.ToLower(rand.Text())
	return t[:4] + "-" + t[4:8] + "-" + t[8:12] + "-" + t[12:16]
}
