package dialplan

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hatif/call"
	"hatif/call/calltest"
	"hatif/queue"
	"hatif/voicemail"
)

// office is everybody and everything that can be dialled in the tests of rights: one of each group of the shipped file,
// one who only calls, one who only is called.
func office() Services {
	s := house()
	s.Users["3900"] = User{Context: "managers", Name: "A lobby phone", Callable: true} // type: peer
	s.Mailboxes = map[string]voicemail.Box{"600": {Number: "600"}}
	s.Queues = map[string]queue.Config{"arabic": {}, "english": {}, "french": {}}
	s.Line = counter(nil)
	return s
}

// dials says what becomes of a call: "o" a phone rings, "s" the machine serves it, or the code of the refusal.
func dials(t *testing.T, contexts, from, number string) (got string) {
	synctest.Test(t, func(t *testing.T) {
		s := office()
		var network calltest.Network
		for user := range s.Users {
			network.Plug(user, calltest.Phone{Refuses: call.Busy})
		}
		s.Dialer = &network
		leg := caller(s, from, number)
		time.AfterFunc(time.Minute, leg.Leave)
		c := begin(s, leg)
		r := compiled(t, contexts, s).Serve(t.Context(), c)
		switch {
		case len(network.Dialed()) > 0:
			got = "o"
		case !r.Answered.IsZero():
			got = "s"
		default:
			got = fmt.Sprint(r.Cause.SIP)
			if r.Result != call.ResultRefused {
				got += " " + string(r.Result)
			}
		}
	})
	return got
}

// table reads rows of words: the first row is the heads of the columns, the first word of a row its own.
func table(text string) (heads []string, rows map[string][]string) {
	rows = make(map[string][]string)
	for line := range strings.Lines(strings.TrimSpace(text)) {
		words := strings.Fields(line)
		if heads == nil {
			heads = words
			continue
		}
		rows[words[0]] = words[1:]
	}
	return heads, rows
}

// X2, X3: rows are who calls, columns what they dial. 2900 only calls, so that nobody can call it; 600 is a mailbox and
// no number; 9999 is nobody's. start and welcome are names in the file, which no phone can dial.
const whoDialsWhat = `
       1001 2001 2002 2900 3001 3900 4001 5001 0777 2000 600 *43 *8  700 701 9999 start welcome _XXXX
1001   403  403  403  403  403  403  403  403  s    403  404 403 403 403 404 404  404   404     404
2001   403  o    o    403  o    o    403  403  403  s    404 s   404 s   404 404  404   404     404
2900   403  o    o    403  o    o    403  403  403  s    404 s   404 s   404 404  404   404     404
3001   o    o    o    403  o    o    o    o    403  s    404 s   404 s   404 404  404   404     404
4001   o    o    o    403  o    o    o    o    403  s    404 s   404 s   404 404  404   404     404
5001   403  o    o    403  o    o    403  403  403  s    404 s   404 s   404 404  404   404     404
`

func TestWhoDialsWhatInTheShippedFile(t *testing.T) {
	heads, rows := table(whoDialsWhat)
	for from, row := range rows {
		for i, number := range heads {
			if got := dials(t, shipped(t), from, number); got != row[i] {
				t.Errorf("%s dials %s: %s, want %s", from, number, got, row[i])
			}
		}
	}
}

// Rights of other shapes than the shipped ones.
const otherRights = `
  agents:     {may_call: [agents]}
  managers:   {may_call: []}
  ceo:        {_X.: {dial: "{{ .Extension }}"}}
  complaints: {include: [shared], may_call: [ceo]}
  shared:     {may_call: [agents], "4001": {playback: welcome}, "1001": {dial: "1001"}}
  incoming:   {include: [ceo], may_call: [managers]}
`

const whoDialsWhatThere = `
       1001 2001 2900 3001 4001 5001 9999
2001   403  o    403  403  403  403  404
3001   403  403  403  403  403  403  404
4001   o    o    403  o    o    o    404
5001   o    o    403  403  s    403  404
1001   403  403  403  o    403  403  404
`

func TestWhoDialsWhatByOtherRights(t *testing.T) {
	heads, rows := table(whoDialsWhatThere)
	for from, row := range rows {
		for i, number := range heads {
			if got := dials(t, otherRights, from, number); got != row[i] {
				t.Errorf("%s dials %s: %s, want %s", from, number, got, row[i])
			}
		}
	}
}

// A caller who was not answered is told by the code, and their phone says it in its own way. Who was answered, by a menu
// say, hears "not valid", or the tone where there is no such prompt.
func TestARefusedCallerHearsWhy(t *testing.T) {
	const contexts = `
  incoming: {"1": [{background: welcome}, {wait_exten: 5s}], _2XXX: {dial: "{{ .Extension }}"}, may_call: []}
`
	for number, want := range map[string]string{"2001": "prompt en/not-valid", "2999": "prompt en/not-valid"} {
		synctest.Test(t, func(t *testing.T) {
			s := office()
			leg := caller(s, "1001", "1")
			c := begin(s, leg)
			press(leg, 2*time.Second, number)
			r := compiled(t, contexts, s).Serve(t.Context(), c)
			if !slices.Contains(leg.Heard(), want) || r.Answered.IsZero() {
				t.Errorf("%s: heard %q, want %q\n%s", number, leg.Heard(), want, path(r))
			}
		})
	}
}

// press has the party press keys after a while.
func press(l *calltest.Leg, after time.Duration, keys string) {
	time.AfterFunc(after, func() { l.Press(keys) })
}
