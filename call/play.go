package call

import (
	"context"

	"hatif/media"
)

// Play lets the party hear src to its end. It returns nil then, or the cause when the leg or ctx ended
// first; the party hears silence afterwards. Keys pressed meanwhile stay in Events.
func Play(ctx context.Context, l Leg, src media.Source) error {
	done := l.Hear(src)
	select {
	case <-done:
	case <-ctx.Done():
	case <-l.Context().Done():
	}
	if err := over(ctx, l); err != nil {
		l.Hear(nil)
		return err
	}
	return nil
}

// over says why a script must stop: the leg's end before the step's, since the step's context is often
// made from the leg's and both are then done at once. It is nil while both live.
func over(ctx context.Context, l Leg) error {
	if l.Context().Err() != nil {
		return EndOf(l.Context())
	}
	if ctx.Err() != nil {
		return EndOf(ctx)
	}
	return nil
}
