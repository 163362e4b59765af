package app

import (
	"errors"
	"reflect"
	"strings"

	"hatif/call"
	"hatif/config"
	"hatif/web"
)

// needRestart are the keys that a running hatif cannot change: sockets are bound and folders opened with them.
// A reload keeps the old values and says so.
var needRestart = []struct {
	key string
	of  func(*config.Config) any
}{
	{"sip", func(c *config.Config) any { return c.SIP }},
	{"rtp", func(c *config.Config) any { return c.RTP }},
	{"web", func(c *config.Config) any { return consoleOf(c.Web) }},
	{"data", func(c *config.Config) any { return c.Data }},
	{"store", func(c *config.Config) any { return c.Store }},
	{"recordings", func(c *config.Config) any { return c.Recordings }},
	{"guests", func(c *config.Config) any { return c.Guests != "" }},
}

// consoleOf is what the console keeps from its start.
func consoleOf(w web.Config) web.Config {
	w.CallBack = "" // looked up when it is needed
	return w
}

// InForce is the configuration by which calls that begin now are served.
func (a *App) InForce() *config.Config { return a.settings.Load().cfg }

// Reload reads the file at path and puts it in force without touching a call in progress. When it has a mistake,
// nothing changes and the error says what and where. It returns the keys whose change needs a restart.
func (a *App) Reload(path string) (restart []string, err error) {
	a.reload.Lock()
	defer a.reload.Unlock()
	defer func() { a.reloads.note(restart, err) }()
	err = call.Contain(a.log, "reading the file", func() error { // which anybody may have written, in the midst of everybody's calls
		cfg, err := config.Load(path)
		if err != nil {
			return err
		}
		restart, err = a.apply(cfg, nil)
		return err
	})
	return restart, err
}

// reloadForProgram is Reload of the file that hatif was started with, for those who are answered with its mistakes.
func (a *App) reloadForProgram() ([]string, error) {
	path := a.made.Path()
	if path == "" {
		return nil, errors.New("hatif was started without a file")
	}
	restart, err := a.Reload(path)
	var wrong config.Errors
	if !errors.As(err, &wrong) {
		if err == nil {
			a.log.Info("the file is applied", "why", "a program has asked for it")
		}
		return restart, err
	}
	return nil, mistakes(err)
}

// Apply is Reload for a file that has been read.
func (a *App) Apply(cfg *config.Config) (restart []string, err error) {
	a.reload.Lock()
	defer a.reload.Unlock()
	defer func() { a.reloads.note(restart, err) }()
	return a.apply(cfg, nil)
}

// apply prepares cfg, writes it where write is not nil, and commits it when that has worked.
func (a *App) apply(cfg *config.Config, write func() error) ([]string, error) {
	s, err := a.prepare(cfg)
	if err != nil {
		return nil, err
	}
	if write != nil {
		if err := write(); err != nil {
			return nil, err
		}
	}
	var restart []string
	for _, k := range needRestart {
		if !reflect.DeepEqual(k.of(a.made), k.of(cfg)) {
			restart = append(restart, k.key)
		}
	}
	a.commit(s)
	return restart, nil
}

// ReloadAndTell is Reload for those who cannot be answered, a signal or a changed file: the log hears the result.
func (a *App) ReloadAndTell(path, why string) {
	restart, err := a.Reload(path)
	if err != nil {
		a.log.Error("the file is not applied; the old settings stay", "why", why, "error", err)
		return
	}
	a.log.Info("the file is applied", "why", why)
	if len(restart) > 0 {
		a.log.Warn("a restart is needed for changes below these keys", "keys", strings.Join(restart, ", "))
	}
}
