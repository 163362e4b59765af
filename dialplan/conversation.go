package dialplan

import (
	"context"

	"hatif/call"
	"hatif/media"
	"hatif/transfer"
)

// afterwards stands before a branch that runs when the conversation is over: from here on the call goes on
// to the branch's end, whether or not the caller is still there. Walk.run sees to that.
type afterwards struct{ then }

func (s *afterwards) Do(context.Context, *call.Call) (Step, error) { return s.next, nil }
func (s *afterwards) String() string                               { return "afterwards" }

func (s *afterwards) explain(x *explanation) []Exit {
	x.say("from here on also without the caller:")
	return s.Exits()
}

// afterBranch compiles a branch that runs after the conversation; not written, the call ends there.
func (c *compiler) afterBranch(v *value, s spot) Step {
	if v == nil {
		return nil
	}
	return c.placed(&afterwards{then{c.branch(v, s.before(nil))}}, v, s)
}

// holdMusic is what people hear who are put on hold: the music of the one who does it, or else of the class; nil: none.
func (p *Plan) holdMusic(class string) func(by call.Leg) media.Source {
	if _, ok := p.music(class); !ok {
		return nil
	}
	return func(by call.Leg) media.Source {
		if by != nil {
			if src, ok := p.services.Sounds.Music(p.services.Users[by.Info().User].Music); ok {
				return src
			}
		}
		src, _ := p.music(class)
		return src
	}
}

// defaultMusic is the class that is heard where the file names none.
const defaultMusic = "default"

func (p *Plan) music(class string) (media.Source, bool) {
	if class != "" {
		if src, ok := p.services.Sounds.Music(class); ok {
			return src, true
		}
	}
	return p.services.Sounds.Music(defaultMusic)
}

// converse connects whoever is on the call's line with other, until nobody talks with them any more or they have been
// sent to another number, and goes on there or with answered, which may be nil. music is what is heard on hold. left
// is told when one of them leaves the others to somebody else; it may be nil. ctx must not end with the caller's leg:
// who hangs up may be connecting the others. A conversation that ctx has ended is over all the same: answered then
// stands beside the error.
func (p *Plan) converse(ctx context.Context, c *call.Call, other call.Leg, music string, left func(call.Leg, string), answered Step) (Step, error) {
	o := p.conversation(c, music)
	o.Left = left
	out, err := p.services.Talks.Converse(ctx, c, other, o)
	return p.conversed(c, out, err, answered)
}

// conversation is what people can do in one.
func (p *Plan) conversation(c *call.Call, music string) transfer.Options {
	return transfer.Options{
		Config: p.services.Features, House: premises{p, c}, Dialer: p.services.Dialer, Recorder: p.services.Recorder,
		Music: p.holdMusic(music), Country: p.services.Country,
	}
}

// conversed is the step that follows a conversation.
func (p *Plan) conversed(c *call.Call, out transfer.Outcome, err error, answered Step) (Step, error) {
	switch {
	case err != nil:
		return answered, err
	case out.Merged:
		return nil, nil // what follows is the other call's
	case out.To != "":
		c.Set(valueTransferredBy, out.By.Info().User)
		next, err := p.enter(c, p.groupOf(out.By), out.To)
		return &transferred{then{next}, answered, &recall{p, out.By, out.To}}, err
	}
	return answered, nil
}

// transferred stands before the first step of the number that a call has been sent to in a conversation. What was to
// follow the conversation follows when the call is over at last.
type transferred struct {
	then
	after Step    // nil: nothing
	back  *recall // where the call goes when nobody is reached at the number
}

func (s *transferred) Do(context.Context, *call.Call) (Step, error) { return s.next, nil }
func (s *transferred) String() string                               { return "transferred" }
func (s *transferred) explain(*explanation) []Exit                  { return s.Exits() }

// watchesCaller is implemented by steps that see for themselves when the caller leaves: the call may go on with whom
// the caller has left in their place.
type watchesCaller interface{ watchesCaller() }

// whileCaller is a context that ends with ctx, or when the one on the call's line is gone.
func whileCaller(ctx context.Context, c *call.Call) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	leg := c.Leg.Context()
	stop := context.AfterFunc(leg, func() { cancel(context.Cause(leg)) })
	return ctx, func() {
		stop()
		cancel(nil)
	}
}

// queueMusic is what callers hear in each queue, when they have come to first; nil: nothing.
func (p *Plan) queueMusic(first string) func(queue string) media.Source {
	if _, ok := p.music(p.services.Queues[first].Music); !ok {
		return nil
	}
	return func(queue string) media.Source {
		src, _ := p.music(p.services.Queues[queue].Music)
		return src
	}
}
