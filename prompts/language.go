package prompts

import (
	"regexp"
	"strings"
)

// lastResort is the language heard when a prompt exists in neither the asked language nor its base.
const lastResort = "en"

// isLanguage tells a language's folder ("ar", "pt-BR") from a group of prompts ("digits", "voicemail").
var isLanguage = regexp.MustCompile(`^[a-z]{2,3}(-[a-z0-9]{2,8})*$`).MatchString

// canonical is how languages and names are compared: case does not count, "ar_EG" is "ar-EG".
func canonical(lang string) string {
	return strings.ReplaceAll(strings.ToLower(lang), "_", "-")
}

// base is the language that a dialect belongs to: "ar" of "ar-EG". It is "" for a language that is no dialect.
func base(lang string) string {
	i := strings.LastIndexByte(lang, '-')
	if i < 0 {
		return ""
	}
	return lang[:i]
}

// qualified takes "fr/welcome" apart, a prompt asked for in a language of its own whoever hears it.
func qualified(name string) (lang, rest string, ok bool) {
	lang, rest, ok = strings.Cut(name, "/")
	lang = canonical(lang)
	return lang, rest, ok && isLanguage(lang)
}
