package dialplan

import (
	"context"

	"hatif/call"
)

// broken stands for a step that could not be compiled, so that the rest of the plan can be checked. No
// plan that Compile returns holds one.
type broken struct{ then }

func (s *broken) Do(context.Context, *call.Call) (Step, error) { return s.next, nil }
func (s *broken) String() string                               { return "broken step" }
func (s *broken) explain(*explanation) []Exit                  { return s.Exits() }
