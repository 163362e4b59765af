package stories_test

import (
	"bytes"
	"errors"
	"io"
	"math"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hatif/hatiftest"
	"hatif/internal/softphone"
	"hatif/media"
	"hatif/store"
	"hatif/web"
)

const oneDesk = `
languages: [en]
web: {listen: "127.0.0.1:8080"}
users:
  "2001": {name: Amal Haddad, secret: amal,   context: staff}
  "1001": {name: A customer,  secret: caller, context: outside}
contexts:
  outside: {"0777": [{playback: welcome-company}, hangup]}
  staff: {may_call: everyone}
`

// wavOf is a tone as a WAV file of another rate and two channels.
func wavOf(t *testing.T, hz float64, d time.Duration) string {
	t.Helper()
	const rate = 22050
	f, err := os.Create(filepath.Join(t.TempDir(), "tone.wav"))
	if err != nil {
		t.Fatal(err)
	}
	w, err := media.NewWAVWriter(f, rate, 2)
	if err != nil {
		t.Fatal(err)
	}
	n := int(d.Seconds() * rate)
	samples := make([]int16, 0, 2*n)
	for i := range n {
		v := int16(9000 * math.Sin(2*math.Pi*hz*float64(i)/rate))
		samples = append(samples, v, v)
	}
	if err := errors.Join(w.Write(samples), w.Finish(), f.Close()); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(f.Name())
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// upload posts a form with a file, and returns the page that follows and its status.
func (s *surfer) upload(path, file, content string, form ...string) (string, int) {
	s.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for i := 0; i+1 < len(form); i += 2 {
		if err := w.WriteField(form[i], form[i+1]); err != nil {
			s.t.Fatal(err)
		}
	}
	part, err := w.CreateFormFile("sound", file)
	if err == nil {
		_, err = io.WriteString(part, content)
	}
	if err := errors.Join(err, w.Close()); err != nil {
		s.t.Fatal(err)
	}
	res, err := s.Post(s.base+path, w.FormDataContentType(), &body)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return string(text), res.StatusCode
}

// E1 at the console: a prompt is replaced by upload and heard at once; a bad file changes nothing and is told what is
// wrong with it; taken away, hatif's own is heard again.
func TestAPromptIsReplacedByUploadAndHeardAtOnce(t *testing.T) {
	t.Parallel()
	pbx := hatiftest.Start(t, hatiftest.Options{Config: oneDesk})
	root := surf(t, pbx, web.Administrator, "")
	caller := pbx.Phone("1001")
	const prompt = "/prompts/en/welcome-company"
	before := root.get(prompt)

	page, status := root.upload(prompt, "ours.wav", wavOf(t, 700, 2*time.Second), "do", "replace")
	if status != http.StatusOK {
		t.Fatalf("%d\n%s", status, page)
	}
	root.expect(page, "Take the replacement away")
	c := caller.Dial("0777")
	c.ExpectTone(700)
	c.ExpectEnd()

	page, status = root.upload(prompt, "song.mp3", "ID3\x03\x00 this is no WAV file at all", "do", "replace")
	if status != http.StatusUnprocessableEntity || !strings.Contains(page, "not a WAV file") {
		t.Errorf("a bad file: %d\n%s", status, page)
	}
	c = caller.Dial("0777")
	c.ExpectTone(700)
	c.ExpectEnd()

	root.post(prompt, "do", "restore")
	if root.get(prompt) != before {
		t.Error("hatif's own recording did not come back")
	}
	caller.Dial("0777").ExpectPrompt("en/welcome-company")
	left, err := filepath.Glob(filepath.Join(pbx.Data(), "prompts", "*", ".*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %q %v", left, err)
	}
}

// A prompt is said into one's own phone, heard, and kept: callers hear it at once.
func TestAPromptIsRecordedByPhone(t *testing.T) {
	t.Parallel()
	pbx := hatiftest.Start(t, hatiftest.Options{Config: oneDesk})
	root := surf(t, pbx, web.Administrator, "2001")
	phone := pbx.PhoneWith(hatiftest.PhoneOptions{User: "2001", Voice: softphone.Silence})
	phone.Register()
	root.post("/prompts/en/welcome-company", "do", "record")
	call := phone.ExpectRing()
	call.Answer()
	eventually(t, "the beep", func() bool { return tonesHeard(call, 1000) == 1 })
	time.Sleep(300 * time.Millisecond)
	call.Say(softphone.Tone(440, 0.5))
	time.Sleep(2 * time.Second)
	call.Say(softphone.Silence())
	call.Press("#")
	call.ExpectTone(440) // it is played back
	call.ExpectPrompt("en/voicemail/review")
	call.Press("1")
	call.ExpectPrompt("en/voicemail/greeting-saved")
	call.ExpectEnd()
	pbx.ExpectRow("of the recording", func(c store.Call) bool { return strings.Contains(pathOf(c), "the recording is in force") })
	c := pbx.Phone("1001").Dial("0777")
	c.ExpectTone(440)
	c.ExpectEnd()
	root.expectDeed("record prompt", "prompt en/welcome-company")
	if _, err := os.Stat(filepath.Join(pbx.Data(), "prompts", "en", "welcome-company.wav")); err != nil {
		t.Error(err)
	}
}
