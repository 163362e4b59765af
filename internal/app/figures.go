package app

import (
	"context"
	"errors"
	"runtime/debug"

	"hatif/internal/metrics"
	"hatif/web"
)

// newFigures makes the metrics of the parts, which are there.
func (a *App) newFigures() *metrics.Metrics {
	return metrics.New(metrics.Sources{
		SIP: a.ua.Stats, Phones: a.phones, Media: a.engine.Stats, Floor: a.floor.Snapshot, Calls: a.live.count,
		Store: a.store.Stats, Recorder: a.recorder.Stats, Reloads: a.reloads.figures, Version: Version(), Started: a.began,
	})
}

func (a *App) phones() metrics.Phones {
	var p metrics.Phones
	last := ""
	for _, b := range a.ua.Registrar().All() { // ordered by user
		p.Bindings++
		if p.Users == 0 || b.User != last {
			p.Users, last = p.Users+1, b.User
		}
	}
	return p
}

// Health is every part that is needed to take a call, and what is amiss with it.
func (a *App) Health(ctx context.Context) []web.Part {
	media := error(nil)
	if !a.engine.Running() {
		media = errors.New("not running")
	}
	parts := []web.Part{part("sip", a.ua.Serving()), part("media", media), part("database", a.store.Check(ctx))}
	return parts
}

func part(name string, err error) web.Part {
	p := web.Part{Name: name}
	if err != nil {
		p.Err = err.Error()
	}
	return p
}

// Version says which hatif this is: the module's version, and the commit that it was built from.
func Version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	v := info.Main.Version
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			v += " " + s.Value[:12]
		}
	}
	return v
}
