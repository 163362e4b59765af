package store

import (
	"strings"
	"testing"
)

func TestALockThatCannotSayWhoHasItIsAnError(t *testing.T) {
	const full = "/dev/full" // opens, locks, and refuses what is written
	lock, err := lockFile(full)
	if err == nil {
		t.Fatal("it was taken", lock.Close())
	}
	if !strings.Contains(err.Error(), "lock "+full) {
		t.Errorf("the error is %v", err)
	}
}
