package dialplan

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestPatternsMatchAsInAsterisk(t *testing.T) {
	for _, c := range []struct {
		pattern, match, not string
	}{
		{"0777", "0777", "777 07777 077"},
		{"start", "start", "Start s"},
		{"_2XXX", "2000 2999", "1000 200 20000 2A00 2XXX"},
		{"_NXX", "200 999", "100 019"},
		{"_Z", "1 9", "0 10"},
		{"_nzx", "210", "110"},
		{"_[1-5,7]X", "10 59 70", "60 80 ,0 -0"},
		{"_[135]", "1 3 5", "2 4 135"},
		{"_[*#]9", "*9 #9", "99"},
		{"_9.", "91 9*123 9abc", "9 8"},
		{"_9!", "9 91 9123", "8 "},
		{"_.", "1 start", ""},
		{"_!", "1 ", ""},
		{"_0-800-X", "08005", "0-800-5 0800"},
		{"_*97", "*97", "97 _*97"},
		{"_+49.", "+4912", "4912"},
	} {
		p, err := ParsePattern(c.pattern)
		if err != nil {
			t.Errorf("%s: %v", c.pattern, err)
			continue
		}
		for _, n := range strings.Split(c.match, " ") {
			if !p.Match(n) {
				t.Errorf("%s does not match %q", c.pattern, n)
			}
		}
		if c.not == "" {
			continue
		}
		for _, n := range strings.Split(c.not, " ") {
			if p.Match(n) {
				t.Errorf("%s matches %q", c.pattern, n)
			}
		}
	}
}

func TestBrokenPatternsAreExplained(t *testing.T) {
	for pattern, want := range map[string]string{
		"":       "needs a name",
		"_":      "empty",
		"_-":     "empty",
		"_[":     "a [ without its ]",
		"_]":     "] without [",
		"_[]":    "matches nothing",
		"_[,]":   "matches nothing",
		"_[5-1]": "runs backwards",
		"_[1-]":  "both its ends",
		"_[-5]":  "both its ends",
		"_[[1]":  "within",
		"_9.1":   "nothing may follow",
		"_!X":    "nothing may follow",
		"a b":    "no phone can dial",
		"é":      "no phone can dial",
	} {
		if _, err := ParsePattern(pattern); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", pattern, err, want)
		}
	}
}

func TestTheMostSpecificPatternComesFirst(t *testing.T) {
	want := []string{"_200[1-3]", "_200X", "_20XX", "_2XXX", "_2.", "_[2-9]XXX", "_NXX.", "_ZXXX", "_XXXX", "_X.", "_.", "_!"}
	n := &numbers{exact: make(map[string]*extension)}
	for _, i := range []int{7, 3, 11, 0, 9, 5, 1, 10, 4, 8, 2, 6} {
		p, err := ParsePattern(want[i])
		if err != nil {
			t.Fatal(err)
		}
		n.add(&extension{pattern: p})
	}
	var got []string
	for _, e := range n.patterns {
		got = append(got, e.pattern.text)
	}
	if !slices.Equal(got, want) {
		t.Errorf("order\n%v\nwant\n%v", got, want)
	}
}

func TestALookUpGoesExactlyThenByPatternThenThroughIncludesInOrder(t *testing.T) {
	p := compiled(t, `
  a: {include: [b, c], "2001": answer, "_2XXX": answer}
  b: {include: [d], "2002": answer, "3001": answer}
  c: {"3001": answer, "3002": answer, "_3XXX": answer}
  d: {"_30XX": answer, "4001": answer}
`, house())
	for number, want := range map[string]string{
		"2001": "a 2001", "2002": "a _2XXX", "3001": "b 3001", "3002": "d _30XX", "3100": "c _3XXX", "4001": "d 4001",
	} {
		e, v := p.contexts["a"].find(number, nil)
		if v != found || e.path[0]+" "+e.pattern.text != want {
			t.Errorf("%s leads to %v (%v), want %s", number, e, v, want)
		}
	}
	if e, v := p.contexts["a"].find("5001", nil); v != unknown {
		t.Errorf("5001 leads to %v", e)
	}
}

func TestKeysAreCollectedWhileALongerNumberIsPossible(t *testing.T) {
	contexts := `
  ivr: {"1": answer, "10": answer, "2": answer, "_3XX": answer, "_4.": answer, "_5!": answer, "start": answer}
  people: {may_call: agents}
  agents: {}
`
	p := compiled(t, contexts, house())
	for _, c := range []struct {
		context, keys string
		longer        bool
	}{
		{"ivr", "1", true}, {"ivr", "10", false}, {"ivr", "2", false}, {"ivr", "3", true}, {"ivr", "31", true},
		{"ivr", "311", false}, {"ivr", "4", true}, {"ivr", "41", true}, {"ivr", "5", false}, {"ivr", "9", false},
		{"ivr", "", true}, {"people", "20", true}, {"people", "2001", false}, {"people", "3", false},
	} {
		if got := p.contexts[c.context].longer(c.keys, p.services.Users); got != c.longer {
			t.Errorf("after %q in %s a longer number is possible: %v", c.keys, c.context, got)
		}
	}
}

// reference is the pattern as a regular expression, written without regard to Pattern.
func reference(pattern string) *regexp.Regexp {
	var b strings.Builder
	b.WriteString(`^(?s:`)
	rest, isPattern := strings.CutPrefix(pattern, "_")
	if !isPattern {
		return regexp.MustCompile(`^` + regexp.QuoteMeta(pattern) + `$`)
	}
	for in := false; rest != ""; rest = rest[1:] {
		c := rest[:1]
		switch {
		case in && c == ",":
		case c == "[" || c == "]":
			in = c == "["
			b.WriteString(c)
		case in:
			b.WriteString(c)
		case c == "X":
			b.WriteString(`[0-9]`)
		case c == "Z":
			b.WriteString(`[1-9]`)
		case c == "N":
			b.WriteString(`[2-9]`)
		case c == ".":
			b.WriteString(`[!-~]+`)
		case c == "!":
			b.WriteString(`[!-~]*`)
		case c == "-":
		default:
			b.WriteString(regexp.QuoteMeta(c))
		}
	}
	b.WriteString(`)$`)
	return regexp.MustCompile(b.String())
}

var somePattern = rapid.Custom(func(t *rapid.T) string {
	piece := rapid.SampledFrom([]string{"X", "Z", "N", "0", "2", "*", "-", "[02]", "[0-1,3]", "[1-3]"})
	text := "_" + strings.Join(rapid.SliceOfN(piece, 1, 3).Draw(t, "pieces"), "") + rapid.SampledFrom([]string{"", "", ".", "!"}).Draw(t, "tail")
	if strings.Trim(text, "_-") == "" {
		return "_X"
	}
	return text
})

func TestPatternsAgreeWithASimpleMatcher(t *testing.T) {
	const alphabet = "0123*"
	var words []string // every number of up to five keys of the alphabet
	for last := []string{""}; len(last[0]) <= 5; {
		words = append(words, last...)
		var next []string
		for _, w := range last {
			for _, c := range alphabet {
				next = append(next, w+string(c))
			}
		}
		last = next
	}
	rapid.Check(t, func(t *rapid.T) {
		text := somePattern.Draw(t, "pattern")
		p, err := ParsePattern(text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		simple := reference(text)
		can := make(map[string]bool)
		more := make(map[string]bool)
		for _, w := range words {
			if p.Match(w) != simple.MatchString(w) {
				t.Fatalf("%s and %q: %v", text, w, p.Match(w))
			}
			if simple.MatchString(w) {
				for i := range len(w) + 1 {
					can[w[:i]] = true
					more[w[:i]] = more[w[:i]] || i < len(w)
				}
			}
		}
		for _, w := range words {
			if len(w) >= 5 {
				continue // its continuations are not among the words
			}
			if p.CanMatch(w) != can[w] {
				t.Fatalf("%s can match what begins with %q: %v, really %v", text, w, p.CanMatch(w), can[w])
			}
			if p.longer(w) != more[w] {
				t.Fatalf("%s matches longer than %q: %v, really %v", text, w, p.longer(w), more[w])
			}
		}
	})
}

func TestTheOrderOfPatternsIsAnOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var p [3]Pattern
		for i := range p {
			var err error
			if p[i], err = ParsePattern(somePattern.Draw(t, "pattern")); err != nil {
				t.Fatal(err)
			}
		}
		if p[0].compare(p[1]) != -p[1].compare(p[0]) {
			t.Fatalf("%s and %s: %d and %d", p[0], p[1], p[0].compare(p[1]), p[1].compare(p[0]))
		}
		if p[0].compare(p[1]) <= 0 && p[1].compare(p[2]) <= 0 && p[0].compare(p[2]) > 0 {
			t.Fatalf("%s, %s, %s stand in a circle", p[0], p[1], p[2])
		}
	})
}

func FuzzPattern(f *testing.F) {
	for _, seed := range []string{"_2XXX", "_[1-5,7]N.", "_Z!", "0777", "_[", "_[5-1]", "_-X-", "_\x00", "_[*-#]"} {
		f.Add(seed, "2001")
	}
	f.Fuzz(func(t *testing.T, text, number string) {
		p, err := ParsePattern(text)
		if err != nil {
			return
		}
		if p.Match(number) && !p.CanMatch(number) {
			t.Fatalf("%q matches %q and cannot", text, number)
		}
		for i := range number {
			if p.Match(number) && !p.longer(number[:i]) {
				t.Fatalf("%q matches %q and nothing longer than %q", text, number, number[:i])
			}
		}
		if p.compare(p) != 0 || !p.same(p) {
			t.Fatalf("%q is not itself", text)
		}
	})
}
