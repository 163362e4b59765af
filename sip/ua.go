package sip

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"log/slog"
	"net"
	"net/netip"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/emiago/sipgo/sip"
)

// A UA is the user agent: the sockets, the transactions, the dialogs and the registrar of one hatif.
type UA struct {
	config    Config
	log       *slog.Logger
	t1        time.Duration
	advertise struct {
		host string // "": the address that a packet leaves from
		port int    // 0: the one listened on
	}
	dialer func(context.Context, netip.AddrPort) (net.Conn, error)

	udp       []*udpSocket
	listeners []net.Listener
	conns     connections
	routes    routes
	parser    *sip.Parser
	seed      maphash.Seed
	lenient   *sip.Parser // for messages that parser refuses: just enough to answer 400

	registrar *Registrar
	auth      *Authenticator
	txs       *transactions
	dialogs   dialogs
	lamps     *lamps
	names     names
	stats     counters
	traces    *traces // nil: none are kept

	ready    chan struct{} // closed when phones can be called
	onInvite atomic.Pointer[func(*Dialog)]
	draining atomic.Bool
	handlers atomic.Int64 // requests being handled

	mu      sync.Mutex
	base    context.Context // guarded by mu: what dialogs' contexts are made from; nil: not running
	life    context.Context // guarded by mu: ends when the sockets are given back; nil: not running
	die     func()          // guarded by mu: ends life; nil: not running
	closing bool            // guarded by mu: nothing new begins
	closed  bool            // guarded by mu: sockets are given back
	wg      sync.WaitGroup  // every goroutine of the UA; Add only under mu
}

// Ready is closed when Run knows the phones that had logged on before, and can call them.
func (ua *UA) Ready() <-chan struct{} { return ua.ready }

// New binds the sockets of c.Listen and starts nothing. store keeps registrations over a restart; nil: they last as
// long as the process. The error names the address that could not be bound.
func New(c Config, store Store, log *slog.Logger) (*UA, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	c = c.withDefaults()
	addrs := make([]listen, len(c.Listen))
	for i, s := range c.Listen {
		var err error
		if addrs[i], err = parseListen(s); err != nil {
			return nil, err
		}
	}
	packets, listeners, err := bind(addrs)
	if err != nil {
		return nil, err
	}
	return newUA(c, packets, listeners, store, log)
}

// newUA makes a UA of sockets that are open.
func newUA(c Config, packets []packetConn, listeners []net.Listener, store Store, log *slog.Logger) (*UA, error) {
	ua := &UA{
		config: c, log: log, t1: c.T1, ready: make(chan struct{}), listeners: listeners, txs: newTransactions(),
		dialer: dialTCP, seed: maphash.MakeSeed(), parser: sip.NewParser(), lenient: lenientParser(),
	}
	ua.dialogs.byTag = make(map[string]*Dialog)
	ua.lamps = newLamps(ua)
	if c.Trace {
		ua.traces = newTraces()
	}
	for _, p := range packets {
		ua.udp = append(ua.udp, newUDPSocket(p))
	}
	var err error
	if ua.advertise.host, ua.advertise.port, err = parseAdvertise(c.Advertise); err != nil {
		return nil, errors.Join(err, ua.Close())
	}
	accounts := NewAccounts(c.Realm)
	ua.auth = NewAuthenticator(accounts, AuthConfig{Guests: c.Guests, Bans: c.Bans, Log: log})
	ua.registrar = NewRegistrar(RegistrarConfig{
		MinExpiry: c.MinExpiry, MaxExpiry: c.MaxExpiry, DefaultExpiry: c.DefaultExpiry, MaxContacts: c.MaxContacts,
	}, accounts, ua.auth, store, log)
	return ua, nil
}

func dialTCP(ctx context.Context, to netip.AddrPort) (net.Conn, error) {
	var d net.Dialer
	return d.DialContext(ctx, "tcp", to.String())
}

// Run serves until ctx ends, then ends every dialog, closes the sockets and returns when nothing of the UA runs any
// more. SetAccounts and OnInvite come before it. The error says why the UA cannot go on; it is nil when ctx ended it.
func (ua *UA) Run(ctx context.Context) error {
	if err := ua.registrar.Load(ctx); err != nil {
		if ctx.Err() != nil { // stopped before it began: that is no failure
			return ua.Close()
		}
		return errors.Join(fmt.Errorf("sip: registrations: %w", err), ua.Close())
	}
	// Dialogs end with a cause of their own and with a BYE, not with ctx: only its values go into them.
	ua.mu.Lock()
	if ua.closed || ua.base != nil {
		ua.mu.Unlock()
		return errors.New("sip: a user agent runs once")
	}
	ua.base = context.WithoutCancel(ctx)
	ua.life, ua.die = context.WithCancel(ua.base)
	ua.mu.Unlock()
	close(ua.ready)

	failed := make(chan error, len(ua.udp)+len(ua.listeners)+1) // each part says at most one thing
	part := func(name string, serve func() error) {
		ua.spawn(func() {
			err := errors.New("it has panicked")
			defer func() {
				if err != nil {
					failed <- fmt.Errorf("sip: %s: %w", name, err)
				}
			}()
			err = serve()
		})
	}
	for _, s := range ua.udp {
		part("udp "+s.at.String(), func() error { return s.serve(ua) })
	}
	for _, l := range ua.listeners {
		part("tcp "+l.Addr().String(), func() error { return ua.accept(l) })
	}
	// The registrar outlives the sockets, so that the last REGISTER is written, too.
	registrarCtx, stopRegistrar := context.WithCancel(ua.base)
	defer stopRegistrar()
	part("registrar", func() error { return ua.registrar.Run(registrarCtx) })

	var err error
	select {
	case <-ctx.Done():
	case err = <-failed:
	}
	ua.goodbye()
	err = errors.Join(err, ua.Close())
	ua.txs.stop()
	ua.auth.guard.stop()
	stopRegistrar()
	ua.wg.Wait()
	ua.dialogs.clear()  // those whose ACK never came
	ua.lamps.endAll("") // those who subscribed during the goodbye
	return err
}

// goodbye ends every dialog and subscription and waits a moment for the phones to agree.
func (ua *UA) goodbye() {
	ua.draining.Store(true)
	for _, d := range ua.dialogs.all() {
		d.Bye(End{Code: sip.StatusServiceUnavailable, Q850: 41, Reason: "shutting down", By: ByUs})
	}
	ua.lamps.endAll("probation;retry-after=" + retryLater)
	for wait := ua.t1; wait > 0 && ua.txs.waiting()+ua.dialogs.count() > 0; wait -= ua.t1 / 25 {
		time.Sleep(ua.t1 / 25)
	}
}

// Close gives the sockets back without Run. After Run it does nothing.
func (ua *UA) Close() (err error) {
	ua.mu.Lock()
	done, die := ua.closed, ua.die
	ua.closed, ua.closing = true, true
	ua.mu.Unlock()
	if done {
		return nil
	}
	if die != nil {
		die()
	}
	for _, l := range ua.listeners {
		err = errors.Join(err, l.Close())
	}
	for _, s := range ua.udp {
		err = errors.Join(err, s.conn.Close())
	}
	return errors.Join(err, ua.conns.closeAll())
}

// enter begins a piece of work that Run joins; false: the UA is closing.
func (ua *UA) enter() bool {
	ua.mu.Lock()
	defer ua.mu.Unlock()
	if ua.closing {
		return false
	}
	ua.wg.Add(1)
	return true
}

// spawn runs f on a goroutine of its own, which Run joins. It reports false, and does nothing, when the UA is closing.
func (ua *UA) spawn(f func()) bool {
	if !ua.enter() {
		return false
	}
	go func() {
		defer ua.wg.Done()
		defer ua.contain()
		f()
	}()
	return true
}

// do runs f on this goroutine, a timer's, and lets Run wait for it.
func (ua *UA) do(f func()) {
	if !ua.enter() {
		return
	}
	defer ua.wg.Done()
	defer ua.contain()
	f()
}

// contain keeps a panic from ending the process. It is deferred.
func (ua *UA) contain() {
	if p := recover(); p != nil {
		ua.stats.panics.Add(1)
		ua.log.Error("panic in SIP handler", "panic", p, "stack", string(debug.Stack()))
	}
}

// running returns the context that dialogs' contexts are made from; nil when the UA does not run.
func (ua *UA) running() context.Context {
	ua.mu.Lock()
	defer ua.mu.Unlock()
	if ua.closing {
		return nil
	}
	return ua.base
}

// lifetime is the context of work that outlives a dialog: a BYE that needs a connection first.
func (ua *UA) lifetime() context.Context {
	ua.mu.Lock()
	defer ua.mu.Unlock()
	return ua.life
}

// Addrs are the addresses listened on, as Config.Listen writes them, with the ports really bound.
func (ua *UA) Addrs() []string {
	var addrs []string
	for _, s := range ua.udp {
		addrs = append(addrs, "udp://"+s.at.String())
	}
	for _, l := range ua.listeners {
		addrs = append(addrs, "tcp://"+addrPortOf(l.Addr()).String())
	}
	return addrs
}

// What Serving returns.
var (
	ErrNotRunning = errors.New("not running")
	ErrDraining   = errors.New("draining: new calls are refused")
)

// Serving is nil while new calls are taken.
func (ua *UA) Serving() error {
	switch {
	case ua.running() == nil:
		return ErrNotRunning
	case ua.draining.Load():
		return ErrDraining
	}
	return nil
}

// SetAccounts swaps who may log on; registrations of accounts that are gone are dropped, calls go on. Phones whose
// account has another mailbox now are told what waits there.
func (ua *UA) SetAccounts(accounts map[string]Account) {
	before := ua.registrar.accounts.all()
	ua.registrar.SetAccounts(accounts)
	ua.lamps.reassigned(before)
}

// Registrar is where the phones are.
func (ua *UA) Registrar() *Registrar { return ua.registrar }

// Authenticator is what asks requests for credentials.
func (ua *UA) Authenticator() *Authenticator { return ua.auth }

// OnInvite sets who takes calls: f is called on a goroutine of its own for every INVITE that is authenticated and
// well formed; 100 Trying has been sent. The dialog outlives f; a panic in f ends the dialog with 500. Without f
// every call is refused with 480.
func (ua *UA) OnInvite(f func(*Dialog)) { ua.onInvite.Store(&f) }

// SetDraining refuses new calls with 503, and OPTIONS too, so that balancers look elsewhere. Calls in progress go on.
func (ua *UA) SetDraining(draining bool) { ua.draining.Store(draining) }

func errorf(format string, args ...any) error { return fmt.Errorf(format, args...) }
