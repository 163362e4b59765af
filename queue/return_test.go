package queue_test

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"hatif/queue"
)

// Where somebody has overflowed to, their place is theirs when they call again by the number of the queue before.
func TestWhoCallsAgainStandsWhereTheyHadOverflowedTo(t *testing.T) {
	terms := &queue.CallBack{Offer: 30 * time.Second, First: 2 * time.Second}
	before := queue.Config{KeepPlace: time.Minute, Overflow: queue.Overflow{To: "english", After: 5 * time.Second}}
	for name, leave := range map[string]func(*asker){
		"dropped": func(a *asker) {
			a.leg.Leave()
			a.ends(queue.Abandoned)
		},
		"to be called back": func(a *asker) { a.keeps() },
	} {
		synctest.Test(t, func(t *testing.T) {
			c := twoQueues(t, before, queue.Config{CallBack: terms})
			c.busyFor("2001", 0)
			c.SetRegistered("2101", false)
			asks := c.asks(nil)
			after(10 * time.Second) // the overflow, and the offer
			other := c.from("1002").visits("english")
			after(time.Second)
			leave(asks)
			after(5 * time.Second)
			again := c.visits("arabic")
			after(time.Second)
			var line []string
			for _, q := range c.Snapshot().Queues {
				for _, w := range q.Line {
					line = append(line, q.Name+" "+w.Call)
				}
			}
			if want := []string{"english " + again.call.ID, "english " + other.call.ID}; !slices.Equal(line, want) {
				t.Errorf("%s: in line: %v, want %v", name, line, want)
			}
			again.leg.Leave()
			again.ends(queue.Abandoned)
			other.leg.Leave()
			other.ends(queue.Abandoned)
		})
	}
}

func TestALineThatHasFilledUpKeepsThePlaceOfWhoComesBack(t *testing.T) {
	for name, cfg := range map[string]queue.Config{
		"full":         {KeepPlace: time.Minute, MaxLength: 1},
		"overflows by": {KeepPlace: time.Minute, Overflow: queue.Overflow{To: "english", Length: 1}},
	} {
		synctest.Test(t, func(t *testing.T) {
			c := twoQueues(t, cfg, queue.Config{})
			c.busyFor("2001", 0)
			c.SetRegistered("2101", false)
			drops := c.visits("arabic")
			after(time.Second)
			drops.leg.Leave()
			drops.ends(queue.Abandoned)
			other := c.from("1002").visits("arabic")
			after(time.Second)
			again := c.visits("arabic")
			after(time.Second)
			var line []string
			for _, w := range c.Snapshot().Queues[0].Line {
				line = append(line, w.Call)
			}
			if want := []string{again.call.ID, other.call.ID}; !slices.Equal(line, want) {
				t.Errorf("%s: in line: %v, want %v", name, line, want)
			}
			c.visits("arabic").leg.Leave() // nobody is let in twice by one place
			after(time.Second)
			again.leg.Leave()
			again.ends(queue.Abandoned)
			other.leg.Leave()
			other.ends(queue.Abandoned)
		})
	}
}
