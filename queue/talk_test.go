package queue_test

import (
	"context"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"hatif/call"
	"hatif/call/calltest"
	"hatif/queue"
)

func TestAnAgentWhoTransfersIsFreeAndTheStatisticsNameTheNext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCentre(t, queue.Config{WrapUp: 10 * time.Second}, "2001")
		c.net.Plug("2001", calltest.Phone{Answers: true})
		leg := c.net.Inbound("1001", "0777")
		out, err := c.Serve(leg.Context(), call.New("c1", leg, "en", slog.New(slog.DiscardHandler)), "arabic", queue.ServeOptions{
			Dialer: c.net,
			Talk: func(_ context.Context, agent call.Leg, transferred func(string)) error {
				time.Sleep(time.Minute)
				c.has(queue.Talking, "2001")
				transferred("2003")
				agent.Hangup(nil)
				synctest.Wait()
				c.has(queue.WrapUp, "2001")
				time.Sleep(time.Minute) // with 2003
				c.has(queue.Available, "2001")
				return nil
			},
		})
		if err != nil || out.Result != queue.Answered || out.Agent != "2001" || out.Talked != 2*time.Minute {
			t.Errorf("%+v, %v", out, err)
		}
		if s := c.stats(); s.Completed != 1 || s.Transferred != 1 || s.Talk != time.Minute {
			t.Errorf("%+v", s)
		}
		parted := c.seen(queue.CallerParted)
		if len(parted) != 1 || parted[0].Heir != "2003" || parted[0].Agent != "2001" || parted[0].Talked != time.Minute {
			t.Errorf("%+v", parted)
		}
		leg.Leave()
	})
}
