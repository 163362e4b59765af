package sip

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// memoryStore keeps bindings as a database would, and counts the transactions.
type memoryStore struct {
	mu    sync.Mutex
	rows  map[string]Binding // guarded by mu
	saves int                // guarded by mu
	fail  error              // guarded by mu

	during func() // happens while a save is on its way
}

func (s *memoryStore) LoadBindings(context.Context) ([]Binding, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []Binding
	for _, b := range s.rows {
		all = append(all, b)
	}
	return all, s.fail
}

func (s *memoryStore) SaveBindings(ctx context.Context, put, gone []Binding) error {
	if s.during != nil {
		s.during()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fail != nil {
		return s.fail
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	s.saves++
	if s.rows == nil {
		s.rows = make(map[string]Binding)
	}
	for _, b := range gone {
		delete(s.rows, b.ID)
	}
	for _, b := range put {
		s.rows[b.ID] = b
	}
	return nil
}

// state is "user target expiry-in-seconds" of every row, and how many transactions there were.
func (s *memoryStore) state() (rows map[string]bool, saves int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	rows = make(map[string]bool)
	for _, b := range s.rows {
		rows[fmt.Sprintf("%s %s %.0f", b.User, b.Target, time.Until(b.Expires).Seconds())] = true
	}
	return rows, s.saves
}

func (s *memoryStore) setFail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fail = err
}

func (s *memoryStore) expect(t *testing.T, saves int, rows ...string) {
	t.Helper()
	want := make(map[string]bool)
	for _, row := range rows {
		want[row] = true
	}
	got, n := s.state()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the store holds (-want +got):\n%s", diff)
	}
	if n != saves {
		t.Errorf("%d transactions, want %d", n, saves)
	}
}

func TestANewPhoneIsSavedAtOnceAndRefreshesInBatches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := new(memoryStore)
		r, _ := newTestRegistrar(RegistrarConfig{}, store, amal, Account{User: "2002"})
		run(t, r)
		a, b := newPhone(t, "2001", "127.0.0.1:5070"), newPhone(t, "2002", "127.0.0.1:5080")
		a.register(r, 300)
		synctest.Wait()
		store.expect(t, 1, "2001 127.0.0.1:5070 300")
		b.register(r, 300)
		synctest.Wait()
		store.expect(t, 2, "2001 127.0.0.1:5070 300", "2002 127.0.0.1:5080 300")

		time.Sleep(100 * time.Second)
		for range 10 {
			a.register(r, 300)
			b.register(r, 300)
			synctest.Wait()
		}
		store.expect(t, 2, "2001 127.0.0.1:5070 200", "2002 127.0.0.1:5080 200")
		time.Sleep(SaveDelay)
		synctest.Wait()
		store.expect(t, 3, "2001 127.0.0.1:5070 299", "2002 127.0.0.1:5080 299")

		a.contact = "127.0.0.1:5999" // moved: this is where it can be found now
		a.register(r, 300)
		synctest.Wait()
		store.expect(t, 4, "2001 127.0.0.1:5999 300", "2002 127.0.0.1:5080 299")
		b.register(r, 0)
		synctest.Wait()
		store.expect(t, 5, "2001 127.0.0.1:5999 300")
	})
}

func TestAnExpiredPhoneLeavesTheStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := new(memoryStore)
		r, _ := newTestRegistrar(RegistrarConfig{}, store, amal)
		run(t, r)
		newPhone(t, "2001", "127.0.0.1:5070").register(r, 60)
		time.Sleep(60*time.Second + Grace + 2*sweepPause)
		synctest.Wait()
		store.expect(t, 2)
	})
}

func TestWhatIsUnsavedIsSavedWhenTheServiceStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := new(memoryStore)
		r, _ := newTestRegistrar(RegistrarConfig{}, store, amal)
		ctx, cancel := context.WithCancel(t.Context())
		var done sync.WaitGroup
		done.Go(func() {
			if err := r.Run(ctx); err != nil {
				t.Error(err)
			}
		})
		p := newPhone(t, "2001", "127.0.0.1:5070")
		p.register(r, 300)
		synctest.Wait()
		p.register(r, 600)
		cancel()
		done.Wait()
		store.expect(t, 2, "2001 127.0.0.1:5070 600")
	})
}

func TestRegistrationsSurviveARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := new(memoryStore)
		people := []Account{amal, {User: "2002"}, {User: "2003"}, {User: "2005"}, {User: "2004"}}
		before, _ := newTestRegistrar(RegistrarConfig{}, store, people...)
		run(t, before)
		udp := newPhone(t, "2001", "192.168.1.10:5060")
		udp.source = "127.0.0.9:31000"
		udp.register(before, 300)
		tcp := newPhone(t, "2002", "127.0.0.1:5080")
		tcp.transport, tcp.source = "TCP", "127.0.0.1:49152"
		tcp.register(before, 300)
		nat := newPhone(t, "2005", "192.168.1.10:5060") // only the phone can open its connection again
		nat.transport, nat.source = "TCP", "127.0.0.9:49152"
		nat.register(before, 300)
		newPhone(t, "2003", "127.0.0.1:5090").register(before, 60)
		newPhone(t, "2004", "127.0.0.1:5091").register(before, 300)
		time.Sleep(100 * time.Second)

		after, _ := newTestRegistrar(RegistrarConfig{}, store, people[:4]...) // 2004 was taken out of the file
		heard := make(map[string]bool)
		after.Watch(func(user string, registered bool) { heard[user] = registered })
		if err := after.Load(t.Context()); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(map[string]bool{"2001": true, "2002": true}, heard); diff != "" {
			t.Errorf("watchers heard (-want +got):\n%s", diff)
		}
		if got := targets(after, "2001"); got != "udp 127.0.0.9:31000" {
			t.Errorf("a phone behind NAT is called at %q", got)
		}
		if got := targets(after, "2002"); got != "tcp 127.0.0.1:5080" {
			t.Errorf("a phone whose stream is gone is called at %q, want its contact", got)
		}
		run(t, after)
		udp.register(after, 300) // the same Call-ID goes on
		time.Sleep(SaveDelay)
		synctest.Wait()
		if rows, _ := store.state(); len(rows) != 2 || !rows["2001 127.0.0.9:31000 299"] {
			t.Errorf("the store holds %v", rows)
		}
		time.Sleep(200*time.Second + Grace + sweepPause)
		synctest.Wait()
		if got := targets(after, "2002"); got != "" || heard["2002"] {
			t.Errorf("a loaded binding did not expire: %q", got)
		}
		udp.cseq = 0
		udp.challenge = nil
		if res := udp.send(after, "Contact: "+udp.contactHeader("")); res.StatusCode != 500 {
			t.Errorf("a request older than the restart got %d, want 500", res.StatusCode)
		}
	})
}

func TestAStoreThatFailsHarmsNoRegistrationAndIsTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &memoryStore{fail: errors.New("disk full")}
		var log bytes.Buffer
		r, _ := newTestRegistrar(RegistrarConfig{}, store, amal, Account{User: "2002"})
		r.log = slog.New(slog.NewTextHandler(&log, nil))
		ctx, cancel := context.WithCancel(t.Context())
		var done sync.WaitGroup
		done.Go(func() {
			if err := r.Run(ctx); err != nil {
				t.Error(err)
			}
		})
		a := newPhone(t, "2001", "127.0.0.1:5070")
		a.register(r, 300)
		time.Sleep(5 * time.Second)
		newPhone(t, "2002", "127.0.0.1:5080").register(r, 300)
		a.register(r, 0)
		time.Sleep(5 * time.Second)
		store.setFail(nil)
		time.Sleep(2 * SaveDelay)
		synctest.Wait()
		store.expect(t, 1, "2002 127.0.0.1:5080 293")
		cancel()
		done.Wait()
		if n := strings.Count(log.String(), "not saved"); n != 1 || !strings.Contains(log.String(), "disk full") {
			t.Errorf("the failure is logged %d times, want once:\n%s", n, log.String())
		}
		if n := strings.Count(log.String(), "saved again"); n != 1 {
			t.Errorf("the recovery is logged %d times, want once:\n%s", n, log.String())
		}
	})
}

func TestAStoreThatCannotBeReadIsAnError(t *testing.T) {
	r, _ := newTestRegistrar(RegistrarConfig{}, &memoryStore{fail: errors.New("no such table")}, amal)
	if err := r.Load(t.Context()); err == nil || !strings.Contains(err.Error(), "no such table") {
		t.Errorf("got %v", err)
	}
}

func TestAnAccountTypeIsReadAndWrittenAsItsWord(t *testing.T) {
	for _, want := range []AccountType{Friend, User, Peer} {
		text, err := want.MarshalText()
		if err != nil {
			t.Fatal(err)
		}
		var got AccountType
		if err := got.UnmarshalText(text); err != nil || got != want || got.String() != string(text) {
			t.Errorf("%v became %q became %v, %v", want, text, got, err)
		}
	}
	var none AccountType
	if err := none.UnmarshalText([]byte("fiend")); err == nil || !strings.Contains(err.Error(), "fiend") {
		t.Errorf("got %v", err)
	}
}

func TestAnExpiredBindingIsNotLoaded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		at := func(id, contact string, expires time.Duration) Binding {
			return Binding{ID: id, User: "2001", URI: "sip:2001@" + contact, Transport: "UDP", Target: contact, Source: contact,
				Since: time.Now().Add(-time.Hour), Expires: time.Now().Add(expires)}
		}
		store := &memoryStore{rows: map[string]Binding{
			"a": at("a", "127.0.0.1:1", -Grace), "b": at("b", "127.0.0.1:2", -Grace+1), "c": at("c", "127.0.0.1:3", time.Minute),
		}}
		r, _ := newTestRegistrar(RegistrarConfig{}, store, amal)
		var heard []bool
		r.Watch(func(_ string, registered bool) { heard = append(heard, registered) })
		if err := r.Load(t.Context()); err != nil {
			t.Fatal(err)
		}
		r.mu.Lock()
		kept := len(r.users["2001"])
		r.mu.Unlock()
		if got := targets(r, "2001"); got != "udp 127.0.0.1:3, udp 127.0.0.1:2" || kept != 2 {
			t.Errorf("phones are %q, %d are kept", got, kept)
		}
		if diff := cmp.Diff([]bool{true}, heard); diff != "" {
			t.Errorf("watchers heard (-want +got):\n%s", diff)
		}
		run(t, r)
		time.Sleep(2 * SaveDelay)
		synctest.Wait()
		store.expect(t, 1, "2001 127.0.0.1:3 58")
	})
}

func TestABindingThatIsReplacedBeforeItWasSweptLeavesTheStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := new(memoryStore)
		r, _ := newTestRegistrar(RegistrarConfig{}, store, amal)
		newPhone(t, "2001", "127.0.0.1:1").register(r, 60)
		if err := r.save(t.Context(), time.Now()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(60*time.Second + Grace) // nobody sweeps
		newPhone(t, "2001", "127.0.0.1:2").register(r, 60)
		if err := r.save(t.Context(), time.Now()); err != nil {
			t.Fatal(err)
		}
		store.expect(t, 2, "2001 127.0.0.1:2 60")
	})
}

func TestAChangeDuringAFailedSaveIsNotUndoneByItsRepetition(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &memoryStore{fail: errors.New("disk full")}
		r, _ := newTestRegistrar(RegistrarConfig{}, store, amal)
		p := newPhone(t, "2001", "127.0.0.1:1")
		p.register(r, 60)
		store.during = func() { p.register(r, 0) }
		if err := r.save(t.Context(), time.Now()); err == nil {
			t.Fatal("a failed save was not reported")
		}
		store.during = nil
		store.setFail(nil)
		time.Sleep(SaveDelay)
		if err := r.save(t.Context(), time.Now()); err != nil {
			t.Fatal(err)
		}
		store.expect(t, 1)
	})
}
