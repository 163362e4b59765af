package web

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// recordings are the prompts of a test: welcome in two languages, and one that is missing in one.
type recordings struct {
	replaced map[string]string // what was sent, by language and name
	recorded []string
}

func (r *recordings) Languages() []string { return []string{"en", "ar"} }

func (r *recordings) List() ([]Prompt, error) {
	in := func(language, name, text string, has bool) PromptIn {
		_, replaced := r.replaced[language+"/"+name]
		return PromptIn{Language: language, Text: text, Has: has || replaced, Replaced: replaced, Missing: !has && !replaced, Length: 3 * time.Second}
	}
	return []Prompt{
		{Name: "welcome", Used: true, In: []PromptIn{in("en", "welcome", "Welcome.", true), in("ar", "welcome", "أهلًا", true)}},
		{Name: "digits/1", In: []PromptIn{in("en", "digits/1", "One", true), in("ar", "digits/1", "واحد", true)}},
		{Name: "our-offer", Used: true, In: []PromptIn{in("en", "our-offer", "", true), in("ar", "our-offer", "", false)}},
	}, nil
}

func (r *recordings) Sound(language, name string) ([]byte, bool) {
	if name != "welcome" {
		return nil, false
	}
	return []byte("RIFF of " + language), true
}

func (r *recordings) Replace(language, name string, wav io.Reader) error {
	b, err := io.ReadAll(wav)
	if err != nil {
		return err
	}
	if !bytes.HasPrefix(b, []byte("RIFF")) {
		return &PromptFault{errors.New("not a WAV file: it begins with <b>ID3</b>")}
	}
	if r.replaced == nil {
		r.replaced = make(map[string]string)
	}
	r.replaced[language+"/"+name] = string(b)
	return nil
}

func (r *recordings) Restore(language, name string) error {
	if _, is := r.replaced[language+"/"+name]; !is {
		return ErrNoPrompt
	}
	delete(r.replaced, language+"/"+name)
	return nil
}

func (r *recordings) Record(_ context.Context, person, language, name string) error {
	r.recorded = append(r.recorded, fmt.Sprint(person, " says ", language, "/", name))
	return nil
}

// send posts a form with a file.
func (b *browser) send(path, file, content string, form ...string) page {
	b.d.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for i := 0; i+1 < len(form); i += 2 {
		if err := w.WriteField(form[i], form[i+1]); err != nil {
			b.d.t.Fatal(err)
		}
	}
	part, err := w.CreateFormFile("sound", file)
	if err == nil {
		_, err = io.WriteString(part, content)
	}
	if err := errors.Join(err, w.Close()); err != nil {
		b.d.t.Fatal(err)
	}
	ctx, stop := context.WithTimeout(b.d.t.Context(), 20*time.Second)
	defer stop()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, b.d.server.URL+path, &body)
	if err != nil {
		b.d.t.Fatal(err)
	}
	req.Header = b.header.Clone()
	req.Header.Set("Content-Type", w.FormDataContentType())
	res, err := b.client.Do(req)
	if err != nil {
		b.d.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		b.d.t.Fatal(err)
	}
	return page{res.StatusCode, res.Header, string(text)}
}

func TestPromptsAreShownWithTheirGaps(t *testing.T) {
	d := open(t)
	d.account("root", Administrator, "2001")
	b := d.as("root")
	p := b.get("/prompts").wants(t, http.StatusOK, "welcome", "Welcome.", `lang="ar"`, "أهلًا", "our-offer", "has gaps", "missing", "with gaps (1)", "/prompts/en/welcome", "Record by phone")
	if strings.Contains(p.text, `id="digits/1"`) {
		t.Error("a prompt of another group is shown")
	}
	b.get("/prompts?group=digits").wants(t, http.StatusOK, `id="digits/1"`)
	b.get("/prompts?search=ONE").wants(t, http.StatusOK, `id="digits/1"`)
	if p := b.get("/prompts?which=gaps").wants(t, http.StatusOK, "our-offer"); strings.Contains(p.text, `id="welcome"`) {
		t.Error("a prompt without gaps is among those with gaps")
	}
	b.get("/prompts/ar/welcome").wants(t, http.StatusOK, "RIFF of ar")
	b.get("/prompts/ar/nothing").wants(t, http.StatusNotFound)
	b.get("/prompts/ar/../../etc/passwd").wants(t, http.StatusTemporaryRedirect)
	b.get("/prompts/ar/%2e%2e/%2e%2e/etc/passwd").wants(t, http.StatusNotFound)
}

func TestAPromptIsReplacedAndRestored(t *testing.T) {
	d := open(t)
	d.account("root", Administrator, "")
	b := d.as("root")
	large := "RIFF" + strings.Repeat("x", 2*mostForm)
	b.send("/prompts/ar/our-offer", "Neue Ansage.wav", large, "do", "replace").wants(t, http.StatusSeeOther)
	if d.prompts.replaced["ar/our-offer"] != large {
		t.Error("the recording did not arrive")
	}
	b.get("/prompts?which=replaced").wants(t, http.StatusOK, "our-offer", "Take the replacement away")
	b.send("/prompts/en/welcome", "x.mp3", "ID3", "do", "replace").wants(t, http.StatusUnprocessableEntity, "en/welcome: the recording was not taken", "begins with &lt;b&gt;ID3")
	b.send("/prompts/en/welcome", "x.wav", "", "do", "replace").wants(t, http.StatusUnprocessableEntity, "Choose a file first")
	b.send("/prompts/en/welcome", "x.wav", strings.Repeat("x", mostUpload+1), "do", "replace").wants(t, http.StatusRequestEntityTooLarge, "larger than 20 MB")
	b.send("/prompts/en/hatif", "x.wav", "RIFF", "do", "replace").wants(t, http.StatusNotFound)
	b.send("/prompts/xx/welcome", "x.wav", "RIFF", "do", "replace").wants(t, http.StatusNotFound)
	b.send("/prompts/en/%2e%2e/%2e%2e/evil", "x.wav", "RIFF", "do", "replace").wants(t, http.StatusNotFound)
	b.send("/prompts/en/welcome", "x.wav", "RIFF", "do", "dance").wants(t, http.StatusBadRequest)
	b.post("/prompts/en/welcome", "do", "restore").wants(t, http.StatusNotFound)
	b.post("/prompts/ar/our-offer", "do", "restore").wants(t, http.StatusSeeOther)
	b.post("/prompts/en/welcome", "do", "record").wants(t, http.StatusForbidden) // they have no phone
	if len(d.prompts.replaced) != 0 {
		t.Errorf("replaced are %v", d.prompts.replaced)
	}
	for _, want := range []string{"replace prompt prompt ar/our-offer by root", "restore prompt prompt ar/our-offer by root"} {
		if !slices.Contains(d.deeds(), want) {
			t.Errorf("the audit log lacks %q: %q", want, d.deeds())
		}
	}
}

func TestAPromptIsRecordedOnOnesOwnPhone(t *testing.T) {
	d := open(t)
	d.account("root", Administrator, "2001")
	d.as("root").post("/prompts/ar/welcome", "do", "record").wants(t, http.StatusSeeOther)
	if !slices.Equal(d.prompts.recorded, []string{"2001 says ar/welcome"}) {
		t.Errorf("recorded: %q", d.prompts.recorded)
	}
	if !slices.Contains(d.deeds(), "record prompt prompt ar/welcome by root") {
		t.Errorf("the audit log has %q", d.deeds())
	}
}

func TestWhoMaySeeAndChangeQueuesAndPrompts(t *testing.T) {
	d := open(t)
	const ok, moved, no = http.StatusOK, http.StatusSeeOther, http.StatusForbidden
	for role, want := range map[Role][6]int{
		Administrator: {ok, ok, ok, ok, moved, http.StatusBadRequest}, Manager: {ok, ok, no, ok, moved, no},
		Quality: {no, no, no, no, no, no}, Agent: {no, no, no, no, no, no},
	} {
		d.account(string(role), role, map[Role]string{Agent: "2001"}[role])
		b := d.as(string(role))
		got := [6]int{
			b.get("/queues").status, b.get("/plan").status, b.get("/prompts").status, b.get("/prompts/en/welcome").status,
			b.post("/queues/arabic/switch", "to", "hours").status, b.post("/prompts/en/welcome", "do", "").status,
		}
		if got != want {
			t.Errorf("%s: %v, want %v", role, got, want)
		}
	}
}
