package config_test

import (
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/goccy/go-yaml"

	"hatif/config"
	"hatif/internal/app"
)

// manual is the administrator's page for the whole file.
const manual = "../docs/configuration.md"

// chapters takes a page apart by its headings: the text under each, subordinate headings not included.
func chapters(t *testing.T, page string) map[string]string {
	t.Helper()
	text, err := os.ReadFile(page)
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

// keysOf lists the keys that a value of the type may have in the file.
func keysOf(t reflect.Type) []string {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Map {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return nil
	}
	var keys []string
	for i := range t.NumField() {
		if key := t.Field(i).Tag.Get("yaml"); key != "" && key != "-" {
			keys = append(keys, key)
		}
	}
	return keys
}

func TestTheManualHasEveryKeyOfTheFile(t *testing.T) {
	page := chapters(t, manual)
	rows := page["Data and surroundings"]
	file := reflect.TypeFor[config.Config]()
	for i := range file.NumField() {
		section := file.Field(i).Tag.Get("yaml")
		if section == "" || section == "-" {
			continue
		}
		text, has := page[section]
		if !has && !strings.Contains(rows, "| `"+section+"` |") {
			t.Errorf("%s has neither a heading nor a row for %q", manual, section)
		}
		for _, key := range keysOf(file.Field(i).Type) {
			if !strings.Contains(text, "| `"+key+"` |") {
				t.Errorf("%s: the table of %s has no row for %q", manual, section, key)
			}
		}
	}
}

// A row that names a key which is no more misleads.
func TestTheManualHasNoOtherKeys(t *testing.T) {
	page := chapters(t, manual)
	file := reflect.TypeFor[config.Config]()
	for i := range file.NumField() {
		section := file.Field(i).Tag.Get("yaml")
		known := keysOf(file.Field(i).Type)
		if section == "contexts" {
			continue // the dialplan's own test
		}
		for line := range strings.Lines(page[section]) {
			key, isRow := strings.CutPrefix(line, "| `")
			if key, _, _ = strings.Cut(key, "`"); isRow && !slices.Contains(known, key) {
				t.Errorf("%s: %s has no key %q", manual, section, key)
			}
		}
	}
}

// examples are the pieces of YAML on a page, by their line.
func examples(t *testing.T, page string) map[int]string {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	found := make(map[int]string)
	begin, number := 0, 0
	for line := range strings.Lines(string(text)) {
		number++
		switch {
		case begin == 0 && strings.TrimSpace(line) == "```yaml":
			begin = number + 1
		case begin > 0 && strings.HasPrefix(line, "```"):
			begin = 0
		case begin > 0:
			found[begin] += line
		}
	}
	return found
}

// laid puts an example over the shipped file: what it says counts, key by key, and the rest stays. Steps alone are
// those of a number that outside callers dial.
func laid(t *testing.T, example string) string {
	t.Helper()
	sample, err := config.Sample()
	if err != nil {
		t.Fatal(err)
	}
	if strings.HasPrefix(example, "- ") {
		example = "contexts:\n  incoming:\n    \"0888\":\n" + indent(example, "      ")
	}
	var file, piece map[string]any
	for text, to := range map[string]*map[string]any{sample: &file, example: &piece} {
		if err := yaml.Unmarshal([]byte(text), to); err != nil {
			t.Fatal(err)
		}
	}
	text, err := yaml.Marshal(over(file, piece))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func indent(text, by string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString(by + line)
	}
	return b.String()
}

func over(file, piece map[string]any) map[string]any {
	all := maps.Clone(file)
	for key, value := range piece {
		below, isMap := value.(map[string]any)
		if was, wasMap := all[key].(map[string]any); isMap && wasMap {
			value = over(was, below)
		}
		all[key] = value
	}
	return all
}

func TestEveryExampleOfTheManualsIsGood(t *testing.T) {
	pages, err := filepath.Glob("../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	for _, page := range pages {
		for line, example := range examples(t, page) {
			count++
			cfg, err := config.Parse("example", []byte(laid(t, example)))
			if err == nil {
				_, err = app.Compile(cfg)
			}
			if err != nil {
				t.Errorf("%s:%d:\n%s%v", page, line, example, err)
			}
		}
	}
	if count < 40 {
		t.Errorf("only %d examples were found", count)
	}
}

// slug is the anchor that a heading has when the page is shown.
func slug(heading string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(strings.TrimSpace(strings.TrimLeft(heading, "#"))) {
		switch {
		case r == ' ':
			b.WriteByte('-')
		case r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r):
			b.WriteRune(r)
		}
	}
	return b.String()
}

func TestLinksOfTheManualsLeadSomewhere(t *testing.T) {
	pages, err := filepath.Glob("../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	pages = append(pages, "../README.md", "../CONTRIBUTING.md")
	link := regexp.MustCompile(`\]\(([^)\s]+)\)`)
	for _, page := range pages {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range link.FindAllStringSubmatch(string(text), -1) {
			to, anchor, _ := strings.Cut(m[1], "#")
			if strings.Contains(to, "://") {
				continue
			}
			other := page
			if to != "" {
				other = filepath.Join(filepath.Dir(page), to)
			}
			there, err := os.ReadFile(other)
			if info, statErr := os.Stat(other); statErr == nil && info.IsDir() {
				continue
			}
			if err != nil {
				t.Errorf("%s: %s leads nowhere: %v", page, m[1], err)
				continue
			}
			has := anchor == ""
			for line := range strings.Lines(string(there)) {
				has = has || strings.HasPrefix(line, "#") && slug(line) == anchor
			}
			if !has {
				t.Errorf("%s: %s leads to no heading", page, m[1])
			}
		}
	}
}
