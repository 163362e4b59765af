package dialplan

import (
	"slices"

	"hatif/call"
	"hatif/media"
	"hatif/prompts"
	"hatif/transfer"
)

// premises tell conversations what the plan knows of people and numbers. They implement transfer.House.
type premises struct {
	plan *Plan
	call *call.Call // that is being held
}

// keyFeatures of a context are what its people may do in a conversation.
const keyFeatures = "features"

// features are the words of keyFeatures.
var features = []string{string(transfer.MayRecord), string(transfer.MayTransfer)}

const noFeatures = "none"

// groupOf is the context whose rights the party on the leg has.
func (p *Plan) groupOf(l call.Leg) string {
	in := l.Info()
	if u, known := p.services.Users[in.User]; known {
		return u.Context
	}
	return in.Context
}

// May implements transfer.House. Where the party's context, or one that it includes, says `features`, that counts;
// otherwise who may call people may do everything with them, and who reaches numbers only, a caller from outside, may
// do nothing.
func (h premises) May(l call.Leg, r transfer.Right) bool {
	n := h.plan.contexts[h.plan.groupOf(l)]
	if n == nil {
		return false
	}
	for _, m := range n.family {
		if m.features != nil {
			return slices.Contains(m.features, string(r))
		}
	}
	return n.callsPeople()
}

// callsPeople reports whether the context, or one that it includes, says whom of the people its own may call.
func (n *numbers) callsPeople() bool {
	return slices.ContainsFunc(n.family, func(m *numbers) bool { return m.rights != nil })
}

// Shown implements transfer.House: whoever may call people is shown them, and so is who was called.
func (h premises) Shown(l call.Leg) bool {
	n := h.plan.contexts[h.plan.groupOf(l)]
	return !l.Info().Inbound || n != nil && n.callsPeople()
}

// Leads implements transfer.House.
func (h premises) Leads(by call.Leg, number string) error {
	e, err := h.plan.look(h.plan.groupOf(by), number)
	if err != nil {
		return err
	}
	if d, dials := e.first.(*dial); dials && d.nobody == nil {
		if user := d.whom(number); user != "" && !h.plan.services.Users[user].Callable {
			return h.plan.nobody(user)
		}
	}
	return nil
}

// Person implements transfer.House: number is a person's, or leads to a step that calls always the same one.
func (h premises) Person(by call.Leg, number string) (string, error) {
	e, err := h.plan.look(h.plan.groupOf(by), number)
	if err != nil {
		return "", err
	}
	user := number
	if d, dials := e.first.(*dial); dials && d.whom(number) != "" {
		user = d.whom(number)
	}
	if u, known := h.plan.services.Users[user]; !known || !u.Callable {
		return "", call.NotFound.With("%s is nobody's number", number)
	}
	return user, nil
}

// Farewell implements transfer.House: who parks somebody is told where.
func (h premises) Farewell(by call.Leg, number string) (media.Source, bool) {
	e, err := h.plan.look(h.plan.groupOf(by), number)
	if err != nil {
		return nil, false
	}
	p, parks := e.first.(*park)
	if !parks {
		return nil, false
	}
	place, ok := h.plan.services.Talks.Park(h.call, p.places)
	if !ok {
		return nil, false
	}
	var digits []media.Source
	for _, name := range prompts.Digits(place) {
		if src, ok := h.Say(by, name); ok {
			digits = append(digits, src)
		}
	}
	return media.Sequence("place "+place, digits...), len(digits) > 0
}

// Longer implements transfer.House.
func (h premises) Longer(by call.Leg, sofar string) bool {
	n := h.plan.contexts[h.plan.groupOf(by)]
	return n != nil && n.longer(sofar, h.plan.services.Users)
}

// Say implements transfer.House.
func (h premises) Say(l call.Leg, prompt string) (media.Source, bool) {
	sound, ok := h.plan.services.Sounds.Sound(h.plan.services.language(l.Info().User), prompt)
	if !ok {
		return nil, false
	}
	return sound.Play(), true
}
