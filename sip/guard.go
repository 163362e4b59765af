package sip

import (
	"log/slog"
	"net/netip"
	"sync"
	"time"
)

// maxTrails and maxBans bound what attackers can make us keep. What gives way is the trail quiet for longest, and the
// ban that ends first.
const (
	maxTrails = 1024
	maxBans   = 1024
)

// maxAccountName bounds what an attacker can make us keep for each failure.
const maxAccountName = 64

// ipv6Site is how much of an IPv6 address is looked at: who has one address has all of its /64.
const ipv6Site = 64

// A suspect is a source, with the account that it tried, or with "" for whatever it tried.
type suspect struct {
	source  netip.Prefix
	account string
}

// A trail counts the wrong credentials of a suspect, from the first until Bans.Within later.
type trail struct {
	count       int
	first, last time.Time
	told        time.Time // when the log last heard of it
}

// A ban is in force until its timer goes off.
type ban struct {
	began, ends time.Time
	failures    int // that have led to it
	timer       *time.Timer
}

// A guard counts wrong credentials, tells the log of them, and bans sources that have sent too many: first for the
// account that they tried, so that a mistyped secret behind NAT does not lock out the others there; then altogether.
// What a ban refuses is no further failure.
type guard struct {
	config Bans
	allow  []netip.Prefix
	report report

	mu      sync.Mutex
	trails  map[suspect]*trail // guarded by mu
	bans    map[suspect]*ban   // guarded by mu
	stopped bool               // no ban begins any more; guarded by mu
	failed  uint64             // guarded by mu
	refused uint64             // guarded by mu
}

// newGuard makes a guard; c is valid.
func newGuard(c Bans, log *slog.Logger) *guard {
	c = c.withDefaults()
	g := &guard{config: c, report: report{log: log}, trails: make(map[suspect]*trail), bans: make(map[suspect]*ban)}
	for _, text := range c.Allow {
		if p, err := parsePrefix(text); err == nil {
			g.allow = append(g.allow, p)
		}
	}
	return g
}

// suspectOf clips what is kept, so that the same attacker is the same suspect again.
func suspectOf(source netip.Addr, account string) suspect {
	bits := source.BitLen()
	if source.Is6() {
		bits = ipv6Site
	}
	p, _ := source.WithZone("").Prefix(bits) //nolint:errcheck // an address that there is not has the zero prefix
	return suspect{p, account[:min(len(account), maxAccountName)]}
}

// banned reports whether requests of a source for an account are refused; "" asks whether all of its are.
func (g *guard) banned(source netip.Addr, account string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.bans) == 0 || g.bans[suspectOf(source, account)] == nil {
		return false
	}
	g.refused++
	return true
}

// failure notes wrong credentials.
func (g *guard) failure(source netip.Addr, account, reason string, now time.Time) {
	g.mu.Lock()
	defer g.unlock()
	g.failed++
	one := suspectOf(source, account)
	t := g.count(one, now)
	if t.told.IsZero() || now.Sub(t.told) >= tellEvery {
		t.told = now
		g.report.failure(source, one.account, reason, t.count, now)
	}
	if !source.IsValid() || g.allowed(source) {
		return
	}
	if t.count >= g.config.Failures {
		g.ban(one, t, now)
	}
	all := suspect{source: one.source}
	if t := g.count(all, now); t.count >= g.config.FailuresInAll {
		g.ban(all, t, now)
	}
}

// unlock gives g.mu back and then tells the log what is to be told.
func (g *guard) unlock() {
	lines := g.report.take()
	g.mu.Unlock()
	for _, write := range lines {
		write()
	}
}

// count adds one to a suspect's trail. g.mu is held.
func (g *guard) count(s suspect, now time.Time) *trail {
	t := g.trails[s]
	if t == nil {
		if len(g.trails) >= maxTrails {
			g.forgetQuietest()
		}
		t = new(trail)
		g.trails[s] = t
	}
	if t.count == 0 || now.Sub(t.first) >= g.config.Within {
		t.count, t.first = 0, now
	}
	t.count++
	t.last = now
	return t
}

// forgetQuietest makes room for a trail. g.mu is held.
func (g *guard) forgetQuietest() {
	var quietest suspect
	var last time.Time
	for s, t := range g.trails {
		if last.IsZero() || t.last.Before(last) {
			quietest, last = s, t.last
		}
	}
	delete(g.trails, quietest)
}

func (g *guard) allowed(source netip.Addr) bool {
	for _, p := range g.allow {
		if p.Contains(source.WithZone("")) {
			return true
		}
	}
	return false
}

// ban refuses a suspect for a while. g.mu is held.
func (g *guard) ban(s suspect, t *trail, now time.Time) {
	if g.stopped || g.bans[s] != nil {
		return
	}
	if len(g.bans) >= maxBans {
		g.liftFirst()
	}
	b := &ban{began: now, ends: now.Add(g.config.For), failures: t.count}
	b.timer = time.AfterFunc(g.config.For, func() {
		g.mu.Lock()
		defer g.unlock()
		if g.bans[s] == b {
			g.lift(s, "its time is over")
		}
	})
	g.bans[s] = b
	g.report.banned(s, t.count, now.Sub(t.first), g.config.For, now)
	delete(g.trails, s) // when the ban ends it counts anew
}

// liftFirst makes room for a ban. g.mu is held.
func (g *guard) liftFirst() {
	var next suspect
	var ends time.Time
	for s, b := range g.bans {
		if ends.IsZero() || b.ends.Before(ends) {
			next, ends = s, b.ends
		}
	}
	g.bans[next].timer.Stop()
	g.lift(next, "too many others are banned")
}

// lift ends a ban. g.mu is held.
func (g *guard) lift(s suspect, reason string) {
	delete(g.bans, s)
	g.report.lifted(s, reason, time.Now())
}

// stop ends the timers; bans stay in force.
func (g *guard) stop() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.stopped = true
	for _, b := range g.bans {
		b.timer.Stop()
	}
}

// figures are for Stats.
func (g *guard) figures() (failed, refused uint64, bans int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.failed, g.refused, len(g.bans)
}
