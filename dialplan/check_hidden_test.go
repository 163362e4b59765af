package dialplan

import (
	"slices"
	"testing"
)

func TestWhoIsHiddenByAnExtensionIsAWarning(t *testing.T) {
	p := compiled(t, `
  incoming: {"1": answer}
  agents: {include: [staff], may_call: everyone}
  managers: {include: [staff], may_call: everyone}
  ceo: {include: [staff], may_call: everyone}
  complaints: {may_call: [ceo, incoming], "1001": {dial: "1001"}}
  staff: {"2001": answer, _3XXX: answer, "2002": {dial: "2002"}, "5001": echo, "2900": echo, "4001": echo}
`, house())
	var got []string
	for _, w := range p.Warnings() {
		got = append(got, w.Error())
	}
	want := []string{
		`staff.2001: nobody can call user 2001: "2001" takes their number; give one of them another`,
		`staff.5001: nobody can call user 5001: "5001" takes their number; give one of them another`,
		`staff._3XXX: nobody can call user 3001: "_3XXX" takes their number; give one of them another`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("warnings %q\nwant %q", got, want)
	}
}
