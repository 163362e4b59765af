package callback

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"hatif/call/calltest"
	"hatif/store"
)

// A seat is a place in a line that the test lets have its turn.
type seat struct {
	Name string
	turn chan struct{}
	gone chan struct{}

	mu    sync.Mutex
	again []time.Duration // guarded by mu: from then on
	left  []bool          // guarded by mu
}

func newSeat(name string) *seat {
	return &seat{Name: name, turn: make(chan struct{}, 1), gone: make(chan struct{})}
}

func (s *seat) MarshalJSON() ([]byte, error) { return json.Marshal(s.Name) }

func (s *seat) Turn(ctx context.Context) error {
	select {
	case <-s.turn:
		return nil
	case <-s.gone:
		return errors.New("the place is given up: returned")
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (s *seat) Gone() <-chan struct{} { return s.gone }

func (s *seat) Again(at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.again = append(s.again, time.Until(at))
}

func (s *seat) Leave(unreachable bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.left = append(s.left, unreachable)
}

// comes lets the place have its turn, and waits until all that follows at once has.
func (s *seat) comes() {
	s.turn <- struct{}{}
	synctest.Wait()
}

// was checks what the place has been told.
func (s *seat) was(t *testing.T, again []time.Duration, left ...bool) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if !slices.Equal(s.again, again) || !slices.Equal(s.left, left) {
		t.Errorf("the place was put off by %v and given up %v, want %v and %v", s.again, s.left, again, left)
	}
}

func (o *office) keep(s *seat) string {
	o.t.Helper()
	id := o.owe(Promise{Place: s, At: time.Now(), Tries: 2, Every: time.Minute, Ring: 20 * time.Second, Queue: "arabic"}).ID
	synctest.Wait()
	return id
}

func TestSomebodyIsCalledWhenTheirTurnComes(t *testing.T) {
	within(t, func(t *testing.T, o *office) {
		o.network.Plug("1001", calltest.Phone{Answers: true, AnswerAfter: 5 * time.Second})
		o.run()
		s := newSeat("a")
		id := o.keep(s)
		if r := o.row(id); r.Place != `"a"` {
			t.Errorf("written %+v", r)
		}
		time.Sleep(time.Hour)
		o.want(id, store.OwedInLine, 0, "")
		s.comes()
		o.want(id, store.OwedDialling, 1, "")
		time.Sleep(6 * time.Second)
		o.want(id, store.OwedAnswered, 1, "")
		time.Sleep(o.talk)
		o.want(id, store.OwedDone, 1, "")
		s.was(t, nil, false)
		if calls := o.calls(); len(calls) != 1 || calls[0].Place != `"a"` {
			t.Errorf("served %+v", calls)
		}
	})
}

func TestWhoIsNotReachedIsCalledAtTheNextTurnAndThenGivenUp(t *testing.T) {
	within(t, func(t *testing.T, o *office) {
		o.network.Plug("1001", calltest.Phone{})
		o.run()
		s := newSeat("a")
		id := o.keep(s)
		s.comes()
		time.Sleep(21 * time.Second)
		o.want(id, store.OwedInLine, 1, "no answer")
		s.was(t, []time.Duration{time.Minute})
		s.comes()
		time.Sleep(21 * time.Second)
		o.want(id, store.OwedFailed, 2, "no answer")
		s.was(t, []time.Duration{time.Minute}, true)
	})
}

func TestWhoIsOnACallIsPutOffWithoutATry(t *testing.T) {
	within(t, func(t *testing.T, o *office) {
		defer o.network.Lines.Add("1001")()
		o.run()
		s := newSeat("a")
		id := o.keep(s)
		s.comes()
		o.want(id, store.OwedInLine, 0, "")
		s.was(t, []time.Duration{busyPause})
	})
}

func TestThePhoneOfSomebodyWhoCallsAgainStopsRinging(t *testing.T) {
	within(t, func(t *testing.T, o *office) {
		o.network.Plug("1001", calltest.Phone{})
		o.run()
		ringing, waiting := newSeat("a"), newSeat("b")
		first, second := o.keep(ringing), o.keep(waiting)
		ringing.comes()
		time.Sleep(time.Second)
		close(ringing.gone)
		close(waiting.gone)
		o.want(first, store.OwedCancelled, 1, "they have called again")
		o.want(second, store.OwedCancelled, 0, "the place is given up: returned")
		if n := o.network.Lines.Busy("1001"); n != 0 {
			t.Errorf("the phone still has %d legs", n)
		}
	})
}

func TestWhatAPersonHasCancelledIsNotCalledAtItsTurn(t *testing.T) {
	within(t, func(t *testing.T, o *office) {
		o.network.Plug("1001", calltest.Phone{Answers: true})
		o.run()
		s := newSeat("a")
		id := o.keep(s)
		row := o.row(id)
		gone := row
		gone.State = store.OwedCancelled
		if ok, err := o.db.SwapOwed(t.Context(), row, gone); !ok || err != nil {
			t.Fatal(ok, err)
		}
		s.comes()
		o.want(id, store.OwedCancelled, 0, "")
		s.was(t, nil, false)
		if len(o.calls()) > 0 {
			t.Error("they were called")
		}
	})
}

func TestAPlaceWithoutItsContextIsGivenUp(t *testing.T) {
	within(t, func(t *testing.T, o *office) {
		o.options.Knows = func(context string) bool { return context != "feedback" }
		o.book = New(t.Context(), o.options)
		o.run()
		s := newSeat("a")
		id := o.keep(s)
		s.comes()
		o.want(id, store.OwedFailed, 0, "the file has no context feedback")
		s.was(t, nil, false)
	})
}

func TestAStopGivesAPlaceBackAndTheNextStartTakesItUp(t *testing.T) {
	within(t, func(t *testing.T, o *office) {
		o.network.Plug("1001", calltest.Phone{})
		o.run()
		rings, waits, lost := newSeat("a"), newSeat("b"), newSeat("c")
		ids := []string{o.keep(rings), o.keep(waits), o.keep(lost)}
		rings.comes()
		time.Sleep(time.Second)
		o.end()
		for _, id := range ids {
			o.want(id, store.OwedInLine, 0, "")
		}

		seats := make(map[string]*seat)
		o.options.Restore = func(all []store.Owed) []Place {
			places := make([]Place, len(all))
			for i, row := range all {
				if row.Place != `"c"` {
					seats[row.Place] = newSeat("")
					places[i] = seats[row.Place]
				}
			}
			return places
		}
		o.book = New(t.Context(), o.options)
		o.network.Plug("1001", calltest.Phone{Answers: true})
		o.run()
		synctest.Wait()
		o.want(ids[2], store.OwedFailed, 0, "the queue arabic calls nobody back any more")
		if len(seats) != 2 {
			t.Fatalf("taken up: %v", seats)
		}
		seats[`"b"`].comes()
		o.want(ids[1], store.OwedAnswered, 1, "")
		o.want(ids[0], store.OwedInLine, 0, "")
	})
}

func TestAPlaceWhoseCallWasCutOffByAKillWaitsForItsTurnAgain(t *testing.T) {
	within(t, func(t *testing.T, o *office) {
		row := Promise{To: "1001", Run: "feedback", At: time.Now(), Tries: 2, Every: time.Minute, Queue: "arabic"}.Row(time.Now())
		row.Place, row.State, row.Attempts, row.Lease = `"a"`, store.OwedDialling, 1, time.Now().Add(time.Hour)
		if err := o.db.AddOwed(t.Context(), row); err != nil {
			t.Fatal(err)
		}
		s := newSeat("a")
		o.options.Restore = func(all []store.Owed) []Place {
			if len(all) != 1 || all[0].ID != row.ID {
				t.Errorf("to be taken up: %+v", all)
			}
			return []Place{s}
		}
		o.book = New(t.Context(), o.options)
		o.network.Plug("1001", calltest.Phone{Answers: true})
		o.run()
		o.want(row.ID, store.OwedInLine, 1, "internal error: hatif was stopped while it dialled")
		s.comes()
		o.want(row.ID, store.OwedAnswered, 2, "")
	})
}
