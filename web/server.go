package web

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"syscall"
	"time"

	"hatif/call"
	"hatif/dialplan"
	"hatif/internal/fault"
	"hatif/queue"
	"hatif/store"
	"hatif/webhook"
)

// Options are what a Server shows, and by whom it has things done. All but Log are needed.
type Options struct {
	Config     Config
	Listener   net.Listener // from Listen; the Server's from now on
	Store      *store.DB
	Floor      *queue.Floor
	Calls      func() []call.Record           // those in progress
	HangUp     func(conversation string) bool // ends one; false: it is not in progress
	Recordings string                         // the folder of the recordings
	Location   func() *time.Location          // whose times are shown
	Log        *slog.Logger                   // nil: slog.Default

	Figures  Figures  // of the queues, for reports and ratings
	Promises Promises // the calls that are owed

	// Peaks reads the shape of a recording of size bytes; DeleteRecording deletes one of a call for an account, with
	// store.ErrHeld when it is held.
	Peaks           func(f io.ReaderAt, size int64) (Peaks, error)
	DeleteRecording func(ctx context.Context, name, call, by string) error
	// Record begins or ends the recording of a conversation in progress for somebody; see ErrNobodyTalks.
	Record func(conversation string, on bool, by string) error
	// Queues are those of the file, Members who serves them, SetOpen turns the switch of one for somebody.
	Queues  func() map[string]queue.Config
	Members func() []queue.Member
	SetOpen func(ctx context.Context, name string, to queue.Switch, by string) error
	// Outline is the dialplan as it is in force.
	Outline func() dialplan.Outline
	Prompts Prompts
	// Today is what became of the callers of the day, by queue.
	Today func() map[string]Day

	Voicemail Voicemail
	Folders   []string // of a mailbox; messages arrive in the first
	// Mailboxes are those that a person may open: their own, those open to their context and, when all is set, every one
	// that is nobody's own.
	Mailboxes func(person string, all bool) []Mailbox

	// Person reports whether the file has a user of that number.
	Person func(number string) bool
	// Reasons are those for which agents may pause, in the file's order.
	Reasons func() []string

	Metrics http.Handler                 // for Prometheus; nil: there are none
	Health  func(context.Context) []Part // every part that is needed to take a call

	System System

	Certificates string // the folder of those that an authority has given

	// CallInProgress is how far a call has come; false: it is over, or has never been.
	CallInProgress func(id string) (store.Call, bool)
	// Signalling is the SIP messages of a call so far, in order and without secrets; none: they are not kept.
	Signalling func(ctx context.Context, c store.Call) ([]store.Signal, error)

	// CallBack rings the person's phone and then the number that was left; CallsBack reports whether the file says how.
	CallsBack func() bool
	CallBack  func(ctx context.Context, person, number string, r store.Request) error

	// File is the configuration file; nil: hatif was started without one.
	File File
	// Owe has somebody called; what is wrong with the order is a *fault.Fault at the field's name.
	Owe func(ctx context.Context, o OwedOrder) (store.Owed, error)
	// Reload puts the file in force and returns the keys that need a restart; Mistakes are the file's.
	Reload func() (restart []string, err error)
	// Webhooks is who is told of events.
	Webhooks Webhooks
}

// Webhooks is what the console asks of webhooks; it is a *webhook.Sender.
type Webhooks interface {
	States(ctx context.Context) ([]webhook.State, error)
	Skip(name string) (event string, err error)
}

// Voicemail is what the console does with messages; it is a voicemail.Office.
type Voicemail interface {
	Open(m store.Message) (*os.File, error)
	Heard(ctx context.Context, m store.Message) error
	Move(ctx context.Context, m store.Message, folder string) error
	Delete(ctx context.Context, m store.Message) error
	Undelete(ctx context.Context, m store.Message) error // store.ErrNoMessage: it is gone for good
}

// A Server is the console. New, Run once, then it is over; Close instead of Run.
type Server struct {
	Options
	store   *store.DB
	log     *slog.Logger
	secure  bool // https
	handler http.Handler
	pages   pages
	drawn   drawings
	now     func() time.Time
	failed  attempts
	grants  grants        // of phones that fetch their settings
	streams chan struct{} // has room for as many consumers of events as there are
	slowest time.Duration // that such a consumer may be with what it is sent
	hashing chan struct{} // has room for as many passwords as are hashed at once: each takes 19 MiB
	leaving context.Context
	leave   context.CancelFunc // ends what streams
}

// How long a browser may take. A page that streams lifts the limit of writing.
const (
	headerTimeout = 10 * time.Second
	readTimeout   = 30 * time.Second
	writeTimeout  = 60 * time.Second
	idleTimeout   = 2 * time.Minute
	mostHeader    = 64 << 10
	mostForm      = 64 << 10 // bytes of a form
	farewell      = 3 * time.Second
	hashesAtOnce  = 2
)

// Listen binds the console's address. Its errors are faults of c. Whoever does not hand the listener to New closes it.
func Listen(ctx context.Context, c Config) (net.Listener, error) {
	if err := c.ValidateFiles(); err != nil {
		return nil, err
	}
	network := "tcp"
	if host, _, err := net.SplitHostPort(c.Listen); err == nil && net.ParseIP(host).To4() != nil {
		network = "tcp4" // 0.0.0.0 is not [::]
	}
	l, err := new(net.ListenConfig).Listen(ctx, network, c.Listen)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fault.Errorf([]string{"listen"}, "console: the port is in use by another program: %v; end that one, or write another port", err)
	case err != nil:
		return nil, fault.Errorf([]string{"listen"}, "console: %v; write an address of this machine, such as 127.0.0.1:8080", err)
	}
	return l, nil
}

// New makes the console and serves nothing yet. ctx bounds only the making.
func New(ctx context.Context, o Options) (*Server, error) {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	s := &Server{
		Options: o, store: o.Store, log: o.Log, secure: o.Config.Secure(), now: time.Now,
		hashing: make(chan struct{}, hashesAtOnce), streams: make(chan struct{}, mostStreams), slowest: streamWrite,
	}
	s.leaving, s.leave = context.WithCancel(context.WithoutCancel(ctx))
	var err error
	if s.pages, err = readPages(); err != nil {
		return nil, err
	}
	if s.Listener, err = o.secured(); err != nil {
		return nil, err
	}
	s.handler = s.routes()
	return s, nil
}

// Addr is where the console is: "http://127.0.0.1:8080", or the name of its certificate.
func (s *Server) Addr() string {
	if s.Config.ACME.used() {
		return "https://" + s.Config.ACME.Hosts[0]
	}
	scheme := "http"
	if s.secure {
		scheme = "https"
	}
	return scheme + "://" + s.Listener.Addr().String()
}

// Run serves until ctx ends; pages that are being read are finished.
func (s *Server) Run(ctx context.Context) error {
	server := &http.Server{
		Handler: s.handler, ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
		ReadHeaderTimeout: headerTimeout, ReadTimeout: readTimeout, WriteTimeout: writeTimeout, IdleTimeout: idleTimeout,
		MaxHeaderBytes: mostHeader,
	}
	over := make(chan error, 1)
	go func() { over <- server.Serve(s.Listener) }()
	select {
	case err := <-over:
		s.leave()
		return fmt.Errorf("console: %w", err)
	case <-ctx.Done():
	}
	s.leave()
	bounded, stop := context.WithTimeout(context.WithoutCancel(ctx), farewell)
	defer stop()
	err := server.Shutdown(bounded)
	if err != nil {
		s.log.Debug("a browser was cut off", "error", err)
		err = server.Close()
	}
	if served := <-over; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}

// Close gives the address back when Run will not be called. After Run it does nothing.
func (s *Server) Close() error {
	s.leave()
	if err := s.Listener.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
		return fmt.Errorf("console: %w", err)
	}
	return nil
}

// routes is every address of the console: what it needs stands beside it.
func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /static/", http.StripPrefix("/static/", static()))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	mux.HandleFunc("GET /readyz", s.ready)
	mux.HandleFunc("GET /metrics", s.metrics)
	mux.Handle("GET /logon", s.open(s.logonPage))
	mux.Handle("POST /logon", s.open(s.logon))
	mux.Handle("POST /language", s.open(s.chooseLanguage))
	mux.Handle("POST /logoff", s.known(s.logoff))
	mux.Handle("GET /password", s.known(s.passwordPage))
	mux.Handle("POST /password", s.known(s.changePassword))

	mux.Handle("GET /{$}", s.known(s.home))
	mux.Handle("GET /board", s.with(seeBoard, s.board))
	mux.Handle("GET /board/live", s.with(seeBoard, s.boardLive))
	mux.Handle("POST /calls/{id}/hangup", s.with(steer, s.hangUp))
	mux.Handle("GET /calls/{id}/move", s.with(steer, s.movePage))
	mux.Handle("POST /calls/{id}/move", s.with(steer, s.moveCaller))
	mux.Handle("POST /calls/{id}/record", s.with(steer, s.recordCall(true)))
	mux.Handle("POST /calls/{id}/unrecord", s.with(steer, s.recordCall(false)))
	mux.Handle("POST /agents/{user}/pause", s.with(steer, s.pauseAgent))
	mux.Handle("POST /agents/{user}/unpause", s.with(steer, s.unpauseAgent))
	mux.Handle("POST /agents/{user}/logoff", s.with(steer, s.logOffAgent))
	mux.Handle("POST /agents/{user}/logon", s.with(steer, s.logOnAgent))
	mux.Handle("POST /agents/{user}/ready", s.with(steer, s.readyAgent))

	mux.Handle("GET /calls", s.known(s.calls))
	mux.Handle("GET /calls.csv", s.known(s.callsCSV))
	mux.Handle("GET /calls/{id}", s.known(s.call))
	mux.Handle("GET /recordings/{day}/{file}", s.with(listen, s.recording))

	mux.Handle("GET /calls/{id}/sip.pcap", s.with(seeSignalling, s.pcap))

	mux.Handle("GET /requests", s.with(seeRequests, s.requests))
	mux.Handle("GET /requests.csv", s.with(seeRequests, s.requestsCSV))
	mux.Handle("POST /requests/{id}/mark", s.with(callBack, s.markRequest))
	mux.Handle("POST /requests/{id}/call", s.with(callBack, s.callRequest))

	mux.Handle("GET /ratings", s.with(seeRatings, s.ratings))
	mux.Handle("GET /ratings.csv", s.with(seeRatings, s.ratingsCSV))

	mux.Handle("GET /reports", s.with(seeReports, s.reports))
	mux.Handle("GET /reports.csv", s.with(seeReports, s.reportsCSV))
	mux.Handle("GET /recordings", s.with(listen, s.recordings))
	mux.Handle("GET /calls/{id}/recordings/{n}", s.with(listen, s.player))
	mux.Handle("GET /calls/{id}/recordings/{n}/peaks", s.with(listen, s.peaks))
	mux.Handle("POST /calls/{id}/recordings/{n}/hold", s.with(keepRecordings, s.holdRecording))
	mux.Handle("POST /calls/{id}/recordings/{n}/release", s.with(keepRecordings, s.releaseRecording))
	mux.Handle("POST /calls/{id}/recordings/{n}/delete", s.with(keepRecordings, s.deleteRecording))

	mux.Handle("GET /owed", s.with(seeOwed, s.owed))
	mux.Handle("POST /owed/{id}/cancel", s.with(seeOwed, s.cancelOwed))
	mux.Handle("POST /owed/{id}/now", s.with(seeOwed, s.hastenOwed))

	mux.Handle("GET /voicemail", s.with(openBoxes, s.voicemail))
	mux.Handle("GET /voicemail/{id}", s.with(openBoxes, s.message))
	mux.Handle("POST /voicemail/{id}/move", s.with(openBoxes, s.moveMessage))
	mux.Handle("POST /voicemail/{id}/undelete", s.with(openBoxes, s.undeleteMessage))
	mux.Handle("POST /voicemail/{id}/delete", s.with(openBoxes, s.deleteMessage))

	mux.Handle("GET /people", s.with(changeFile, s.people))
	mux.Handle("GET /people/+new", s.with(changeFile, s.newPerson))
	mux.Handle("POST /people", s.with(changeFile, s.savePerson))
	mux.Handle("GET /people/{number}", s.with(changeFile, s.person))
	mux.Handle("POST /people/{number}", s.with(changeFile, s.savePerson))
	mux.Handle("POST /people/{number}/remove", s.with(changeFile, s.removePerson))
	mux.Handle("GET /people/{number}/phone", s.with(changeFile, s.phoneSettings))
	mux.Handle("GET /provision/{token}", s.open(s.provision))
	mux.Handle("GET /configuration", s.with(changeFile, s.configuration))
	mux.Handle("POST /configuration", s.with(changeFile, s.saveConfiguration))
	mux.Handle("POST /configuration/edit", s.with(changeFile, s.editConfiguration))
	mux.Handle("POST /configuration/check", s.with(changeFile, s.checkConfiguration))
	mux.Handle("GET /configuration/versions", s.with(changeFile, s.versions))
	mux.Handle("POST /configuration/restore", s.with(changeFile, s.restore))
	mux.Handle("GET /configuration/explain", s.with(changeFile, s.explain))
	mux.Handle("GET /queues", s.with(seeQueues, s.queues))
	mux.Handle("GET /queues/{name}", s.with(seeQueues, s.queues))
	mux.Handle("POST /queues/{name}/switch", s.with(steer, s.switchQueue))
	mux.Handle("GET /queues/+new", s.with(changeQueues, s.newQueue))
	mux.Handle("POST /queues", s.with(changeQueues, s.saveQueue))
	mux.Handle("GET /queues/{name}/settings", s.with(changeQueues, s.changeQueue))
	mux.Handle("POST /queues/{name}/settings", s.with(changeQueues, s.saveQueue))
	mux.Handle("POST /queues/{name}/remove", s.with(changeQueues, s.removeQueue))
	mux.Handle("GET /plan", s.with(seeQueues, s.plan))
	mux.Handle("GET /prompts", s.with(changePrompts, s.prompts))
	mux.Handle("GET /prompts/{language}/{name...}", s.with(seeQueues, s.prompt))
	mux.Handle("POST /prompts/{language}/{name...}", s.with(changePrompts, s.changePrompt))

	mux.Handle("GET /accounts", s.with(admit, s.accounts))
	mux.Handle("POST /accounts", s.with(admit, s.addAccount))
	mux.Handle("POST /accounts/{name}/role", s.with(admit, s.changeRole))
	mux.Handle("POST /accounts/{name}/password", s.with(admit, s.resetPassword))
	mux.Handle("POST /accounts/{name}/remove", s.with(admit, s.removeAccount))
	mux.Handle("GET /audit", s.with(seeAudit, s.audit))

	mux.Handle("GET /tokens", s.with(admit, s.tokens))
	mux.Handle("POST /tokens", s.with(admit, s.addToken))
	mux.Handle("POST /tokens/{name}/revoke", s.with(admit, s.revokeToken))
	mux.Handle(apiRoot+"/", s.api())

	mux.Handle("GET /system", s.with(seeSystem, s.systemPage))
	mux.Handle("GET /system/now", s.with(seeSystem, s.systemNowPart))
	mux.Handle("GET /system/log", s.with(seeSystem, s.systemLogPart))
	mux.Handle("POST /system/registrations/remove", s.with(repair, s.removeRegistration))
	mux.Handle("POST /system/bans/lift", s.with(repair, s.liftBan))
	mux.Handle("/", s.known(func(http.ResponseWriter, *http.Request, *visitor) error { return errNotFound }))
	protection := http.NewCrossOriginProtection()
	protection.SetDenyHandler(http.HandlerFunc(s.crossOrigin))
	return harden(protection.Handler(mux))
}
