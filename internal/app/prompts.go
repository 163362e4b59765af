package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"hatif/call"
	"hatif/callback"
	"hatif/dialplan"
	"hatif/media"
	"hatif/prompts"
	"hatif/store"
	"hatif/studio"
	"hatif/web"
)

// promptDesk is where the console hears prompts and replaces them. What it changes takes effect at once, as a reload does.
type promptDesk struct{ *App }

func (d promptDesk) folder() string { return filepath.Join(d.made.Data, "prompts") }

// List implements web.Prompts: the table, then what the file names and what the library has besides.
func (d promptDesk) List() ([]web.Prompt, error) {
	s := d.settings.Load()
	texts, err := prompts.Texts()
	if err != nil {
		return nil, err
	}
	var list []web.Prompt
	listed := make(map[string]bool)
	add := func(name string) {
		if !listed[name] {
			listed[name] = true
			list = append(list, web.Prompt{Name: name})
		}
	}
	said := make(map[string]map[string]string)
	for _, t := range texts {
		add(t.Name)
		said[t.Name] = t.In
	}
	used := usedPrompts(s)
	for _, name := range slices.Concat(used, s.sounds.Names()) {
		add(strings.ToLower(name))
	}
	for i := range list {
		p := &list[i]
		p.Used = slices.Contains(used, p.Name)
		for _, language := range d.languages(s) {
			v := web.PromptIn{Language: language, Text: said[p.Name][language], Has: s.sounds.Own(language, p.Name), Replaced: s.sounds.Replaced(language, p.Name) != ""}
			v.Missing = !s.sounds.Has(language, p.Name) && (v.Text != "" || p.Used)
			if sound, ok := s.sounds.Sound(language, p.Name); ok && v.Has {
				v.Length = sound.Duration()
			}
			p.In = append(p.In, v)
		}
	}
	return list, nil
}

// Languages implements web.Prompts.
func (d promptDesk) Languages() []string { return d.settings.Load().cfg.Languages }

// languages are the file's, then those of which there are recordings.
func (d promptDesk) languages(s *settings) []string {
	all := slices.Clone(s.cfg.Languages)
	for _, l := range s.sounds.Languages() {
		if !slices.Contains(all, l) {
			all = append(all, l)
		}
	}
	return all
}

// usedPrompts are those that the contexts and the queues name.
func usedPrompts(s *settings) []string {
	var used []string
	add := func(name string) {
		if first, rest, cut := strings.Cut(name, "/"); cut && slices.Contains(s.cfg.Languages, first) {
			name = rest // fr/welcome is welcome, in French for everybody
		}
		if !slices.Contains(used, name) {
			used = append(used, name)
		}
	}
	var walk func(nodes []dialplan.Node)
	walk = func(nodes []dialplan.Node) {
		for _, n := range nodes {
			for _, p := range n.Prompts {
				add(p.Name)
			}
			for _, w := range n.Ways {
				walk(w.Steps)
			}
		}
	}
	for _, c := range s.plan.Outline().Contexts {
		for _, e := range c.Extensions {
			walk(e.Steps)
		}
	}
	for _, q := range s.cfg.Queues {
		q.Spoken(func(_ []string, name string) { add(name) })
	}
	return used
}

// Sound implements web.Prompts.
func (d promptDesk) Sound(language, name string) ([]byte, bool) {
	s := d.settings.Load()
	sound, ok := s.sounds.Sound(language, name)
	if !ok || !s.sounds.Has(language, name) {
		return nil, false
	}
	return sound.WAV(), true
}

// Replace implements web.Prompts.
func (d promptDesk) Replace(language, name string, wav io.Reader) error {
	samples, err := prompts.Read(wav)
	if err != nil {
		return &web.PromptFault{Why: err}
	}
	return d.put(language, name, samples)
}

func (d promptDesk) put(language, name string, samples []int16) error {
	return d.change(func(s *settings) (*prompts.Change, error) {
		return prompts.Put(d.folder(), language, name, s.sounds.Replaced(language, name), samples)
	})
}

// Restore implements web.Prompts.
func (d promptDesk) Restore(language, name string) error {
	return d.change(func(s *settings) (*prompts.Change, error) {
		was := s.sounds.Replaced(language, name)
		if was == "" {
			return nil, web.ErrNoPrompt
		}
		return prompts.Remove(d.folder(), was)
	})
}

// change changes the folder and puts it in force, or leaves both as they were.
func (d promptDesk) change(do func(*settings) (*prompts.Change, error)) error {
	d.reload.Lock()
	defer d.reload.Unlock()
	s := d.settings.Load()
	c, err := do(s)
	if err != nil {
		return err
	}
	if _, err := d.apply(s.cfg, nil); err != nil {
		return &web.PromptFault{Why: errors.Join(err, c.Undo())}
	}
	return c.Done()
}

// recordPrompt is the context of owed calls on which a prompt is recorded. No context of the file has such a name.
const recordPrompt = "(record a prompt)"

// Record implements web.Prompts: it rings the person's phone.
func (d promptDesk) Record(ctx context.Context, person, language, name string) error {
	s := d.settings.Load()
	_, err := d.book.Owe(ctx, callback.Promise{
		To: person, Run: recordPrompt, At: time.Now().In(s.cfg.Location), Tries: 1, Shown: "prompt",
		Variables: map[string]string{"language": language, "prompt": name},
	})
	return err
}

// recordPrompt is the way of a call on which a prompt is recorded.
func (a *App) recordPromptOn(c *call.Call, o store.Owed) *dialplan.Walk {
	language, name := o.Variables["language"], o.Variables["prompt"]
	return a.settings.Load().plan.BeginScript(c, "records the prompt "+language+"/"+name, func(ctx context.Context, c *call.Call) error {
		sounds := a.settings.Load().sounds
		session := studio.Session{Leg: c.Leg, Country: a.settings.Load().cfg.Country, Say: func(prompt string) media.Source {
			if sound, ok := sounds.Sound(c.Language, prompt); ok {
				return sound.Play()
			}
			return nil
		}}
		samples, err := session.Record(ctx)
		if errors.Is(err, studio.ErrNotKept) {
			c.Note("the recording was not kept")
			return session.Tell(ctx, studio.Nothing)
		}
		if err != nil {
			return err
		}
		if err := (promptDesk{a}).put(language, name, samples); err != nil {
			c.Note("the recording could not be kept")
			return errors.Join(fmt.Errorf("prompt %s/%s: %w", language, name, err), session.Tell(ctx, studio.Nothing))
		}
		c.Note("the recording is in force")
		return session.Tell(ctx, studio.Saved)
	})
}
