package transfer

import "hatif/call"

// Replaceable reports whether somebody can be put in the place of old, which talks with somebody or rings.
func (b *Switchboard) Replaceable(old call.Leg) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.talks[old.Info().ID] != nil || b.longest(theirs(old)) != nil
}

// Replace puts the leg of the call by, which has been answered, in the place of old, which is hung up, and returns the
// id of the call that has it from then on; see Lend.
func (b *Switchboard) Replace(old call.Leg, by *call.Call) (into string, err error) {
	if t := b.callOf(old); t != nil {
		_, err = b.ask(nil, &request{shared: old, instead: by.Leg})
		return t.ID, err
	}
	if into, _, ok := b.PickUp(by, theirs(old)); ok {
		return into, nil
	}
	return "", errNoTalk
}

// theirs finds the phones that ring for the person on a leg.
func theirs(l call.Leg) func(user string) bool {
	return func(user string) bool { return user == l.Info().User }
}

// cede answers the request to put another phone of a party in the place of the one that is in the conversation.
func (t *talk) cede(r *request) {
	old := r.shared
	if old.Context().Err() != nil || r.instead.Context().Err() != nil {
		r.reply <- reply{err: errOver}
		return
	}
	t.call.Note(old.Info().User + " goes on at another phone")
	if old == t.call.Leg {
		t.call.Leg = r.instead
	} else {
		t.other = r.instead
	}
	t.board.leave(old)
	t.board.enter(t)
	r.reply <- reply{}
	t.dismiss(old)
	t.meet()
}
