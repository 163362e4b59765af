package web

import (
	"errors"
	"net/http"
	"slices"
	"time"
)

type promptList struct {
	Prompts []promptData `json:"prompts" doc:"In the order of the table of texts."`
}

// promptData is one that callers may hear.
type promptData struct {
	Name string         `json:"name"`
	Used bool           `json:"used" doc:"The file names it."`
	Gap  bool           `json:"has_gap" doc:"It is missing in a language."`
	In   []promptInData `json:"in"`
}

type promptInData struct {
	Language string  `json:"language"`
	Text     string  `json:"text,omitempty" doc:"What hatif's own recording says. Left out: nothing is known."`
	Has      bool    `json:"recorded" doc:"There is a recording in exactly this language."`
	Replaced bool    `json:"replaced" doc:"By a file of one's own."`
	Missing  bool    `json:"missing" doc:"Callers of this language would hear another."`
	Length   float64 `json:"seconds"`
}

func promptInOf(in PromptIn) promptInData {
	return promptInData{in.Language, in.Text, in.Has, in.Replaced, in.Missing, in.Length.Seconds()}
}

func (s *Server) promptsAPI() []endpoint {
	const one = "/prompts/{language}/{name}" // a slash in the name is written %2F
	return []endpoint{
		get("/prompts", "Prompts with their gaps", s.apiPrompts, changePrompts).asking(parameter{name: "which", words: []string{"gaps", "replaced", "used"}, doc: "Left out: all."}),
		raw(one, "What a prompt says in a language; a slash in its name is written %2F", mediaSound, func(x *exchange) error { return s.prompt(x.w, x.r, x.v) }, seeQueues),
		putSound(one, "Put a WAV file in the place of a prompt, for everybody who calls from now on", s.apiReplacePrompt, changePrompts),
		post(one+"/record", "Ring the phone of the token's person, who says the prompt", s.apiRecordPrompt, changePrompts),
		takes(http.MethodDelete, one, "Take away what has replaced a prompt", s.apiRestorePrompt, changePrompts),
	}
}

func (s *Server) apiPrompts(x *exchange) (promptList, error) {
	found := promptList{Prompts: []promptData{}}
	all, err := s.Prompts.List()
	which := x.query["which"]
	for _, p := range all {
		if which == "gaps" && !p.Gap() || which == "replaced" && !p.Replaced() || which == "used" && !p.Used {
			continue
		}
		one := promptData{p.Name, p.Used, p.Gap(), []promptInData{}}
		for _, in := range p.In {
			one.In = append(one.In, promptInOf(in))
		}
		found.Prompts = append(found.Prompts, one)
	}
	return found, err
}

// promptIn is a prompt of the list in a language; errNotFound: there is none, and none can be made.
func (s *Server) promptIn(language, name string) (PromptIn, error) {
	all, err := s.Prompts.List()
	if err != nil {
		return PromptIn{}, err
	}
	for _, p := range all {
		if i := slices.IndexFunc(p.In, func(in PromptIn) bool { return in.Language == language }); p.Name == name && i >= 0 {
			return p.In[i], nil
		}
	}
	return PromptIn{}, errNotFound
}

func (s *Server) apiReplacePrompt(x *exchange) (promptInData, error) {
	return s.apiChangePrompt(x, "replace prompt", func(language, name string) error {
		wire := http.NewResponseController(x.w)
		if err := errors.Join(wire.SetReadDeadline(time.Now().Add(uploadTime)), wire.SetWriteDeadline(time.Now().Add(uploadTime+writeTimeout))); err != nil {
			return err
		}
		return s.Prompts.Replace(language, name, x.r.Body)
	})
}

func (s *Server) apiRestorePrompt(x *exchange, _ nothing) (promptInData, error) {
	return s.apiChangePrompt(x, "restore prompt", s.Prompts.Restore)
}

func (s *Server) apiChangePrompt(x *exchange, action string, do func(language, name string) error) (promptInData, error) {
	language, name := x.r.PathValue("language"), x.r.PathValue("name")
	if _, err := s.promptIn(language, name); err != nil {
		return promptInData{}, err
	}
	var fault *PromptFault
	var large *http.MaxBytesError
	switch err := do(language, name); {
	case errors.As(err, &large):
		return promptInData{}, err
	case errors.As(err, &fault):
		return promptInData{}, troubleSound.with("%s", fault.Error())
	case errors.Is(err, ErrNoPrompt):
		return promptInData{}, errNotFound
	case err != nil:
		return promptInData{}, err
	}
	if err := s.note(x.r, x.v.account.Name, action, "prompt "+language+"/"+name, ""); err != nil {
		return promptInData{}, err
	}
	in, err := s.promptIn(language, name)
	return promptInOf(in), err
}

func (s *Server) apiRecordPrompt(x *exchange, _ nothing) (nothing, error) {
	language, name, phone := x.r.PathValue("language"), x.r.PathValue("name"), x.v.account.Person
	if _, err := s.promptIn(language, name); err != nil {
		return nothing{}, err
	}
	if phone == "" {
		return nothing{}, troubleState.with("there is no phone to ring: the token, or the account, has no person")
	}
	if err := s.Prompts.Record(x.r.Context(), phone, language, name); err != nil {
		return nothing{}, err
	}
	return nothing{}, s.note(x.r, x.v.account.Name, "record prompt", "prompt "+language+"/"+name, "at "+phone)
}
