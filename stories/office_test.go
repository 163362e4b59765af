package stories_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"hatif/hatiftest"
	"hatif/internal/softphone"
)

// office is a PBX with the least that a story needs: three people who may call one another, two callers from
// outside, one queue. The shipped file has its own stories.
const office = `
languages: [en]
users:
  "2001": {name: Amal Haddad,    secret: amal,   context: staff, queue: help}
  "2002": {name: Karim Nasser,   secret: karim,  context: staff, queue: help}
  "2003": {name: Luc Bernard,    secret: luc,    context: staff}
  "1001": {name: Outside caller, secret: caller, context: outside}
  "1002": {name: Second caller,  secret: second, context: outside}
queues:
  help: {strategy: linear, ring_timeout: 5s, max_wait: 30s, retry: 1s}
contexts:
  outside:
    "0777": [{record: conversation}, {queue: {name: help, unanswered: nobody}}]
  nobody:
    start: [{playback: no-agent-available}, {hangup: no_answer}]
  staff:
    may_call: everyone
    "*43": echo
`

// open starts the office with changes: each pair is a piece of its text and what stands there instead.
func open(t testing.TB, changes ...string) *hatiftest.PBX {
	t.Helper()
	return hatiftest.Start(t, hatiftest.Options{Config: changed(t, office, changes...)})
}

func changed(t testing.TB, text string, changes ...string) string {
	t.Helper()
	for i := 0; i < len(changes); i += 2 {
		if !strings.Contains(text, changes[i]) {
			t.Fatalf("the file does not have %q", changes[i])
		}
		text = strings.Replace(text, changes[i], changes[i+1], 1)
	}
	return text
}

// reload changes the file as open does, and applies it.
func reload(t testing.TB, pbx *hatiftest.PBX, changes ...string) {
	t.Helper()
	if err := pbx.Edit(func(text string) string { return changed(t, text, changes...) }); err != nil {
		t.Fatalf("the changed file is not applied: %v", err)
	}
}

// talk connects two phones.
func talk(t testing.TB, from, to *hatiftest.Phone) (caller, callee *hatiftest.Call) {
	t.Helper()
	caller = from.Dial(to.User())
	callee = to.ExpectRing()
	callee.Answer()
	caller.ExpectAnswered()
	hearEachOther(t, caller, callee)
	return caller, callee
}

func hearEachOther(t testing.TB, a, b *hatiftest.Call) {
	t.Helper()
	a.ExpectAudioFrom(b)
	b.ExpectAudioFrom(a)
}

// message waits for a message of the phone, past or future.
func message(t testing.TB, ph *hatiftest.Phone, what string, ok func(softphone.Message) bool) softphone.Message {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), hatiftest.Patience)
	defer cancel()
	m, err := ph.WaitMessage(ctx, ok)
	if err != nil {
		t.Fatalf("%s: %s: %v", ph, what, err)
	}
	return m
}

// eventually waits for what no channel tells of.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(hatiftest.Patience); !ok(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited %v for %s", hatiftest.Patience, what)
		}
	}
}

// atOnce fails when something took as long as it would if it had waited for a time of the stories' files. The bound
// leaves room for a machine that is busy.
func atOnce(t testing.TB, what string, since time.Time) {
	t.Helper()
	if d := time.Since(since); d > 2500*time.Millisecond {
		t.Errorf("%s took %v; it should come at once", what, d.Round(time.Millisecond))
	}
}

// TestMain runs many stories at a time, since they mostly wait, and checks that all of them together leave no
// goroutine behind.
func TestMain(m *testing.M) {
	if os.Getenv(childFile) != "" {
		if err := serveUntilKilled(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	flag.Parse()
	if err := flag.Set("test.parallel", "40"); err != nil {
		panic(err)
	}
	before := runtime.NumGoroutine()
	code := m.Run()
	if code == 0 && !gone(before) {
		code = 1
	}
	os.Exit(code)
}

func gone(before int) bool {
	// Timers of ended calls and database connections take a moment.
	deadline := time.Now().Add(10 * time.Second)
	for runtime.NumGoroutine() > before {
		if time.Now().After(deadline) {
			stacks := make([]byte, 1<<20)
			stacks = stacks[:runtime.Stack(stacks, true)]
			if n := ours(string(stacks)); n > before {
				fmt.Fprintf(os.Stderr, "%d goroutines at the beginning, %d are left:\n%s\n", before, n, stacks)
				return false
			}
			return true
		}
		time.Sleep(20 * time.Millisecond)
	}
	return true
}

// ours counts goroutines without those of the phones' SIP library: when a phone is closed while the library still sends
// for it, it opens a socket of its own and reads from it for ever.
func ours(stacks string) int {
	n := 0
	for one := range strings.SplitSeq(stacks, "\n\n") {
		if !strings.Contains(one, "sipgo/sip.(*TransportUDP).createConnection") {
			n++
		}
	}
	return n
}
