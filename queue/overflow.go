package queue

import (
	"slices"
	"strconv"
	"time"

	"hatif/call"
	"hatif/internal/fault"
)

// Overflow is when callers of one queue go to another, where they stand as if they had waited there. The zero value
// is never.
type Overflow struct {
	To     string        `yaml:"to"`     // the queue
	After  time.Duration `yaml:"after"`  // who has waited so long in this one, when no phone rings for them; 0: nobody
	Length int           `yaml:"length"` // who comes when so many stand in line; 0: nobody
	Empty  []State       `yaml:"empty"`  // who comes or waits when no agent counts, as with join_when_empty
	Closed bool          `yaml:"closed"` // who comes outside the hours
}

// overflowRetry is how soon a caller whom the other queue does not take tries it again.
const overflowRetry = 5 * time.Second

func (c Config) checkOverflow() (faults []error) {
	o := c.Overflow
	add := func(format string, value any, path ...string) {
		faults = append(faults, fault.Errorf(append([]string{"overflow"}, path...), format, value))
	}
	when := o.After != 0 || o.Length != 0 || len(o.Empty) > 0 || o.Closed
	switch {
	case o.To == "" && when:
		add("overflow needs to: %s", "the queue that callers go to")
	case o.To != "" && !when:
		add("nobody ever goes to %q: say when, by after, length, empty or closed", o.To, "to")
	}
	if o.After < 0 {
		add("a time cannot be negative: %s", o.After, "after")
	}
	if c.MaxWait > 0 && o.After >= c.MaxWait {
		add("%s is never reached: callers leave after max_wait", o.After, "after")
	}
	if o.Length < 0 {
		add("a line cannot be shorter than empty: %d", o.Length, "length")
	}
	if c.MaxLength > 0 && o.Length > c.MaxLength {
		add("%d is never reached: the line is full before, by max_length", o.Length, "length")
	}
	for i, s := range o.Empty {
		if !slices.Contains(excusable, s) {
			add("%q is not a state that can be named here: use any of "+excusableNames(), s, "empty", strconv.Itoa(i))
		}
	}
	return faults
}

// overflows reports whether who comes to q goes on to the other queue.
func (q *queue) overflows(now time.Time) bool {
	o := q.cfg.Overflow
	return o.To != "" && (o.Length > 0 && q.length() >= o.Length || q.deserted(o.Empty) || o.Closed && q.closed(now))
}

// length is how many callers are on the line.
func (q *queue) length() int { return len(q.line) - len(q.kept) }

// refuses is why q takes nobody; "": it does.
func (q *queue) refuses(now time.Time) Result {
	switch {
	case q.closed(now):
		return Closed
	case q.deserted(q.cfg.JoinWhenEmpty):
		return Empty
	case q.cfg.MaxLength > 0 && q.length() >= q.cfg.MaxLength:
		return Full
	}
	return ""
}

// wayIn is the queues through which who comes to q goes, to the one in which they stand; or why they are refused. A
// queue that overflows keeps those whom the other does not take, but takes nobody from a third one. Who has a place in
// q has it however long the line has become meanwhile.
func (e *engine) wayIn(q *queue, number string, now time.Time) (way []*queue, refusal Result) {
	if number != "" && q.has(number, now) && !q.deserted(q.cfg.Overflow.Empty) {
		if refusal := q.refuses(now); refusal == "" || refusal == Full {
			return []*queue{q}, ""
		}
	}
	if way := e.wayOn(q, len(e.queues), now); way != nil {
		return append([]*queue{q}, way...), ""
	}
	if refusal := q.refuses(now); refusal != "" {
		return nil, refusal
	}
	return []*queue{q}, ""
}

// wayOn is the queues through which who comes to q goes when q overflows now; nil: it does not, or nobody takes them.
// hops bounds circles, which the file cannot have.
func (e *engine) wayOn(q *queue, hops int, now time.Time) []*queue {
	if !q.overflows(now) {
		return nil
	}
	return e.wayTo(e.queues[q.cfg.Overflow.To], hops-1, now)
}

// wayTo is the queues through which who comes to a queue from another goes; nil: it does not take them.
func (e *engine) wayTo(to *queue, hops int, now time.Time) []*queue {
	switch {
	case to == nil || hops <= 0:
		return nil
	case to.overflows(now):
		if way := e.wayOn(to, hops, now); way != nil {
			return append([]*queue{to}, way...)
		}
		return nil
	case to.refuses(now) != "":
		return nil
	}
	return []*queue{to}
}

// pass tells of a caller who goes through all but the last of these queues, and returns that one.
func (e *engine) pass(way []*queue, who string, caller call.Identity, now time.Time) *queue {
	for i, q := range way[:len(way)-1] {
		q.stats.Offered++
		q.stats.count(Overflowed, 0)
		e.tell(Event{At: now, Kind: CallerRefused, Queue: q.name, Call: who, Caller: caller.Number, Result: Overflowed, Next: way[i+1].name})
	}
	return way[len(way)-1]
}

// overflowing reports whether t is to go to the other queue now: nothing keeps it in its own.
func (t *ticket) overflowing(now time.Time) bool {
	o := t.queue.cfg.Overflow
	if o.To == "" || !t.inLine() || t.kept || t.bound != "" || len(t.held) > 0 || t.winner != nil || now.Before(t.stays) {
		return false
	}
	return o.After > 0 && now.Sub(t.since) >= o.After || t.queue.deserted(o.Empty)
}

// watchOverflow sets the alarm for the time after which t goes to the other queue.
func (e *engine) watchOverflow(t *ticket) {
	if o := t.queue.cfg.Overflow; o.To != "" && o.After > 0 {
		e.alarms.set(t.since.Add(o.After), t)
	}
}

// overflow takes callers of q to the other queue who are to go there.
func (e *engine) overflow(q *queue, now time.Time) {
	to := e.queues[q.cfg.Overflow.To]
	if to == nil || !q.spills && !q.deserted(q.cfg.Overflow.Empty) {
		return
	}
	q.spills = false
	for _, t := range slices.Clone(q.line) {
		if !t.overflowing(now) {
			continue
		}
		if way := e.wayTo(to, len(e.queues), now); way != nil && !slices.Contains(way, q) {
			e.move(t, way, Overflowed, now)
			continue
		}
		t.stays = now.Add(overflowRetry)
		e.alarms.set(t.stays, t)
	}
}

// move takes t to the last queue of the way, with its place among those who came when it did. why is Overflowed or Moved.
func (e *engine) move(t *ticket, way []*queue, why Result, now time.Time) {
	from, waited := t.queue, t.waited(now)
	e.tell(Event{
		At: now, Kind: CallerLeft, Queue: from.name, Call: t.Call, Result: why, Next: way[0].name,
		Position: from.line.position(t), Entered: t.entered, Waited: waited,
	})
	from.stats.count(why, waited)
	from.exit(t)
	from.line.remove(t)
	e.touch(from)
	to := e.pass(way, t.Call, t.caller, now)
	to.stats.Offered++
	t.queue, t.since, t.changes, t.stays = to, now, time.Time{}, time.Time{}
	t.reach, t.needs = 0, to.met(t.needs)
	to.line.add(t)
	t.entered = to.line.position(t)
	e.tellJoined(t, now)
	e.watchOverflow(t)
	e.stand(t, now)
	t.notify()
}
