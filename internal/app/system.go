package app

import (
	"context"
	"net/netip"
	"runtime"
	figures "runtime/metrics"
	"sync"
	"time"

	"hatif/internal/metrics"
	"hatif/media"
	"hatif/sip"
	"hatif/web"
)

// system is what the console shows of hatif and can have repaired.
func (a *App) system() web.System {
	registrar, auth := a.ua.Registrar(), a.ua.Authenticator()
	return web.System{
		State:         a.state,
		Registrations: a.registrations,
		Remove:        func(user, uri string) bool { return registrar.Remove(user, uri) > 0 },
		Bans:          func() []web.Ban { return bans(auth.Bans()) },
		Lift: func(source, account string) bool {
			p, err := prefixOf(source)
			return err == nil && auth.Lift(p, account)
		},
		Log: a.tail,
	}
}

func (a *App) registrations() []web.Registration {
	people := a.settings.Load().cfg.Users
	var all []web.Registration
	for _, b := range a.ua.Registrar().All() {
		r := web.Registration{
			User: b.User, Name: people[b.User].Name, URI: b.URI, Address: b.Source, Transport: b.Transport, Device: b.UserAgent,
			Since: b.Since, Expires: b.Expires, Fixed: b.Fixed(),
		}
		if r.Address == "" {
			r.Address = b.Target
		}
		all = append(all, r)
	}
	return all
}

func bans(list []sip.Ban) []web.Ban {
	var all []web.Ban
	for _, b := range list {
		source := b.Source.String()
		if b.Source.Addr().Is4() {
			source = b.Source.Addr().String()
		}
		all = append(all, web.Ban{Source: source, Account: b.Account, Failures: b.Failures, Since: b.Began, Until: b.Ends})
	}
	return all
}

// prefixOf reads the source of a ban as bans writes it.
func prefixOf(source string) (netip.Prefix, error) {
	if at, err := netip.ParseAddr(source); err == nil {
		return netip.PrefixFrom(at, at.BitLen()), nil
	}
	return netip.ParsePrefix(source)
}

// state is how hatif fares now.
func (a *App) state(ctx context.Context) web.State {
	s := web.State{
		Started: a.began, Versions: []string{"hatif " + Version(), runtime.Version() + " " + runtime.GOOS + "/" + runtime.GOARCH},
		Parts: a.Health(ctx), Reload: a.reloads.latest(),
	}
	if database, err := a.store.Version(ctx); err == nil { // else Health says so
		s.Versions = append(s.Versions, database)
	}
	s.Load = a.load()
	return s
}

// load is what hatif uses of the machine.
func (a *App) load() web.Load {
	heap := []figures.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	figures.Read(heap) // which stops nothing, as runtime.ReadMemStats does
	sound := a.engine.Stats()
	l := web.Load{
		Heap: heap[0].Value.Uint64(), Goroutines: runtime.NumGoroutine(), Calls: a.live.count(),
		Ports: sound.Ports, MostPorts: sound.MostPorts, Skipped: sound.Late,
	}
	process, err := metrics.ReadProcess()
	if err != nil {
		a.log.Debug("the system does not say what hatif uses", "error", err)
	}
	l.CPU, l.Resident = time.Duration(process.CPU*float64(time.Second)), process.Resident
	l.Descriptors, l.MostDescriptors = process.Descriptors, process.MostDescriptors
	a.pace.rates(&l, sound, time.Now())
	return l
}

// A pace turns counters into rates since somebody looked last.
type pace struct {
	mu           sync.Mutex
	before, last look // guarded by mu
}

// A look is what counters said at a moment.
type look struct {
	at      time.Time
	cpu     time.Duration
	packets uint64
	lag     media.Lag
}

// shortestLook is what lies between two looks at least: over less, rates say nothing.
const shortestLook = 2 * time.Second

// rates fills in what is a rate of l, whose counters are known.
func (p *pace) rates(l *web.Load, s media.Stats, at time.Time) {
	now := look{at: at, cpu: l.CPU, packets: s.PacketsReceived + s.PacketsSent, lag: s.Lag}
	p.mu.Lock()
	defer p.mu.Unlock()
	if now.at.Sub(p.last.at) >= shortestLook {
		p.before, p.last = p.last, now
	}
	since := now.at.Sub(p.before.at)
	if p.before.at.IsZero() || since <= 0 {
		return
	}
	l.Cores = float64(now.cpu-p.before.cpu) / float64(since)
	l.Packets = float64(now.packets-p.before.packets) / since.Seconds()
	if n := now.lag.Count - p.before.lag.Count; n > 0 {
		l.Lag = (now.lag.Sum - p.before.lag.Sum) / time.Duration(n)
	}
}

// start is the first look.
func (p *pace) start(at time.Time) { p.before, p.last = look{at: at}, look{at: at} }
