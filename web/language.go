package web

import (
	"embed"
	"fmt"
	"net/http"
	"path"
	"slices"
	"strings"
	"unicode"

	"github.com/goccy/go-yaml"
)

//go:embed texts
var textFiles embed.FS

// A language is one that the console speaks.
type language struct {
	Tag       string // "ar"
	Direction string // "ltr" or "rtl"
	Name      string // in itself
	texts     map[string]string
}

// languageNames are the languages in the order in which they are offered; the first is the fallback.
var languageNames = []struct{ tag, direction, name string }{
	{"en", "ltr", "English"}, {"fr", "ltr", "Français"}, {"ar", "rtl", "العربية"},
}

// readLanguages reads the texts that the binary brings.
func readLanguages() ([]*language, error) {
	var all []*language
	for _, l := range languageNames {
		b, err := textFiles.ReadFile(path.Join("texts", l.tag+".yaml"))
		if err != nil {
			return nil, fmt.Errorf("console: %w", err)
		}
		spoken := &language{Tag: l.tag, Direction: l.direction, Name: l.name}
		if err := yaml.UnmarshalWithOptions(b, &spoken.texts, yaml.Strict()); err != nil {
			return nil, fmt.Errorf("console: texts in %s: %w", l.tag, err)
		}
		all = append(all, spoken)
	}
	return all, nil
}

// say is a text in the language. A text that there is none of is shown by its name, so that somebody notices; the
// package's tests look for those.
func (l *language) say(key string, args ...any) string {
	text, ok := l.texts[key]
	if !ok {
		return key
	}
	if len(args) == 0 {
		return text
	}
	return fmt.Sprintf(text, args...)
}

// state is the text for a word that the program knows: "state.talking". A word that has no text is shown as it is:
// results and reasons may be the file's own.
func (l *language) word(kind, word string) string {
	if text, ok := l.texts[kind+"."+strings.ReplaceAll(word, " ", "_")]; ok {
		return text
	}
	return word
}

const languageCookie = "hatif_language"

// speaks is the language of a request: the account's, the one chosen in this browser, or the browser's.
func (s *Server) speaks(r *http.Request, v *visitor) *language {
	if v != nil && v.account.Language != "" {
		if l := s.pages.language(v.account.Language); l != nil {
			return l
		}
	}
	if c, err := r.Cookie(languageCookie); err == nil {
		if l := s.pages.language(c.Value); l != nil {
			return l
		}
	}
	for wanted := range strings.SplitSeq(r.Header.Get("Accept-Language"), ",") {
		tag, _, _ := strings.Cut(strings.TrimSpace(wanted), ";")
		tag, _, _ = strings.Cut(tag, "-")
		if l := s.pages.language(strings.ToLower(tag)); l != nil {
			return l
		}
	}
	return s.pages.languages[0]
}

func (p *pages) language(tag string) *language {
	if i := slices.IndexFunc(p.languages, func(l *language) bool { return l.Tag == tag }); i >= 0 {
		return p.languages[i]
	}
	return nil
}

// chooseLanguage keeps the choice with the account, or in the browser of who has not logged on.
func (s *Server) chooseLanguage(w http.ResponseWriter, r *http.Request, v *visitor) error {
	l := s.pages.language(r.PostFormValue("language"))
	if l == nil {
		return errBadInput
	}
	http.SetCookie(w, &http.Cookie{
		Name: languageCookie, Value: l.Tag, Path: "/", MaxAge: 365 * 24 * 3600, HttpOnly: true, Secure: s.secure, SameSite: http.SameSiteLaxMode,
	})
	if v != nil {
		v.account.Language, v.account.Changed = l.Tag, s.now()
		if err := s.store.SaveConsoleAccount(r.Context(), v.account, v.session.Token); err != nil {
			return err
		}
	}
	http.Redirect(w, r, local(r.PostFormValue("back")), http.StatusSeeOther)
	return nil
}

// local is a path of the console, whatever was asked for.
func local(path string) string {
	if !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || strings.ContainsRune(path, '\\') || strings.ContainsFunc(path, unicode.IsControl) {
		return "/"
	}
	return path
}
