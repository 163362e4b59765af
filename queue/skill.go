package queue

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
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

// ParseSkills reads skills from a text: "billing:2, vip" is billing of level 2 and vip of level 1.
func ParseSkills(text string) (Skills, error) {
	words := strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' })
	if len(words) == 0 {
		return nil, nil
	}
	s := make(Skills)
	for _, word := range words {
		name, written, leveled := strings.Cut(word, ":")
		level := 1
		if leveled {
			n, err := strconv.Atoi(written)
			if err != nil {
				return nil, fmt.Errorf("%q is not a skill: write billing, or billing:2", word)
			}
			level = n
		}
		if _, twice := s[name]; twice {
			return nil, fmt.Errorf("the skill %q stands here twice", name)
		}
		s[name] = level
	}
	if faults := fault.All(s.Validate()); len(faults) > 0 {
		return nil, errors.New(faults[0].Msg)
	}
	return s, nil
}

// String is s as ParseSkills reads it.
func (s Skills) String() string { return needsOf(s).word() }

// Has reports whether who has s meets what is required.
func (s Skills) Has(required Skills) bool { return needsOf(required).metBy(s) }
