package main

import (
	"strings"
	"testing"

	"hatif/prompts"
)

func TestArabicIsReadByItsVowelMarks(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"ثَلَاثَةٌ", "[[Tal'a:Tah]]."},                                                       // the ending is dropped at the end
		{"ثَلَاثَةُ…", "[[Tal'a:Tatu]],"},                                                     // and kept when more follows
		{"السَّاعَةُ الثَّالِثَةُ", "[[?as:'a:Aatu T:'a:liTah]]."},                            // sun letters, joining
		{"الْعَرَبِيَّةُ", "[[?alAaRab'ijjah]]."},                                             // moon letter, doubled y
		{"السِّرِّيِّ", "[[?as:'iR:i:]]."},                                                    // doubled y at the end
		{"فِي الْخِدْمَةِ", "[[fi lX'idmah]]."},                                               // a long vowel before a joining alif
		{"وَالْعِشْرُونَ", "[[walAiSR'u:n]]."},                                                // the article after "and"
		{"لِلِاسْتِمَاعِ", "[[lilistim'a:A]]."},                                               // and after "for"
		{"هٰذَا", "[[h'a:Da:]]."},                                                             // the little alif
		{"اِضْغَطُوا الرَّقْمَ وَاحِدْ.", "[[?'i.dHQa.t[u. R:'a.qma w'a:Hid]]."},              // silent alif, dark vowels
		{"شُكْرًا، مَسَاءً", "[[S'ukRan]], [[mas'a:?an]]."},                                   // adverbs keep their -an
		{"آلَافٍ أَمْ ثَوَانٍ؟", "[[?a:l'a:fin ?'am Taw'a:n]]?"},                              // alif with madda
		{"مُنْتَصَفَ اللَّيْلِ", "[[munt'a.s[a.fa l:'ajl]]."},                                 // two lams
		{"بِالِاتِّصَالِ عَلَى الرَّقْمِ", "[[bilit:i.s['a.:li Aala R:'a.qm]]."},              // joining alif inside
		{"تَمَّ تَغْيِيرُ الرَّقْمِ السِّرِّيِّ.", "[[t'am:a taQj'i:Ru R:'a.qmi s:'iR:i:]]."}, // long i before y
	} {
		got, err := arabicPhonemes(c.text)
		if err != nil || got != c.want {
			t.Errorf("%s: %s %v, want %s", c.text, got, err, c.want)
		}
	}
}

func TestAnArabicTextWithoutItsVowelMarksIsRefused(t *testing.T) {
	for _, text := range []string{"شكرا", "رَقم", "hello", "اسْتِرَاحَةٌ", "٥"} {
		if got, err := arabicPhonemes(text); err == nil {
			t.Errorf("%s was read as %s", text, got)
		}
	}
}

func TestEveryArabicTextOfTheTableCanBeRead(t *testing.T) {
	texts, err := prompts.Texts()
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, x := range texts {
		text, ok := x.In["ar"]
		if !ok {
			continue
		}
		n++
		if _, err := arabicPhonemes(text); err != nil {
			t.Errorf("%s: %v", x.Name, err)
		}
	}
	if n < 350 {
		t.Errorf("only %d texts are in Arabic", n)
	}
}

func TestFrenchNumbersLoseTheirLastConsonantBeforeAnother(t *testing.T) {
	for text, want := range map[string]string{"vingt-six…": "vingt-si,", "dix-huit…": "dix-hui,", "soixante-dix…": "soixante-di,", "moins…": "moins,", "six": "six"} {
		if got, err := spoken(line{lang: "fr", text: text}); err != nil || got != want {
			t.Errorf("%s: %s %v, want %s", text, got, err, want)
		}
	}
}

func FuzzArabicNeverPanics(f *testing.F) {
	for _, s := range []string{"ةُ", "ًا", "الْ، وَ…", "يِّ", "ى", "ٱلرَّقْمُ", "وَا"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := arabicPhonemes(text)
		if err == nil && strings.Count(got, "[[") != strings.Count(got, "]]") {
			t.Errorf("%q: %s", text, got)
		}
	})
}
