package stories_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"time"

	"hatif/hatiftest"
	"hatif/internal/softphone"
	"hatif/store"
	"hatif/web"
)

// A surfer is somebody who has logged on to the console.
type surfer struct {
	t    *testing.T
	base string
	pbx  *hatiftest.PBX
	http.Client
}

func surf(t *testing.T, pbx *hatiftest.PBX, role web.Role, person string) *surfer {
	t.Helper()
	const password = "a good password"
	now := time.Now()
	account := store.ConsoleAccount{
		Name: "somebody", Role: string(role), Person: person, Password: web.HashPassword(password), Language: "en", Created: now, Changed: now,
	}
	err := pbx.Store().AddConsoleAccount(t.Context(), account)
	if errors.Is(err, store.ErrAccountTaken) {
		account.Name = "somebody else"
		err = pbx.Store().AddConsoleAccount(t.Context(), account)
	}
	if err != nil {
		t.Fatal(err)
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	s := &surfer{t: t, base: pbx.Console(), pbx: pbx, Client: http.Client{Jar: jar, Timeout: 20 * time.Second}}
	s.post("/logon", "name", account.Name, "password", password)
	return s
}

func (s *surfer) read(res *http.Response, err error) string {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		s.t.Fatalf("%s: %s %v\n%s", res.Request.URL, res.Status, err, text)
	}
	return string(text)
}

func (s *surfer) get(path string) string { s.t.Helper(); return s.read(s.Get(s.base + path)) }

func (s *surfer) post(path string, form ...string) string {
	s.t.Helper()
	v := make(url.Values)
	for i := 0; i+1 < len(form); i += 2 {
		v.Set(form[i], form[i+1])
	}
	return s.read(s.PostForm(s.base+path, v))
}

func (s *surfer) expect(page string, texts ...string) {
	s.t.Helper()
	for _, text := range texts {
		if !strings.Contains(page, text) {
			s.t.Errorf("the page does not say %q:\n%s", text, page)
		}
	}
}

// N3: the number that was left is on the agents' list; one click rings the agent's phone and then the number.
func TestANumberThatWasLeftIsCalledBackWithOneClick(t *testing.T) {
	t.Parallel()
	pbx := hatiftest.Start(t, hatiftest.Options{})
	if err := pbx.Store().AddRequest(t.Context(), store.Request{
		ID: "r1", Created: time.Now(), Caller: "1001", Name: "Outside caller", Number: "1002", Language: "ar", Queue: "arabic", State: store.RequestOpen, Changed: time.Now(),
	}); err != nil {
		t.Fatal(err)
	}
	amal, customer := pbx.Phone("2001"), pbx.Phone("1002")
	desk := surf(t, pbx, web.Agent, "2001")
	desk.expect(desk.get("/requests"), "Outside caller", "1002", "Call 1002")
	desk.expect(desk.post("/requests/r1/call", "number", "1002"), "taken")
	agent := amal.ExpectRing()
	agent.Answer()
	there := customer.ExpectRing()
	there.Answer()
	agent.ExpectAudioFrom(there)
	there.ExpectAudioFrom(agent)
	agent.Hangup()
	there.ExpectEnd()
	desk.expect(desk.post("/requests/r1/mark", "state", "called back"), "Nobody is to be called back")
	desk.expect(desk.get("/requests?state=called+back"), "1002", "called back", "2001")
	desk.expect(desk.get("/requests.csv"), "1002", "called back")
}

// V5: a message is seen and heard in the console, and the lamp goes out.
func TestAMessageIsHeardInTheConsoleAndTheLampGoesOut(t *testing.T) {
	t.Parallel()
	pbx := hatiftest.Start(t, hatiftest.Options{})
	omar := pbx.PhoneWith(hatiftest.PhoneOptions{User: "3001", Voice: softphone.Silence})
	left := quietPhone(pbx, "2002").Dial("3001") // whose phone is not registered: at once to the mailbox
	left.ExpectAnswered()
	boss := surf(t, pbx, web.Manager, "3001")
	afterBeep(t, left, "#", 440, 2500*time.Millisecond)
	left.Hangup()
	m := pbx.ExpectMessages("3001", "new", 1)[0]
	omar.Register()
	omar.ExpectLamp(1, 0)
	boss.expect(boss.get("/voicemail"), "Karim Nasser", "(1 new)", "/voicemail/"+m.ID)
	if wav := boss.get("/voicemail/" + m.ID); !strings.HasPrefix(wav, "RIFF") || len(wav) < 16000 {
		t.Errorf("the message in the browser is %d bytes", len(wav))
	}
	pbx.ExpectMessages("3001", "old", 1)
	omar.ExpectLamp(0, 1)
	boss.expect(boss.get("/voicemail?folder=old"), "/voicemail/"+m.ID)
}
