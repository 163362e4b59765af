package queue

import (
	"errors"
	"fmt"
	"time"
)

// ask has something be asked of an agent, by themselves or by others, possible or not.
func (w *world) ask(a *agent) {
	name := []string{"", "a", "b", "c"}[w.chance.IntN(4)]
	var err error
	switch w.chance.IntN(8) {
	case 0:
		w.rest(a, []string{"", "lunch", "meeting"}[w.chance.IntN(3)], ViaPhone, w.now)
	case 1, 2:
		w.goOn(a, ViaPhone, w.now)
	case 3, 4:
		err = w.logOn(Member{User: a.user, Queue: name, Skills: a.skills}, ViaPhone, w.now)
	case 5:
		err = w.logOff(a, name, ViaCommand, w.now)
	case 6:
		err = w.stretchWrapUp(a, time.Duration(w.chance.IntN(3))*2*time.Second, ViaPhone, w.now)
	case 7:
		if w.chance.IntN(10) == 0 {
			w.retire(a.user, w.now)
		}
	}
	w.forget(a)
	w.follow(w.now)
	if err != nil && !errors.Is(err, ErrUnknown) && !errors.Is(err, ErrNotAgent) && !errors.Is(err, ErrNoWrapUp) {
		panic(fmt.Sprintf("agent %s: %v", a.user, err))
	}
}

// An attendance follows from events what agents have said.
type attendance struct {
	paused map[string]string
	on     map[string]map[string]bool // by agent and queue; only what was said
}

// wrong takes ev in and reports whether it does not follow.
func (a *attendance) wrong(ev Event) bool {
	switch ev.Kind {
	case AgentPaused:
		was := a.paused[ev.Agent]
		a.paused[ev.Agent] = ev.Reason
		return ev.Reason == "" || ev.Reason == was || ev.Via == ""
	case AgentUnpaused:
		was := a.paused[ev.Agent]
		delete(a.paused, ev.Agent)
		return ev.Reason != was || ev.Via == ""
	case AgentLoggedOn, AgentLoggedOff:
		if a.on[ev.Agent] == nil {
			a.on[ev.Agent] = make(map[string]bool)
		}
		was, is := a.on[ev.Agent][ev.Queue], ev.Kind == AgentLoggedOn
		a.on[ev.Agent][ev.Queue] = is // off again may be said of one who was forgotten, and by the file is on
		return was && is || ev.Queue == "" || ev.Via == ""
	case AgentChanged:
		return ev.Via == "" || ev.To == Paused && ev.Reason != a.paused[ev.Agent]
	case AgentWrapUp:
		return ev.Until.IsZero() || ev.Via == ""
	}
	return false
}
