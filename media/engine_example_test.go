package media_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/netip"

	"hatif/media"
)

// Two parties are connected: each hears the other's voice. What a party hears is a state, so nothing has to
// be kept running for it.
func Example() {
	engine, err := media.NewEngine(media.Config{Listen: netip.MustParseAddr("127.0.0.1")}, slog.Default())
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	over := make(chan error, 1)
	go func() { over <- engine.Run(ctx) }()

	caller, err := engine.Open(media.PortOptions{Name: "voice 1001"})
	if err != nil {
		fmt.Println(err)
		return
	}
	agent, err := engine.Open(media.PortOptions{Name: "voice 2001", Near: caller})
	if err != nil {
		fmt.Println(err)
		return
	}
	// caller.Answer takes the SDP of the INVITE; agent.Offer goes into ours, agent.Accept takes what comes back.
	welcome := media.NewSound("prompt ar/welcome", make([]int16, media.SampleRate/50))
	<-caller.Hear(welcome.Play())
	fmt.Println("the caller has heard", welcome.Name())

	caller.Hear(agent.Voice())
	done := agent.Hear(caller.Voice())
	caller.Close()
	<-done
	fmt.Println("the agent does not hear", caller.Voice(), "any more")

	stop()
	fmt.Println("engine:", <-over)
	// Output:
	// the caller has heard prompt ar/welcome
	// the agent does not hear voice 1001 any more
	// engine: <nil>
}
