package queue_test

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"hatif/call"
	"hatif/call/calltest"
	"hatif/media"
	"hatif/queue"
)

// A centre is a Floor with a fake network, wired as the real ones are.
type centre struct {
	*queue.Floor
	net    *calltest.Network
	t      *testing.T
	caller string // who calls next; "": 1001

	mu     sync.Mutex
	events []queue.Event // guarded by mu
	calls  int           // guarded by mu
}

// newCentre opens one queue, "arabic", with these agents as members, registered.
func newCentre(t *testing.T, cfg queue.Config, agents ...string) *centre {
	c := &centre{t: t, net: new(calltest.Network)}
	c.Floor = queue.New(queue.Options{
		Rand: rand.New(rand.NewPCG(1, 1)), Log: slog.New(slog.DiscardHandler),
		Observe: func(ev queue.Event) {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.events = append(c.events, ev)
		},
	})
	c.net.Lines.Watch(c.SetBusy)
	c.Apply(map[string]queue.Config{"arabic": cfg}, membersOf("arabic", agents...))
	for _, a := range agents {
		c.SetRegistered(a, true)
	}
	return c
}

func membersOf(queueName string, agents ...string) []queue.Member {
	var members []queue.Member
	for _, a := range agents {
		members = append(members, queue.Member{User: a, Queue: queueName})
	}
	return members
}

// A visitor is a caller whose Serve is running, or has run.
type visitor struct {
	t    *testing.T
	leg  *calltest.Leg
	call *call.Call
	quit context.CancelCauseFunc // ends the step, not the leg
	done chan struct{}

	// good once done is closed
	out   queue.Outcome
	err   error
	after time.Duration
}

func (c *centre) visits(queueName string) *visitor { return c.visitsWith(queueName, c.net) }

func (c *centre) visitsWith(queueName string, d call.Dialer) *visitor {
	return c.visitsAs(queueName, func(o *queue.ServeOptions) { o.Dialer = d })
}

// from lets the next caller be another one.
func (c *centre) from(user string) *centre {
	c.caller = user
	return c
}

// visitsAs lets a caller be served with other options.
func (c *centre) visitsAs(queueName string, change func(*queue.ServeOptions)) *visitor {
	c.mu.Lock()
	c.calls++
	id := fmt.Sprintf("c%d", c.calls)
	c.mu.Unlock()
	caller := cmp.Or(c.caller, "1001")
	c.caller = ""
	leg := c.net.Inbound(caller, "0777")
	v := &visitor{
		t: c.t, leg: leg, done: make(chan struct{}),
		call: call.New(id, leg, "ar", slog.New(slog.DiscardHandler)),
	}
	ctx, quit := context.WithCancelCause(leg.Context())
	v.quit = quit
	began := time.Now()
	c.t.Cleanup(func() { // nobody stays behind a test that is over
		leg.Leave()
		<-v.done
	})
	go func() {
		defer close(v.done)
		defer quit(nil)
		o := queue.ServeOptions{Dialer: c.net, Music: func(string) media.Source { return calltest.Sound("music default", 0) }}
		change(&o)
		v.out, v.err = c.Serve(ctx, v.call, queueName, o)
		v.after = time.Since(began)
	}()
	return v
}

// ends waits for the end of Serve and checks how it came.
func (v *visitor) ends(want queue.Result) queue.Outcome {
	v.t.Helper()
	<-v.done
	if v.out.Result != want {
		v.t.Errorf("call %s: %q after %s, want %q; path: %s", v.call.ID, v.out.Result, v.after, want, v.path())
	}
	return v.out
}

func (v *visitor) path() string {
	var texts []string
	for _, n := range v.call.Snapshot().Path {
		texts = append(texts, n.Text)
	}
	return strings.Join(texts, " > ")
}

// answering is a phone that is picked up after a while and hung up when they have talked.
func answering(after, talk time.Duration) calltest.Phone {
	return calltest.Phone{AnswerAfter: after, Answers: true, Answered: func(leg *calltest.Leg) {
		if talk > 0 {
			time.AfterFunc(talk, leg.Leave)
		}
	}}
}

func refusing(after time.Duration, cause *call.Cause) calltest.Phone {
	return calltest.Phone{AnswerAfter: after, Refuses: cause}
}

func (c *centre) state(user string) queue.State {
	for _, a := range c.Snapshot().Agents {
		if a.User == user {
			return a.State
		}
	}
	return "nobody"
}

func (c *centre) stats() queue.Stats { return c.Snapshot().Queues[0].Stats }

// has checks that agents are in a state.
func (c *centre) has(state queue.State, users ...string) {
	c.t.Helper()
	for _, u := range users {
		if got := c.state(u); got != state {
			c.t.Errorf("agent %s is %s, want %s", u, got, state)
		}
	}
}

// does fails the test when what was asked of an agent could not be done.
func (c *centre) does(err error) {
	c.t.Helper()
	if err != nil {
		c.t.Error(err)
	}
}

func (c *centre) seen(kind queue.Kind) (found []queue.Event) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, ev := range c.events {
		if ev.Kind == kind {
			found = append(found, ev)
		}
	}
	return found
}

// states are all that an agent was, in order.
func (c *centre) states(user string) (all []queue.State) {
	for _, ev := range c.seen(queue.AgentChanged) {
		if ev.Agent == user {
			all = append(all, ev.To)
		}
	}
	return all
}

func equal[T comparable](t *testing.T, what string, got []T, want ...T) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}
