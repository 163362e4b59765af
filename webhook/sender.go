package webhook

import (
	"context"
	"errors"
	"iter"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"

	"hatif/store"
)

// A Store keeps the events and the hooks' places; *store.DB is one.
type Store interface {
	OwnEvents(ctx context.Context, after int64, limit int) iter.Seq2[store.Event, error]
	EventSpan(ctx context.Context) (first, last int64, err error)
	Webhook(ctx context.Context, name string) (h store.Webhook, known bool, err error)
	SaveWebhook(ctx context.Context, h store.Webhook) error
}

// Options are what a Sender works with.
type Options struct {
	Store     Store
	Transport http.RoundTripper // nil: one that verifies certificates
	Log       *slog.Logger      // nil: none
}

// A Sender tells receivers of events. Its methods may be called from any goroutine.
type Sender struct {
	store  Store
	client *http.Client
	log    *slog.Logger
	wake   chan struct{} // capacity 1: one look finds everything

	mu     sync.Mutex
	wanted map[string]Config // guarded by mu
	fresh  bool              // guarded by mu: wanted was said again, so that those who are gone are tried again
	hooks  map[string]*hook  // guarded by mu: those that run
}

// What can be wrong with skipping an event.
var (
	ErrUnknown    = errors.New("no such webhook")
	ErrNotFailing = errors.New("the webhook takes what it is sent")
)

// New makes a Sender; events are sent while Run runs.
func New(o Options) *Sender {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Transport == nil {
		o.Transport = transport()
	}
	return &Sender{
		store: o.Store, client: newClient(o.Transport), log: o.Log, wake: make(chan struct{}, 1), hooks: make(map[string]*hook),
	}
}

// Apply says who is told from now on. Whoever is told already goes on from where they are; somebody new hears of what
// happens next. The configurations are valid.
func (s *Sender) Apply(wanted map[string]Config) {
	s.mu.Lock()
	s.wanted, s.fresh = maps.Clone(wanted), true
	s.mu.Unlock()
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// A running hook can be ended and waited for.
type running struct {
	*hook
	end  context.CancelFunc
	over chan struct{} // closed when it has ended
}

// Run sends events until ctx ends. What is not sent then is sent by the next Run.
func (s *Sender) Run(ctx context.Context) error {
	all := make(map[string]running)
	for {
		wanted, fresh := s.order()
		for name, r := range all {
			if c, still := wanted[name]; still && same(c, r.cfg) && (!fresh || !r.isStopped()) {
				continue
			}
			r.end()
			<-r.over
			delete(all, name)
			s.know(name, nil)
		}
		for name, c := range wanted {
			if _, runs := all[name]; !runs {
				all[name] = s.start(ctx, name, c)
			}
		}
		select {
		case <-s.wake:
		case <-ctx.Done():
			for name, r := range all {
				r.end()
				<-r.over
				s.know(name, nil)
			}
			s.client.CloseIdleConnections()
			return nil
		}
	}
}

func (s *Sender) order() (map[string]Config, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	fresh := s.fresh
	s.fresh = false
	return s.wanted, fresh
}

func (s *Sender) start(ctx context.Context, name string, c Config) running {
	h := &hook{
		name: name, cfg: c, store: s.store, client: s.client, log: s.log.With("webhook", name), skips: make(chan struct{}, 1),
		place: store.Webhook{Name: name},
	}
	ctx, end := context.WithCancel(ctx)
	r := running{hook: h, end: end, over: make(chan struct{})}
	s.know(name, h)
	go func() {
		defer close(r.over)
		h.run(ctx)
	}()
	return r
}

// know makes a hook one that can be asked for its state; nil: it runs no more.
func (s *Sender) know(name string, h *hook) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if h == nil {
		delete(s.hooks, name)
		return
	}
	s.hooks[name] = h
}

// A State is how one webhook stands.
type State struct {
	Name      string
	URL       string   // without what may be secret
	Events    []string // none: all
	Cursor    int64    // the last event that it has taken, or did not want
	Behind    int64    // events since
	Succeeded time.Time
	Failing   time.Time // since when it takes none; zero: it does
	Failures  int       // in a row
	Trouble   string    // why it failed last
	Next      time.Time // when it is tried again; zero: nothing waits
	Stopped   bool      // it has said that it is gone
}

// States are those of all that run, by name.
func (s *Sender) States(ctx context.Context) ([]State, error) {
	_, last, err := s.store.EventSpan(ctx)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []State
	for _, name := range slices.Sorted(maps.Keys(s.hooks)) {
		all = append(all, s.hooks[name].state(last))
	}
	return all, nil
}

func (h *hook) state(last int64) State {
	h.mu.Lock()
	defer h.mu.Unlock()
	state := State{
		Name: h.name, URL: redacted(h.cfg.URL), Events: h.cfg.Events, Cursor: h.place.Event, Behind: max(0, last-h.place.Event),
		Succeeded: h.place.Succeeded, Failing: h.place.Failing, Failures: h.failures, Trouble: h.trouble, Next: h.next, Stopped: h.stopped,
	}
	if h.stopped {
		state.Next = time.Time{}
	}
	return state
}

func (h *hook) isStopped() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.stopped
}

// Skip has a webhook give up the event that it does not take, and returns which that is. The errors are ErrUnknown and
// ErrNotFailing.
func (s *Sender) Skip(name string) (event string, err error) {
	s.mu.Lock()
	h := s.hooks[name]
	s.mu.Unlock()
	if h == nil {
		return "", ErrUnknown
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.trying == "" {
		return "", ErrNotFailing
	}
	select {
	case h.skips <- struct{}{}:
	default: // somebody has just said so
	}
	return h.trying, nil
}
