package prompts

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"hatif/media"
)

// A Library holds every prompt and every piece of music that can be heard. It never changes and may be
// used from any goroutine.
type Library struct {
	languages map[string]shelf
	music     shelf
}

// A shelf is the recordings of one language, or the music, by name.
type shelf map[string]*recording

// Open reads the folder of replacements and lays it over the set in the binary. Its layout is in the
// package's documentation. A folder that does not exist, or "", replaces nothing. Every file in it that
// cannot be used is named in the error, and Open fails then.
//
// Without replacements Open takes about a millisecond: what is in the binary is decoded when it is first
// heard, once for all Libraries. Replacements are decoded by Open.
func Open(dir string) (*Library, error) {
	l := &Library{languages: make(map[string]shelf)}
	for lang, s := range embedded().languages {
		l.languages[lang] = maps.Clone(s)
	}
	l.music = maps.Clone(embedded().music)
	if dir == "" {
		return l, nil
	}
	if err := l.replace(dir); err != nil {
		return nil, err
	}
	return l, nil
}

// Has reports whether a caller of this language hears the prompt in it, or in the language that it is a
// dialect of: whether no English would be heard instead. A name may carry its own language: "fr/welcome".
func (l *Library) Has(lang, name string) bool {
	if own, rest, ok := qualified(name); ok {
		lang, name = own, rest
	}
	return l.find(lang, name) != nil
}

// Missing returns the languages of the library, sorted, that have no recording of the prompt. A name that
// carries its own language is looked for in that one.
func (l *Library) Missing(name string) []string {
	if own, rest, ok := qualified(name); ok {
		if l.find(own, rest) != nil {
			return nil
		}
		return []string{own}
	}
	var missing []string
	for _, lang := range l.Languages() {
		if !l.Has(lang, name) {
			missing = append(missing, lang)
		}
	}
	return missing
}

// Languages returns the languages that there are recordings in, sorted, in small letters: "ar", "ar-eg", "en", "fr".
func (l *Library) Languages() []string { return slices.Sorted(maps.Keys(l.languages)) }

// Names returns the name of every prompt that some language has, sorted.
func (l *Library) Names() []string {
	all := make(map[string]bool)
	for _, s := range l.languages {
		for name := range s {
			all[name] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
}

// Sound returns the prompt in the language asked for, in the language that this is a dialect of, or in
// English: the first that has it. A name may carry its own language ("fr/welcome") and is then looked for
// in that. The sound's name tells what was found: "prompt ar/welcome".
func (l *Library) Sound(lang, name string) (*media.Sound, bool) {
	if own, rest, ok := qualified(name); ok {
		lang, name = own, rest
	}
	r := l.find(lang, name)
	if r == nil {
		r = l.find(lastResort, name)
	}
	if r == nil {
		return nil, false
	}
	return r.sound(), true
}

// Say makes one source of several prompts, heard one after another without a pause, in the languages that
// Sound would choose. Its name is "say ar: digits/1 digits/2". The error names the prompts that exist in
// no language.
func (l *Library) Say(lang string, names ...string) (media.Source, error) {
	parts := make([]media.Source, 0, len(names))
	var unknown []string
	for _, name := range names {
		s, ok := l.Sound(lang, name)
		if !ok {
			unknown = append(unknown, name)
			continue
		}
		parts = append(parts, s.Play())
	}
	if len(unknown) > 0 {
		return nil, fmt.Errorf("say in %q: no prompt %s", lang, strings.Join(unknown, ", "))
	}
	return media.Sequence("say "+lang+": "+strings.Join(names, " "), parts...), nil
}

// Music returns the class's piece from its beginning, over and over. Each call makes a source of its own,
// which remembers its place: given to a party again later, it goes on where it was left. Its name is
// "music default".
func (l *Library) Music(class string) (media.Source, bool) {
	r, ok := l.music[strings.ToLower(class)]
	if !ok {
		return nil, false
	}
	return r.sound().Loop(), true
}

// MusicClasses returns the names that Music knows, sorted.
func (l *Library) MusicClasses() []string { return slices.Sorted(maps.Keys(l.music)) }

// find looks in the language and then in those that it is a dialect of; nil when none has the prompt.
func (l *Library) find(lang, name string) *recording {
	name = strings.ToLower(name)
	for lang = canonical(lang); lang != ""; lang = base(lang) {
		if r, ok := l.languages[lang][name]; ok {
			return r
		}
	}
	return nil
}
