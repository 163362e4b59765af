package dialplan

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hatif/call"
	"hatif/call/calltest"
	"hatif/queue"
	"hatif/voicemail"
)

// A stroll is one call through the shipped file.
type stroll struct {
	from, dials string
	runs        string // a context that is run in a call that we owe to from; it knows dials as its number
	// keys are pressed one group after another, each two seconds after the other. "_" presses nothing for five minutes,
	// "x" hangs up.
	keys  string
	queue queue.Result       // how the queue ends; "": nobody may come to it
	phone *calltest.Phone    // of the person who is dialled; nil: they are not registered
	full  bool               // the mailbox is
	with  func(s *strolling) // what else happens, after the call has begun
	path  string             // a line that the call's path must have
}

// strolling is a stroll that is going on.
type strolling struct {
	*testing.T
	services Services
	plan     *Plan
	measured *branches
	others   []*calltest.Leg
}

// dial lets somebody else dial a number, and returns when a second has passed.
func (s *strolling) dial(from, number string) {
	leg := caller(s.services, from, number)
	s.others = append(s.others, leg)
	c := begin(s.services, leg)
	c.ID = fmt.Sprintf("other%d", len(s.others))
	w := s.plan.Begin(c)
	s.measured.watch(w)
	go w.Serve(s.Context())
	time.Sleep(time.Second)
}

// refusing is a phone that refuses for a cause.
func refusing(cause *call.Cause) *calltest.Phone { return &calltest.Phone{Refuses: cause} }

const first, second = "1 1234 1", "5678 1" // the language and a number, and another number

// strolls go through every branch of the shipped file. Whoever adds one adds its stroll.
var strolls = []stroll{
	// The welcome.
	{from: "1001", dials: "0777", keys: "1 x", queue: queue.Answered, path: "language ar"},
	{from: "1001", dials: "0777", keys: "2 x", queue: queue.Answered, path: "language en"},
	{from: "1001", dials: "0777", keys: "3 x", queue: queue.Answered, path: "language fr"},
	{from: "1001", dials: "0777", keys: "_", path: "no digit in 10s"},
	{from: "1001", dials: "0777", keys: "7 8 9", path: "no valid digit in 3 tries"},

	// The queue.
	{from: "1001", dials: "0777", keys: "1 x", queue: queue.Answered, path: "owe_call feedback"},
	{from: "1001", dials: "0777", keys: "1 x", queue: queue.Abandoned, path: "queue arabic"},
	{from: "1001", dials: "0777", keys: "1 x", queue: queue.Full, path: "goto leave-a-number"},
	{from: "1001", dials: "0777", keys: "1 x", queue: queue.Empty, path: "goto leave-a-number"},
	{from: "1001", dials: "0777", keys: "1 x", queue: queue.Closed, path: "goto leave-a-number"},

	// Leaving a number.
	{from: "1001", dials: "0777", keys: first + " " + second, queue: queue.TimedOut, path: "alternative 5678"},
	{from: "1001", dials: "0777", keys: "1 _", queue: queue.TimedOut, path: "playback goodbye"},
	{from: "1001", dials: "0777", keys: "1 12# 12# 12#", queue: queue.TimedOut, path: "no valid number in 3 tries"},
	{from: "1001", dials: "0777", keys: first + " _", queue: queue.TimedOut, path: "request_callback 1234"},
	{from: "1001", dials: "0777", keys: first + " 56# 56# 56#", queue: queue.TimedOut, path: "no valid alternative in 3 tries"},

	// The feedback call.
	{from: "1001", runs: "feedback", keys: "9", path: "rate 9"},
	{from: "1001", runs: "feedback", keys: "10", path: "rate 10"},
	{from: "1001", runs: "feedback", keys: "4", path: "voicemail 600"},
	{from: "1001", runs: "feedback", keys: "0", full: true, path: "voicemail 600"},
	{from: "1001", runs: "feedback", keys: "_", path: "rate: not answered"},
	{from: "1001", runs: "feedback", keys: "* * *", path: "rate: not answered"},

	// Somebody calls a request back.
	{from: "2001", runs: "call-back", dials: "1001", keys: "x", phone: &calltest.Phone{Answers: true}, path: "talking to 1001"},
	{from: "2001", runs: "call-back", dials: "1001", phone: refusing(call.Busy), path: "1001: busy"},
	{from: "2001", runs: "call-back", dials: "1001", keys: "_", phone: &calltest.Phone{}, path: "1001: no answer"},
	{from: "2001", runs: "call-back", dials: "1001", keys: "x", phone: &calltest.Phone{}, path: "dial 1001"},
	{from: "2001", runs: "call-back", dials: "1001", path: "1001: not registered"},
	{from: "2001", runs: "call-back", dials: "1001", phone: refusing(call.Declined), path: "1001: declined"},
	{from: "2001", runs: "call-back", dials: "1001", phone: refusing(call.Unreachable), path: "1001: unreachable"},
	{from: "2001", runs: "call-back", dials: "4321", path: "dial 4321"},

	// The staff's numbers.
	{from: "2001", dials: "2000", path: "voicemail_menu"},
	{from: "2001", dials: "*43", keys: "#", path: "echo"},
	{from: "2001", dials: "*8", path: "no phone rings"},
	{from: "2001", dials: "700", keys: "_", path: "parked at 701"},
	{from: "2001", dials: "700", path: "fetched by 2002", with: func(s *strolling) {
		time.Sleep(time.Second)
		s.dial("2002", "701")
		s.others[0].Leave()
	}},
	{from: "2001", dials: "2000", path: "2000 in agents", with: func(s *strolling) {
		for range 21 {
			s.dial("2002", "700") // one is too many
		}
		for _, leg := range s.others {
			leg.Leave()
		}
	}},
	{from: "2001", dials: "702", path: "nobody is parked at 702"},

	// What agents say of themselves.
	{from: "2001", dials: "*45", path: "log_on"},
	{from: "2001", dials: "*46", path: "log_off"},
	{from: "2001", dials: "*47", keys: "2", path: "pauses for lunch"},
	{from: "2001", dials: "*48", path: "wrap_up end"},
	{from: "2001", dials: "*49", path: "wrap_up 1m0s"},

	// People.
	{from: "2001", dials: "2002", keys: "x", phone: &calltest.Phone{Answers: true}, path: "talking to 2002"},
	{from: "2001", dials: "3001", keys: "x", phone: &calltest.Phone{Answers: true}, path: "talking to 3001"},
	{from: "2001", dials: "2002", keys: "x", phone: &calltest.Phone{}, path: "dial 2002"},
	{from: "2002", dials: "2001", phone: refusing(call.Busy), path: "voicemail 2001"},
	{from: "2002", dials: "2001", keys: "_", phone: &calltest.Phone{}, path: "voicemail 2001"},
	{from: "2002", dials: "2001", path: "voicemail 2001"},
	{from: "2002", dials: "2001", phone: refusing(call.Declined), path: "voicemail 2001"},
	{from: "2002", dials: "2001", phone: refusing(call.Unreachable), path: "voicemail 2001"},
	{from: "2002", dials: "2001", full: true, path: "voicemail 2001"},
	{from: "3001", dials: "4001", path: "voicemail 4001"},
	{from: "4001", dials: "1001", path: "voicemail 1001"},
	{from: "5001", dials: "2001", path: "voicemail 2001"},
	{from: "5001", dials: "3001", path: "voicemail 3001"},
}

// walk takes the stroll through a plan of its own, and counts the branches.
func (w stroll) walk(t *testing.T, b *branches) {
	t.Helper()
	s, plan := house(), b.plan
	network := new(calltest.Network)
	if w.phone != nil {
		network.Plug(w.dials, *w.phone)
	}
	s.Dialer = network
	if w.full {
		s.Voicemail.(*postroom).leave = func(string) (voicemail.Left, error) { return voicemail.Full, nil }
	}
	s.Line = counter(func(ctx context.Context, c *call.Call, name string) (queue.Outcome, error) {
		if c.Note("queue " + name); w.queue == "" {
			t.Error("the call came to a queue")
		}
		if w.queue == queue.Answered || w.queue == queue.Abandoned {
			<-c.Leg.Context().Done()
		}
		return queue.Outcome{Result: w.queue, Queue: name}, nil
	})
	s.Talks = plan.services.Talks
	plan.services = s
	leg := caller(s, w.from, w.dials)
	way := plan.Begin(begin(s, leg))
	if w.runs != "" {
		leg = calltest.NewLeg(call.Info{User: w.from, Called: w.from})
		way = plan.BeginOwed(begin(s, leg), w.runs, map[string]string{"number": w.dials}, Origin{Call: "c0", Agent: "2001", Queue: "arabic"})
	} else {
		b.dialled(s.Users[w.from].Context, w.dials)
	}
	b.watch(way)
	over := make(chan struct{})
	go func() {
		defer close(over)
		if w.with != nil {
			others := &strolling{T: t, services: s, plan: plan, measured: b}
			w.with(others)
		}
		for _, keys := range strings.Fields(w.keys) {
			time.Sleep(2 * time.Second)
			switch keys {
			case "_":
				time.Sleep(5 * time.Minute)
			case "x":
				leg.Leave()
			default:
				leg.Press(keys)
			}
		}
	}()
	r := way.Serve(t.Context())
	<-over
	if !strings.Contains("\n"+path(r)+"\n", "\n"+w.path+"\n") {
		t.Errorf("%s dials %s%s, keys %q: the path has no %q:\n%s", w.from, w.dials, w.runs, w.keys, w.path, path(r))
	}
}

// strollThrough walks the strolls through contexts, and returns what they have not been through.
func strollThrough(t *testing.T, contexts string) []string {
	t.Helper()
	b := branchesOf(compiled(t, contexts, house()))
	for _, w := range strolls {
		synctest.Test(t, func(t *testing.T) { w.walk(t, b) })
	}
	return b.missed()
}

func TestEveryBranchOfTheShippedFileIsWalked(t *testing.T) {
	if missed := strollThrough(t, shipped(t)); len(missed) > 0 {
		t.Errorf("no stroll goes through\n%s\nadd one above", strings.Join(missed, "\n"))
	}
}

func TestABranchThatIsAddedToTheShippedFileIsMissed(t *testing.T) {
	for name, c := range map[string]struct{ old, with, missed string }{
		"a number": {`"*43": echo`, `"*43": echo` + "\n    \"*44\": answer", "staff.*44 (answer):"},
		"a key":    {`otherwise: hangup`, `"4": {language: ar}` + "\n        otherwise: hangup", "welcome.start.menu (menu welcome): 4\nwelcome.start.menu.4.language (language ar):"},
		"a condition": {`- playback: thank-you`, `- if: {when: rating == 7, then: {playback: goodbye}}` + "\n      - playback: thank-you",
			"feedback.start.4.if (if rating == 7): yes\nfeedback.start.4.if.then.playback (playback goodbye):"},
		"a context":    {`ceo:        {include: [staff]`, `ceo:        {include: [staff, later]`, "ceo includes later"},
		"a permission": {`complaints: {include: [staff], may_call: [agents,`, `complaints: {include: [staff], may_call: [agents, ceo,`, "complaints may call ceo"},
	} {
		t.Run(name, func(t *testing.T) {
			text := shipped(t)
			if !strings.Contains(text, c.old) {
				t.Fatalf("the shipped file has no %q", c.old)
			}
			missed := strollThrough(t, strings.Replace(text, c.old, c.with, 1))
			if got := strings.Join(missed, "\n"); got != c.missed {
				t.Errorf("missed\n%s\nwant\n%s", got, c.missed)
			}
		})
	}
}
