package queue_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"hatif/queue"
)

func TestWhoListensToTheEndIsNotCalledBeforeTheyHaveHungUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := backs(t, queue.Config{CallBack: &queue.CallBack{After: 3 * time.Second}})
		asks := c.asks(nil)
		asks.presses("11")
		asks.ends(queue.ToBeCalled)
		c.frees("2001", time.Second)
		if err := turn(asks.places[0], 20*time.Second); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the turn came while they were on the line: %v", err)
		}
		asks.leg.Leave()
		left := time.Now()
		if err := turn(asks.places[0], time.Minute); err != nil || time.Since(left) != 3*time.Second {
			t.Errorf("the turn came %v after they had hung up: %v", time.Since(left), err)
		}
	})
}

func TestARestartDoesNotCallWhoHasJustHungUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCentre(t, queue.Config{CallBack: &queue.CallBack{After: 30 * time.Second}}, "2001")
		now := time.Now()
		kept := queue.Kept{Queue: "arabic", Call: "c0", Back: "1001", Joined: now.Add(-time.Minute), HungUp: now.Add(-10 * time.Second)}
		place := c.RestorePlaces([]queue.Kept{kept}, []time.Time{now})[0]
		if err := turn(place, time.Minute); err != nil || time.Since(now) != 20*time.Second {
			t.Errorf("the turn came %v after the start: %v", time.Since(now), err)
		}
	})
}
