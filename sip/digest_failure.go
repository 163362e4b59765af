package sip

import (
	"net/netip"
	"sync"
	"time"
)

// A Failure counts wrong credentials from one source for one account. A first request without credentials
// is no failure.
type Failure struct {
	Source  netip.Addr // invalid when the transport gave no address
	Account string     // as claimed; it need not exist
	Count   int
	Last    time.Time
}

// maxFailures is how many pairs of source and account are counted; the one quiet for longest gives way.
const maxFailures = 1024

type failureKey struct {
	source  netip.Addr
	account string
}

// failures counts wrong credentials in bounded memory, whatever names an attacker thinks of.
type failures struct {
	mu     sync.Mutex
	counts map[failureKey]*Failure                 // guarded by mu
	notify func(source netip.Addr, account string) // guarded by mu
}

// maxAccountName bounds what an attacker can make us keep for each failure.
const maxAccountName = 64

func (f *failures) add(source netip.Addr, account string, now time.Time) {
	if len(account) > maxAccountName {
		account = account[:maxAccountName]
	}
	f.mu.Lock()
	key := failureKey{source, account}
	c := f.counts[key]
	if c == nil {
		if len(f.counts) >= maxFailures {
			f.forgetQuietest()
		}
		if f.counts == nil {
			f.counts = make(map[failureKey]*Failure)
		}
		c = &Failure{Source: source, Account: account}
		f.counts[key] = c
	}
	c.Count++
	c.Last = now
	notify := f.notify
	f.mu.Unlock()
	if notify != nil {
		notify(source, account)
	}
}

// forgetQuietest makes room. f.mu is held.
func (f *failures) forgetQuietest() {
	var quietest failureKey
	var last time.Time
	for key, c := range f.counts {
		if last.IsZero() || c.Last.Before(last) {
			quietest, last = key, c.Last
		}
	}
	delete(f.counts, quietest)
}

func (f *failures) all() []Failure {
	f.mu.Lock()
	defer f.mu.Unlock()
	list := make([]Failure, 0, len(f.counts))
	for _, c := range f.counts {
		list = append(list, *c)
	}
	return list
}

func (f *failures) watch(notify func(source netip.Addr, account string)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.notify = notify
}
