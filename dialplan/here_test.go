package dialplan

import (
	"testing"
	"testing/synctest"
	"time"

	"hatif/call/calltest"
)

// reception is a step that takes keys, in a context that others include.
const reception = `
  staff:
    "100": [{background: welcome}, {wait_exten: 3s}]
    "101": {goto: {extension: "100"}}
    "102": [{set: {number: "100"}}, {goto: {extension: "{{ .number }}"}}]
    "103": {goto: "hall,100"}
    "104": {goto: hall}
    _XXXX: [{dial: {user: "{{ .Extension }}", no_answer: {playback: sorry}}}, {playback: goodbye}]
  agents:
    include: [staff]
    may_call: [agents, managers]
    "55": {playback: thank-you}
    invalid: {playback: not-valid}
    timeout: {playback: no-agent-available}
  managers: {}
  hall:
    include: [staff]
    start: {background: welcome}
    "66": {playback: rate-us}
    timeout: {playback: rate-us}
`

// Keys are looked up where the call is, as in Asterisk, whose channel stays in the context that includes another: so the
// numbers of that context are reached, and its rights count.
func TestKeysAreLookedUpInTheContextThatTheCallIsIn(t *testing.T) {
	for name, c := range map[string]struct{ dialled, keys, heard string }{
		"a number of the including context":       {"100", "55", "prompt ar/thank-you"},
		"nobody whom its people may not call":     {"100", "4001", "prompt ar/not-valid"},
		"somebody whom they may":                  {"100", "3001", "prompt ar/goodbye"},
		"its invalid":                             {"100", "9", "prompt ar/not-valid"},
		"its timeout":                             {"100", "", "prompt ar/no-agent-available"},
		"after a goto within the written context": {"101", "55", "prompt ar/thank-you"},
		"and whom they may not call":              {"101", "4001", "prompt ar/not-valid"},
		"a number that only the call tells":       {"102", "55", "prompt ar/thank-you"},
		"the context that the call was sent to":   {"103", "66", "prompt ar/rate-us"},
		"and no longer the one that it came from": {"103", "55", "prompt ar/not-valid"},
		"a context whose start it was sent to":    {"104", "66", "prompt ar/rate-us"},
		"silence there, where nothing follows":    {"104", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := house()
				s.Dialer = new(calltest.Network)
				leg := caller(s, "2001", c.dialled)
				r := story(t, reception, s, leg, func(*Walk) {
					time.Sleep(500 * time.Millisecond)
					leg.Press(c.keys)
				})
				var heard string
				for _, h := range leg.Heard() {
					if h != "silence" && h != "prompt ar/welcome" && h != "tone congestion" {
						heard = h
					}
				}
				if heard != c.heard {
					t.Errorf("heard %q, want %q\n%s", leg.Heard(), c.heard, path(r))
				}
			})
		})
	}
}
