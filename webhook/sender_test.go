package webhook

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"hatif/store"
)

const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" // 24 bytes

// A shelf is a store in memory.
type shelf struct {
	mu     sync.Mutex
	first  int64         // the first event that is kept
	events []store.Event // guarded by mu
	places map[string]store.Webhook
	saves  int
	away   error // the database is away
}

func newShelf() *shelf { return &shelf{first: 1, places: make(map[string]store.Webhook)} }

func (s *shelf) add(kind, name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.events = append(s.events, store.Event{ID: int64(len(s.events) + 1), At: time.Now(), Kind: kind, Data: json.RawMessage(`{"id":"` + name + `"}`)})
}

func (s *shelf) OwnEvents(_ context.Context, after int64, limit int) iter.Seq2[store.Event, error] {
	s.mu.Lock()
	defer s.mu.Unlock()
	from := max(after, s.first-1)
	some := slices.Clone(s.events[from:min(int64(len(s.events)), from+int64(limit))])
	return func(yield func(store.Event, error) bool) {
		for _, e := range some {
			if !yield(e, nil) {
				return
			}
		}
	}
}

func (s *shelf) EventSpan(context.Context) (first, last int64, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.first, int64(len(s.events)), s.away
}

func (s *shelf) Webhook(_ context.Context, name string) (store.Webhook, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	h, known := s.places[name]
	h.Name = name
	return h, known, s.away
}

func (s *shelf) SaveWebhook(_ context.Context, h store.Webhook) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.places[h.Name] = h
	s.saves++
	return s.away
}

// A receiver is whom events are sent to, without a network.
type receiver struct {
	t      *testing.T
	mu     sync.Mutex
	answer func(n int) (status int, header http.Header, err error) // to the n-th request, from 0; nil: 204
	heard  []string                                                // "call.ended a"
	at     []time.Time
	ids    []string
}

func (r *receiver) RoundTrip(req *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	id, stamp := req.Header.Get("webhook-id"), req.Header.Get("webhook-timestamp")
	if want := signature(secret, id, stamp, body); !slices.Contains(strings.Fields(req.Header.Get("webhook-signature")), want) {
		r.t.Errorf("the signature is %q, want %q", req.Header.Get("webhook-signature"), want)
	}
	if want := fmt.Sprint(time.Now().Unix()); stamp != want || strings.Contains(id, ".") || req.Method != http.MethodPost || req.Header.Get("Content-Type") != "application/json" {
		r.t.Errorf("%s with %v at %s", req.Method, req.Header, want)
	}
	var told struct {
		Type string
		Data struct{ ID string }
	}
	if err := json.Unmarshal(body, &told); err != nil {
		r.t.Error(err)
	}
	r.mu.Lock()
	n, answer := len(r.heard), r.answer
	r.heard, r.at, r.ids = append(r.heard, told.Type+" "+told.Data.ID), append(r.at, time.Now()), append(r.ids, id)
	r.mu.Unlock()
	status, header := http.StatusNoContent, http.Header{}
	if answer != nil {
		if status, header, err = answer(n); err != nil {
			return nil, err
		}
	}
	if status == 0 { // it never answers
		<-req.Context().Done()
		return nil, req.Context().Err()
	}
	return &http.Response{StatusCode: status, Status: fmt.Sprint(status), Header: header, Body: io.NopCloser(endless{}), Request: req}, nil
}

// endless is a body that never ends: only some of it is read.
type endless struct{}

func (endless) Read(b []byte) (int, error) { return len(b), nil }

// signature is made without the package's code.
func signature(secret, id, stamp string, body []byte) string {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil {
		panic(err)
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(id + "." + stamp + "." + string(body)))
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

func (r *receiver) id(n int) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.ids[n]
}

func (r *receiver) all() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.heard)
}

// story runs a Sender in virtual time; stop ends it as an orderly stop does.
func story(t *testing.T, s *shelf, r *receiver, hooks map[string]Config, tell func(sender *Sender)) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	sender := New(Options{Store: s, Transport: r})
	sender.Apply(hooks)
	var running sync.WaitGroup
	running.Go(func() {
		if err := sender.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	synctest.Wait()
	tell(sender)
	stop()
	running.Wait()
}

var one = map[string]Config{"crm": {URL: "https://crm.example/hatif?key=x", Secret: secret}}

func state(t *testing.T, s *Sender) State {
	t.Helper()
	all, err := s.States(t.Context())
	if err != nil || len(all) != 1 {
		t.Fatalf("states %+v, %v", all, err)
	}
	return all[0]
}

func TestEventsAreSentInOrderAndOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, r := newShelf(), &receiver{t: t}
		s.add("call.ended", "before")
		story(t, s, r, map[string]Config{"crm": {URL: "https://crm.example/", Secret: secret, Events: []string{"call.ended"}}}, func(sender *Sender) {
			s.add("call.ended", "a")
			s.add("message.left", "b")
			s.add("call.ended", "c")
			time.Sleep(2 * time.Second)
			got := state(t, sender)
			if got.Cursor != 4 || got.Behind != 0 || got.Succeeded.IsZero() || got.Failures != 0 {
				t.Errorf("it stands at %+v", got)
			}
		})
		if s.places["crm"].Event != 4 {
			t.Errorf("its place is %+v", s.places["crm"])
		}
		story(t, s, r, one, func(*Sender) { // after a restart, and wanting everything
			s.add("message.left", "d")
			time.Sleep(2 * time.Second)
		})
		if want := []string{"call.ended a", "call.ended c", "message.left d"}; !slices.Equal(r.all(), want) {
			t.Errorf("heard %q, want %q", r.all(), want)
		}
	})
}

func TestAReceiverThatFailsIsTriedAgainWithLongerAndLongerPauses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, r := newShelf(), &receiver{t: t, answer: func(n int) (int, http.Header, error) {
			switch {
			case n == 0:
				return 0, nil, nil // no answer
			case n == 1:
				return 0, nil, errors.New("connection refused")
			case n == 2:
				return http.StatusFound, http.Header{"Location": {"https://elsewhere.example/?token=x"}}, nil
			case n == 3:
				return http.StatusTooManyRequests, http.Header{"Retry-After": {"100"}}, nil
			case n < 20:
				return http.StatusInternalServerError, nil, nil
			}
			return http.StatusOK, nil, nil
		}}
		story(t, s, r, one, func(sender *Sender) {
			s.add("call.ended", "a")
			s.add("call.ended", "b")
			time.Sleep(30 * time.Second)
			if got := state(t, sender); got.Failing.IsZero() || got.Behind != 2 || got.Trouble == "" || got.URL != "https://crm.example/hatif" {
				t.Errorf("it stands at %+v", got)
			}
			time.Sleep(24 * time.Hour)
			if got := state(t, sender); !got.Failing.IsZero() || got.Behind != 0 || got.Trouble != "" || got.Failures != 0 {
				t.Errorf("it stands at %+v", got)
			}
		})
		heard := r.all()
		if len(heard) != 22 || slices.ContainsFunc(heard[:21], func(h string) bool { return h != "call.ended a" }) || heard[21] != "call.ended b" {
			t.Fatalf("heard %q", heard)
		}
		if ids := slices.Compact(slices.Clone(r.ids)); len(ids) != 2 {
			t.Errorf("one event has the ids %q", ids)
		}
		for i := 1; i < 21; i++ {
			least, most := firstPause<<(i-1)/2, firstPause<<(i-1)
			if most > longestPause || most <= 0 {
				least, most = longestPause/2, longestPause
			}
			switch i {
			case 1: // it waited for an answer, too
				least, most = least+DefaultTimeout, most+DefaultTimeout
			case 4:
				least, most = 100*time.Second, 100*time.Second
			}
			if d := r.at[i].Sub(r.at[i-1]); d < least || d > most {
				t.Errorf("try %d comes after %v, want %v to %v", i, d, least, most)
			}
		}
	})
}

func TestDaysOfFailureCostNoMemoryAndWhatIsNotKeptIsPassed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var up atomic.Bool
		s, r := newShelf(), &receiver{t: t, answer: func(int) (int, http.Header, error) {
			if !up.Load() {
				return 0, nil, errors.New("no route to host")
			}
			return 204, nil, nil
		}}
		story(t, s, r, one, func(sender *Sender) {
			for i := range 5000 {
				s.add("call.ended", fmt.Sprint(i))
				time.Sleep(time.Minute)
			}
			if got := state(t, sender); got.Behind != 5000 || got.Failures < 100 || time.Since(got.Failing) < 80*time.Hour {
				t.Errorf("it stands at %+v", got)
			}
			s.mu.Lock()
			s.first = 4001 // what is older is removed
			up.Store(true)
			s.mu.Unlock()
			time.Sleep(time.Hour)
			if got := state(t, sender); got.Behind != 0 {
				t.Errorf("it stands at %+v", got)
			}
		})
		taken := slices.Compact(r.all()) // the one that was tried all the time, and then what is kept
		if len(taken) != 1+1000 || taken[0] != "call.ended 0" || taken[1] != "call.ended 4000" || taken[1000] != "call.ended 4999" {
			t.Errorf("%d events were taken: %s, %s … %s", len(taken), taken[0], taken[1], taken[len(taken)-1])
		}
	})
}

func TestWhoIsGoneIsLeftAloneUntilTheFileIsAppliedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var back atomic.Bool
		s, r := newShelf(), &receiver{t: t, answer: func(int) (int, http.Header, error) {
			if !back.Load() {
				return http.StatusGone, nil, nil
			}
			return 204, nil, nil
		}}
		story(t, s, r, one, func(sender *Sender) {
			s.add("call.ended", "a")
			time.Sleep(48 * time.Hour)
			if got := state(t, sender); !got.Stopped || len(r.all()) != 1 {
				t.Errorf("it stands at %+v after %q", got, r.all())
			}
			back.Store(true)
			sender.Apply(one)
			time.Sleep(time.Minute)
			if got := state(t, sender); got.Stopped || got.Behind != 0 {
				t.Errorf("it stands at %+v", got)
			}
		})
	})
}

func TestAnEventThatIsNotTakenCanBeGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var skipped atomic.Bool
		s, r := newShelf(), &receiver{t: t, answer: func(int) (int, http.Header, error) {
			if !skipped.Load() {
				return http.StatusBadRequest, nil, nil
			}
			return 204, nil, nil
		}}
		story(t, s, r, one, func(sender *Sender) {
			if _, err := sender.Skip("crm"); !errors.Is(err, ErrNotFailing) {
				t.Errorf("skipped with %v", err)
			}
			if _, err := sender.Skip("none"); !errors.Is(err, ErrUnknown) {
				t.Errorf("skipped with %v", err)
			}
			s.add("call.ended", "a")
			s.add("call.ended", "b")
			time.Sleep(10 * time.Second) // three tries or four
			skipped.Store(true)
			if event, err := sender.Skip("crm"); err != nil || event != r.id(0) {
				t.Errorf("skipped %s, %v", event, err)
			}
			time.Sleep(time.Second)
			if heard := r.all(); heard[len(heard)-1] != "call.ended b" {
				t.Errorf("heard %q", heard)
			}
		})
	})
}

func TestAChangeOfTheFileChangesWhoIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, r := newShelf(), &receiver{t: t}
		two := map[string]Config{"crm": one["crm"], "other": {URL: "http://127.0.0.1:1/", Secret: "whsec_" + base64.StdEncoding.EncodeToString(make([]byte, 32)), OldSecret: secret}}
		story(t, s, r, one, func(sender *Sender) {
			s.add("call.ended", "a")
			time.Sleep(time.Second)
			sender.Apply(two)
			time.Sleep(time.Second)
			s.add("call.ended", "b") // both, by the secret that they know
			time.Sleep(time.Second)
			sender.Apply(nil)
			time.Sleep(time.Second)
			s.add("call.ended", "c")
			time.Sleep(time.Second)
			sender.Apply(one) // it goes on from where it was
			time.Sleep(time.Second)
		})
		if want := []string{"call.ended a", "call.ended b", "call.ended b", "call.ended c"}; !slices.Equal(r.all(), want) {
			t.Errorf("heard %q, want %q", r.all(), want)
		}
	})
}

func TestADatabaseThatIsAwayIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, r := newShelf(), &receiver{t: t}
		s.away = errors.New("the disk is full")
		story(t, s, r, one, func(*Sender) {
			time.Sleep(time.Minute)
			s.mu.Lock()
			s.away = nil
			s.mu.Unlock()
			time.Sleep(time.Minute)
			s.add("call.ended", "a")
			time.Sleep(time.Minute)
		})
		if !slices.Equal(r.all(), []string{"call.ended a"}) {
			t.Errorf("heard %q", r.all())
		}
	})
}
