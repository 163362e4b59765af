package queue_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"

	"hatif/call"
	"hatif/call/calltest"
	"hatif/media"
	"hatif/queue"
)

// A caller is served by the one agent who is there.
func ExampleFloor_Serve() {
	network := new(calltest.Network) // the real one is SIP
	network.Plug("2001", calltest.Phone{Answers: true, Answered: (*calltest.Leg).Leave})

	floor := queue.New(queue.Options{})
	network.Lines.Watch(floor.SetBusy)
	floor.Apply(
		map[string]queue.Config{"arabic": {Strategy: "random"}},
		[]queue.Member{{User: "2001", Queue: "arabic", Name: "Amal Haddad"}, {User: "2002", Queue: "arabic"}},
	)
	floor.SetRegistered("2001", true)

	caller := call.New("c1", network.Inbound("1001", "0777"), "ar", slog.New(slog.DiscardHandler))
	out, err := floor.Serve(context.Background(), caller, "arabic", queue.ServeOptions{
		Dialer: network,
		Music:  func(string) media.Source { return calltest.Sound("music default", 0) },
	})
	fmt.Println(out.Result, out.Agent, err)
	for _, n := range caller.Snapshot().Path {
		fmt.Println("-", n.Text)
	}

	// Output:
	// answered 2001 <nil>
	// - queue arabic
	// - ringing 2001
	// - 2001 answered after 0.0 s
	// - talking to 2001
}

// Who is doing what, for a board on the wall.
func ExampleFloor_Snapshot() {
	floor := queue.New(queue.Options{})
	floor.Apply(map[string]queue.Config{"arabic": {}}, []queue.Member{
		{User: "2001", Queue: "arabic"}, {User: "2002", Queue: "arabic"}, {User: "2003", Queue: "arabic"},
	})
	floor.SetRegistered("2001", true)
	floor.SetRegistered("2002", true)
	floor.SetBusy("2002", 1)
	for _, a := range floor.Snapshot().Agents {
		fmt.Println(a.User, a.State, strings.Join(a.Queues, ","))
	}

	// Output:
	// 2001 available arabic
	// 2002 on_call arabic
	// 2003 not_registered arabic
}
