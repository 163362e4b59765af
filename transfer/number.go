package transfer

import (
	"context"
	"errors"
	"strings"
	"time"

	"hatif/call"
	"hatif/media"
)

// Prompts that the one who transfers hears.
const (
	promptTransfer     = "transfer"
	promptNotValid     = "not-valid"
	promptFailed       = "transfer-failed"
	promptBusy         = "person-busy"
	promptNoAnswer     = "person-not-answering"
	promptNotReachable = "person-not-reachable"
)

// number asks the one who transfers for the number, while the customer waits, until accept takes it. It returns ""
// when there is none: the conversation goes on.
func (t *talk) number(ctx context.Context, by, customer call.Leg, accept func(number string) error) string {
	t.hold(customer)
	defer forget(customer)
	ctx, cancel := while(ctx, customer)
	defer cancel()
	number := t.collect(ctx, by, accept)
	if number == "" {
		forget(by) // what was keyed in to the last prompt is for nobody
	}
	return number
}

func (t *talk) collect(ctx context.Context, by call.Leg, accept func(number string) error) string {
	prompt := promptTransfer
	for range max(t.Config.NumberTries, 1) {
		number, err := call.Collect(ctx, by, call.Question{
			Prompt:     func() media.Source { return t.say(by, prompt) },
			FirstDigit: t.Config.NumberTimeout, InterDigit: t.Config.NumberTimeout,
			Keys: "0123456789*", Terminator: "#",
			More: func(sofar string) bool {
				return t.House.Longer(by, sofar) || len(sofar) < len(t.Config.Abort) && strings.HasPrefix(t.Config.Abort, sofar)
			},
		})
		switch {
		case err != nil && !errors.Is(err, call.ErrNoInput) && !errors.Is(err, call.ErrInvalid):
			return "" // one of them is gone
		case errors.Is(err, call.ErrNoInput):
			t.call.Note("transfer by " + by.Info().User + ": no number")
			t.regret(ctx, by, promptFailed)
			return ""
		case number != "" && number == t.Config.Abort:
			t.call.Note("transfer by " + by.Info().User + ": aborted")
			return ""
		case number != "":
			if err = accept(number); err == nil {
				return number
			}
			t.call.Note("transfer to " + number + ": " + call.CauseOf(err).Name)
		}
		t.hush(ctx, by)
		prompt = promptNotValid
	}
	t.regret(ctx, by, promptFailed)
	return ""
}

// hush waits until a party has stopped pressing keys. Who keys in a wrong number does so to its end, although it was
// known to be wrong before: the rest is no answer to what is asked next.
func (t *talk) hush(ctx context.Context, by call.Leg) {
	gap := max(t.Config.CodeTimeout, time.Millisecond)
	timer := time.NewTimer(gap)
	defer timer.Stop()
	for {
		select {
		case e := <-by.Events():
			call.Decline(e)
			timer.Reset(gap)
		case <-timer.C:
			return
		case <-by.Context().Done():
			return
		case <-ctx.Done():
			return
		}
	}
}

// blind gives the other party to a number without asking there.
func (t *talk) blind(ctx context.Context, by call.Leg) *Outcome {
	customer := t.peer(by)
	number := t.number(ctx, by, customer, func(number string) error { return t.House.Leads(by, number) })
	if number == "" || customer.Context().Err() != nil {
		return nil
	}
	return t.handOn(ctx, by, number, call.Transfer{})
}

// handOn ends the conversation by sending the one who remains to a number, and tells by, who has asked for it. Music
// is heard until something else is heard there.
func (t *talk) handOn(ctx context.Context, by call.Leg, number string, asked call.Transfer) *Outcome {
	t.call.Note("transferred to " + number + " by " + by.Info().User)
	customer := t.peer(by)
	t.hold(customer)
	if said, ok := t.House.Farewell(by, number); ok {
		ctx, cancel := while(ctx, customer)
		t.play(ctx, by, said)
		cancel()
	}
	asked.Tell(nil)
	t.part(by, number)
	return &Outcome{To: number, By: by}
}
