package history

import (
	"errors"
	"maps"
	"time"

	"hatif/call"
	"hatif/queue"
)

// A Span is the time that figures are about, and how finely they are told apart. A call belongs to the moment at which
// the caller came; what an agent does belongs to the moment at which it happens, and an agent's times are cut where
// intervals meet.
type Span struct {
	Since, Until time.Time
	Every        Interval
	Zone         *time.Location
	Queue        string // only what concerns this one; the times of agents are those of all queues. "": all
	Agent        string // only this one's; "": all
	// InTime says how long a caller of a queue may wait at most to be served in time.
	InTime func(queue string) time.Duration
}

// A Tally computes figures from events, which it is given in order by Add. It knows nothing else.
type Tally struct {
	span   Span
	queues map[key]*QueueFigures
	agents map[key]*AgentFigures
	nodes  map[string]*node
}

// key is one row: an interval, and whose.
type key struct {
	began int64 // UnixNano
	name  string
}

// A node is one hatif as far as it has been told.
type node struct {
	last    time.Time // event
	visits  map[visit]*QueueFigures
	kept    map[visit]bool // of visits: nobody is on the line, and a restart ends nothing
	agents  map[string]*agent
	wrapFor map[string]string // the queue of the last conversation, by agent
	settled bool              // an event from after the span has come
}

// A visit is a caller in a queue, or in conversation with one of its agents.
type visit struct{ call, queue string }

// An agent is what somebody is doing.
type agent struct {
	state  queue.State
	reason string // of a pause
	since  time.Time
}

// NewTally makes a Tally without any events.
func NewTally(s Span) *Tally {
	return &Tally{span: s, queues: make(map[key]*QueueFigures), agents: make(map[key]*AgentFigures), nodes: make(map[string]*node)}
}

// Knew tells what an agent was doing when the span began, by the change that had led there.
func (t *Tally) Knew(ev Event) {
	n := t.node(ev.Node)
	n.last = ev.At
	if ev.To != "" {
		n.agents[ev.Agent] = &agent{state: ev.To, reason: ev.Reason, since: ev.At}
	}
}

// Add takes the next event. It reports whether more events can change the figures.
func (t *Tally) Add(ev Event) (more bool) {
	n := t.node(ev.Node)
	switch ev.Kind {
	case queue.FloorClosed:
		t.forget(n, ev.At)
	case queue.FloorOpened, queue.EventsLost: // what came before has ended, nobody knows when
		t.forget(n, n.last)
	case queue.AgentChanged:
		t.changed(n, ev)
	case queue.AgentPaused: // for another reason than until now
		if a := n.agents[ev.Agent]; a != nil && a.state == queue.Paused {
			t.spend(n, ev.Agent, a, ev.At)
			a.reason, a.since = ev.Reason, ev.At
		}
	case queue.AgentRung, queue.AgentMissed, queue.AgentReleased:
		t.rang(ev)
	default:
		t.went(n, ev)
	}
	n.last = ev.At
	if ev.At.Before(t.span.Until) {
		return true
	}
	n.settled = true
	for _, n := range t.nodes {
		if len(n.visits) > 0 || len(n.agents) > 0 && !n.settled {
			return true
		}
	}
	return false
}

// node is what is known of one.
func (t *Tally) node(name string) *node {
	n := t.nodes[name]
	if n == nil {
		n = &node{visits: make(map[visit]*QueueFigures), kept: make(map[visit]bool), agents: make(map[string]*agent), wrapFor: make(map[string]string)}
		t.nodes[name] = n
	}
	return n
}

// forget ends everything that a node was at.
func (t *Tally) forget(n *node, at time.Time) {
	for user, a := range n.agents {
		t.spend(n, user, a, at)
	}
	clear(n.agents)
	maps.DeleteFunc(n.visits, func(v visit, _ *QueueFigures) bool { return !n.kept[v] })
	clear(n.wrapFor)
}

// went takes what happens to callers.
func (t *Tally) went(n *node, ev Event) {
	v := visit{ev.Call, ev.Queue}
	switch ev.Kind {
	case queue.CallerRefused:
		if t.within(ev.At) {
			f := t.queue(ev.At, ev.Queue)
			f.Offered++
			f.Left[ev.Result]++
		}
	case queue.CallerJoined:
		if t.within(ev.At) && !n.kept[v] { // who keeps a place is let in again when hatif starts
			n.visits[v] = t.queue(ev.At, ev.Queue)
			n.visits[v].Offered++
		}
	case queue.CallerKept:
		n.kept[v] = true
	case queue.CallerLeft:
		delete(n.kept, v)
		if f := n.visits[v]; f != nil {
			f.Left[ev.Result]++
			if ev.Result == queue.Abandoned {
				f.GaveUp = append(f.GaveUp, ev.Waited)
			}
			delete(n.visits, v)
		}
	case queue.CallerConnected:
		if f := n.visits[v]; f != nil {
			f.Answered++
			f.Waits = append(f.Waits, ev.Waited)
			if ev.Waited <= t.span.InTime(ev.Queue) {
				f.InTime++
			}
		}
		if t.concerns(ev) {
			t.agent(ev.At, ev.Agent).Answered++
		}
	case queue.CallerParted:
		t.parted(n, v, ev)
	}
}

func (t *Tally) parted(n *node, v visit, ev Event) {
	transferred := 0
	if ev.Heir != "" {
		transferred = 1
	}
	if f := n.visits[v]; f != nil {
		f.Completed++
		f.Talk += ev.Talked
		f.Transferred += transferred
		delete(n.visits, v)
	}
	if t.concerns(ev) {
		a := t.agent(ev.At, ev.Agent)
		a.Completed++
		a.Talk += ev.Talked
		a.Transferred += transferred
	}
	n.wrapFor[ev.Agent] = ev.Queue
}

// rang takes what comes of a phone that rings for a queue.
func (t *Tally) rang(ev Event) {
	if !t.concerns(ev) {
		return
	}
	f, a := t.queue(ev.At, ev.Queue), t.agent(ev.At, ev.Agent)
	switch {
	case ev.Kind == queue.AgentRung:
		f.Rung++
		a.Rung++
	case ev.Kind == queue.AgentReleased:
		a.Released++
	case errors.Is(ev.Cause, call.NoAnswer):
		f.Missed++
		a.Missed++
	case errors.Is(ev.Cause, call.Declined):
		f.Declined++
		a.Declined++
	default:
		f.Unreachable++
		a.Unreachable++
	}
}

// changed takes what an agent does from now on.
func (t *Tally) changed(n *node, ev Event) {
	if a := n.agents[ev.Agent]; a != nil {
		t.spend(n, ev.Agent, a, ev.At)
	}
	if ev.To == "" {
		delete(n.agents, ev.Agent)
		return
	}
	n.agents[ev.Agent] = &agent{state: ev.To, reason: ev.Reason, since: ev.At}
}

// spend counts the time that an agent has spent in a state, interval by interval.
func (t *Tally) spend(n *node, user string, a *agent, until time.Time) {
	from := a.since
	if from.Before(t.span.Since) {
		from = t.span.Since
	}
	if until.After(t.span.Until) {
		until = t.span.Until
	}
	for from.Before(until) {
		to := until
		if end, ends := t.span.Every.end(t.begin(from)); ends && end.Before(until) {
			to = end
		}
		f := t.agent(from, user)
		f.In[a.state] += to.Sub(from)
		if a.state == queue.Paused {
			f.Pauses[a.reason] += to.Sub(from)
		}
		if q := n.wrapFor[user]; a.state == queue.WrapUp && q != "" {
			t.queue(from, q).WrapUp += to.Sub(from)
		}
		from = to
	}
}

func (t *Tally) within(at time.Time) bool {
	return !at.Before(t.span.Since) && at.Before(t.span.Until)
}

// concerns reports whether ev counts for the agent.
func (t *Tally) concerns(ev Event) bool {
	return t.within(ev.At) && (t.span.Queue == "" || t.span.Queue == ev.Queue)
}

func (t *Tally) begin(at time.Time) time.Time { return t.span.Every.begin(at, t.span.Zone) }

func (t *Tally) queue(at time.Time, name string) *QueueFigures {
	k := key{t.begin(at).UnixNano(), name}
	f := t.queues[k]
	if f == nil {
		f = newQueueFigures(t.begin(at), name)
		t.queues[k] = f
	}
	return f
}

func (t *Tally) agent(at time.Time, name string) *AgentFigures {
	k := key{t.begin(at).UnixNano(), name}
	f := t.agents[k]
	if f == nil {
		f = newAgentFigures(t.begin(at), name)
		t.agents[k] = f
	}
	return f
}

// until is a copy of the tally whose span ends at a moment, for Figures alone. No event from behind that moment has been
// added to the tally.
func (t *Tally) until(moment time.Time) *Tally {
	c := NewTally(t.span)
	c.span.Until = moment
	for k, f := range t.queues {
		copied := newQueueFigures(f.Began, f.Queue)
		copied.add(f)
		c.queues[k] = copied
	}
	for k, f := range t.agents {
		copied := newAgentFigures(f.Began, f.Agent)
		copied.add(f)
		c.agents[k] = copied
	}
	for name, n := range t.nodes {
		copied := c.node(name)
		copied.last = n.last
		maps.Copy(copied.agents, n.agents) // which Figures only reads
		maps.Copy(copied.wrapFor, n.wrapFor)
	}
	return c
}

// Figures ends the tally and returns its rows, by interval and name. What agents were doing in the end they did until
// the span ended.
func (t *Tally) Figures() ([]*QueueFigures, []*AgentFigures) {
	for _, n := range t.nodes {
		t.forget(n, t.span.Until)
	}
	maps.DeleteFunc(t.queues, func(k key, _ *QueueFigures) bool { return t.span.Queue != "" && t.span.Queue != k.name })
	queues := sortedQueues(t.queues)
	for _, f := range queues {
		f.sorted()
	}
	maps.DeleteFunc(t.agents, func(_ key, f *AgentFigures) bool {
		stranger := t.span.Queue != "" && f.Rung+f.Answered == 0
		return stranger || t.span.Agent != "" && t.span.Agent != f.Agent
	})
	return queues, sortedAgents(t.agents)
}
