package dialplan

import (
	"testing"
	"testing/synctest"
	"time"

	"hatif/call"
	"hatif/call/calltest"
	"hatif/queue"
	"hatif/transfer"
)

// A queue rings two agents for a customer; somebody picks their phone up from a third one.
func TestAPhoneThatAQueueRingsIsPickedUp(t *testing.T) {
	for _, who := range []string{"2003", "2004", "2002"} { // a colleague, an agent of the queue who is paused, one who is rung
		t.Run(who, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &stage{T: t, services: house(), network: &calltest.Network{}, studio: &studio{}, talks: transfer.New()}
				s.services.Users = map[string]User{"1001": {Context: "incoming", Callable: true}}
				for _, user := range []string{"2001", "2002", "2003", "2004"} {
					s.services.Users[user] = User{Context: "staff", Callable: true}
					s.network.Plug(user, calltest.Phone{})
				}
				s.services.Queues = map[string]queue.Config{"help": {Strategy: "ringall", RingTimeout: 10 * time.Second, MaxWait: time.Minute, WrapUp: 5 * time.Second}}
				var events []queue.Event
				floor := queue.New(queue.Options{Observe: func(e queue.Event) { events = append(events, e) }})
				floor.Apply(s.services.Queues, []queue.Member{{User: "2001", Queue: "help"}, {User: "2002", Queue: "help"}, {User: "2004", Queue: "help"}})
				for _, user := range []string{"2001", "2002", "2004"} {
					floor.SetRegistered(user, true)
				}
				if err := floor.Pause("2004", "lunch", queue.ViaPhone); err != nil {
					t.Fatal(err)
				}
				s.network.Lines.Watch(floor.SetBusy)
				s.services.Line, s.services.Dialer, s.services.Recorder = floor, s.network, s.studio
				s.services.Features, s.services.Talks = transfer.Defaults(), s.talks
				s.plan = compiled(t, transferring+"    \"*8\": pickup\n", s.services)

				s.customer = caller(s.services, "1001", "0888")
				s.call, s.record = s.serve("c1", s.customer)
				time.Sleep(2 * time.Second)
				picker := s.network.InboundOf(caller(s.services, who, "*8").Info())
				_, theirs := s.serve("c2", picker)
				s.hear("picked up", s.customer, picker)
				s.shows("picked up", picker, "1001")
				for _, user := range []string{"2001", "2002"} {
					if n := s.network.Lines.Busy(user); n != 0 && user != who {
						t.Errorf("the phone of %s rings on", user)
					}
				}
				time.Sleep(time.Minute)
				s.customer.Leave()
				r := <-s.record
				if p := <-theirs; p.Merged != "c1" {
					t.Errorf("who has picked up is merged into %q", p.Merged)
				}
				s.gone(picker)
				if r.Agent != who || r.Result != call.ResultAnswered || len(r.Legs) != 4 || len(r.Recordings) != 1 || s.call.Var("after") != "x" {
					t.Errorf("agent %s, %s, %d legs, recordings %q, after %q\n%s", r.Agent, r.Result, len(r.Legs), r.Recordings, s.call.Var("after"), path(r))
				}
				synctest.Wait()
				var picked, parted bool
				for _, e := range events {
					switch {
					case e.Kind == queue.AgentMissed:
						t.Errorf("%s is blamed: %+v", e.Agent, e)
					case e.Kind == queue.AgentPickedUp:
						picked = e.Agent == who
					case e.Kind == queue.CallerParted:
						parted = e.Agent == who && e.Talked == time.Minute
					}
				}
				if !picked || !parted {
					t.Errorf("the events do not name %s: %+v", who, events)
				}
				time.Sleep(10 * time.Second)
				synctest.Wait()
				snap := floor.Snapshot()
				if q := snap.Queues[0].Stats; q.Answered != 1 || q.Offered != 1 || q.Abandoned != 0 {
					t.Errorf("the queue's counters: %+v", q)
				}
				for _, a := range snap.Agents {
					want := queue.Available
					if a.User == "2004" {
						want = queue.Paused
					}
					if a.State != want {
						t.Errorf("agent %s is %s, want %s", a.User, a.State, want)
					}
				}
				if n := s.talks.Talks(); n != 0 {
					t.Errorf("%d are left on the switchboard", n)
				}
			})
		})
	}
}
