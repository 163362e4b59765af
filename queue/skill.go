package queue

import (
	"errors"
	"maps"
	"slices"
	"strings"

	"hatif/internal/fault"
)

// Skills are what somebody knows, or is asked to know, with the level from 1 to MaxSkill.
type Skills map[string]int

// MaxSkill is the highest level of a skill.
const MaxSkill = 10

// UnmarshalYAML takes {billing: 3}, or names alone, billing or [billing, vip], which are of level 1.
func (s *Skills) UnmarshalYAML(decode func(any) error) error {
	var one string
	var names []string
	if decode(&one) == nil {
		names = []string{one}
	} else if decode(&names) != nil {
		return decode((*map[string]int)(s))
	}
	*s = make(Skills)
	for _, name := range names {
		(*s)[name] = 1
	}
	return nil
}

// Validate returns every mistake in s as a *fault.Fault, joined; nil when there is none.
func (s Skills) Validate() error {
	var faults []error
	for _, name := range slices.Sorted(maps.Keys(s)) {
		if !IsSkill(name) {
			faults = append(faults, fault.Errorf([]string{name}, "%q cannot be the name of a skill: small letters, digits, - and _", name))
		}
		if level := s[name]; level < 1 || level > MaxSkill {
			faults = append(faults, fault.Errorf([]string{name}, "the level of a skill is 1 to %d, not %d", MaxSkill, level))
		}
	}
	return errors.Join(faults...)
}

// IsSkill reports whether name may name a skill. No sign that separates skills in a text is allowed in it.
func IsSkill(name string) bool {
	return name != "" && strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-_") == ""
}
