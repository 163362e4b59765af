package prompts

import (
	"embed"
	"fmt"
	"strings"

	"github.com/goccy/go-yaml"
)

//go:embed texts/*.yaml
var textFiles embed.FS

// A Text is what one prompt of the binary's own set says, by language. A language whose grammar has no use
// for the prompt lacks it.
type Text struct {
	Name string
	In   map[string]string
}

// Continues reports whether a text goes on in another recording, so that it is read with the voice held up.
func Continues(text string) bool { return strings.HasSuffix(text, "…") }

// Texts reads the table of texts, in the order in which it is written: what to say in front of a
// microphone, and what scripts/prompts makes espeak-ng say. An error means that the table is wrong.
func Texts() ([]Text, error) {
	names, err := textFiles.ReadDir("texts")
	if err != nil {
		return nil, err
	}
	var all []Text
	known := make(map[string]bool)
	for _, f := range names {
		b, err := textFiles.ReadFile("texts/" + f.Name())
		if err != nil {
			return nil, err
		}
		var rows yaml.MapSlice
		if err := yaml.Unmarshal(b, &rows); err != nil {
			return nil, fmt.Errorf("%s: %w", f.Name(), err)
		}
		for _, row := range rows {
			t, err := text(row)
			if err != nil {
				return nil, fmt.Errorf("%s: %v: %w", f.Name(), row.Key, err)
			}
			if known[t.Name] {
				return nil, fmt.Errorf("%s: %s is there twice", f.Name(), t.Name)
			}
			known[t.Name] = true
			all = append(all, t)
		}
	}
	return all, nil
}

func text(row yaml.MapItem) (Text, error) {
	name, ok := row.Key.(string)
	if !ok || name != strings.ToLower(name) {
		return Text{}, fmt.Errorf("the name is not a word in small letters")
	}
	t := Text{Name: name, In: make(map[string]string)}
	said, ok := row.Value.(map[string]any)
	if !ok {
		return Text{}, fmt.Errorf("a language and its text were expected, not %v", row.Value)
	}
	for lang, v := range said {
		s, ok := v.(string)
		if !ok || !isLanguage(lang) || strings.TrimSpace(s) == "" {
			return Text{}, fmt.Errorf("%s: a text was expected, not %v", lang, v)
		}
		t.In[lang] = s
	}
	return t, nil
}
