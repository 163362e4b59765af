package dialplan

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"hatif/media"
)

const manual = "../docs/configuration.md"

// chapters takes the manual apart by its headings.
func chapters(t *testing.T) map[string]string {
	t.Helper()
	text, err := os.ReadFile(manual)
	if err != nil {
		t.Fatal(err)
	}
	found := make(map[string]string)
	heading, fenced := "", false
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "```") {
			fenced = !fenced
		}
		if strings.HasPrefix(line, "#") && !fenced {
			heading = strings.TrimSpace(strings.TrimLeft(line, "#"))
			continue
		}
		found[heading] += line
	}
	return found
}

// stepOptions reads from the source which options each step takes: the words that its calls of options name.
func stepOptions(t *testing.T) map[string][]string {
	t.Helper()
	files, err := filepath.Glob("step_*.go")
	if err != nil {
		t.Fatal(err)
	}
	found := make(map[string][]string)
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		lists := make(map[string][]string) // variables that hold words
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.AssignStmt:
				for i, to := range n.Lhs {
					if v, ok := to.(*ast.Ident); ok && i < len(n.Rhs) {
						lists[v.Name] = append(lists[v.Name], words(n.Rhs[i])...)
					}
				}
			case *ast.CallExpr:
				f, ok := n.Fun.(*ast.SelectorExpr)
				if !ok || f.Sel.Name != "options" || len(n.Args) < 3 {
					return true
				}
				step := words(n.Args[1])
				if len(step) == 0 { // what only says something: playback, background
					step = []string{"playback", "background"}
				}
				for _, s := range step {
					for _, arg := range n.Args[2:] {
						found[s] = append(found[s], words(arg)...)
						ast.Inspect(arg, func(n ast.Node) bool {
							if v, ok := n.(*ast.Ident); ok {
								found[s] = append(found[s], lists[v.Name]...)
							}
							return true
						})
					}
				}
			}
			return true
		})
	}
	for _, o := range dialOutcomes {
		found["dial"] = append(found["dial"], o.option)
	}
	return found
}

// words are the texts in a list of them, or a single one.
func words(n ast.Expr) []string {
	switch n := n.(type) {
	case *ast.BasicLit:
		if word, err := strconv.Unquote(n.Value); err == nil && word != "" {
			return []string{word}
		}
	case *ast.CompositeLit:
		var all []string
		for _, e := range n.Elts {
			all = append(all, words(e)...)
		}
		return all
	}
	return nil
}

func TestTheManualHasEveryStepWithAnExampleAndEveryOption(t *testing.T) {
	page := chapters(t)
	options := stepOptions(t)
	if n := len(options); n < 14 {
		t.Fatalf("options of only %d steps were found in the source", n)
	}
	for _, step := range slices.Sorted(maps.Keys(stepKinds)) {
		text, has := page[step]
		if !has {
			t.Errorf("%s has no heading for the step %q", manual, step)
			continue
		}
		_, example, _ := strings.Cut(text, "```yaml")
		if !strings.Contains(example, step) {
			t.Errorf("%s: %s has no example", manual, step)
		}
		for _, option := range options[step] {
			if !strings.Contains(text, "`"+option+"`") {
				t.Errorf("%s: %s does not tell the option %q", manual, step, option)
			}
		}
	}
}

func TestTheManualHasEveryWordThatAFileCanSay(t *testing.T) {
	page := chapters(t)
	for chapter, known := range map[string][]string{
		"contexts":              {keyInclude, keyMayCall, keyFeatures},
		"Whom people may call":  slices.Concat(features, []string{noFeatures, everyone}),
		"hangup":                slices.Collect(maps.Keys(hangupCauses)),
		"Data and surroundings": media.ToneCountries(),
		"background":            {extInvalid, extTimeout},
		"Conditions":            {"and", "or", "not"},
		"Numbers and patterns":  {"X", "Z", "N", ".", "!", start},
		"voicemail_menu":        {ownMailbox},
		"ask":                   {promptNotValid, promptTooShort},
	} {
		for _, word := range known {
			if word == "uk" { // the same as gb
				continue
			}
			if text := page[chapter]; !strings.Contains(text, "`"+word+"`") && !strings.Contains(text, word+":") {
				t.Errorf("%s: %q does not tell %q", manual, chapter, word)
			}
		}
	}
	for _, value := range builtin {
		if !strings.Contains(page["Values"], "| `{{ ."+value+" }}` |") {
			t.Errorf("%s does not tell the value %q", manual, value)
		}
	}
}
