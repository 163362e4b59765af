package sipleg

import "hatif/call"

// reoffered answers a re-INVITE or UPDATE: a new address, hold, resume (RFC 3264 §8). A nil offer asks for ours.
func (l *Leg) reoffered(offer []byte) ([]byte, error) {
	if offer == nil {
		return l.port.Offer(), nil
	}
	answer, err := l.port.Answer(offer)
	if err != nil {
		return nil, err // the session stays as it was
	}
	l.noteHold()
	return answer, nil
}

// answered takes an answer to an offer of ours that no script waits for.
func (l *Leg) answered(sdp []byte) {
	if len(sdp) == 0 {
		return // a session refresh without a description (RFC 4028 §7.4)
	}
	if err := l.port.Accept(sdp); err != nil {
		l.net.Log.Warn("the answer to our offer is unusable", "leg", l.info.ID, "error", err)
		l.stop(call.Incompatible.With("%v", err))
		return
	}
	l.noteHold()
}

// Held implements call.Leg.
func (l *Leg) Held() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.held
}

// noteHold tells the script when the party has put us on hold or come back.
func (l *Leg) noteHold() {
	held := l.port.Held()
	l.mu.Lock()
	changed := held != l.held
	l.held = held
	l.mu.Unlock()
	switch {
	case changed && held:
		l.event(call.Held{})
	case changed:
		l.event(call.Resumed{})
	}
}
