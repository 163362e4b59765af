package dialplan

import (
	"fmt"
	"io"
	"log/slog"
	"maps"
	"slices"
	"strings"

	"hatif/call"
	"hatif/internal/fault"
)

// Explain tells, a line for each step, what would happen to a call: what is played, where it waits, which ways it
// can take. from is an account, to what it dials, keys what its caller would press, in order; with "" every
// way out of a menu is told. No phone rings and nothing changes. The error is that there is no such account, or no such
// key.
func (p *Plan) Explain(from, to, keys string) (string, error) {
	u, known := p.services.Users[from]
	if !known {
		return "", fmt.Errorf("there is no account %q%s", from, fault.DidYouMean(from, slices.Collect(maps.Keys(p.services.Users))))
	}
	if rest := strings.Trim(keys, "0123456789*#ABCD"); rest != "" {
		return "", fmt.Errorf("no phone has the keys %q: write 0 to 9, *, # and A to D, with nothing between", rest)
	}
	info := call.Info{
		ID: "explained", Inbound: true, User: from, Called: to, Context: u.Context,
		Caller: call.Identity{Number: from, Name: u.Name},
	}
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	x := &explanation{
		plan: p, keys: keys, keyed: keys != "",
		call:  call.New(info.ID, paper{info: info}, p.services.language(from), log),
		lines: new([]string),
	}
	x.say("%s of context %s dials %s", info.Caller, u.Context, to)
	first, err := p.enter(x.call, u.Context, to)
	if err != nil {
		cause := call.CauseOf(err).Refusal()
		x.say("refused with %d: %v", cause.SIP, cause)
	} else {
		x.walk(first, nil)
	}
	return strings.Join(*x.lines, "\n") + "\n", nil
}

// paper is the leg of a call that is only told of. Only its Info is asked for.
type paper struct {
	call.Leg
	info call.Info
}

func (p paper) Info() call.Info { return p.info }

// An explanation is a call on paper. A fork of it is the same call gone another way.
type explanation struct {
	plan  *Plan
	call  *call.Call
	keys  string // still to be pressed
	keyed bool   // there were keys: silence is meant where none is left
	depth int
	lines *[]string
}

// maxLines is where an explanation stops: plans can branch without end.
const maxLines = 500

// say adds a line.
func (x *explanation) say(format string, args ...any) {
	switch {
	case len(*x.lines) == maxLines:
		*x.lines = append(*x.lines, "… and so on")
	case len(*x.lines) < maxLines:
		*x.lines = append(*x.lines, strings.Repeat("  ", x.depth)+fmt.Sprintf(format, args...))
	}
}

// walk tells of step and all that follows. before are the steps on the way here.
func (x *explanation) walk(step Step, before map[standing]bool) {
	seen := make(map[standing]bool)
	for s := range before {
		seen[s] = true
	}
	for {
		if step == nil {
			x.say("hangs up")
			return
		}
		here := standing{step, x.call.Language + " " + x.keys}
		if seen[here] || len(*x.lines) > maxLines {
			x.say("and again: %s", describe(step, x.call))
			return
		}
		seen[here] = true
		exits := step.explain(x)
		switch len(exits) {
		case 0:
			return
		case 1:
			step = exits[0].To
		default:
			x.fork(exits, seen)
			return
		}
	}
}

// fork tells of several ways, those that lead to the same step together.
func (x *explanation) fork(exits []Exit, seen map[standing]bool) {
	var ways []Exit
	at := make(map[Step]int)
	for _, e := range exits {
		if i, told := at[e.To]; told {
			ways[i].On += ", " + e.On
			continue
		}
		at[e.To] = len(ways)
		ways = append(ways, e)
	}
	for _, e := range ways {
		x.say("%s:", e.On)
		way := *x
		way.depth++
		way.call = call.New(x.call.ID, x.call.Leg, x.call.Language, x.call.Log)
		for name, value := range x.call.Vars() {
			way.call.Set(name, value)
		}
		way.walk(e.To, seen)
	}
}

// press takes the next key.
func (x *explanation) press() (byte, bool) {
	if x.keys == "" {
		return 0, false
	}
	key := x.keys[0]
	x.keys = x.keys[1:]
	return key, true
}

// heard is what the call would hear: "ar/welcome, en/welcome".
func (x *explanation) heard(s speech) string {
	var names []string
	for _, p := range s.items {
		name, err := p.name.in(x.call)
		if err != nil {
			name = p.name.raw
		}
		names = append(names, p.in(x.call)+"/"+name)
	}
	return strings.Join(names, ", ")
}

// immediate is a step that changes only the call and can be done on paper.
type immediate interface {
	Step
	now(c *call.Call) (Step, error)
}

// does tells of a step that changes only the call, by doing it to the call on paper.
func (x *explanation) does(s immediate) []Exit {
	x.say("%s", describe(s, x.call))
	next, err := s.now(x.call)
	if err != nil {
		x.say("refused: %v", err)
		return nil
	}
	return []Exit{{To: next}}
}
