package web

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"path"
	"slices"
	"strings"
	"time"
)

// Prompts is what the console does with prompts.
type Prompts interface {
	// List is every prompt, in the order of the table of texts.
	List() ([]Prompt, error)
	// Languages are those of the file.
	Languages() []string
	// Sound is a prompt in a language as a WAV file; false: it has none of its own.
	Sound(language, name string) (wav []byte, ok bool)
	// Replace puts a WAV file of any shape in the place of a prompt, for everybody who calls from now on. A *PromptFault
	// says what is wrong with the file.
	Replace(language, name string, wav io.Reader) error
	// Restore takes away what has replaced a prompt. ErrNoPrompt: nothing has.
	Restore(language, name string) error
	// Record rings somebody's phone, on which they say the prompt.
	Record(ctx context.Context, person, language, name string) error
}

// ErrNoPrompt is of a prompt that nothing has replaced.
var ErrNoPrompt = errors.New("the prompt is not replaced")

// A PromptFault is why a recording cannot be used.
type PromptFault struct{ Why error }

func (f *PromptFault) Error() string { return f.Why.Error() }
func (f *PromptFault) Unwrap() error { return f.Why }

// A Prompt is one that callers may hear.
type Prompt struct {
	Name string
	Used bool // the file names it
	In   []PromptIn
}

// A PromptIn is a prompt in one language.
type PromptIn struct {
	Language string
	Text     string // what hatif's own recording says; "": nothing is known
	Has      bool   // there is a recording in exactly this language
	Replaced bool   // by a file
	Missing  bool   // callers of this language would hear another
	Length   time.Duration
}

// Gap reports whether p is missing in a language.
func (p Prompt) Gap() bool {
	return slices.ContainsFunc(p.In, func(in PromptIn) bool { return in.Missing })
}

// Replaced reports whether p is replaced in a language.
func (p Prompt) Replaced() bool {
	return slices.ContainsFunc(p.In, func(in PromptIn) bool { return in.Replaced })
}

type promptsView struct {
	Groups []string // folders of prompts; "" is those in none
	Group  string
	Which  string // "gaps", "replaced", "used" or "" for all of the group
	Search string
	List   []Prompt
	Gaps   int
	Phone  string // the visitor's, to record from; "": they have none
	Fault  string // why the last recording was refused
	About  string // of which prompt
	Most   int    // MB of a file
}

// mostUpload is the most bytes of a recording that is sent.
const mostUpload = 20 << 20

// uploadTime is how long a recording may be on the way.
const uploadTime = 5 * time.Minute

func (s *Server) prompts(w http.ResponseWriter, r *http.Request, v *visitor) error {
	return s.showPrompts(w, r, v, http.StatusOK, "", "")
}

func (s *Server) showPrompts(w http.ResponseWriter, r *http.Request, v *visitor, status int, about, fault string) error {
	all, err := s.Prompts.List()
	if err != nil {
		return err
	}
	q := r.URL.Query()
	view := promptsView{Group: q.Get("group"), Which: q.Get("which"), Search: strings.TrimSpace(q.Get("search")), Phone: v.account.Person, About: about, Fault: fault, Most: mostUpload >> 20}
	if about != "" {
		view.Group = groupOf(about)
	}
	for _, p := range all {
		if g := groupOf(p.Name); !slices.Contains(view.Groups, g) {
			view.Groups = append(view.Groups, g)
		}
		if p.Gap() {
			view.Gaps++
		}
		if view.shows(p) {
			view.List = append(view.List, p)
		}
	}
	return s.show(w, r, v, status, "prompts", "menu.prompts", view)
}

// shows reports whether p is among what was asked for.
func (v *promptsView) shows(p Prompt) bool {
	switch v.Which {
	case "gaps":
		return p.Gap()
	case "replaced":
		return p.Replaced()
	case "used":
		return p.Used
	}
	if v.Search != "" {
		found := strings.Contains(p.Name, strings.ToLower(v.Search))
		for _, in := range p.In {
			found = found || strings.Contains(strings.ToLower(in.Text), strings.ToLower(v.Search))
		}
		return found
	}
	return groupOf(p.Name) == v.Group
}

// groupOf is the folder of a prompt.
func groupOf(name string) string {
	if dir := path.Dir(name); dir != "." {
		return dir
	}
	return ""
}

// prompt plays a prompt.
func (s *Server) prompt(w http.ResponseWriter, r *http.Request, _ *visitor) error {
	wav, ok := s.Prompts.Sound(r.PathValue("language"), r.PathValue("name"))
	if !ok {
		return errNotFound
	}
	w.Header().Set("Content-Type", "audio/wav")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(wav))
	return nil
}

// changePrompt does with a prompt what the form says. Only prompts of the list can be named.
func (s *Server) changePrompt(w http.ResponseWriter, r *http.Request, v *visitor) error {
	wire := http.NewResponseController(w)
	if err := errors.Join(wire.SetReadDeadline(time.Now().Add(uploadTime)), wire.SetWriteDeadline(time.Now().Add(uploadTime+writeTimeout))); err != nil {
		return err
	}
	language, name := r.PathValue("language"), r.PathValue("name")
	if _, err := s.promptIn(language, name); err != nil {
		return err
	}
	if err := r.ParseMultipartForm(1 << 20); err != nil && !errors.Is(err, http.ErrNotMultipart) {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			return s.refusePrompt(w, r, v, language, name, s.speaks(r, v).say("prompts.tooLarge", mostUpload>>20), http.StatusRequestEntityTooLarge)
		}
		return errBadInput
	}
	switch r.PostFormValue("do") {
	case "replace":
		return s.replacePrompt(w, r, v, language, name)
	case "restore":
		switch err := s.Prompts.Restore(language, name); {
		case errors.Is(err, ErrNoPrompt):
			return errNotFound
		case err != nil:
			return s.promptFailed(w, r, v, language, name, err)
		}
		return s.doneAt(w, r, v, promptsOf(name), "restore prompt", "prompt "+language+"/"+name, "")
	case "record":
		if v.account.Person == "" {
			return errForbidden
		}
		if err := s.Prompts.Record(r.Context(), v.account.Person, language, name); err != nil {
			return err
		}
		return s.doneAt(w, r, v, promptsOf(name), "record prompt", "prompt "+language+"/"+name, "at "+v.account.Person)
	}
	return errBadInput
}

// promptsOf is the page on which a prompt stands.
func promptsOf(name string) string { return "/prompts?group=" + groupOf(name) + "#" + name }

func (s *Server) replacePrompt(w http.ResponseWriter, r *http.Request, v *visitor, language, name string) (err error) {
	file, head, err := r.FormFile("sound")
	if errors.Is(err, http.ErrMissingFile) || err == nil && head.Size == 0 {
		return s.refusePrompt(w, r, v, language, name, s.speaks(r, v).say("prompts.noFile"), http.StatusUnprocessableEntity)
	}
	if err != nil {
		return errBadInput
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	if err := s.Prompts.Replace(language, name, file); err != nil {
		return s.promptFailed(w, r, v, language, name, err)
	}
	return s.doneAt(w, r, v, promptsOf(name), "replace prompt", "prompt "+language+"/"+name, head.Filename)
}

// promptFailed says what is wrong with a recording; another failure is ours.
func (s *Server) promptFailed(w http.ResponseWriter, r *http.Request, v *visitor, language, name string, err error) error {
	var fault *PromptFault
	if !errors.As(err, &fault) {
		return err
	}
	return s.refusePrompt(w, r, v, language, name, s.speaks(r, v).say("prompts.refused", fault.Error()), http.StatusUnprocessableEntity)
}

func (s *Server) refusePrompt(w http.ResponseWriter, r *http.Request, v *visitor, language, name, why string, status int) error {
	return s.showPrompts(w, r, v, status, name, language+"/"+name+": "+why)
}
