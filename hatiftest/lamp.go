package hatiftest

import (
	"fmt"
	"time"

	"hatif/internal/softphone"
)

// ExpectLamp waits until what the phone was told of its mailboxes last is so many new messages and so many old ones.
// A phone is told when it logs on, too, without having subscribed.
func (ph *Phone) ExpectLamp(fresh, old int) {
	ph.t.Helper()
	lit := "no"
	if fresh > 0 {
		lit = "yes"
	}
	want := fmt.Sprintf("Messages-Waiting: %s\r\nVoice-Message: %d/%d\r\n", lit, fresh, old)
	ctx, cancel := ph.wait()
	defer cancel()
	last := "nothing"
	if _, err := ph.WaitNotice(ctx, softphone.Messages, func(string) bool {
		all := ph.Notices(softphone.Messages)
		last = all[len(all)-1]
		return last == want
	}); err != nil {
		ph.t.Fatalf("%s was told %q of its messages, want %q", ph, last, want)
	}
}

// SubscribeLamp subscribes to the user's mailboxes for an hour (RFC 3842): the phone is told at once, and of changes.
func (ph *Phone) SubscribeLamp() *softphone.Subscription {
	ph.t.Helper()
	ctx, cancel := ph.wait()
	defer cancel()
	s, err := ph.Subscribe(ctx, softphone.Messages, time.Hour)
	if err != nil {
		ph.t.Fatalf("%s did not subscribe to its mailbox: %v", ph, err)
	}
	return s
}
