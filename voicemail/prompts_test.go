package voicemail_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"hatif/voicemail"
)

// Every name in the scripts is in the lists that the file's check goes by, and is recorded in all three languages.
func TestEveryPromptOfTheScriptsIsListedAndExists(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile(`"((voicemail|units)/[a-z0-9-]+|goodbye|not-valid|not-allowed|technical-problem)"`)
	used := 0
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") || file == "prompts.go" {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range named.FindAllStringSubmatch(string(text), -1) {
			used++
			if !slices.Contains(voicemail.ListenPrompts, m[1]) {
				t.Errorf("%s says %q, which is not in ListenPrompts", file, m[1])
			}
		}
	}
	if used < 60 {
		t.Errorf("only %d prompts were found in the scripts: the search is broken", used)
	}
	for _, name := range voicemail.ListenPrompts {
		for _, language := range []string{"ar", "en", "fr"} {
			if !library().Has(language, name) {
				t.Errorf("%s is not recorded in %s", name, language)
			}
		}
	}
	for _, name := range voicemail.LeavePrompts {
		if !slices.Contains(voicemail.ListenPrompts, name) {
			t.Errorf("%s is said by callers' messages and not listed for the menu", name)
		}
	}
}
