package prompts

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"sync"

	"hatif/media"
)

// The recordings are made by scripts/prompts and the music by scripts/music; 8 kHz µ-law, so that nothing
// needs resampling.
//
//go:embed sounds
var files embed.FS

// A recording is one sound, decoded when it is first heard and kept.
type recording struct {
	from  string // where it lies, for messages
	file  string // the same below the folder of replacements; "": it is the binary's own
	sound func() *media.Sound
}

// embedded indexes the binary's own set, once. Nothing is decoded by it.
var embedded = sync.OnceValue(func() *Library {
	l := &Library{languages: make(map[string]shelf), music: make(shelf)}
	err := fs.WalkDir(files, "sounds", func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		folder, name, _ := strings.Cut(strings.TrimSuffix(strings.TrimPrefix(file, "sounds/"), path.Ext(file)), "/")
		s, title := l.shelf(folder), soundName(folder, name)
		s[name] = &recording{from: "the binary's " + file, sound: sync.OnceValue(func() *media.Sound {
			return decodeEmbedded(file, title)
		})}
		return nil
	})
	if err != nil {
		panic(fmt.Sprintf("prompts: the sounds in the binary: %v", err))
	}
	return l
})

// decodeEmbedded cannot fail in a binary that was built whole: the package's tests decode every file.
func decodeEmbedded(file, title string) *media.Sound {
	b, err := files.ReadFile(file)
	if err != nil {
		panic(fmt.Sprintf("prompts: the sound %s in the binary: %v", file, err))
	}
	s, err := media.SoundFromWAV(title, b)
	if err != nil {
		panic(fmt.Sprintf("prompts: the sound %s in the binary: %v", file, err))
	}
	return s
}

// shelf returns the shelf of a language or of the music, and makes it when it is new.
func (l *Library) shelf(folder string) shelf {
	if folder == musicFolder {
		return l.music
	}
	s, ok := l.languages[folder]
	if !ok {
		s = make(shelf)
		l.languages[folder] = s
	}
	return s
}

const musicFolder = "music"

func soundName(folder, name string) string {
	if folder == musicFolder {
		return "music " + name
	}
	return "prompt " + folder + "/" + name
}
