package archtest

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// mayImport is the table of docs/architecture.md: what of ours each package may know, in code and not in
// tests. A package that is not here fails the test: a new one is a decision.
var mayImport = map[string][]string{
	"cmd/hatif":          {"internal/app", "internal/fault", "config", "store", "dialplan", "calendar", "callback", "voicemail", "queue", "queue/history", "queue/foresight", "web"},
	"cmd/hatif-load":     {"internal/softphone"},
	"internal/app":       {"*"},
	"internal/archtest":  {},
	"internal/fault":     {},
	"internal/tail":      {},
	"internal/metrics":   {"call", "media", "queue", "recorder", "sip", "store"},
	"calendar":           {"internal/fault"},
	"internal/softphone": {},
	"hatiftest":          {"internal/app", "internal/softphone", "config", "media", "prompts", "call", "store", "queue"},
	"stories":            {},
	"e2e":                {},
	"callback":           {"internal/fault", "calendar", "call", "store"},
	"config":             {"web", "webhook", "internal/fault", "calendar", "dialplan", "queue", "recorder", "prompts", "media", "transfer", "sip", "store", "voicemail", "callback"},
	"dialplan":           {"internal/fault", "calendar", "call", "queue", "recorder", "prompts", "media", "transfer", "voicemail", "callback"},
	"web":                {"internal/fault", "internal/tail", "calendar", "call", "dialplan", "queue", "queue/history", "store", "webhook"},
	"webhook":            {"internal/fault", "store"},
	"studio":             {"call", "media", "recorder"},
	"voicemail":          {"internal/fault", "call", "media", "prompts", "recorder", "store"},
	"transfer":           {"internal/fault", "call", "media"},
	"queue":              {"internal/fault", "calendar", "call", "store", "media"},
	"queue/history":      {"call", "queue", "store"},
	"queue/erlang":       {},
	"queue/foresight":    {"queue", "queue/history", "queue/erlang"},
	"recorder":           {"internal/fault", "call", "media", "store"},
	"prompts":            {"media"},
	"call":               {"media"},
	"call/sipleg":        {"call", "sip", "media"},
	"call/calltest":      {"call", "media"},
	"sip":                {"internal/fault"},
	"media":              {"internal/fault"},
	"store":              {"internal/fault"},
	"scripts/prompts":    {"media", "prompts"},
	"scripts/music":      {"media"},
}

// startsGoroutines are the owners: packages whose `go` statements are joined by a Run, a Dial or a test.
var startsGoroutines = []string{
	"cmd/hatif", "cmd/hatif-load", "internal/app", "internal/softphone", "hatiftest",
	"callback", "config", "recorder", "call/sipleg", "call/calltest", "sip", "media", "queue", "store", "transfer", "web", "webhook",
}

const (
	root      = "../.."
	longest   = 500 // lines of a file
	ourModule = "hatif/"
)

// source is one parsed Go file of ours.
type source struct {
	path string // from the root
	pkg  string // folder from the root
	text []byte
	file *ast.File
	fset *token.FileSet
}

func sources(t *testing.T) []source {
	t.Helper()
	var all []source
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() {
			if path != root && (strings.HasPrefix(name, ".") || name == "testdata" || name == "node_modules" || name == "data") {
				return filepath.SkipDir
			}
			return nil
		}
		if filepath.Ext(name) != ".go" {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, path, text, parser.ParseComments)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		all = append(all, source{path: rel, pkg: filepath.ToSlash(filepath.Dir(rel)), text: text, file: file, fset: fset})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 20 {
		t.Fatalf("found only %d Go files below %s: the walk is broken", len(all), root)
	}
	return all
}

func isTest(s source) bool { return strings.HasSuffix(s.path, "_test.go") }

func TestPackagesKnowOnlyWhatTheTableAllows(t *testing.T) {
	for _, s := range sources(t) {
		if isTest(s) {
			continue
		}
		allowed, known := mayImport[s.pkg]
		if !known {
			t.Errorf("%s: package %s is not in the table of docs/architecture.md", s.path, s.pkg)
			continue
		}
		for _, imp := range s.file.Imports {
			path, err := strconv.Unquote(imp.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			ours, found := strings.CutPrefix(path, ourModule)
			if found && !slices.Contains(allowed, ours) && !slices.Contains(allowed, "*") {
				t.Errorf("%s: %s must not import %s", s.path, s.pkg, ours)
			}
			if strings.HasPrefix(path, "github.com/emiago/sipgo") && s.pkg != "sip" && s.pkg != "internal/softphone" {
				t.Errorf("%s: nothing above sip sees a sipgo type", s.path)
			}
			if strings.HasPrefix(path, "github.com/pion/rt") && s.pkg != "media" && s.pkg != "internal/softphone" {
				t.Errorf("%s: nothing above media sees an RTP packet", s.path)
			}
		}
	}
}

func TestGoroutinesStartOnlyInTheirOwners(t *testing.T) {
	for _, s := range sources(t) {
		if isTest(s) || slices.Contains(startsGoroutines, s.pkg) || strings.HasPrefix(s.pkg, "scripts/") {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			if g, ok := n.(*ast.GoStmt); ok {
				t.Errorf("%s: a goroutine is started here, and %s owns none", s.fset.Position(g.Pos()), s.pkg)
			}
			return true
		})
	}
}

func TestNoFileOutgrowsItsReader(t *testing.T) {
	for _, s := range sources(t) {
		if n := bytes.Count(s.text, []byte("\n")); n > longest {
			t.Errorf("%s has %d lines, more than %d", s.path, n, longest)
		}
	}
}

func TestEveryPackageSaysWhatItIs(t *testing.T) {
	documented := make(map[string]bool)
	for _, s := range sources(t) {
		if isTest(s) {
			continue
		}
		documented[s.pkg] = documented[s.pkg] || s.file.Doc != nil && len(s.file.Doc.Text()) > 40
	}
	for pkg, ok := range documented {
		if !ok {
			t.Errorf("package %s has no package comment", pkg)
		}
	}
}

func TestContextsBeginInMainAppAndTestsOnly(t *testing.T) {
	for _, s := range sources(t) {
		if isTest(s) || slices.Contains([]string{"cmd/hatif", "cmd/hatif-load", "internal/app", "internal/softphone", "hatiftest", "call/calltest"}, s.pkg) || strings.HasPrefix(s.pkg, "scripts/") {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if x, ok := sel.X.(*ast.Ident); ok && x.Name == "context" && (sel.Sel.Name == "Background" || sel.Sel.Name == "TODO") {
				t.Errorf("%s: context.%s below app: whoever hangs up would not end this", s.fset.Position(sel.Pos()), sel.Sel.Name)
			}
			return true
		})
	}
}
