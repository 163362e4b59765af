package queue

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"hatif/call"
	"hatif/call/calltest"
	"hatif/media"
)

var daySeeds = flag.Int("day.seeds", 400, "how many days TestABusyDayEndsWithEverybodyHome lives through")

// grid is the grain of all times in a day: coarse, so that much happens in the same instant.
const grid = 500 * time.Millisecond

// A day is a Floor with scripts that really run: callers, phones, direct calls, registrations, reloads.
type day struct {
	*Floor
	net  calltest.Network
	done sync.WaitGroup

	mu       sync.Mutex
	chance   *rand.Rand     // guarded by mu
	events   []Event        // guarded by mu
	occupied map[string]int // guarded by mu: rings and conversations of the queues, by user
	wrong    []string       // guarded by mu
	outcomes []Outcome      // guarded by mu
}

// random is a time on the grid, below n steps.
func (d *day) random(n int) time.Duration { return time.Duration(d.dice(n)) * grid }

func (d *day) dice(n int) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.chance.IntN(n)
}

func newDay(seed uint64) *day {
	d := &day{chance: rand.New(rand.NewPCG(seed, 3)), occupied: make(map[string]int)}
	d.Floor = New(Options{
		Rand: rand.New(rand.NewPCG(seed, 4)), Log: slog.New(slog.DiscardHandler),
		Observe: func(ev Event) {
			d.mu.Lock()
			defer d.mu.Unlock()
			d.events = append(d.events, ev)
		},
	})
	d.net.Lines.Watch(d.SetBusy)
	d.reload()
	for i := range agentsOfWorld {
		user := fmt.Sprint(i)
		d.net.Plug(user, calltest.Phone{Decide: d.phone})
		d.SetRegistered(user, true)
	}
	return d
}

func (d *day) reload() {
	w := &world{engine: newEngine(nil, false), chance: rand.New(rand.NewPCG(uint64(d.dice(1<<30)), 0))}
	w.reload()
	configs := make(map[string]Config)
	for name, q := range w.queues {
		configs[name] = q.cfg
	}
	d.Apply(configs, w.members)
}

// phone decides how the next call is taken.
func (d *day) phone() *calltest.Phone {
	after := d.random(12)
	switch d.dice(5) {
	case 0:
		return &calltest.Phone{}
	case 1:
		return &calltest.Phone{AnswerAfter: after, Refuses: []*call.Cause{call.Busy, call.Declined, call.NotRegistered}[d.dice(3)]}
	default:
		return &calltest.Phone{AnswerAfter: after, Answers: true}
	}
}

// Dial watches that no agent has two calls of the queues, and lets some answers cross the cancel.
func (d *day) Dial(ctx context.Context, to call.Target, as call.Identity) (call.Leg, error) {
	d.occupy(to.User, 1)
	dialCtx := ctx
	if d.dice(4) == 0 {
		late, cancel := context.WithTimeout(context.WithoutCancel(ctx), d.random(20))
		defer cancel()
		dialCtx = late
	}
	leg, err := d.net.Dial(dialCtx, to, as)
	if err != nil {
		d.occupy(to.User, -1)
		return nil, err
	}
	fake := leg.(*calltest.Leg)
	talk := time.AfterFunc(d.random(20), fake.Leave)
	return &watchedLeg{Leg: fake, over: sync.OnceFunc(func() {
		talk.Stop()
		d.occupy(to.User, -1)
	})}, nil
}

// A watchedLeg tells when the queue is through with it.
type watchedLeg struct {
	*calltest.Leg
	over func()
}

func (l *watchedLeg) Hangup(cause *call.Cause) {
	l.Leg.Hangup(cause)
	l.over()
}

func (d *day) occupy(user string, by int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.occupied[user] += by; d.occupied[user] > 1 {
		d.wrong = append(d.wrong, fmt.Sprintf("agent %s has %d calls", user, d.occupied[user]))
	}
}

func (d *day) caller(id int) {
	time.Sleep(d.random(100))
	leg := d.net.Inbound("1001", "0777")
	patience := time.AfterFunc(d.random(80), leg.Leave)
	ctx, quit := context.WithCancel(leg.Context())
	defer quit()
	if d.dice(8) == 0 {
		time.AfterFunc(d.random(60), quit)
	}
	c := call.New(fmt.Sprint("c", id), leg, "ar", slog.New(slog.DiscardHandler))
	out, _ := d.Serve(ctx, c, []string{"a", "b", "c"}[d.dice(3)], ServeOptions{
		Dialer: d, Music: func(string) media.Source { return calltest.Sound("music", 0) },
		Priority: d.dice(8) / 7, Skills: Skills{"y": d.dice(6) / 5}, Brief: d.brief,
	})
	patience.Stop()
	leg.Hangup(nil)
	if out.Left != nil {
		out.Left.Hangup(nil)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.outcomes = append(d.outcomes, out)
}

// brief is an agent who is told of a call and takes it, or not.
func (d *day) brief(ctx context.Context, agent call.Leg, _ Briefing) error {
	if err := call.Play(ctx, agent, calltest.Sound("briefing", d.random(8))); err != nil {
		return err
	}
	if d.dice(4) == 0 {
		return call.ErrNoInput
	}
	return nil
}

// trouble is what else happens: direct calls, phones that come and go, pauses and log-ons, a new file.
func (d *day) trouble() {
	time.Sleep(d.random(120))
	user := fmt.Sprint(d.dice(agentsOfWorld))
	switch d.dice(10) {
	case 8, 9:
		for _, q := range d.Snapshot().Queues {
			for _, w := range q.Line {
				d.moves(d.Move(w.Call, string(q.Name[0]^3))) // a and b are each other's
			}
		}
	case 0, 1, 2:
		leg := d.net.Inbound(user, "3001")
		time.Sleep(d.random(20))
		leg.Leave()
	case 3, 4, 5:
		d.SetRegistered(user, false)
		time.Sleep(d.random(20))
		d.SetRegistered(user, true)
	case 6:
		d.asks(d.Pause(user, "lunch", ViaPhone))
		d.asks(d.LogOff(user, "", ViaCommand))
		time.Sleep(d.random(20))
		d.asks(d.Unpause(user, ViaPhone))
		d.asks(d.LogOn(Member{User: user}, ViaPhone))
	default:
		d.reload()
	}
}

// asks takes the answer to something asked of an agent, who may be none since the last reload.
func (d *day) asks(err error) {
	if err != nil && !errors.Is(err, ErrNotAgent) {
		panic(err)
	}
}

// moves takes the answer to a move, which the caller or a phone may have forestalled.
func (d *day) moves(err error) {
	for _, known := range []error{nil, ErrNotInLine, ErrPickedUp, ErrTakesNobody, ErrUnknown, ErrInThatQueue} {
		if errors.Is(err, known) {
			return
		}
	}
	panic(err)
}

func (d *day) check() error {
	d.Floor.mu.Lock()
	defer d.Floor.mu.Unlock()
	return d.engine.broken(time.Now())
}

func TestABusyDayEndsWithEverybodyHome(t *testing.T) {
	answered := 0
	for seed := range uint64(*daySeeds) {
		synctest.Test(t, func(t *testing.T) {
			const callers = 40
			d := newDay(seed)
			for i := range callers {
				d.done.Go(func() { d.caller(i) })
			}
			for range 12 {
				d.done.Go(d.trouble)
			}
			for range 240 {
				time.Sleep(grid)
				synctest.Wait()
				if err := d.check(); err != nil {
					t.Fatalf("seed %d: %v", seed, err)
				}
			}
			d.done.Wait()
			for i := range agentsOfWorld { // who has missed calls, or was no member for a while, says that they are back
				d.asks(d.Unpause(fmt.Sprint(i), ViaPhone))
				d.asks(d.LogOn(Member{User: fmt.Sprint(i)}, ViaPhone))
			}
			time.Sleep(time.Minute)
			synctest.Wait()
			answered += d.verify(t, seed, callers)
		})
	}
	if perDay := answered / *daySeeds; perDay < 5 {
		t.Errorf("only %d of 40 callers a day were answered: these days test nothing", perDay)
	}
}

// verify checks the end of a day and returns how many callers were answered.
func (d *day) verify(t *testing.T, seed uint64, callers int) (answered int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, w := range d.wrong {
		t.Errorf("seed %d: %s", seed, w)
	}
	if err := toldOnce(d.events); err != nil {
		t.Errorf("seed %d: %v", seed, err)
	}
	if len(d.outcomes) != callers {
		t.Errorf("seed %d: %d of %d callers came back", seed, len(d.outcomes), callers)
	}
	told := make(map[Result]int)
	for _, ev := range d.events {
		switch ev.Kind {
		case CallerLeft, CallerRefused:
			told[ev.Result]++
		case CallerParted:
			told[Answered]++
		}
	}
	for _, out := range d.outcomes {
		told[out.Result]--
	}
	delete(told, Overflowed) // is no end
	delete(told, Moved)
	for result, n := range told {
		if n != 0 && result != Failed { // a queue that does not exist tells nothing
			t.Errorf("seed %d: the events have %d %q more than the callers", seed, n, result)
		}
	}
	for _, a := range d.Snapshot().Agents {
		if a.State != Available && len(a.Queues) > 0 {
			t.Errorf("seed %d: agent %s stays %s", seed, a.User, a.State)
		}
	}
	for _, out := range d.outcomes {
		if out.Result == Answered {
			answered++
		}
	}
	return answered
}
