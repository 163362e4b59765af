package dialplan

import (
	"testing"
	"testing/synctest"
	"time"

	"hatif/call"
)

// A caller who hangs up in a question that leads back to itself is not asked for ever.
func TestAQuestionThatLeadsBackToItselfEndsWithItsCaller(t *testing.T) {
	for name, contexts := range map[string]string{
		"at once": `
  incoming: {"1": {goto: again}}
  again: {start: [{ask: {prompt: welcome, digits: 4, into: number, otherwise: {goto: again}}}, {request_callback: {number: "{{ .number }}"}}]}
`,
		"through other steps": `
  incoming: {"1": {goto: again}}
  again:
    start:
      - playback: sorry
      - ask: {prompt: welcome, digits: 4, into: number, otherwise: [{set: {x: "1"}}, {playback: goodbye}, {menu: {prompt: welcome, "1": {goto: again}, otherwise: {goto: again}}}]}
      - request_callback: {number: "{{ .number }}"}
`,
		"whatever is answered": `
  incoming: {"1": {goto: again}}
  again: {start: [{ask: {prompt: welcome, range: 0-9, into: n}}, {goto: again}]}
`,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := house()
				leg := caller(s, "1001", "1")
				r := story(t, contexts, s, leg, func(*Walk) {
					time.Sleep(3 * time.Second)
					leg.Leave()
				})
				wantEnd(t, r, call.ResultService, call.Normal)
				if len(r.Path) > 10*maxLeftOut {
					t.Errorf("the path has %d lines", len(r.Path))
				}
			})
		})
	}
}
