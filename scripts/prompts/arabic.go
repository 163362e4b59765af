package main

import (
	"fmt"
	"strings"
)

// espeak-ng reads vowelled Arabic badly: it drops the vowel of doubled letters, swallows unstressed ones
// and guesses the stress. Fully vowelled Arabic says all of it, so it is turned into espeak-ng's phonemes here.

// The vowel marks.
const (
	fathatan, dammatan, kasratan = '\u064B', '\u064C', '\u064D'
	fatha, damma, kasra          = '\u064E', '\u064F', '\u0650'
	shadda, sukun, dagger        = '\u0651', '\u0652', '\u0670'
	wasla                        = 'ٱ'
)

// consonants are espeak-ng's names in its Arabic phoneme table.
var consonants = map[rune]string{
	'ب': "b", 'ت': "t", 'ث': "T", 'ج': "dZ", 'ح': "H", 'خ': "X", 'د': "d", 'ذ': "D", 'ر': "R", 'ز': "z",
	'س': "s", 'ش': "S", 'ص': "s[", 'ض': "dH", 'ط': "t[", 'ظ': "Z", 'ع': "A", 'غ': "Q", 'ف': "f", 'ق': "q",
	'ك': "k", 'ل': "l", 'م': "m", 'ن': "n", 'ه': "h", 'و': "w", 'ي': "j", 'ة': "t",
	'ء': "?", 'أ': "?", 'إ': "?", 'ؤ': "?", 'ئ': "?",
}

// dark consonants darken the vowels beside them.
const dark = "s[ dH t[ Z q"

// unstressed words lean on the next one.
var unstressed = map[string]bool{
	"min": true, "fi": true, "?ila": true, "Aala": true, "la": true, "lam": true, "?aw": true, "?an": true,
	"wa": true, "huwa": true, "hija": true,
}

// A letter is one character with the marks above and below it.
type letter struct {
	base                   rune
	vowel                  byte // 'a', 'u', 'i'; 0: none
	tanwin, double, closed bool // -n after the vowel; shadda; sukun
	long                   bool // dagger alif
}

func (l letter) bare() bool { return l.vowel == 0 && !l.double && !l.closed }

// A sound is a consonant or a vowel of a word.
type sound struct {
	phoneme string // the vowels are "a", "u", "i"
	vowel   bool
	long    bool // a long vowel or a doubled consonant
}

// arabicPhonemes turns vowelled Arabic into the text that makes espeak-ng say it.
func arabicPhonemes(text string) (string, error) {
	var out strings.Builder
	for _, p := range phrases(text) {
		var words []string
		for i, w := range p.words {
			sounds, err := wordSounds(w, i == 0)
			if err != nil {
				return "", fmt.Errorf("%q: %w", w, err)
			}
			if i == len(p.words)-1 && p.end != '…' {
				sounds = pausal(w, sounds)
			}
			if i < len(p.words)-1 && startsWithWasla(p.words[i+1]) {
				sounds = shortenEnd(sounds)
			}
			words = append(words, spell(sounds))
		}
		out.WriteString("[[" + strings.Join(words, " ") + "]]" + punctuation(p.end) + " ")
	}
	return strings.TrimSpace(out.String()), nil
}

// A phrase is what is said in one breath.
type phrase struct {
	words []string
	end   rune // the punctuation after it; 0 at the end of the text
}

func phrases(text string) []phrase {
	var all []phrase
	var now strings.Builder
	cut := func(end rune) {
		if words := strings.Fields(now.String()); len(words) > 0 {
			all = append(all, phrase{words, end})
		}
		now.Reset()
	}
	for _, r := range text {
		if strings.ContainsRune("،؛؟.…:,;?!", r) {
			cut(r)
			continue
		}
		now.WriteRune(r)
	}
	cut(0)
	return all
}

func punctuation(end rune) string {
	switch end {
	case '؟', '?':
		return "?"
	case '،', '؛', ',', ';', ':', '…':
		return ","
	}
	return "."
}

// letters takes a word apart. It fails on characters that are not Arabic.
func letters(word string) ([]letter, error) {
	var all []letter
	for _, r := range word {
		if _, ok := consonants[r]; ok || strings.ContainsRune("اآىٱ", r) {
			all = append(all, letter{base: r})
			continue
		}
		if len(all) == 0 {
			return nil, fmt.Errorf("begins with %q, which is no letter", r)
		}
		l := &all[len(all)-1]
		switch r {
		case fatha:
			l.vowel = 'a'
		case damma:
			l.vowel = 'u'
		case kasra:
			l.vowel = 'i'
		case fathatan:
			l.vowel, l.tanwin = 'a', true
		case dammatan:
			l.vowel, l.tanwin = 'u', true
		case kasratan:
			l.vowel, l.tanwin = 'i', true
		case shadda:
			l.double = true
		case sukun:
			l.closed = true
		case dagger:
			l.vowel, l.long = 'a', true
		default:
			return nil, fmt.Errorf("has %q, which is no Arabic letter or vowel mark", r)
		}
	}
	return all, nil
}

func startsWithWasla(word string) bool {
	return strings.HasPrefix(word, "ا") || strings.HasPrefix(word, string(wasla))
}

// wordSounds reads a word; first says that nothing was said before it, so that a joining alif is heard.
func wordSounds(word string, first bool) ([]sound, error) {
	all, err := letters(word)
	if err != nil {
		return nil, err
	}
	var s []sound
	for i, l := range all {
		next := letter{}
		if i+1 < len(all) {
			next = all[i+1]
		}
		last := sound{}
		if len(s) > 0 {
			last = s[len(s)-1]
		}
		lengthens := func(vowel string) bool { return last.vowel && !last.long && last.phoneme == vowel }
		switch {
		case i == 0 && (l.base == 'ا' || l.base == wasla):
			if !first {
				continue
			}
			v := string(l.vowel)
			if l.vowel == 0 {
				if next.base != 'ل' {
					return nil, fmt.Errorf("begins with an alif that has no vowel mark")
				}
				v = "a"
			}
			s = append(s, sound{phoneme: "?"}, sound{phoneme: v, vowel: true})
		case l.base == 'ا' && l.bare():
			if lengthens("a") && !joins(all, i) {
				s[len(s)-1].long = true
			}
		case l.base == wasla:
		case l.base == 'آ':
			s = append(s, sound{phoneme: "?"}, sound{phoneme: "a", vowel: true, long: true})
		case l.base == 'ى':
			if lengthens("a") {
				s[len(s)-1].long = true
			}
		case l.base == 'و' && l.bare() && lengthens("u"), l.base == 'ي' && l.bare() && lengthens("i"):
			s[len(s)-1].long = true
		case l.base == 'ل' && l.bare() && next.double: // the article before a sun letter
		case l.base == 'ا':
			return nil, fmt.Errorf("has an alif with a vowel mark inside")
		default:
			if l.bare() && i+1 < len(all) {
				return nil, fmt.Errorf("has %q without a vowel mark", l.base)
			}
			phoneme := consonants[l.base]
			if l.base == 'ة' && l.closed {
				phoneme = "h"
			}
			s = append(s, sound{phoneme: phoneme, long: l.double})
			if l.vowel != 0 {
				s = append(s, sound{phoneme: string(l.vowel), vowel: true, long: l.long})
			}
			if l.tanwin {
				s = append(s, sound{phoneme: "n"})
			}
		}
	}
	return s, nil
}

// joins reports whether the alif at i is a joining one after prefixes ("and the …"), not a long vowel.
func joins(all []letter, i int) bool {
	for _, l := range all[:i] {
		if !strings.ContainsRune("وفبكل", l.base) {
			return false
		}
	}
	if i+1 == len(all) {
		return false
	}
	next := all[i+1]
	return next.base == 'ل' && (next.bare() || next.closed) || next.closed && i+2 < len(all)
}

// pausal drops the ending that is not said before a pause.
func pausal(word string, s []sound) []sound {
	all, err := letters(word)
	if err != nil || len(s) < 3 { // a word of one syllable keeps its vowel
		return s
	}
	l := all[len(all)-1]
	switch {
	case l.base == 'ة':
		for s[len(s)-1].vowel || s[len(s)-1].phoneme == "n" {
			s = s[:len(s)-1]
		}
		s[len(s)-1] = sound{phoneme: "h"}
	case l.tanwin && l.vowel != 'a':
		s = s[:len(s)-2]
	case l.vowel != 0 && !l.tanwin && !l.long:
		s = s[:len(s)-1]
	}
	if end := &s[len(s)-1]; len(s) > 1 && end.long && end.phoneme == "j" && s[len(s)-2].phoneme == "i" {
		s = s[:len(s)-1]
		s[len(s)-1].long = true
	}
	return s
}

// shortenEnd shortens a long vowel before a joining alif: fi l-bayt.
func shortenEnd(s []sound) []sound {
	if len(s) > 0 && s[len(s)-1].vowel {
		s[len(s)-1].long = false
	}
	return s
}

// spell writes a word in espeak-ng's phonemes with its stress.
func spell(s []sound) string {
	stressed := stress(s)
	var out, plain strings.Builder
	for _, x := range s {
		plain.WriteString(x.phoneme)
	}
	for i, x := range s {
		if i == stressed && !unstressed[plain.String()] {
			out.WriteByte('\'')
		}
		out.WriteString(x.phoneme)
		if x.vowel && (i > 0 && isDark(s[i-1]) || i+1 < len(s) && isDark(s[i+1])) {
			out.WriteByte('.')
		}
		switch {
		case x.long && (x.phoneme == "w" || x.phoneme == "j"):
			out.WriteString(x.phoneme)
		case x.long:
			out.WriteByte(':')
		}
	}
	return out.String()
}

func isDark(x sound) bool {
	for _, d := range strings.Fields(dark) {
		if x.phoneme == d {
			return true
		}
	}
	return false
}

// stress returns the index of the stressed vowel: the last syllable when it is overlong, else the last but
// one when it is long, else the one before it. -1: no vowel.
func stress(s []sound) int {
	var vowels, weight []int
	for i, x := range s {
		if x.vowel {
			vowels = append(vowels, i)
			weight = append(weight, 1)
			if x.long {
				weight[len(weight)-1]++
			}
			continue
		}
		if len(weight) > 0 {
			weight[len(weight)-1]++
			if x.long {
				weight[len(weight)-1]++
			}
		}
	}
	n := len(vowels)
	for i := range n - 1 {
		weight[i]-- // the consonant before the next vowel belongs to that one
	}
	switch {
	case n == 0:
		return -1
	case n == 1, weight[n-1] >= 3:
		return vowels[n-1]
	case weight[n-2] >= 2 || n == 2:
		return vowels[n-2]
	}
	return vowels[n-3]
}
