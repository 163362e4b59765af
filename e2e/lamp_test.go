//go:build e2e

package e2e

import (
	"strings"
	"testing"
	"time"
)

// V5: a message lights the lamp of the phone that has subscribed, and the other one is told unasked; when it has been
// heard it goes out. Baresip shows what it is told. Linphone 5.1 has no lamp, but takes it well.
func TestAMessageLightsTheLampsOfThePhones(t *testing.T) {
	t.Parallel()
	p := startPBX(t)
	p.edit(t, func(text string) string { return strings.ReplaceAll(text, "language: ar", "language: en") }) // is spoken faster
	p.expect("the file is applied", 0)
	desk := startBaresip(t, p, "2001", "udp", "700")
	simple := startLinphone(t, p, "2001", "tcp", "850", "-d", "6") // every message is in its log
	caller := startBaresip(t, p, "2002", "udp", "1100")
	at := desk.expectLamp(0, 0, 0)
	told := simple.expectNotice("Messages-Waiting: no\r\nVoice-Message: 0/0\r\n", 0)

	caller.tell("dial", "sip:2001@"+p.addr)
	desk.expectRing("2002", patience)
	desk.hangup() // declined by one phone
	simple.expect("Receiving new incoming call from", 0)
	simple.hangup() // and by the other
	caller.events.expect("CALL_ESTABLISHED", 0)
	talk(500 * time.Millisecond)
	caller.press("#") // the greeting is skipped
	talk(3 * time.Second)
	caller.hangup()
	at = desk.expectLamp(1, 0, at)
	told = simple.expectNotice("Messages-Waiting: yes\r\nVoice-Message: 1/0\r\n", told)

	desk.dial("sip:2000@" + p.addr)
	for _, key := range "#" + p.pin("2001") + "#1" { // of the own mailbox, with the PIN, the messages
		talk(300 * time.Millisecond)
		desk.press(string(key))
	}
	talk(14 * time.Second) // when it came and from whom is said first
	desk.hangup()
	desk.expectLamp(0, 1, at)
	simple.expectNotice("Messages-Waiting: no\r\nVoice-Message: 0/1\r\n", told)
	desk.heard().expectTones(t, "what was heard of the mailbox", 1500*time.Millisecond, 1100)

	// Who does not know the unasked NOTIFY is told once for each thing that is new, and no more.
	said, _ := desk.so()
	if n := strings.Count(said, "481 Subscription Does Not Exist"); n > 1 {
		t.Errorf("baresip was told unasked %d times", n)
	}
}
