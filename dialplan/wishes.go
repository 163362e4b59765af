package dialplan

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"hatif/call"
	"hatif/internal/fault"
	"hatif/queue"
)

// wishes are what the queue step says of the caller: how urgent the call is, and what its agent must know.
type wishes struct {
	at       []string // of skills in the file
	priority text
	words    []text          // each is skills as queue.ParseSkills reads them
	levels   map[string]text // by skill
}

// maxPriority bounds the priorities of callers, to both sides.
const maxPriority = 1000

func (c *compiler) wishes(v *value) wishes {
	var w wishes
	if p := v.field("priority"); p != nil {
		w.priority = c.text(p)
		if _, err := priorityOf(w.priority.raw); w.priority.fixed() && err != nil {
			c.faultf(p, "%v", err)
		}
	}
	skills := v.field("skills")
	if skills == nil {
		return w
	}
	w.at = skills.path
	switch skills.kind {
	case mapping:
		w.levels = make(map[string]text)
		for _, f := range skills.fields {
			w.levels[f.key] = c.text(f.value)
		}
	case list:
		for _, item := range skills.items {
			w.words = append(w.words, c.text(item))
		}
	default:
		w.words = []text{c.text(skills)}
	}
	return w
}

// texts are the parts of the skills, each as queue.ParseSkills reads it; at gives the value of a text.
func (w wishes) texts(at func(text) (string, error)) ([]string, error) {
	var all []string
	for _, t := range w.words {
		s, err := at(t)
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	for _, name := range slices.Sorted(maps.Keys(w.levels)) {
		level, err := at(w.levels[name])
		if err != nil {
			return nil, err
		}
		all = append(all, name+":"+level)
	}
	return all, nil
}

// skillsOf puts the parts together.
func skillsOf(parts []string) (queue.Skills, error) {
	all := make(queue.Skills)
	for _, part := range parts {
		s, err := queue.ParseSkills(part)
		if err != nil {
			return nil, err
		}
		maps.Copy(all, s)
	}
	return all, nil
}

func priorityOf(s string) (int, error) {
	if s == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < -maxPriority || n > maxPriority {
		return 0, fmt.Errorf("priority is %q: a whole number, 0 for everybody, more for who is to be served before, up to %d", s, maxPriority)
	}
	return n, nil
}

// of is what c wants of the queue. What cannot be is noted and left out: a caller is rather served by anybody than by
// nobody.
func (w wishes) of(p *Plan, c *call.Call, queueName string) (priority int, skills queue.Skills) {
	now := func(t text) (string, error) { return t.in(c) }
	written, err := now(w.priority)
	if err == nil {
		priority, err = priorityOf(written)
	}
	if err != nil {
		c.Note(err.Error())
	}
	parts, err := w.texts(now)
	if err == nil {
		skills, err = skillsOf(parts)
	}
	if err == nil {
		err = p.services.lacks(queueName, skills)
	}
	if err != nil {
		c.Note("any agent will do: " + err.Error())
		return priority, nil
	}
	return priority, skills
}

// lacks is the reason why no agent of the queue can ever meet what is required; nil when some agent can: a member, or
// somebody who serves no queue by the file, and may log on to any.
func (s *Services) lacks(queueName string, required queue.Skills) error {
	if len(required) == 0 {
		return nil
	}
	known := make(queue.Skills)
	helpers := maps.Clone(s.Users)
	met := false
	for _, m := range s.Members {
		delete(helpers, m.User)
		maps.Copy(known, m.Skills)
		met = met || m.Queue == queueName && m.Skills.Has(required)
	}
	for _, u := range helpers {
		maps.Copy(known, u.Skills)
		met = met || u.Skills.Has(required)
	}
	for _, name := range slices.Sorted(maps.Keys(required)) {
		if known[name] == 0 {
			return fmt.Errorf("no agent has the skill %q%s", name, fault.DidYouMean(name, slices.Collect(maps.Keys(known))))
		}
	}
	if !met && s.Queues[queueName].RelaxSkills == 0 {
		return fmt.Errorf("no agent of queue %s has %s", queueName, required)
	}
	return nil
}

// A requirement is a place where skills are required of the agents of a queue.
type requirement struct {
	wishes wishes
	queue  text
}

// checkSkills finds required skills that nobody has, as far as the file alone says.
func (c *compiler) checkSkills() {
	for _, r := range c.requirements {
		unknown := errors.New("only the call shows it")
		parts, err := r.wishes.texts(func(t text) (string, error) {
			switch words := c.plan.outcomes(t); len(words) {
			case 1:
				return words[0], nil
			default:
				return "", unknown
			}
		})
		if errors.Is(err, unknown) {
			continue
		}
		skills, err := skillsOf(parts)
		for _, name := range c.plan.outcomes(r.queue) {
			if _, exists := c.plan.services.Queues[name]; err == nil && exists {
				err = c.plan.services.lacks(name, skills)
			}
		}
		if err != nil {
			c.faults = append(c.faults, (&value{path: r.wishes.at}).fault("%v", err))
		}
	}
}
