package queue_test

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hatif/call"
	"hatif/call/calltest"
	"hatif/queue"
)

// A brief lasts so long, and then the agent takes the call, or err is why not.
type brief struct {
	lasts time.Duration
	err   error
}

// briefs has agents told of calls, each as it says, and keeps what they were to be told.
func (c *centre) briefs(o *queue.ServeOptions, each map[string]brief) *[]queue.Briefing {
	var told []queue.Briefing
	o.Brief = func(ctx context.Context, agent call.Leg, b queue.Briefing) error {
		c.mu.Lock()
		told = append(told, b)
		c.mu.Unlock()
		it := each[agent.Info().User]
		if err := call.Play(ctx, agent, calltest.Sound("briefing", it.lasts)); err != nil {
			return err
		}
		return it.err
	}
	return &told
}

// serve runs a caller through "arabic" and returns how it went, and the call.
func (c *centre) serve(o queue.ServeOptions) (queue.Outcome, *call.Call) {
	c.t.Helper()
	o.Dialer = c.net
	cl := call.New("c1", c.net.Inbound("1001", "0777"), "ar", slog.New(slog.DiscardHandler))
	out, err := c.Serve(c.t.Context(), cl, "arabic", o)
	if err != nil {
		c.t.Errorf("serve: %v", err)
	}
	synctest.Wait()
	for _, a := range c.Snapshot().Agents {
		if n := c.net.Lines.Busy(a.User); n != 0 {
			c.t.Errorf("agent %s still has %d legs", a.User, n)
		}
	}
	return out, cl
}

func TestAnAgentHearsWhoseCallItIsBeforeTheyAreConnected(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCentre(t, queue.Config{RingTimeout: time.Minute, ToAgent: queue.ToAgent{Prompt: "agent/call-arabic", Wait: true}}, "2001")
		c.net.Plug("2001", answering(20*time.Second, 0))
		var o queue.ServeOptions
		told := c.briefs(&o, map[string]brief{"2001": {lasts: 3 * time.Second}})
		go func() {
			time.Sleep(22 * time.Second)
			c.has(queue.Ringing, "2001")
			time.Sleep(2 * time.Second)
			c.has(queue.Talking, "2001")
			c.net.Legs()[0].Leave()
		}()
		if out, _ := c.serve(o); out.Result != queue.Answered || out.Waited != 23*time.Second || out.Talked != time.Second {
			t.Errorf("%+v", out)
		}
		want := []queue.Word{{Prompt: "agent/call-arabic"}, {Prompt: "agent/caller-has-waited"}, {Lasting: 20 * time.Second}}
		if len(*told) != 1 || !slices.Equal((*told)[0].Words, want) || (*told)[0].Confirm {
			t.Errorf("told %+v", *told)
		}
		equal(t, "the agent heard", c.net.Legs()[0].Heard(), "briefing", "voice 1001")
	})
}

func TestWhoDoesNotTakeTheCallIsFollowedByAnother(t *testing.T) {
	for _, c := range []struct {
		name string
		err  error
		hang time.Duration // hangs up while being told
		want queue.AgentStats
		path string
	}{
		{"no key", call.ErrNoInput, 0, queue.AgentStats{Rung: 1, Missed: 1}, "2001 picked up and did not take the call"},
		{"another key", call.ErrInvalid, 0, queue.AgentStats{Rung: 1, Missed: 1}, "2001 picked up and did not take the call"},
		{"hangs up", nil, 2 * time.Second, queue.AgentStats{Rung: 1, Declined: 1}, "2001 picked up and hung up"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				centre := newCentre(t, queue.Config{Strategy: "linear", ToAgent: queue.ToAgent{Confirm: true}}, "2001", "2002")
				centre.net.Plug("2001", answering(time.Second, c.hang))
				centre.net.Plug("2002", answering(time.Second, 10*time.Second))
				var o queue.ServeOptions
				told := centre.briefs(&o, map[string]brief{"2001": {3 * time.Second, c.err}, "2002": {lasts: time.Second}})
				out, cl := centre.serve(o)
				if path := (&visitor{call: cl}).path(); !strings.Contains(path, "ringing 2001 > "+c.path+" > ringing 2002") {
					t.Errorf("path is %s", path)
				}
				if out.Result != queue.Answered || out.Agent != "2002" {
					t.Errorf("%+v", out)
				}
				if len(*told) != 2 || !(*told)[0].Confirm {
					t.Errorf("told %+v", *told)
				}
				if s := centre.agent("2001").Stats; s != c.want {
					t.Errorf("counted %+v, want %+v", s, c.want)
				}
			})
		})
	}
}

func TestMaxWaitDoesNotTakeTheCallerFromWhoHasPickedUp(t *testing.T) {
	for name, c := range map[string]struct {
		err   error
		want  queue.Result
		after time.Duration
	}{
		"taken":     {nil, queue.Answered, 12 * time.Second},
		"not taken": {call.ErrNoInput, queue.TimedOut, 12 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				centre := newCentre(t, queue.Config{MaxWait: 10 * time.Second, ToAgent: queue.ToAgent{Confirm: true}}, "2001")
				centre.net.Plug("2001", answering(9*time.Second, 10*time.Second))
				var o queue.ServeOptions
				centre.briefs(&o, map[string]brief{"2001": {3 * time.Second, c.err}})
				if out, _ := centre.serve(o); out.Result != c.want || out.Waited != c.after {
					t.Errorf("%+v", out)
				}
			})
		})
	}
}

func TestWhoeverHasHeardItFirstIsConnected(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCentre(t, queue.Config{Strategy: "ringall", ToAgent: queue.ToAgent{Confirm: true}}, "2001", "2002", "2003")
		c.net.Plug("2001", answering(time.Second, 0)) // a machine that never presses a key
		c.net.Plug("2002", answering(2*time.Second, 10*time.Second))
		c.net.Plug("2003", calltest.Phone{})
		var o queue.ServeOptions
		c.briefs(&o, map[string]brief{"2001": {lasts: time.Hour}, "2002": {lasts: 3 * time.Second}})
		out, _ := c.serve(o)
		if out.Result != queue.Answered || out.Agent != "2002" || out.Waited != 5*time.Second {
			t.Errorf("%+v", out)
		}
		for _, user := range []string{"2001", "2003"} {
			if s := c.agent(user).Stats; s != (queue.AgentStats{Rung: 1}) {
				t.Errorf("agent %s was blamed: %+v", user, s)
			}
		}
	})
}

func TestACallerWhoHangsUpWhileTheAgentIsToldStopsThat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCentre(t, queue.Config{ToAgent: queue.ToAgent{Confirm: true}}, "2001")
		c.net.Plug("2001", answering(time.Second, 0))
		var o queue.ServeOptions
		c.briefs(&o, map[string]brief{"2001": {lasts: time.Hour}})
		o.Dialer = c.net
		leg := c.net.Inbound("1001", "0777")
		time.AfterFunc(5*time.Second, leg.Leave)
		out, _ := c.Serve(t.Context(), call.New("c1", leg, "ar", slog.New(slog.DiscardHandler)), "arabic", o)
		synctest.Wait()
		if out.Result != queue.Abandoned || c.net.Lines.Busy("2001") != 0 {
			t.Errorf("%+v, %d legs", out, c.net.Lines.Busy("2001"))
		}
		c.has(queue.Available, "2001")
		if s := c.agent("2001").Stats; s != (queue.AgentStats{Rung: 1}) {
			t.Errorf("the agent was blamed: %+v", s)
		}
	})
}
