package softphone

import (
	"context"
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"flag"
	"fmt"
	"log/slog"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"
)

// within is the longest that any wait of these tests may take.
func within(t *testing.T) context.Context {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), 10*time.Second)
	t.Cleanup(stop)
	return ctx
}

func must[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func phone(t *testing.T, o Options) *Phone {
	t.Helper()
	p := must(New(o))(t)
	t.Cleanup(func() { ok(t, p.Close()) })
	return p
}

// pair is two phones that call each other directly: a dials b.
func pair(t *testing.T, a, b Options) (*Phone, *Phone) {
	t.Helper()
	if b.User == "" {
		b.User = "2001"
	}
	callee := phone(t, b)
	a.Server, a.Transport = callee.Addr().String(), b.Transport
	if a.User == "" {
		a.User, a.DisplayName = "1001", "Outside caller"
	}
	return phone(t, a), callee
}

// talking is a call from a to b that b has answered.
func talking(t *testing.T, a, b *Phone) (*Call, *Call) {
	t.Helper()
	ctx := within(t)
	b.SetPolicy(AnswerAtOnce)
	out := must(a.Dial(ctx, b.User()))(t)
	in := must(b.NextCall(ctx))(t)
	ok(t, in.WaitAnswered(ctx))
	return out, in
}

// registrar is the smallest server that a phone can log on to: one realm, one secret, digest in the
// algorithm given, contacts in a map.
type registrar struct {
	addr, algorithm, secret string

	mu       sync.Mutex
	nonces   int
	contacts map[string]string // URI to expires
	granted  int
}

func startRegistrar(t *testing.T, network, algorithm string) *registrar {
	t.Helper()
	r := &registrar{algorithm: algorithm, secret: "s3cret", contacts: make(map[string]string), granted: 60}
	discard := slog.New(slog.DiscardHandler)
	ua := must(sipgo.NewUA(sipgo.WithUserAgentTransactionLayerOptions(sip.WithTransactionLayerLogger(discard)),
		sipgo.WithUserAgentTransportLayerOptions(sip.WithTransportLayerLogger(discard))))(t)
	srv := must(sipgo.NewServer(ua, sipgo.WithServerLogger(discard)))(t)
	client := must(sipgo.NewClient(ua, sipgo.WithClientLogger(discard)))(t)
	srv.OnRegister(r.register)
	srv.OnSubscribe(r.subscribe(func(req *sip.Request) error {
		_, err := client.Do(t.Context(), req)
		return err
	}))
	srv.OnOptions(func(req *sip.Request, tx sip.ServerTransaction) {
		if err := tx.Respond(sip.NewResponseFromRequest(req, 200, "OK", nil)); err != nil {
			t.Error(err)
		}
	})
	ctx, stop := context.WithCancel(context.Background())
	ready := make(chan string, 1)
	done := make(chan struct{})
	//nolint:staticcheck // the key is sipgo's, and a string
	listening := context.WithValue(ctx, sipgo.ListenReadyCtxKey, sipgo.ListenReadyFuncCtxValue(func(_, addr string) { ready <- addr }))
	go func() {
		defer close(done)
		_ = srv.ListenAndServe(listening, network, "127.0.0.1:0")
	}()
	addr := <-ready
	r.mu.Lock()
	r.addr = addr
	r.mu.Unlock()
	t.Cleanup(func() { stop(); <-done; _ = ua.Close() })
	return r
}

func (r *registrar) register(req *sip.Request, tx sip.ServerTransaction) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.authentic(req) {
		res := sip.NewResponseFromRequest(req, 401, "Unauthorized", nil)
		r.nonces++
		res.AppendHeader(sip.NewHeader("WWW-Authenticate", fmt.Sprintf(`Digest realm="test", nonce="n%d", algorithm=%s, qop="auth"`, r.nonces, r.algorithm)))
		_ = tx.Respond(res)
		return
	}
	res := sip.NewResponseFromRequest(req, 200, "OK", nil)
	if c := req.Contact(); c != nil {
		expires := headerValue(req, "Expires")
		switch {
		case c.Address.Wildcard:
			clear(r.contacts)
		case expires == "0":
			delete(r.contacts, c.Address.String())
		default:
			r.contacts[c.Address.String()] = fmt.Sprint(r.granted)
		}
	}
	for uri, expires := range r.contacts {
		res.AppendHeader(sip.NewHeader("Contact", "<"+uri+">;expires="+expires))
	}
	_ = tx.Respond(res)
}

func (r *registrar) authentic(req *sip.Request) bool {
	h := req.GetHeader("Authorization")
	if h == nil {
		return false
	}
	field := func(name string) string {
		_, rest, _ := strings.Cut(h.Value(), name+"=")
		if rest, quoted := strings.CutPrefix(rest, `"`); quoted {
			v, _, _ := strings.Cut(rest, `"`)
			return v
		}
		v, _, _ := strings.Cut(rest, ",")
		return strings.TrimSpace(v)
	}
	hash := func(parts ...string) string {
		s := []byte(strings.Join(parts, ":"))
		if r.algorithm == "SHA-256" {
			sum := sha256.Sum256(s)
			return hex.EncodeToString(sum[:])
		}
		sum := md5.Sum(s)
		return hex.EncodeToString(sum[:])
	}
	want := hash(hash(field("username"), "test", r.secret), field("nonce"), field("nc"), field("cnonce"), field("qop"),
		hash("REGISTER", field(" uri")))
	return field("nonce") == fmt.Sprintf("n%d", r.nonces) && field("response") == want
}

// TestMain runs many tests at a time, since they mostly wait, and checks that nothing of the phones is left when all
// are through.
func TestMain(m *testing.M) {
	flag.Parse()
	if err := flag.Set("test.parallel", "8"); err != nil {
		panic(err)
	}
	code := m.Run()
	for deadline := time.Now().Add(5 * time.Second); code == 0; time.Sleep(10 * time.Millisecond) {
		n := runtime.NumGoroutine()
		if n <= 2 {
			break
		}
		if time.Now().After(deadline) {
			buf := make([]byte, 1<<20)
			fmt.Printf("%d goroutines are left:\n%s\n", n, buf[:runtime.Stack(buf, true)])
			code = 1
		}
	}
	if code != 0 {
		panic(fmt.Sprintf("exit %d", code))
	}
}

func contextFor(t *testing.T, d time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(t.Context(), d)
}

// pause lets real sockets do their work for a moment.
func pause(t *testing.T, d time.Duration) {
	ctx, stop := contextFor(t, d)
	defer stop()
	<-ctx.Done()
}
