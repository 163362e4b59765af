package dialplan

import (
	"context"

	"hatif/call"
)

// A Step does one thing to a call.
type Step interface {
	// Do does it, blocking until it is done, and returns the next step; nil ends the call. ctx ends when
	// the call is sent elsewhere and, for a step that needs the caller, when the caller is gone. An error
	// ends the call: a *call.Cause is a refusal that the caller is told of, any other is a failure of ours. A next step
	// beside the error is what is left to be done if the error is that hatif stops.
	Do(ctx context.Context, c *call.Call) (Step, error)

	// String is the step's line in the call's path: "menu welcome".
	String() string

	// Exits are all the ways on, for the checks made when the plan is compiled.
	Exits() []Exit

	// explain tells what the step does to the call on paper, and returns the ways that call may take.
	explain(x *explanation) []Exit
}

// An Exit is one way out of a step.
type Exit struct {
	On    string // "digit 1", "busy"; "" for the only way
	To    Step   // nil: the call ends
	Waits bool   // time passes, or the caller does something, before this way is taken
	Open  bool   // one of many that only the call's values choose from: not looked at for endless loops
}

// Some steps need somebody on the line. Where nobody is, after a conversation, they are left out.
type needsCaller interface {
	// withoutCaller is where a call without its caller goes instead.
	withoutCaller() Step
}

// Some steps see to it that what follows them is done to its end, as after a conversation, even if the caller hangs up
// meanwhile. They need the caller themselves.
type seesThrough interface {
	needsCaller
	seesThrough()
}

// A speaker is a step that plays prompts, which must exist in every language the call can be in there.
type speaker interface {
	prompts() []prompt
}

// then is part of a step that has one way on.
type then struct{ next Step }

func (t then) Exits() []Exit { return []Exit{{To: t.next}} }

// aloud is part of a step with one way on that needs the caller, and lets time pass.
type aloud struct{ next Step }

func (a aloud) Exits() []Exit       { return []Exit{{To: a.next, Waits: true}} }
func (a aloud) withoutCaller() Step { return a.next }
