package sip

import (
	"cmp"
	"net/netip"
	"slices"
	"time"
)

// A Ban is a source whose requests are refused, for one account or altogether.
type Ban struct {
	Source   netip.Prefix
	Account  string // "": whatever account it uses
	Failures int    // wrong credentials that have led to it
	Began    time.Time
	Ends     time.Time
}

// Bans are those in force, the one that ends last first.
func (a *Authenticator) Bans() []Ban {
	g := a.guard
	g.mu.Lock()
	all := make([]Ban, 0, len(g.bans))
	for s, b := range g.bans {
		all = append(all, Ban{s.source, s.account, b.failures, b.began, b.ends})
	}
	g.mu.Unlock()
	slices.SortFunc(all, func(a, b Ban) int {
		return cmp.Or(b.Ends.Compare(a.Ends), a.Source.Compare(b.Source), cmp.Compare(a.Account, b.Account))
	})
	return all
}

// Lift ends a ban before its time, and reports whether there was one.
func (a *Authenticator) Lift(source netip.Prefix, account string) bool {
	g := a.guard
	s := suspect{source, account}
	g.mu.Lock()
	defer g.unlock()
	b := g.bans[s]
	if b == nil {
		return false
	}
	b.timer.Stop()
	g.lift(s, "it was lifted by hand")
	return true
}
