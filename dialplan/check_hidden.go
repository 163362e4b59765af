package dialplan

import (
	"maps"
	"slices"

	"hatif/internal/fault"
)

// warnHidden reports people whom rights allow to call, and whom nobody can: wherever it is allowed, an extension that
// rings nobody takes their number.
func (c *compiler) warnHidden() {
	users := c.plan.services.Users
	for _, number := range slices.Sorted(maps.Keys(users)) {
		var hiding *extension
		called := false
		for _, name := range slices.Sorted(maps.Keys(c.plan.contexts)) {
			n := c.plan.contexts[name]
			allows := func(m *numbers) bool { return m.rights != nil && m.rights.allow(users[number]) }
			if !users[number].Callable || !slices.ContainsFunc(n.family, allows) {
				continue
			}
			switch e, v := n.find(number, users); {
			case v != found || e == nil:
			case c.rings(e):
				called = true
			default:
				hiding = e
			}
		}
		if hiding != nil && !called {
			c.plan.warnings = append(c.plan.warnings, fault.Errorf(hiding.path,
				"nobody can call user %s: %q takes their number; give one of them another", number, hiding.pattern))
		}
	}
}

// rings reports whether a call that comes to e may come to ring somebody.
func (c *compiler) rings(e *extension) bool {
	ways := make(map[standing]bool)
	c.flow(e.first, "", ways)
	for s := range ways {
		if _, is := s.step.(*dial); is {
			return true
		}
	}
	return false
}
