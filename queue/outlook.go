package queue

import "time"

// An outlook is what a caller in line can be told at one moment.
type outlook struct {
	queue    string
	cfg      Config
	position int           // from 1; 0: not in line any more
	wait     time.Duration // how long it will still take
	known    bool          // wait can be told honestly
}

// estimateFrom is how many finished calls an estimate needs: of fewer the average says little.
const estimateFrom = 3

// outlook tells t's prospects. The wait is the mean of a queue whose agents are all occupied and whose calls last
// as long as the last ones did: with n agents one becomes free every (talk + wrap-up) / n, and the caller at position
// p needs p of them. An agent who serves other queues with callers in line is shared among these. What it does not
// know is that agents come, go and pause, and how long the calls in progress have lasted (for waits that follow no
// rhythm, that makes no difference).
func (e *engine) outlook(t *ticket) outlook {
	q := t.queue
	o := outlook{queue: q.name, cfg: q.cfg, position: q.line.position(t)}
	hands := q.hands()
	if q.stats.Completed < estimateFrom || hands == 0 || o.position == 0 {
		return o
	}
	each := q.stats.Talk + q.cfg.WrapUp
	o.wait, o.known = time.Duration(float64(o.position)*float64(each)/hands), true
	return o
}

// hands is how many agents are at work for q, those of several queues by their share.
func (q *queue) hands() float64 {
	var hands float64
	for _, p := range q.members {
		if !p.state().atWork() {
			continue
		}
		busy := 0
		for _, other := range p.agent.places {
			if len(other.queue.line) > 0 {
				busy++
			}
		}
		hands += 1 / float64(max(busy, 1))
	}
	return hands
}

// words are an announcement of what a says.
func (o outlook) words(a Announce) []Word {
	var all []Word
	say := a.Say
	if len(say) == 0 {
		say = sayings
	}
	for _, s := range say {
		switch minutes := int((o.wait + time.Minute - 1) / time.Minute); {
		case s == SayPosition && o.position == 1:
			all = append(all, Word{Prompt: promptNext})
		case s == SayPosition && o.position > 1:
			all = append(all, Word{Prompt: promptPosition}, Word{Number: o.position})
		case s == SayWait && o.known && minutes <= 1:
			all = append(all, Word{Prompt: promptLessThanMinute})
		case s == SayWait && o.known:
			all = append(all, Word{Prompt: promptWait}, Word{Minutes: minutes})
		}
	}
	return all
}
