package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"hatif/call"
	"hatif/call/sipleg"
	"hatif/callback"
	"hatif/config"
	"hatif/internal/fault"
	"hatif/internal/metrics"
	"hatif/internal/tail"
	"hatif/media"
	"hatif/queue"
	"hatif/queue/history"
	"hatif/recorder"
	"hatif/sip"
	"hatif/store"
	"hatif/transfer"
	"hatif/voicemail"
	"hatif/web"
	"hatif/webhook"
)

// An App is one hatif. New, Run once, then it is over.
type App struct {
	log *slog.Logger

	// Permanent parts, in the order in which they are made; stopped in the opposite one.
	store    *store.DB
	journal  *journal
	tracer   *tracer
	history  *history.Keeper
	ledger   *history.Ledger
	today    *history.Today
	recorder *recorder.Recorder
	office   *voicemail.Office
	engine   *media.Engine
	ua       *sip.UA
	lines    *call.Lines
	network  *sipleg.Network
	floor    *queue.Floor
	roster   roster
	talks    *transfer.Switchboard
	book     *callback.Book
	hooks    *webhook.Sender
	door     net.Listener // the console's, until it is made
	console  *web.Server  // nil: the file wants none

	// Settings, swapped whole by Reload.
	settings atomic.Pointer[settings]
	reload   sync.Mutex // one Reload at a time

	figures *metrics.Metrics
	reloads reloads
	began   time.Time
	tail    *tail.Ring // the last of the log
	pace    pace

	live   *live
	fresh  folders         // what New made for the first time
	ctx    context.Context // of every call; ends when calls must
	hangUp context.CancelCauseFunc
	made   *config.Config // what the permanent parts were made with
}

// New makes every part and binds every socket, and starts nothing. When it fails nothing is left behind. ctx bounds
// only the making.
func New(ctx context.Context, cfg *config.Config, log *slog.Logger) (_ *App, err error) {
	a := &App{log: log, made: cfg, lines: new(call.Lines), live: newLive(), talks: transfer.New(), began: time.Now()}
	a.tail = new(tail.Ring)
	a.log = slog.New(a.tail.Handler(log.Handler()))
	log = a.log
	a.reloads.begin(a.began)
	a.pace.start(a.began)
	a.ctx, a.hangUp = context.WithCancelCause(context.WithoutCancel(ctx))
	defer func() {
		if err != nil {
			err = errors.Join(err, a.abandon())
		}
	}()

	// A mistake in the file is found, and every port bound, before anything is written.
	if _, err := a.prepare(cfg); err != nil {
		return nil, err
	}
	advertise, err := advertiser(ctx, cfg.SIP)
	if err != nil {
		return nil, err
	}
	keeper := new(bindings)
	signalling := cfg.SIP
	signalling.Guests = cfg.Guests != ""
	if a.ua, err = sip.New(signalling, keeper, log); err != nil {
		return nil, err
	}
	if a.engine, err = media.NewEngine(media.Config{
		FirstPort: cfg.RTP.Ports.First, LastPort: cfg.RTP.Ports.Last,
		Advertise: advertise, SilenceLimit: cfg.RTP.SilenceLimit,
	}, log); err != nil {
		return nil, err
	}
	if cfg.Web.Listen != "" {
		if a.door, err = web.Listen(ctx, cfg.Web); err != nil {
			return nil, cfg.Located(fault.Under(err, "web"))
		}
	}
	voicemailFolder := filepath.Join(cfg.Data, "voicemail")
	for _, f := range []struct {
		name, path string
		perm       os.FileMode
	}{
		{"data", cfg.Data, 0o700}, {"recordings", cfg.Recorder().Folder, 0o750}, {"voicemail", voicemailFolder, 0o750},
	} {
		if err := a.fresh.make(f.path, f.perm); err != nil {
			return nil, fmt.Errorf("%s folder: %w", f.name, err)
		}
	}
	if a.recorder, err = recorder.New(cfg.Recorder(), log); err != nil {
		return nil, err
	}
	if a.store, err = store.Open(ctx, store.Options{DSN: cfg.Store, Dir: cfg.Data, Log: log, Recorded: a.recorder.Left}); err != nil {
		return nil, err
	}
	keeper.db = a.store
	a.journal = newJournal(a.store.BeginCall, log)
	a.tracer = newTracer(a.ua, a.store.SaveSignalling, log)
	if a.office, err = voicemail.New(ctx, voicemailFolder, a.store, log); err != nil {
		return nil, err
	}
	a.network = sipleg.New(sipleg.Options{
		UA: a.ua, Engine: a.engine, Lines: a.lines, InBand: cfg.RTP.InBandDigits, Log: log,
		Profile: a.profile, Guest: a.guest,
	})
	if a.history, err = history.New(ctx, a.store, log); err != nil {
		return nil, err
	}
	a.ledger = history.NewLedger(history.LedgerOptions{
		DB: a.store, Log: log, Zone: func() *time.Location { return a.settings.Load().cfg.Location },
		Keeps: func() time.Duration { return time.Duration(a.keepDays().Events) * 24 * time.Hour },
	})
	if a.today, err = history.NewToday(ctx, a.store, time.Now(), a.zone, a.serviceLevel); err != nil {
		return nil, err
	}
	a.floor = queue.New(queue.Options{Log: log, Observe: func(ev queue.Event) { a.history.Observe(ev); a.today.Observe(ev) }})
	if err := (switches{a.floor, a.store}).restore(ctx); err != nil {
		return nil, err
	}
	a.roster = roster{floor: a.floor, store: a.store, log: log, people: func() map[string]config.User { return a.settings.Load().cfg.Users }}
	if err := a.roster.restore(ctx, cfg.Users); err != nil {
		return nil, err
	}
	a.book = callback.New(ctx, callback.Options{
		Store: a.store, Dialer: a.network, Serve: a.serveOwed, Knows: a.knows, Log: log,
		Restore: a.restorePlaces,
		Busy:    func(account string) bool { return a.lines.Busy(account) > 0 },
	})
	a.hooks = webhook.New(webhook.Options{Store: a.store, Log: log})
	a.office.Watch(a.ua.SetMessages)
	a.lines.Watch(a.floor.SetBusy)
	a.ua.Registrar().Watch(a.floor.SetRegistered)
	a.ua.OnInvite(a.take)

	// The dialplan dials and records with parts that the first prepare could not know.
	s, err := a.prepare(cfg)
	if err != nil {
		return nil, err
	}
	a.commit(s)
	a.figures = a.newFigures()
	return a, a.newConsole(ctx)
}

// Run serves until ctx ends, then takes no new calls, waits for those in progress as long as the file allows (or
// until EndCalls), and stops every part. The error says which part failed; it is nil after an orderly stop.
func (a *App) Run(ctx context.Context) error {
	parts, stopParts := context.WithCancel(context.WithoutCancel(ctx))
	defer stopParts()
	var group errgroup.Group
	failed := make(chan struct{}) // closed by the first part that ends before it should
	var once sync.Once
	run := func(name string, f func(context.Context) error) {
		group.Go(func() error {
			err := f(parts)
			if parts.Err() == nil {
				once.Do(func() { close(failed) })
				if err == nil {
					err = errors.New("ended too early")
				}
			}
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			return nil
		})
	}
	// Stopped in the opposite order: what is used outlives what uses it.
	storing, stopStoring := context.WithCancel(context.WithoutCancel(ctx))
	defer stopStoring()
	var keepers errgroup.Group
	keepers.Go(func() error { return a.store.Run(storing) })
	keepers.Go(func() error { return a.journal.run(storing) })
	keepers.Go(func() error { return a.tracer.run(storing) })
	keepers.Go(func() error { return a.history.Run(storing) })
	keepers.Go(func() error { return a.roster.keep(storing) })
	keepers.Go(func() error { return a.recorder.Run(storing) })
	run("media", a.engine.Run)
	run("sip", a.ua.Run)
	run("owed calls", a.runBook)
	run("orders for agents", a.roster.obey)
	run("webhooks", a.hooks.Run)
	run("figures", a.ledger.Run)
	if a.console != nil {
		run("console", a.console.Run)
	}
	retention := janitor{
		days: a.keepDays, disk: a.keepDisk, recordings: a.shelf().days, oldest: a.shelf().disk,
		calls: a.store.PruneCalls, owed: a.store.PruneOwed, events: a.store.PruneQueueEvents,
		ratings: a.store.PruneRatings, requests: a.store.PruneRequests, audit: a.store.PruneAudit,
		told: a.store.PruneEvents, signalling: a.store.PruneSignalling, messages: a.office.Prune, log: a.log,
	}
	run("retention", retention.run)

	select {
	case <-ctx.Done():
		a.drain()
	case <-failed:
		a.log.Error("a part of hatif has failed: stopping")
	}
	a.hangUp(call.Draining)
	<-a.live.close()
	stopParts()
	err := group.Wait()
	stopStoring()
	if err := errors.Join(err, keepers.Wait(), a.Close()); err != nil {
		return err
	}
	a.log.Info("stopped")
	return nil
}

// runBook makes the calls that we owe, as soon as the phones are known: to call before would cost a promise one of its
// tries.
func (a *App) runBook(ctx context.Context) error {
	select {
	case <-a.ua.Ready():
		return a.book.Run(ctx)
	case <-ctx.Done():
		return nil
	}
}

// drain refuses new calls, makes none, and waits for those in progress.
func (a *App) drain() {
	a.ua.SetDraining(true)
	a.book.Drain()
	limit := a.settings.Load().cfg.Stop.Wait
	if !a.live.drain(a.ctx, limit, a.waitingFor) {
		a.log.Warn("calls in progress are ended", "calls", len(a.live.all()))
	}
}

// EndCalls ends all calls in progress at once, with ended; used when nobody wants to wait any longer.
func (a *App) EndCalls() { a.hangUp(call.Draining) }

// Close gives back what New took, last in first out, when Run will not be called. After Run it does nothing.
func (a *App) Close() error {
	var errs []error
	switch {
	case a.console != nil:
		errs = append(errs, a.console.Close())
	case a.door != nil:
		errs = append(errs, a.door.Close())
	}
	if a.store != nil {
		errs = append(errs, a.store.Close())
	}
	if a.engine != nil {
		errs = append(errs, a.engine.Close())
	}
	if a.ua != nil {
		errs = append(errs, a.ua.Close())
	}
	return errors.Join(errs...)
}

// abandon is Close for a New that has failed: what it has made for the first time goes, too.
func (a *App) abandon() error {
	a.hangUp(nil)
	var err error
	if a.store != nil {
		err = a.store.Abandon()
		a.store = nil
	}
	return errors.Join(err, a.Close(), a.fresh.undo())
}

// Addrs are the SIP addresses listened on, "udp://127.0.0.1:5060".
func (a *App) Addrs() []string { return a.ua.Addrs() }

// Calls is every call in progress, as its record stands now.
func (a *App) Calls() []call.Record {
	var records []call.Record
	for _, c := range a.live.all() {
		records = append(records, c.Snapshot())
	}
	return records
}

// Store is the database, for reading.
func (a *App) Store() *store.DB { return a.store }

// Voicemail is the mailboxes, for watching.
func (a *App) Voicemail() *voicemail.Office { return a.office }

// Floor is the queues and agents, for watching.
func (a *App) Floor() *queue.Floor { return a.floor }

// Leftovers names what should be gone after Run has returned and is not: calls, dialogs, ports. It is "" after a
// clean stop.
func (a *App) Leftovers() string {
	var left []string
	if n := len(a.live.all()); n > 0 {
		left = append(left, fmt.Sprintf("%d calls", n))
	}
	if n := a.talks.Talks(); n > 0 {
		left = append(left, fmt.Sprintf("%d legs in conversations", n))
	}
	if n := a.ua.Stats().Dialogs; n > 0 {
		left = append(left, fmt.Sprintf("%d dialogs", n))
	}
	if n := a.engine.Stats().Ports; n > 0 {
		left = append(left, fmt.Sprintf("%d media ports", n))
	}
	return strings.Join(left, ", ")
}
