package dialplan

import (
	"context"
	"encoding/json"
	"testing"
	"testing/synctest"
	"time"

	"hatif/call"
	"hatif/call/calltest"
	"hatif/queue"
)

// A caller asks to be called back; when they are, they come to the same step with what the call knew, and stand in their
// place.
func TestACallBackComesToTheStepThatPromisedIt(t *testing.T) {
	const contexts = `
  incoming:
    "0777": [{set: {topic: billing}}, {goto: wait}]
    start: hangup
  wait:
    start: [{if: {when: topic == "billing", then: {queue: {name: recalls, answered: {set: {was: answered}}}}}}]
    _9X: {queue: recalls}
`
	synctest.Test(t, func(t *testing.T) {
		s := house()
		s.Sounds = everywhere("enter-your-number", "not-valid", "queue/we-will-call-you-at", "queue/press-1-to-confirm-2-for-another-number",
			"queue/your-place-is-kept", "queue/this-is-your-call-back", "digits/0", "digits/1")
		floor, network := queue.New(queue.Options{}), &calltest.Network{}
		floor.Apply(s.Queues, []queue.Member{{User: "2001", Queue: "recalls"}})
		s.Line, s.Dialer = floor, network
		network.Lines.Watch(floor.SetBusy)
		book := &notebook{}
		s.Callbacks = book
		plan := compiled(t, contexts, s)

		leg := caller(s, "1001", "0777")
		done := make(chan struct{})
		c := begin(s, leg)
		go func() {
			defer close(done)
			plan.Serve(context.Background(), c)
		}()
		synctest.Wait()
		leg.Press("11")
		<-done
		if len(book.owed) != 1 {
			t.Fatalf("owed %+v", book.owed)
		}
		p := book.owed[0]
		if p.To != "1001" || p.Run != "wait,start" || p.Shown != "0777" || p.Queue != "recalls" || p.Call != c.ID ||
			p.Variables["topic"] != "billing" || p.Tries != queue.DefaultCallTries || p.Ring != queue.DefaultCallRing || p.Every != queue.DefaultCallEvery {
			t.Errorf("promised %+v", p)
		}
		var kept queue.Kept
		if text, err := json.Marshal(p.Place); err != nil || json.Unmarshal(text, &kept) != nil || kept.Back != "1001" {
			t.Errorf("the place is written as %s, %v", text, err)
		}
		if !plan.Runs(p.Run) || plan.Runs("wait,1") || !plan.Runs("wait,90") {
			t.Error("the plan does not know where such a call begins")
		}

		network.Plug("2001", calltest.Phone{Answers: true, Answered: func(leg *calltest.Leg) { time.AfterFunc(time.Minute, leg.Leave) }})
		time.Sleep(time.Minute)
		floor.SetRegistered("2001", true)
		if err := p.Place.Turn(t.Context()); err != nil {
			t.Fatal(err)
		}
		network.Plug("1001", calltest.Phone{Answers: true})
		dialled, err := network.Dial(t.Context(), call.Target{User: p.To}, call.Identity{Number: p.Shown})
		if err != nil {
			t.Fatal(err)
		}
		back := dialled.(*calltest.Leg)
		c = begin(s, back)
		plan.BeginOwed(c, p.Run, p.Variables, Origin{Call: p.Call, Queue: p.Queue, Place: p.Call}).Serve(t.Context())
		if c.Var("was") != "answered" || c.Snapshot().Agent != "2001" {
			t.Errorf("went to %q, with %q; %v", c.Var("was"), c.Snapshot().Agent, c.Snapshot().Path)
		}
		if heard := back.Heard()[0]; heard != "prompt en/queue/this-is-your-call-back" {
			t.Errorf("heard first %s", heard)
		}
	})
}
