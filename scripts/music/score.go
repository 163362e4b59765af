package main

// A section is eight bars of four beats: a chord for each half bar, a melody, and how it is played.
type section struct {
	chords  []string  // one a bar; two separated by a space share it
	melody  []string  // one a bar: "D5:2 B4:1 -:1" is a note or a rest and its beats
	pattern []int     // which notes of the chord are plucked on the eighths, -1: none
	loud    float64   // of everything
	lead    string    // who plays the melody
	pad     float64   // how loud the held chord is
	swell   []float64 // how loud each bar is within the section
}

const beatsPerMinute = 76

// The notes of each chord, low to high: a bass note and four for the plucked figure.
var chordNotes = map[string][]string{
	"G":    {"G2", "G3", "D4", "G4", "B4"},
	"G/B":  {"B2", "G3", "D4", "G4", "B4"},
	"Em":   {"E3", "G3", "E4", "G4", "B4"},
	"Em7":  {"E3", "G3", "D4", "G4", "B4"},
	"C":    {"C3", "G3", "E4", "G4", "C5"},
	"Cmaj": {"C3", "G3", "E4", "B4", "C5"},
	"D":    {"D3", "A3", "D4", "F#4", "A4"},
	"Dsus": {"D3", "A3", "D4", "G4", "A4"},
	"Bm":   {"B2", "F#3", "D4", "F#4", "B4"},
	"Am":   {"A2", "A3", "E4", "A4", "C5"},
	"Am7":  {"A2", "G3", "E4", "A4", "C5"},
}

var (
	rolling  = []int{1, 2, 3, 4, 3, 2, 3, 2}
	gentle   = []int{1, -1, 3, 2, 4, -1, 3, -1}
	answered = []int{1, 3, 2, 4, -1, 3, 2, 3}
	arch     = []float64{0.88, 0.92, 0.97, 1, 1, 1, 0.95, 0.88}
)

// piece is about two and a half minutes in G, in a calm walking pace.
var piece = []section{
	{ // The tune, simply.
		chords:  []string{"G", "Em7", "C", "D", "G/B", "Bm", "C", "Dsus D"},
		melody:  []string{"D5:2 B4:1 D5:1", "G5:3 E5:1", "E5:1.5 D5:0.5 C5:2", "D5:3 -:1", "B4:2 D5:1 G5:1", "F#5:2 D5:2", "E5:1 D5:1 C5:1 B4:1", "A4:3 -:1"},
		pattern: gentle, loud: 0.85, lead: "piano", pad: 0.6, swell: arch,
	},
	{ // Again, moving, and opening up at its end.
		chords:  []string{"G", "Em7", "Cmaj", "D", "G/B", "Bm", "C", "Dsus D"},
		melody:  []string{"D5:2 B4:1 D5:1", "G5:2.5 F#5:0.5 E5:1", "E5:1.5 D5:0.5 C5:1 E5:1", "D5:3 -:1", "B4:1 C5:1 D5:1 G5:1", "F#5:2 D5:2", "E5:1 F#5:1 G5:2", "A5:2 F#5:1 -:1"},
		pattern: rolling, loud: 0.95, lead: "piano", pad: 0.8, swell: arch,
	},
	{ // The other side of it, in the minor.
		chords:  []string{"Em", "Bm", "C", "G", "Am", "Em7", "Cmaj", "D"},
		melody:  []string{"G5:1.5 F#5:0.5 E5:2", "D5:2 F#5:2", "E5:1.5 G5:0.5 E5:2", "D5:3 -:1", "C5:1 E5:1 A5:2", "G5:2 B4:1 E5:1", "E5:2 D5:1 C5:1", "D5:3 -:1"},
		pattern: answered, loud: 1, lead: "flute", pad: 1, swell: arch,
	},
	{ // A rest: the chords alone, now and then a few notes.
		chords:  []string{"C", "D", "Bm", "Em", "C", "G/B", "Am7", "Dsus D"},
		melody:  []string{"-:4", "-:2 A4:1 B4:1", "D5:3 -:1", "-:4", "-:2 E5:1 D5:1", "B4:3 -:1", "-:2 C5:1 E5:1", "G5:2 F#5:2"},
		pattern: gentle, loud: 0.82, lead: "piano", pad: 1.1, swell: arch,
	},
	{ // The other side once more, higher.
		chords:  []string{"Em", "Bm", "C", "G/B", "Am7", "D", "G", "Em7"},
		melody:  []string{"B5:1.5 A5:0.5 G5:2", "F#5:3 D5:1", "E5:1 G5:1 C5:2", "D5:2 B4:2", "C5:1.5 D5:0.5 E5:2", "F#5:1 E5:1 D5:2", "B4:3 -:1", "-:4"},
		pattern: rolling, loud: 1, lead: "flute", pad: 0.9, swell: arch,
	},
	{ // And home, so that the beginning can follow.
		chords:  []string{"C", "D", "G/B", "Em7", "Am7", "C", "Dsus", "D"},
		melody:  []string{"E5:2 G5:1 E5:1", "D5:2 A4:2", "B4:1.5 C5:0.5 D5:2", "G4:3 -:1", "A4:1 B4:1 C5:1 E5:1", "D5:2 C5:1 B4:1", "A4:4", "-:4"},
		pattern: gentle, loud: 0.85, lead: "piano", pad: 0.8, swell: arch,
	},
}
