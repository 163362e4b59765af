package dialplan

import (
	"slices"
	"testing"

	"hatif/queue"
)

func TestWhatIsAnnouncedIsSpelledByTheLanguage(t *testing.T) {
	for language, want := range map[string][]string{
		"en": {"queue/your-position-is", "numbers/21", "numbers/5", "units/minutes", "digits/0", "digits/7"},
		"ar": {"queue/your-position-is", "numbers/1-and", "numbers/20", "numbers/5f-of", "units/minutes", "digits/0", "digits/7"},
		"fr": {"queue/your-position-is", "numbers/21", "numbers/5", "units/minutes", "digits/0", "digits/7"},
	} {
		var got []string
		for _, w := range []queue.Word{{Prompt: "queue/your-position-is"}, {Number: 21}, {Minutes: 5}, {Digits: "07"}} {
			got = append(got, spell(w, language)...)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", language, got, want)
		}
	}
}
