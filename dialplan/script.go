package dialplan

import (
	"context"

	"hatif/call"
)

// scripted does something with a call that no file says.
type scripted struct {
	name string
	do   func(ctx context.Context, c *call.Call) error
}

// BeginScript prepares the way of a call that we make and that was answered, on which script is done and nothing else. The
// error of script is that of a step; ctx ends when the person called is gone.
func (p *Plan) BeginScript(c *call.Call, name string, script func(ctx context.Context, c *call.Call) error) *Walk {
	return &Walk{plan: p, call: c, script: &scripted{name, script}}
}

func (s *scripted) Do(ctx context.Context, c *call.Call) (Step, error) { return nil, s.do(ctx, c) }
func (s *scripted) String() string                                     { return s.name }
func (s *scripted) Exits() []Exit                                      { return []Exit{{Waits: true}} }
func (s *scripted) explain(x *explanation) []Exit {
	x.say("%s", s.name)
	return s.Exits()
}

// notesItself: the way has been noted when it began.
func (s *scripted) notesItself() {}
