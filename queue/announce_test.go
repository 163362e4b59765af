package queue_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hatif/call"
	"hatif/call/calltest"
	"hatif/media"
	"hatif/queue"
)

// speaks is a caller to whom announcements take two seconds, and who may leave by the keys.
func (c *centre) speaks(queueName, keys string) *visitor {
	return c.speaksWith(queueName, func(o *queue.ServeOptions) { o.Keys = keys })
}

// speaksWith is speaks with other options.
func (c *centre) speaksWith(queueName string, change func(*queue.ServeOptions)) *visitor {
	return c.visitsAs(queueName, func(o *queue.ServeOptions) {
		change(o)
		o.Say = func(words ...queue.Word) media.Source {
			var parts []string
			for _, w := range words {
				switch {
				case w.Prompt != "":
					parts = append(parts, strings.TrimPrefix(w.Prompt, "queue/"))
				case w.Digits != "":
					parts = append(parts, w.Digits)
				case w.Minutes > 0:
					parts = append(parts, fmt.Sprint(w.Minutes, " minutes"))
				default:
					parts = append(parts, fmt.Sprint(w.Number))
				}
			}
			return calltest.Sound(strings.Join(parts, " "), 2*time.Second)
		}
	})
}

// busyFor is an agent of the centre who talks to a caller of their own for so long.
func (c *centre) busyFor(agent string, talk time.Duration) *visitor {
	c.net.Plug(agent, answering(0, talk))
	v := c.visits("arabic")
	synctest.Wait()
	return v
}

func after(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func TestCallersAreToldTheirPlaceAtIntervalsOverTheMusic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCentre(t, queue.Config{Announce: queue.Announce{Every: 30 * time.Second, First: 10 * time.Second, Say: []queue.Saying{queue.SayPosition}}}, "2001")
		talking := c.busyFor("2001", 45*time.Second)
		first := c.speaks("arabic", "")
		synctest.Wait()
		second := c.speaks("arabic", "")
		after(9 * time.Second)
		if got := second.leg.Hearing(); got != "music default" {
			t.Errorf("before the first announcement the caller hears %s", got)
		}
		after(2 * time.Second)
		if got := second.leg.Hearing(); got != "your-position-is 2" {
			t.Errorf("after ten seconds the caller hears %s", got)
		}
		after(2 * time.Second)
		if got := second.leg.Hearing(); got != "music default" {
			t.Errorf("after the announcement the caller hears %s", got)
		}
		after(62 * time.Second)
		second.leg.Leave()
		second.ends(queue.Abandoned)
		talking.ends(queue.Answered)
		first.ends(queue.Answered)
		equal(t, "the second heard", second.leg.Heard(), "music default", "your-position-is 2", "music default",
			"your-position-is 2", "music default", "you-are-next", "music default", "silence")
		equal(t, "the first heard", first.leg.Heard(), "music default", "you-are-next", "music default", "you-are-next",
			"music default", "voice 2001", "silence")
	})
}

func TestTheWaitIsToldOnceThereIsSomethingToTellItFrom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCentre(t, queue.Config{WrapUp: 30 * time.Second, Announce: queue.Announce{Every: 10 * time.Second, Say: []queue.Saying{queue.SayWait}}}, "2001", "2002")
		for range 3 { // calls of 90 s: with the wrap-up an agent has two minutes for each
			c.net.Plug("2001", answering(0, 90*time.Second))
			c.net.Plug("2002", answering(0, 90*time.Second))
			<-c.visits("arabic").done
			after(30 * time.Second)
		}
		for _, agent := range []string{"2001", "2002"} {
			c.busyFor(agent, time.Hour)
		}
		var waiting []*visitor
		for range 5 {
			waiting = append(waiting, c.speaks("arabic", ""))
			synctest.Wait()
		}
		after(11 * time.Second)
		for i, want := range []string{"less-than-a-minute", "estimated-wait-is 2 minutes", "estimated-wait-is 3 minutes",
			"estimated-wait-is 4 minutes", "estimated-wait-is 5 minutes"} { // a place every minute
			if got := waiting[i].leg.Hearing(); got != want {
				t.Errorf("caller %d hears %q, want %q", i+1, got, want)
			}
		}
	})
}

func TestTheWaitIsNotToldWithoutGroundsForIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCentre(t, queue.Config{Announce: queue.Announce{Every: 10 * time.Second}}, "2001")
		c.busyFor("2001", time.Hour)
		v := c.speaks("arabic", "")
		after(25 * time.Second)
		v.leg.Leave()
		v.ends(queue.Abandoned)
		equal(t, "heard", v.leg.Heard(), "music default", "you-are-next", "music default", "you-are-next", "music default", "silence")
	})
}

func TestMessagesTakeTurnsAndWaitUntilAnAnnouncementIsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCentre(t, queue.Config{
			Announce: queue.Announce{Every: 20 * time.Second, Say: []queue.Saying{queue.SayPosition}},
			Messages: queue.Messages{Every: 10 * time.Second, First: 11 * time.Second, Prompts: []string{"patience", "website"}},
		})
		v := c.speaks("arabic", "")
		after(43 * time.Second)
		v.leg.Leave()
		v.ends(queue.Abandoned)
		equal(t, "heard", v.leg.Heard(), "music default",
			"patience", "music default", // 11
			"you-are-next", "music default", // 20, until 22
			"website", "music default", // due at 21, while the other was said
			"patience", "music default", // 31
			"you-are-next", "music default", // 40
			"website", "silence") // 42
	})
}

func TestAnAnswerEndsAnAnnouncement(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCentre(t, queue.Config{Announce: queue.Announce{Every: 5 * time.Second}}, "2001")
		c.net.Plug("2001", answering(6*time.Second, time.Minute))
		v := c.speaks("arabic", "")
		v.ends(queue.Answered)
		equal(t, "heard", v.leg.Heard(), "music default", "you-are-next", "voice 2001", "silence")
	})
}

func TestAKeyLeadsOutOfTheLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCentre(t, queue.Config{Announce: queue.Announce{Every: 5 * time.Second}}, "2001")
		c.net.Plug("2001", calltest.Phone{})
		v := c.speaks("arabic", "09")
		after(6 * time.Second)
		v.leg.Press("5")
		after(0)
		if got := v.leg.Hearing(); got != "you-are-next" {
			t.Errorf("after a key without a meaning the caller hears %s", got)
		}
		v.leg.Press("9")
		out := v.ends(queue.ByKey)
		if out.Key != "9" || v.err != nil || v.leg.Context().Err() != nil || out.Waited != 6*time.Second {
			t.Errorf("outcome %+v, %v", out, v.err)
		}
		synctest.Wait()
		c.has(queue.Available, "2001")
		left := c.seen(queue.CallerLeft)
		if len(left) != 1 || left[0].Result != queue.ByKey || left[0].Key != "9" {
			t.Errorf("told %+v", left)
		}
		if s := c.stats(); s.Exited != 1 || s.Offered != 1 {
			t.Errorf("counted %+v", s)
		}
		if want := "queue arabic > ringing 2001 > pressed 9 after waiting 6.0 s"; v.path() != want {
			t.Errorf("path is %s", v.path())
		}
		if r := v.call.Snapshot().Result; r != call.ResultNoAnswer {
			t.Errorf("record says %q", r)
		}
	})
}

func TestMistakesInAnnouncementsAreFound(t *testing.T) {
	for want, cfg := range map[string]queue.Config{
		"announce.every: 2s is too short: 5s at least":                  {Announce: queue.Announce{Every: 2 * time.Second}},
		"announce.first: a time cannot be negative: -1s":                {Announce: queue.Announce{Every: time.Minute, First: -time.Second}},
		`announce.say.0: "weather" cannot be announced: position, wait`: {Announce: queue.Announce{Every: time.Minute, Say: []queue.Saying{"weather"}}},
		"announce: announce needs every: how often":                     {Announce: queue.Announce{First: time.Minute}},
		"messages: messages need every: how often":                      {Messages: queue.Messages{Prompts: []string{"patience"}}},
		"messages: messages need prompts: what is said":                 {Messages: queue.Messages{Every: time.Minute}},
		"messages.prompts.1: the name of a prompt is missing":           {Messages: queue.Messages{Every: time.Minute, Prompts: []string{"patience", " "}}},
		"messages.every: 1s is too short: 5s at least":                  {Messages: queue.Messages{Every: time.Second, Prompts: []string{"patience"}}},
	} {
		if err := cfg.Validate(); err == nil || err.Error() != want {
			t.Errorf("%+v: %v, want %s", cfg, err, want)
		}
	}
}

func TestWhatCanBeSaidIsToldWithItsPlaces(t *testing.T) {
	var got []string
	queue.Config{
		Announce: queue.Announce{Every: time.Minute},
		Messages: queue.Messages{Every: time.Minute, Prompts: []string{"patience"}},
	}.Spoken(func(path []string, prompt string) { got = append(got, strings.Join(path, ".")+" "+prompt) })
	want := []string{"announce queue/your-position-is", "announce queue/you-are-next", "announce queue/estimated-wait-is",
		"announce queue/less-than-a-minute", "messages.prompts.0 patience"}
	if !slices.Equal(got, want) {
		t.Errorf("told %q", got)
	}
}
