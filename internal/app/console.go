package app

import (
	"context"
	"errors"
	"io"
	"maps"
	"net"
	"path/filepath"
	"slices"
	"time"

	"hatif/call"
	"hatif/callback"
	"hatif/dialplan"
	"hatif/queue"
	"hatif/recorder"
	"hatif/store"
	"hatif/voicemail"
	"hatif/web"
)

// newConsole makes the console, if the file wants one, and the account that somebody logs on with first.
func (a *App) newConsole(ctx context.Context) (err error) {
	if a.made.Web.Listen == "" {
		return nil
	}
	a.console, err = web.New(ctx, web.Options{
		Config: a.made.Web, Listener: a.door, Store: a.store, Floor: a.floor, Calls: a.Calls, CallInProgress: a.live.row, HangUp: a.hangUpOne,
		Recordings: a.made.Recorder().Folder, Log: a.log, Figures: a.ledger, Promises: promises{a.book},
		DeleteRecording: a.shelf().Delete,
		Peaks: func(f io.ReaderAt, size int64) (web.Peaks, error) {
			p, err := recorder.ReadPeaks(f, size)
			return web.Peaks(p), err
		},
		Record: a.recordOne, Today: a.figuresToday,
		Queues:    func() map[string]queue.Config { return a.settings.Load().cfg.Queues },
		Members:   func() []queue.Member { return a.settings.Load().members },
		SetOpen:   switches{a.floor, a.store}.SetOpen,
		Outline:   func() dialplan.Outline { return a.settings.Load().plan.Outline() },
		Prompts:   promptDesk{a},
		Location:  func() *time.Location { return a.settings.Load().cfg.Location },
		Voicemail: a.office, Folders: voicemail.Folders(), Mailboxes: a.mailboxes, CallBack: a.callBack,
		Signalling: a.signalling, System: a.system(),
		Certificates: filepath.Join(a.made.Data, "certificates"),
		Metrics:      a.figures.Handler(a.log), Health: a.Health,
		Person:    func(number string) bool { _, is := a.settings.Load().cfg.Users[number]; return is },
		Reasons:   func() []string { return a.settings.Load().cfg.PauseReasons },
		CallsBack: func() bool { return a.settings.Load().cfg.Web.CallBack != "" },
		File:      a.newFile(),
		Owe:       a.owe, Reload: a.reloadForProgram, Webhooks: a.hooks,
	})
	if host, _, splitErr := net.SplitHostPort(a.made.Web.Listen); err == nil && splitErr == nil && !a.made.Web.Secure() && !net.ParseIP(host).IsLoopback() && host != "localhost" {
		a.log.Warn("the console is open to others without a certificate: whoever is on the way reads passwords", "listen", a.made.Web.Listen, "remedy", "web.acme, or web.cert and web.key, or 127.0.0.1")
	}
	return err
}

// mailboxes are those that a person may open, by number: as they may at the phone, and those that are nobody's own when
// all is set.
func (a *App) mailboxes(person string, all bool) []web.Mailbox {
	cfg := a.settings.Load().cfg
	var list []web.Mailbox
	boxes := cfg.Boxes()
	for _, number := range slices.Sorted(maps.Keys(boxes)) {
		box, user := boxes[number], cfg.Users[person]
		own := box.Person && number == person
		shared := !box.Person && (all || slices.Contains(box.OpenTo, user.Context) && user.Context != "")
		if own || shared {
			list = append(list, web.Mailbox{Number: number, Name: box.Name})
		}
	}
	return list
}

// promises are the Book's as the console wants them: what comes too late is no failure.
type promises struct{ book *callback.Book }

func (p promises) Cancel(ctx context.Context, id, by string) (late bool, err error) {
	return untimely(p.book.Cancel(ctx, id, by))
}

func (p promises) Hasten(ctx context.Context, id string) (late bool, err error) {
	return untimely(p.book.Hasten(ctx, id))
}

func untimely(err error) (late bool, other error) {
	if errors.Is(err, callback.ErrLate) {
		return true, nil
	}
	return false, err
}

// errNoCallBack says what the administrator has to do.
var errNoCallBack = errors.New("web.call_back names no context")

// callBack has a person's phone rung; when they answer, the context of web.call_back dials the number.
func (a *App) callBack(ctx context.Context, person, number string, r store.Request) error {
	cfg := a.settings.Load().cfg
	if cfg.Web.CallBack == "" {
		return errNoCallBack
	}
	_, err := a.book.Owe(ctx, callback.Promise{
		To: person, Run: cfg.Web.CallBack, At: time.Now().In(cfg.Location), Tries: 1, Shown: number,
		Variables: map[string]string{"number": number, "request": r.ID}, Call: r.Call, Queue: r.Queue,
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
