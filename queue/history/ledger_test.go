package history

import (
	"database/sql"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"hatif/queue"
	"hatif/store"
)

// A life is a random history of one node: agents change, callers come, wait, talk and go, hatif is stopped and killed.
type life struct {
	random *rand.Rand
	number int64
	at     time.Time
	calls  int
	agents map[string]queue.State
	wraps  map[string]time.Time // since when they are at it
	line   []Event              // of those who wait: how they came
	talks  []Event
	kept   []Event
	rows   []store.QueueEvent
	node   string
}

func (l *life) tell(ev queue.Event) {
	ev.At = l.at
	r, err := row(ev)
	if err != nil {
		panic(err)
	}
	l.number++
	r.Number = l.number
	l.rows = append(l.rows, r)
}

func (l *life) begin() {
	l.tell(queue.Event{Kind: queue.FloorOpened})
	l.agents, l.wraps = make(map[string]queue.State), make(map[string]time.Time)
	l.line, l.talks = nil, nil
	for i := range 4 {
		l.change(fmt.Sprint(l.node, 2000+i), queue.Available, "")
	}
	for _, ev := range l.kept { // they are let in again
		l.tell(queue.Event{Kind: queue.CallerJoined, Call: ev.Call, Queue: ev.Queue})
		l.tell(queue.Event{Kind: queue.CallerKept, Call: ev.Call, Queue: ev.Queue})
	}
}

func (l *life) change(agent string, to queue.State, reason string) {
	l.tell(queue.Event{Kind: queue.AgentChanged, Agent: agent, From: l.agents[agent], To: to, Reason: reason})
	l.agents[agent] = to
	l.wraps[agent] = l.at
}

// take takes one of a list at random.
func (l *life) take(list *[]Event) (ev Event, ok bool) {
	if len(*list) == 0 {
		return ev, false
	}
	i := l.random.IntN(len(*list))
	ev = (*list)[i]
	*list = append((*list)[:i:i], (*list)[i+1:]...)
	return ev, true
}

// step lets something happen.
func (l *life) step() {
	l.at = l.at.Add(time.Duration(l.random.Int64N(int64(20 * time.Minute))))
	for agent, state := range l.agents { // nothing lasts for longer than warmUp
		if state == queue.WrapUp && l.at.Sub(l.wraps[agent]) > 8*time.Hour {
			l.change(agent, queue.Available, "")
		}
	}
	if len(l.kept) > 0 && l.at.Sub(l.kept[0].At) > 8*time.Hour {
		l.tell(queue.Event{Kind: queue.CallerLeft, Call: l.kept[0].Call, Queue: l.kept[0].Queue, Result: queue.CalledBack})
		l.kept = l.kept[1:]
	}
	agent := fmt.Sprint(l.node, 2000+l.random.IntN(4))
	switch l.random.IntN(14) {
	case 0:
		l.tell(queue.Event{Kind: queue.CallerRefused, Call: "r", Queue: "arabic", Result: queue.Full})
	case 1, 2, 3:
		l.calls++
		ev := queue.Event{Kind: queue.CallerJoined, Call: fmt.Sprint(l.node, "c", l.calls), Queue: []string{"arabic", "english"}[l.random.IntN(2)], Caller: "0100"}
		l.tell(ev)
		ev.At = l.at
		l.line = append(l.line, Event{Event: ev})
	case 4, 5:
		if ev, ok := l.take(&l.line); ok {
			l.tell(queue.Event{Kind: queue.AgentRung, Call: ev.Call, Queue: ev.Queue, Agent: agent})
			l.change(agent, queue.Talking, "")
			l.tell(queue.Event{Kind: queue.CallerConnected, Call: ev.Call, Queue: ev.Queue, Agent: agent, Waited: l.at.Sub(ev.At)})
			ev.Agent, ev.At = agent, l.at
			l.talks = append(l.talks, ev)
		}
	case 6, 7:
		if ev, ok := l.take(&l.talks); ok {
			l.tell(queue.Event{Kind: queue.CallerParted, Call: ev.Call, Queue: ev.Queue, Agent: ev.Agent, Talked: l.at.Sub(ev.At), Heir: []string{"", "3001"}[l.random.IntN(2)]})
			l.change(ev.Agent, queue.WrapUp, "")
		}
	case 8:
		if ev, ok := l.take(&l.line); ok {
			l.tell(queue.Event{Kind: queue.CallerLeft, Call: ev.Call, Queue: ev.Queue, Result: queue.Abandoned, Waited: l.at.Sub(ev.At)})
		}
	case 9:
		if ev, ok := l.take(&l.line); ok && len(l.kept) < 2 {
			l.tell(queue.Event{Kind: queue.CallerKept, Call: ev.Call, Queue: ev.Queue})
			l.kept = append(l.kept, ev)
		}
	case 10:
		if ev, ok := l.take(&l.kept); ok {
			l.tell(queue.Event{Kind: queue.CallerLeft, Call: ev.Call, Queue: ev.Queue, Result: queue.CalledBack})
		}
	case 11:
		l.change(agent, queue.Paused, []string{"lunch", "break", ""}[l.random.IntN(3)])
	case 12:
		l.change(agent, []queue.State{queue.Available, queue.LoggedOff, queue.NotRegistered}[l.random.IntN(3)], "")
	case 13:
		switch l.random.IntN(6) {
		case 0:
			l.tell(queue.Event{Kind: queue.FloorClosed})
			l.at = l.at.Add(time.Duration(l.random.Int64N(int64(3 * time.Hour))))
			l.begin()
		case 1: // killed
			l.at = l.at.Add(time.Duration(l.random.Int64N(int64(12 * time.Hour))))
			l.begin()
		}
	}
}

func openStore(t *testing.T, dir string) *store.DB {
	t.Helper()
	db, err := store.Open(t.Context(), store.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	return db
}

func closeStore(t *testing.T, db *store.DB) {
	t.Helper()
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

// strange is the first number of events that are another node's.
const strange = 1_000_000

// givenTo makes the strange events those of another node, as they are where two share a database.
func givenTo(t *testing.T, dir, node string) {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(dir, store.FileName))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), `UPDATE queue_events SET node = ? WHERE number > ?`, node, strange); err != nil {
		t.Fatal(err)
	}
}

// Whatever happens, in whichever order it is written, and however often hatif is started: the figures at hand are those
// that are computed from the events. The clock is that of a town that changes it on the third day.
func TestFiguresAtHandAreThoseThatTheEventsGive(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	for seed := range uint64(5) {
		t.Run(fmt.Sprint("life ", seed), func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(seed, 7))
			dir := t.TempDir()
			db := openStore(t, dir)
			began := time.Date(2026, 3, 27, 6, 0, 0, 0, time.UTC)
			a, b := &life{random: random, at: began}, &life{random: random, at: began, node: "b", number: strange}
			a.begin()
			b.begin()
			now := began
			ledger := func() *Ledger {
				return NewLedger(LedgerOptions{DB: db, Zone: func() *time.Location { return berlin }, Now: func() time.Time { return now }})
			}
			l := ledger()
			inTime := func(name string) time.Duration { return time.Duration(10+len(name)) * time.Minute }
			save := func(to *store.DB, who *life) {
				n := 0
				for n < len(who.rows) && !who.rows[n].At.After(now) {
					n++
				}
				if err := to.SaveQueueEvents(t.Context(), who.rows[:n]); err != nil {
					t.Fatal(err)
				}
				who.rows = who.rows[n:]
			}
			rolled, compared := 0, 0
			for n := range 600 {
				a.step()
				for b.at.Before(a.at.Add(-20 * time.Minute)) {
					b.step()
				}
				if n%7 == 0 {
					now = a.at
					save(db, a)
					if n%210 == 0 { // the other node has waited for the database for days
						save(db, b)
						closeStore(t, db)
						givenTo(t, dir, "b")
						db = openStore(t, dir)
						l = ledger()
					}
					if err := db.SaveRating(t.Context(), store.Rating{
						GivenIn: fmt.Sprint(random.IntN(40)), Call: "c", Created: now, Agent: "2001", Queue: "arabic", Answered: n%3 > 0, Rating: n % 11,
					}); err != nil {
						t.Fatal(err)
					}
				}
				if n%35 == 0 {
					for {
						more, err := l.Round(t.Context())
						if err != nil {
							t.Fatal(err)
						}
						if !more {
							break
						}
						rolled++
					}
				}
				if random.IntN(60) == 0 {
					l = ledger()
				}
				if n%100 == 99 {
					compared += compareWithEvents(t, l, db, inTime, began.AddDate(0, 0, random.IntN(3)), now, berlin)
				}
			}
			closeStore(t, db)
			if rolled < 5 || compared < 12 {
				t.Errorf("%d days were added up and %d reports compared: nothing is tested", rolled, compared)
			}
		})
	}
}

func compareWithEvents(t *testing.T, l *Ledger, db *store.DB, inTime func(string) time.Duration, from, now time.Time, zone *time.Location) (compared int) {
	t.Helper()
	from = Day.begin(from, zone)
	for _, every := range []Interval{Whole, Hour, Day, Week} {
		s := Span{Since: from, Until: now, Every: every, Zone: zone, InTime: inTime}
		got, err := l.Report(t.Context(), s)
		if err != nil {
			t.Fatal(err)
		}
		queues, agents, err := Compute(t.Context(), db, s)
		if err != nil {
			t.Fatal(err)
		}
		if got.Missing > 0 { // a day of long ago that a late event has taken back, until the next round
			return compared
		}
		compared++
		same := []cmp.Option{cmpopts.EquateEmpty()}
		if diff := cmp.Diff(queues, got.Queues, same...); diff != "" {
			t.Fatalf("%v from %v to %v: queues (- computed, + at hand):\n%s", every, from, now, diff)
		}
		if diff := cmp.Diff(agents, got.Agents, same...); diff != "" {
			t.Fatalf("%v from %v to %v: agents (- computed, + at hand):\n%s", every, from, now, diff)
		}
		asked, given := 0, 0
		for r, err := range db.Ratings(t.Context(), "", from) {
			if err != nil {
				t.Fatal(err)
			}
			if asked++; r.Answered {
				given += r.Rating
			}
		}
		for _, c := range got.Scores {
			asked, given = asked-c.Asked, given-c.Sum
		}
		if asked != 0 || given != 0 {
			t.Fatalf("%v: %d more were asked than at hand, and their ratings are %d", every, asked, given)
		}
	}
	return compared
}

func FuzzFiguresThatAreDecodedAreEncodedAgain(f *testing.F) {
	day := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	queues, agents := tallied(Span{Since: day, Until: day.AddDate(0, 0, 1), Every: Hour}, served("c", 5, 30, 60), left("d", 9, 3, queue.Abandoned))
	f.Add(encodeFigures(day, queues, agents))
	f.Add([]byte{encoding, 2, 0, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		queues, agents, err := decodeFigures(day, time.UTC, b)
		if err != nil {
			return
		}
		again, others, err := decodeFigures(day, time.UTC, encodeFigures(day, queues, agents))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(queues, again) + cmp.Diff(agents, others); diff != "" {
			t.Error(diff)
		}
	})
}
