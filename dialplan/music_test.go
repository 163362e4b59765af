package dialplan

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hatif/call/calltest"
	"hatif/queue"
)

// What is heard on hold is the holder's music, or else the queue's, or else the default.
func TestEverybodyHasTheirOwnMusicForThoseWhomTheyLetWait(t *testing.T) {
	for _, c := range []struct{ users, queue, want string }{
		{"", "", "music default"}, {"", "oud", "music oud"}, {"jazz", "", "music jazz"}, {"jazz", "oud", "music jazz"},
	} {
		t.Run(c.want+" of "+c.users+" and "+c.queue, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := openStageChanged(t, transferring, "0777", calltest.Phone{Answers: true}, func(o *Services) {
					agent := o.Users["2001"]
					agent.Music = c.users
					o.Users["2001"] = agent
					o.Queues = map[string]queue.Config{"help": {Strategy: "linear", RingTimeout: 10 * time.Second, MaxWait: time.Minute, Music: c.queue}}
				})
				s.agent.Hold()
				s.hearing("on hold", s.customer, c.want)
				s.agent.Resume()
				s.hear("back", s.customer, s.agent)
				s.customer.Hold() // a caller from outside has none
				want := "music default"
				if c.queue != "" {
					want = "music " + c.queue
				}
				s.hearing("when the customer holds", s.agent, want)
				s.customer.Resume()
				s.agent.Press("*2")
				s.hearing("while the number is asked for", s.customer, c.want)
				s.agent.Press("2003")
				time.Sleep(time.Second)
				s.hear("in the consultation", s.agent, s.colleague())
				s.hearing("in the consultation", s.customer, c.want)
				s.agent.Press("*4")
				s.hearing("swapped", s.colleague(), c.want)
				s.hear("swapped", s.customer, s.agent)
				s.agent.Leave()
				s.hear("transferred", s.customer, s.colleague())
				s.done(false, 3)
			})
		})
	}
}

func TestAParkingPlaceWithMusicThatIsNotThereIsAMistake(t *testing.T) {
	_, err := Compile(read(t, "contexts:\n  staff:\n    \"700\": {park: {places: 701-702, music: polka}}\n"), house())
	if err == nil || !strings.Contains(err.Error(), `there is no music "polka"`) {
		t.Errorf("%v, want that there is no such music", err)
	}
}
