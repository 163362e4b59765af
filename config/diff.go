package config

import (
	"bytes"
	"slices"
	"strings"
)

// A DiffLine is one line of a difference.
type DiffLine struct {
	Kind byte // '+' came, '-' went, ' ' stays, '@' lines are left out here
	Old  int  // the line's number in the old text; 0: it is not there
	New  int  // and in the new one
	Text string
}

const (
	around   = 3    // lines that are shown around a change
	mostDiff = 1000 // changed lines beyond which no shortest difference is looked for
)

// Diff is how to come from one text to the other, line by line. Secrets are masked, but for those of shown; with nil for
// shown none is masked.
func Diff(before, after []byte, shown []string) []DiffLine {
	a, b := strings.Split(string(before), "\n"), strings.Split(string(after), "\n")
	all := near(compare(a, b))
	if shown != nil {
		maskLines(all, a, b, shown)
	}
	return all
}

// compare is Diff with every line.
func compare(a, b []string) []DiffLine {
	head := 0
	for head < len(a) && head < len(b) && a[head] == b[head] {
		head++
	}
	tail := 0
	for tail < len(a)-head && tail < len(b)-head && a[len(a)-1-tail] == b[len(b)-1-tail] {
		tail++
	}
	var all []DiffLine
	for i := range head {
		all = append(all, DiffLine{' ', i + 1, i + 1, a[i]})
	}
	for _, l := range shortest(a[head:len(a)-tail], b[head:len(b)-tail]) {
		if l.Old > 0 {
			l.Old += head
		}
		if l.New > 0 {
			l.New += head
		}
		all = append(all, l)
	}
	for i := tail; i > 0; i-- {
		all = append(all, DiffLine{' ', len(a) - i + 1, len(b) - i + 1, a[len(a)-i]})
	}
	return all
}

// Typed is what was typed into a browser, as the file writes it: browsers end every line alike. Lines that are in the
// file end as they do there, others as its first line does; the mark that Windows editors begin with stays.
func Typed(text []byte, typed string) []byte {
	mark := ""
	if bytes.HasPrefix(text, []byte("\ufeff")) {
		mark = "\ufeff"
	}
	raw := strings.Split(strings.TrimPrefix(string(text), mark), "\n")
	end := ""
	if strings.HasSuffix(raw[0], "\r") {
		end = "\r"
	}
	plain := make([]string, len(raw))
	for i := range raw {
		plain[i] = strings.TrimSuffix(raw[i], "\r")
	}
	lines := strings.Split(strings.ReplaceAll(typed, "\r\n", "\n"), "\n")
	out := make([]string, len(lines))
	for _, l := range compare(plain, lines) {
		switch {
		case l.New == 0:
		case l.New == len(lines):
			out[l.New-1] = l.Text
		case l.Kind == ' ' && l.Old < len(raw):
			out[l.New-1] = raw[l.Old-1]
		default:
			out[l.New-1] = l.Text + end
		}
	}
	return []byte(mark + strings.Join(out, "\n"))
}

// maskLines hides what nobody is to be shown.
func maskLines(all []DiffLine, a, b, shown []string) {
	for i, l := range all {
		switch {
		case l.New > 0:
			all[i].Text = maskedAt(b, l.New-1)
		case l.Old > 0:
			all[i].Text = maskedAt(a, l.Old-1)
		default:
			continue // lines are left out
		}
		if l.Kind == '+' {
			all[i].Text = unmasked(all[i].Text, l.Text, shown)
		}
	}
}

// unmasked puts back into a masked line what may be shown.
func unmasked(hidden, line string, shown []string) string {
	out, open := []rune(hidden), []rune(line)
	for _, word := range shown {
		w := []rune(word)
		if word != "" && strings.Contains(line, `"`+word+`"`) {
			w = []rune(`"` + word + `"`)
		}
		for at := 0; len(w) > 0 && at+len(w) <= len(out); at++ {
			if slices.Equal(open[at:at+len(w)], w) {
				copy(out[at:], w)
			}
		}
	}
	return string(out)
}

// shortest is the shortest difference of two lists of lines, found as Myers does ("An O(ND) Difference Algorithm",
// 1986); of lists that have little in common it is all of both.
func shortest(a, b []string) []DiffLine {
	n, m := len(a), len(b)
	limit := min(n+m, mostDiff)
	reach := make([]int, 2*limit+3) // by diagonal, from -limit-1: how far one comes along a
	var trail [][]int               // what reach was before each round, of the diagonals that it looked at
	for d := 0; d <= limit; d++ {
		trail = append(trail, slices.Clone(reach[limit+1-d-1:limit+1+d+2]))
		for k := -d; k <= d; k += 2 {
			at := limit + 1 + k
			x := reach[at+1]
			if k == d || k != -d && reach[at-1] >= reach[at+1] {
				x = reach[at-1] + 1
			}
			if d == 0 {
				x = 0
			}
			for x < n && x-k < m && a[x] == b[x-k] {
				x++
			}
			reach[at] = x
			if x >= n && x-k >= m {
				return back(a, b, trail)
			}
		}
	}
	var all []DiffLine
	for i, line := range a {
		all = append(all, DiffLine{'-', i + 1, 0, line})
	}
	for i, line := range b {
		all = append(all, DiffLine{'+', 0, i + 1, line})
	}
	return all
}

// back follows the trail from the end to the beginning.
func back(a, b []string, trail [][]int) []DiffLine {
	var all []DiffLine
	x, y := len(a), len(b)
	for d := len(trail) - 1; d >= 0; d-- {
		reach, k := trail[d], x-y
		at := d + 1 + k
		came := k == -d || k != d && reach[at-1] < reach[at+1] // a line of b
		fromX, fromY := 0, 0
		switch {
		case d == 0:
		case came:
			fromX, fromY = reach[at+1], reach[at+1]-k-1
		default:
			fromX, fromY = reach[at-1], reach[at-1]-k+1
		}
		for x > fromX && y > fromY {
			all = append(all, DiffLine{' ', x, y, a[x-1]})
			x, y = x-1, y-1
		}
		switch {
		case d == 0:
		case came:
			all = append(all, DiffLine{'+', 0, y, b[y-1]})
		default:
			all = append(all, DiffLine{'-', x, 0, a[x-1]})
		}
		x, y = fromX, fromY
	}
	slices.Reverse(all)
	return all
}

// near leaves out what is far from any change.
func near(all []DiffLine) []DiffLine {
	keep, last := make([]bool, len(all)), 0
	for i, l := range all {
		if l.Kind != ' ' {
			for j := max(0, i-around); j <= min(len(all)-1, i+around); j++ {
				keep[j], last = true, j
			}
		}
	}
	var out []DiffLine
	for i, l := range all {
		switch {
		case keep[i]:
			l.Text = strings.TrimRight(l.Text, "\r")
			out = append(out, l)
		case len(out) > 0 && out[len(out)-1].Kind != '@' && i < last:
			out = append(out, DiffLine{Kind: '@'})
		}
	}
	return out
}
