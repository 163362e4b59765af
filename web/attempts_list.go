package web

import (
	"strings"
	"time"
)

// What stands between an account and an address in the key of an attempt, and for whatever account.
const (
	attemptFrom = " from "
	anybody     = "anybody"
)

// waiting are the attempts whose next one has to wait.
func (a *attempts) waiting(now time.Time) []Ban {
	a.mu.Lock()
	defer a.mu.Unlock()
	var all []Ban
	for key, f := range a.failed {
		i := strings.LastIndex(key, attemptFrom)
		if i < 0 {
			continue
		}
		account, source := key[:i], key[i+len(attemptFrom):]
		free := freeFailures
		if account == anybody {
			free = freeFailuresHere
		}
		if f.n < free {
			continue
		}
		if until := f.last.Add(delayAfter(f.n - free)); until.After(now) {
			all = append(all, Ban{Source: source, Account: strings.TrimSuffix(account, anybody), Failures: f.n, Since: f.last, Until: until, Console: true})
		}
	}
	return all
}

// forgive forgets failures, of an account or of anybody from an address, and reports whether there were any.
func (a *attempts) forgive(source, account string) bool {
	if account == "" {
		account = anybody
	}
	key := account + attemptFrom + source
	a.mu.Lock()
	defer a.mu.Unlock()
	_, known := a.failed[key]
	delete(a.failed, key)
	return known
}
