package app

import (
	"context"
	"time"

	"hatif/call"
	"hatif/web"
)

// newConsole makes the console, if the file wants one, and the account that somebody logs on with first.
func (a *App) newConsole(ctx context.Context) (err error) {
	if a.made.Web.Listen == "" {
		return nil
	}
	a.console, err = web.New(ctx, web.Options{
		Config: a.made.Web, Store: a.store, Floor: a.floor, Calls: a.Calls, HangUp: a.hangUpOne,
		Recordings: a.made.Recorder().Folder, Log: a.log,
		Location: func() *time.Location { return a.settings.Load().cfg.Location },
	})
	return err
}

// Console is where the console is, "http://127.0.0.1:8080"; "" when there is none.
func (a *App) Console() string {
	if a.console == nil {
		return ""
	}
	return a.console.Addr()
}

// hangUpOne ends a call in progress for an administrator.
func (a *App) hangUpOne(id string) bool {
	c := a.live.find(id)
	if c == nil {
		return false
	}
	c.Leg.Hangup(call.Administrator)
	return true
}
