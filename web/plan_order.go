package web

import (
	"slices"

	"hatif/dialplan"
)

// inOrder are the contexts as a call comes to them: what outside callers dial and where it leads, then what staff dials and
// where that leads, and then the rest, each in the order of its names.
func inOrder(contexts []dialplan.ContextOutline) []dialplan.ContextOutline {
	begins := slices.Clone(contexts)
	slices.SortStableFunc(begins, func(a, b dialplan.ContextOutline) int { return rank(a) - rank(b) })
	var ordered []dialplan.ContextOutline
	placed := make(map[string]bool)
	var place func(name string)
	place = func(name string) {
		i := slices.IndexFunc(contexts, func(c dialplan.ContextOutline) bool { return c.Name == name })
		if i < 0 || placed[name] {
			return
		}
		placed[name] = true
		ordered = append(ordered, contexts[i])
		for _, e := range contexts[i].Extensions {
			for _, to := range leads(e.Steps) {
				place(to)
			}
		}
	}
	for _, c := range begins {
		place(c.Name)
	}
	return ordered
}

// leads are the contexts at which steps go on, in their order.
func leads(steps []dialplan.Node) (names []string) {
	for _, n := range steps {
		for _, to := range n.To {
			names = append(names, to.Context)
		}
		for _, w := range n.Ways {
			names = append(names, leads(w.Steps)...)
		}
	}
	return names
}

// rank tells those apart who begin: outside callers, staff, and nobody.
func rank(c dialplan.ContextOutline) int {
	switch dialled := slices.ContainsFunc(c.Extensions, func(e dialplan.ExtensionOutline) bool { return len(e.DialledFrom) > 0 }); {
	case dialled && len(c.MayCall) == 0:
		return 0
	case dialled:
		return 1
	}
	return 2
}
