package queue

import "fmt"

// toldOnce checks that the events alone tell a whole story: who joined left once, who rang stopped, and
// each agent's changes join up.
func toldOnce(events []Event) error {
	type pair struct{ call, agent string }
	inLine, talking := make(map[string]bool), make(map[string]string)
	ringing, picked, states := make(map[pair]bool), make(map[pair]bool), make(map[string]State)
	busy := make(map[string]string) // the call that an agent is rung for or in
	said := attendance{paused: make(map[string]string), on: make(map[string]map[string]bool)}
	for i, ev := range events {
		p := pair{ev.Call, ev.Agent}
		wrong := false
		switch ev.Kind {
		case CallerJoined:
			wrong = inLine[ev.Call]
			inLine[ev.Call] = true
		case CallerLeft:
			wrong = !inLine[ev.Call]
			delete(inLine, ev.Call)
		case CallerConnected:
			wrong = !inLine[ev.Call] || !ringing[p] && !picked[p]
			delete(inLine, ev.Call)
			if !picked[p] {
				delete(ringing, p)
			}
			talking[ev.Call] = ev.Agent
		case CallerParted:
			wrong = talking[ev.Call] != ev.Agent
			delete(talking, ev.Call)
			delete(busy, ev.Agent)
		case AgentPickedUp: // whose own phone may ring, too
			wrong = !inLine[ev.Call]
			picked[p] = true
		case AgentRung:
			wrong = ringing[p] || busy[ev.Agent] != ""
			ringing[p], busy[ev.Agent] = true, ev.Call
		case AgentMissed, AgentReleased:
			wrong = !ringing[p] && !picked[p]
			delete(ringing, p)
			delete(busy, ev.Agent)
		case AgentChanged:
			wrong = ev.From == ev.To || states[ev.Agent] != ev.From
			states[ev.Agent] = ev.To
		}
		if wrong || said.wrong(ev) || i > 0 && ev.At.Before(events[i-1].At) {
			return fmt.Errorf("event %d does not follow from those before: %+v", i, ev)
		}
	}
	if len(inLine)+len(talking)+len(ringing) > 0 {
		return fmt.Errorf("unfinished: in line %v, talking %v, ringing %v", inLine, talking, ringing)
	}
	return nil
}
