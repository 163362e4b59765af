package dialplan

import (
	"slices"
	"strings"

	"hatif/call"
	"hatif/media"
)

// Prompts that the steps use on their own, when the file names no others.
const promptNotValid = "not-valid"

// A speech is what a step says: prompts one after another, each in the call's language or in its own.
// It is written as one name, as a list, or with the language of one: [{ar: welcome}, {en: welcome}].
// With languages of its own, `in: [ar, en, fr]`, the whole is said once in each of them.
type speech struct {
	items []prompt
}

// A prompt is one recording of a speech.
type prompt struct {
	name     text
	language string // "": the call's
	at       []string
}

// speech reads v, and in, which may be nil.
func (c *compiler) speech(v, in *value) speech {
	var said []prompt
	items := []*value{v}
	if v.kind == list {
		items = v.items
	}
	for _, item := range items {
		p := prompt{at: item.path}
		if item.kind == mapping && len(item.fields) == 1 {
			p.language = c.languageName(item, item.fields[0].key)
			item = item.fields[0].value
		}
		if item.kind != scalar || item.text == "" {
			c.faultf(item, "the name of a prompt was expected, or {language: name}")
			continue
		}
		p.name = c.text(item)
		said = append(said, p)
	}
	if len(said) == 0 && len(items) == 0 {
		c.faultf(v, "the list of prompts is empty")
	}
	if in == nil {
		return speech{said}
	}
	var s speech
	for _, language := range c.languageList(in) {
		for _, p := range said {
			if p.language == "" {
				p.language = language
			}
			s.items = append(s.items, p)
		}
	}
	return s
}

// languageList reads one language or a list.
func (c *compiler) languageList(v *value) []string {
	items := v.items
	if v.kind == scalar {
		items = []*value{v}
	}
	if len(items) == 0 {
		c.faultf(v, "a list of languages was expected: [%s]", strings.Join(c.plan.services.Languages, ", "))
	}
	var names []string
	for _, item := range items {
		names = append(names, c.languageName(item, item.text))
	}
	return names
}

func (c *compiler) languageName(v *value, name string) string {
	known := c.plan.services.Languages
	if slices.Contains(known, name) {
		return name
	}
	c.faultf(v, "%q is not a language of this file: %s", name, quoted(known, "or"))
	return name
}

// String is the names, each once, as they are written: "welcome".
func (s speech) String() string {
	var names []string
	for _, p := range s.items {
		if name := p.name.raw; !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return strings.Join(names, " ")
}

// named is String with the names as they are for c.
func (s speech) named(c *call.Call) string {
	var names []string
	for _, p := range s.items {
		if name, err := p.name.in(c); err == nil && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return strings.Join(names, " ")
}

func (p prompt) in(c *call.Call) string {
	if p.language != "" {
		return p.language
	}
	return c.Language
}

// source is the speech as c hears it now. A prompt that only this call's values name, and that does not
// exist, is left out and noted.
func (s speech) source(c *call.Call, sounds Sounds) media.Source {
	var parts []media.Source
	var names []string
	for _, p := range s.items {
		name, err := p.name.in(c)
		if err != nil {
			c.Log.Error("prompt is left out", "error", err)
			continue
		}
		sound, ok := sounds.Sound(p.in(c), name)
		if !ok {
			c.Note("no prompt " + name)
			c.Log.Error("prompt is left out: it does not exist", "prompt", name, "language", p.in(c))
			continue
		}
		parts, names = append(parts, sound.Play()), append(names, sound.Name())
	}
	switch len(parts) {
	case 0:
		return media.Silence(media.FrameDuration) // not nil, which would never end
	case 1:
		return parts[0]
	}
	return media.Sequence(strings.Join(names, ", "), parts...)
}
