package hatiftest

import (
	"hash/maphash"
	"strings"
	"sync"

	"hatif/internal/softphone"
	"hatif/media"
	"hatif/prompts"
)

// An index recognises sounds of the PBX by their frames. G.711 is carried untouched, so a frame that was heard is, byte
// for byte, one that the PBX holds. Frames that several sounds share, silence above all, tell nothing.
type index struct {
	seed  maphash.Seed
	sound map[uint64]string   // by law and frame; "" when several share it
	same  map[string][]string // by sound: those that are heard as it is, such as numbers/1 as digits/1
}

// shipped is the index of what is in the binary: a second of work, done once.
var shipped = sync.OnceValue(func() *index {
	sounds, err := prompts.Open("")
	if err != nil {
		panic(err) // the binary's own set does not depend on anything
	}
	return indexOf(sounds)
})

func indexOf(l *prompts.Library) *index {
	x := &index{seed: maphash.MakeSeed(), sound: make(map[uint64]string), same: make(map[string][]string)}
	for _, lang := range l.Languages() {
		for _, name := range l.Names() {
			if s, ok := l.Sound(lang, name); ok {
				x.add(s.Name(), s.Play)
			}
		}
	}
	for _, class := range l.MusicClasses() {
		const longest = 10 * 60 * 50 // frames: music has no end
		x.add("music "+class, func() media.Source {
			m, _ := l.Music(class)
			return &limited{Source: m, left: longest}
		})
	}
	return x
}

// limited ends a source that would go on for ever.
type limited struct {
	media.Source
	left int
}

func (l *limited) Next(f *media.Frame) bool {
	l.left--
	return l.left >= 0 && l.Source.Next(f)
}

func (x *index) add(name string, play func() media.Source) {
	switch is := x.twin(play()); is {
	case "":
	case name: // in another language, which lends it
		return
	default:
		x.same[is] = append(x.same[is], name)
		return
	}
	for _, law := range []media.Law{media.MuLaw, media.ALaw} {
		f := media.Frame{Want: law}
		for src := play(); src.Next(&f); {
			k := x.key(law, f.Coded(law))
			if was, known := x.sound[k]; known && was != name {
				x.sound[k] = ""
			} else {
				x.sound[k] = name
			}
		}
	}
}

// twin is the sound that most of src's frames are known as already; "" when there is none.
func (x *index) twin(src media.Source) string {
	frames, known := 0, make(map[string]int)
	f := media.Frame{Want: media.MuLaw}
	for src.Next(&f) {
		frames++
		known[x.sound[x.key(media.MuLaw, f.Coded(media.MuLaw))]]++
	}
	delete(known, "")
	for sound, n := range known {
		if 5*n > 3*frames {
			return sound
		}
	}
	return ""
}

func (x *index) key(law media.Law, frame []byte) uint64 {
	var h maphash.Hash
	h.SetSeed(x.seed)
	h.WriteByte(byte(law))
	h.Write(frame)
	return h.Sum64()
}

// heard is one sound in a stretch that was heard.
type heard struct {
	sound  string   // "prompt ar/welcome"
	same   []string // other names of it
	frames int      // how many of its frames were recognised
	end    int      // the packet after the last of them
}

// is reports whether the sound is kind + name, with or without its language.
func (h heard) is(kind, name string) bool {
	for _, sound := range append([]string{h.sound}, h.same...) {
		rest, ok := strings.CutPrefix(sound, kind)
		_, bare, hasLanguage := strings.Cut(rest, "/")
		if ok && (rest == name || hasLanguage && bare == name) {
			return true
		}
	}
	return false
}

// name lists the sounds of a stretch in order.
func (x *index) name(h softphone.Heard) []heard {
	var all []heard
	for i, p := range h.Packets {
		var law media.Law
		switch softphone.Codec(p.PayloadType) {
		case softphone.PCMU:
			law = media.MuLaw
		case softphone.PCMA:
			law = media.ALaw
		default:
			continue
		}
		sound := x.sound[x.key(law, p.Payload)]
		if sound == "" {
			continue
		}
		if len(all) == 0 || all[len(all)-1].sound != sound {
			all = append(all, heard{sound: sound, same: x.same[sound]})
		}
		last := &all[len(all)-1]
		last.frames++
		last.end = i + 1
	}
	return all
}

func names(all []heard) []string {
	var list []string
	for _, h := range all {
		if h.frames >= enough {
			list = append(list, h.sound)
		}
	}
	return list
}
