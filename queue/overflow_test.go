package queue_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hatif/calendar"
	"hatif/queue"
)

// twoQueues opens "english" beside "arabic", with one agent each: 2001 and 2101.
func twoQueues(t *testing.T, arabic, english queue.Config) *centre {
	c := newCentre(t, arabic, "2001")
	c.Apply(map[string]queue.Config{"arabic": arabic, "english": english},
		append(membersOf("arabic", "2001"), membersOf("english", "2101")...))
	c.SetRegistered("2101", true)
	return c
}

func (c *centre) statsOf(name string) queue.Stats {
	for _, q := range c.Snapshot().Queues {
		if q.Name == name {
			return q.Stats
		}
	}
	return queue.Stats{}
}

func TestWhoWaitsTooLongGoesToAnotherQueueAndKeepsTheTimeWaited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := twoQueues(t, queue.Config{Overflow: queue.Overflow{To: "english", After: 20 * time.Second}}, queue.Config{})
		c.net.Plug("2001", answering(0, time.Hour))
		c.net.Plug("2101", answering(0, time.Hour))
		c.visits("arabic")
		c.visits("english") // both agents are occupied
		after(0)
		arabic := c.visits("arabic")
		after(10 * time.Second)
		english := c.visits("english")
		after(15 * time.Second) // the Arabic caller has been here for 5 s, and is before who came 10 s later
		for _, q := range c.Snapshot().Queues {
			var line []string
			for _, w := range q.Line {
				line = append(line, w.Call)
			}
			if want := map[string]string{"arabic": "", "english": "c3 c4"}[q.Name]; strings.Join(line, " ") != want {
				t.Errorf("%s: in line are %v, want %s", q.Name, line, want)
			}
		}
		arabic.leg.Leave()
		out := arabic.ends(queue.Abandoned)
		if out.Queue != "english" || out.Waited != 25*time.Second || out.Position != 1 {
			t.Errorf("outcome %+v", out)
		}
		if want := "queue arabic > on to queue english > hung up after waiting 25.0 s"; arabic.path() != want {
			t.Errorf("path is %s", arabic.path())
		}
		if r := arabic.call.Snapshot(); r.Queue != "english" {
			t.Errorf("the record says %s", r.Queue)
		}
		english.leg.Leave()
		english.ends(queue.Abandoned)
		if s := c.statsOf("arabic"); s.Offered != 2 || s.Overflowed != 1 || s.Abandoned != 0 {
			t.Errorf("arabic counts %+v", s)
		}
		if s := c.statsOf("english"); s.Offered != 3 || s.Abandoned != 2 || s.AbandonedWait != 40*time.Second {
			t.Errorf("english counts %+v", s)
		}
	})
}

func TestWhomAPhoneRingsForStaysUntilItIsQuiet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := twoQueues(t, queue.Config{RingTimeout: 20 * time.Second, Overflow: queue.Overflow{To: "english", After: 10 * time.Second}}, queue.Config{})
		c.net.Plug("2001", refusing(15*time.Second, nil))
		c.net.Plug("2101", answering(time.Second, time.Second))
		v := c.visits("arabic")
		out := v.ends(queue.Answered)
		if out.Agent != "2101" || out.Waited != 21*time.Second || out.Queue != "english" {
			t.Errorf("outcome %+v; path %s", out, v.path())
		}
	})
}

func TestWhoComesToALongLineGoesToAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := twoQueues(t, queue.Config{Overflow: queue.Overflow{To: "english", Length: 1}}, queue.Config{MaxLength: 1})
		c.net.Plug("2001", answering(0, time.Hour))
		c.net.Plug("2101", answering(0, time.Hour))
		c.visits("arabic")
		c.visits("english")
		after(0)
		var queues []string
		for range 3 {
			v := c.visits("arabic")
			after(time.Second)
			queues = append(queues, v.call.Snapshot().Queue)
		}
		equal(t, "they stand in", queues, "arabic", "english", "arabic") // the third finds both full, and one that lets him in
		refused := c.seen(queue.CallerRefused)
		if len(refused) != 1 || refused[0].Result != queue.Overflowed || refused[0].Next != "english" || refused[0].Queue != "arabic" {
			t.Errorf("told %+v", refused)
		}
	})
}

func TestThePatienceIsThatOfTheQueueThatCallersCameTo(t *testing.T) {
	gone := []queue.State{queue.NotRegistered}
	for name, waits := range map[string]struct{ first, second time.Duration }{
		"shorter than the other's":      {10 * time.Second, 30 * time.Second},
		"longer than the other's":       {30 * time.Second, 10 * time.Second},
		"where the other's is for ever": {10 * time.Second, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := twoQueues(t,
					queue.Config{MaxWait: waits.first, Overflow: queue.Overflow{To: "english", Empty: gone}},
					queue.Config{MaxWait: waits.second})
				c.net.Plug("2101", answering(0, time.Hour))
				c.visits("english")
				c.SetRegistered("2001", false)
				after(0)
				v := c.visits("arabic") // goes on at the door
				out := v.ends(queue.TimedOut)
				if out.Queue != "english" || v.after != waits.first {
					t.Errorf("left %s after %v, want %v", out.Queue, v.after, waits.first)
				}
			})
		})
	}
}

func TestWithNobodyThereCallersGoToAnotherQueueAndOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gone := []queue.State{queue.NotRegistered}
		c := newCentre(t, queue.Config{}, "2001")
		c.Apply(map[string]queue.Config{
			"arabic":  {Overflow: queue.Overflow{To: "english", Empty: gone}},
			"english": {Overflow: queue.Overflow{To: "french", Empty: gone}},
			"french":  {JoinWhenEmpty: gone},
		}, append(membersOf("arabic", "2001"), membersOf("french", "2201")...))
		c.net.Plug("2001", answering(0, time.Hour))
		c.visits("arabic")
		after(0)
		waits := c.visits("arabic")
		after(time.Second)
		c.SetRegistered("2001", false) // who is on a call still counts
		after(time.Second)
		if q := waits.call.Snapshot().Queue; q != "arabic" {
			t.Errorf("waits in %s", q)
		}
		for _, leg := range c.net.Legs() {
			leg.Leave()
		}
		after(time.Second) // nobody takes the caller: english passes on to french, where nobody is
		if q := waits.call.Snapshot().Queue; q != "arabic" {
			t.Errorf("waits in %s", q)
		}
		c.net.Plug("2201", answering(0, time.Second))
		c.SetRegistered("2201", true)
		out := waits.ends(queue.Answered)
		if out.Queue != "french" || out.Agent != "2201" || out.Waited < 2*time.Second || out.Waited > 12*time.Second {
			t.Errorf("outcome %+v; path %s", out, waits.path())
		}
		if s := c.statsOf("english"); s.Offered != 1 || s.Overflowed != 1 {
			t.Errorf("english counts %+v", s)
		}
	})
}

// hours from nine to five in UTC; a bubble begins at midnight of 2000-01-01, a Saturday.
var nineToFive = calendar.Config{Timezone: "UTC", Open: map[string]string{"daily": "09:00-17:00"}}

func TestOutsideTheHoursNobodyIsLetInAndWhoWaitsMayStay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCentre(t, queue.Config{Hours: nineToFive}, "2001")
		c.net.Plug("2001", answering(0, 2*time.Minute))
		v := c.visits("arabic")
		if out := v.ends(queue.Closed); out.Waited != 0 || v.path() != "queue arabic > queue arabic is closed" {
			t.Errorf("outcome %+v, path %s", out, v.path())
		}
		after(17*time.Hour - time.Minute)
		first, second := c.visits("arabic"), c.visits("arabic")
		after(90 * time.Second)
		c.visits("arabic").ends(queue.Closed)
		first.ends(queue.Answered)
		second.ends(queue.Answered)
		if s := c.stats(); s.Refused != 2 || s.Answered != 2 {
			t.Errorf("counted %+v", s)
		}
	})
}

func TestTheSwitchIsStrongerThanTheHoursAndOutlivesAReload(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCentre(t, queue.Config{Hours: nineToFive}, "2001")
		open := func(want bool) {
			t.Helper()
			after(0)
			if q := c.Snapshot().Queues[0]; q.Open != want {
				t.Errorf("open %t by the switch %q", q.Open, q.Switch)
			}
		}
		open(false)
		c.SetOpen("arabic", queue.Open)
		open(true)
		c.Apply(map[string]queue.Config{"arabic": {}}, nil)
		open(true)
		c.SetOpen("arabic", queue.Shut)
		open(false)
		c.visits("arabic").ends(queue.Closed)
		c.Apply(nil, nil)
		c.Apply(map[string]queue.Config{"arabic": {}}, nil)
		open(false)
		c.SetOpen("arabic", queue.ByHours)
		open(true)
		var told []queue.Switch
		for _, ev := range c.seen(queue.QueueSwitched) {
			told = append(told, ev.Switch)
		}
		equal(t, "told", told, queue.Open, queue.Shut, queue.ByHours)
	})
}

func TestWhoComesOutsideTheHoursMayGoToAnotherQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := twoQueues(t, queue.Config{Hours: nineToFive, Overflow: queue.Overflow{To: "english", Closed: true}}, queue.Config{})
		c.net.Plug("2101", answering(0, time.Second))
		if out := c.visits("arabic").ends(queue.Answered); out.Queue != "english" {
			t.Errorf("outcome %+v", out)
		}
	})
}

func TestMistakesInOverflowsAreFound(t *testing.T) {
	for want, cfg := range map[string]queue.Config{
		"overflow: overflow needs to: the queue that callers go to":                               {Overflow: queue.Overflow{After: time.Minute}},
		`overflow.to: nobody ever goes to "english": say when, by after, length, empty or closed`: {Overflow: queue.Overflow{To: "english"}},
		"overflow.after: a time cannot be negative: -1s":                                          {Overflow: queue.Overflow{To: "english", After: -time.Second}},
		"overflow.after: 1m0s is never reached: callers leave after max_wait":                     {MaxWait: time.Minute, Overflow: queue.Overflow{To: "english", After: time.Minute}},
		"overflow.length: a line cannot be shorter than empty: -1":                                {Overflow: queue.Overflow{To: "english", Length: -1}},
		"overflow.length: 6 is never reached: the line is full before, by max_length":             {MaxLength: 5, Overflow: queue.Overflow{To: "english", Length: 6}},
		`overflow.empty.0: "asleep" is not a state that can be named here: use any of`:            {Overflow: queue.Overflow{To: "english", Empty: []queue.State{"asleep"}}},
		"hours.open: these hours never open":                                                      {Hours: calendar.Config{Open: map[string]string{"daily": "closed"}}},
	} {
		if err := cfg.Validate(); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%+v: %v, want %s", cfg, err, want)
		}
	}
}
