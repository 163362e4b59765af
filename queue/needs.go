package queue

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// needs are the skills that a call requires, by name.
type needs []need

type need struct {
	skill string
	level int // at least 1
}

func needsOf(s Skills) needs {
	var n needs
	for skill, level := range s {
		if level > 0 {
			n = append(n, need{skill, level})
		}
	}
	slices.SortFunc(n, func(a, b need) int { return cmp.Compare(a.skill, b.skill) })
	return n
}

// lowered is n with every level lower by that much; what comes to nothing is not required any more.
func (n needs) lowered(by int) needs {
	if by == 0 {
		return n
	}
	var left needs
	for _, one := range n {
		if one.level > by {
			left = append(left, need{one.skill, one.level - by})
		}
	}
	return left
}

func (n needs) metBy(s Skills) bool {
	for _, one := range n {
		if s[one.skill] < one.level {
			return false
		}
	}
	return true
}

// word is n in one word: "billing:3 vip:1".
func (n needs) word() string {
	if len(n) == 0 {
		return ""
	}
	words := make([]string, len(n))
	for i, one := range n {
		words[i] = one.skill + ":" + strconv.Itoa(one.level)
	}
	return strings.Join(words, " ")
}

func (n needs) skills() Skills {
	if len(n) == 0 {
		return nil
	}
	s := make(Skills, len(n))
	for _, one := range n {
		s[one.skill] = one.level
	}
	return s
}
