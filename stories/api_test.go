package stories_test

import (
	"bufio"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"hatif/config"
	"hatif/hatiftest"
	"hatif/store"
)

// An occurrence is an event as other programs hear of it.
type occurrence struct {
	ID, Type string
	Data     struct {
		ID           string
		CallerNumber string `json:"caller_number"`
		Called       string
		Queue, Agent string
		Result       string
		Talk         float64 `json:"talk_seconds"`
		Recordings   []string
	}
}

const hookSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

// listener is a program that a webhook tells; it checks the signature as Standard Webhooks wants it.
func listener(t *testing.T, heard chan<- occurrence) *httptest.Server {
	t.Helper()
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(hookSecret, "whsec_"))
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(r.Header.Get("webhook-id") + "." + r.Header.Get("webhook-timestamp") + "." + string(body)))
		if want := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)); r.Header.Get("webhook-signature") != want {
			t.Errorf("the signature is %s, want %s", r.Header.Get("webhook-signature"), want)
		}
		var o occurrence
		if err := json.Unmarshal(body, &o); err != nil {
			t.Error(err)
		}
		heard <- o
	}))
	t.Cleanup(server.Close)
	return server
}

// follow reads the stream of events with a token until the test ends.
func follow(t *testing.T, base, token string, heard chan<- occurrence) {
	t.Helper()
	ctx, end := context.WithCancel(t.Context())
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/api/v1/events?types=call.ended", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Accept", "text/event-stream")
	res, err := http.DefaultClient.Do(req) //nolint:bodyclose // by the goroutine that reads it
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("the stream: %v %v", res, err)
	}
	over := make(chan struct{})
	t.Cleanup(func() { end(); <-over })
	go func() {
		defer close(over)
		defer res.Body.Close()
		for lines := bufio.NewScanner(res.Body); lines.Scan(); {
			data, is := strings.CutPrefix(lines.Text(), "data: ")
			if !is {
				continue
			}
			var o occurrence
			if err := json.Unmarshal([]byte(data), &o); err != nil {
				t.Error(err)
			}
			heard <- o
		}
	}()
}

// A call ends: who follows the events and who is told by a webhook hear of it, once, and of the same.
func TestProgramsHearThatACallHasEnded(t *testing.T) {
	t.Parallel()
	told, followed := make(chan occurrence, 10), make(chan occurrence, 10)
	text, err := config.Sample()
	if err != nil {
		t.Fatal(err)
	}
	text += "\nwebhooks:\n  crm: {url: \"" + listener(t, told).URL + "\", secret: " + hookSecret + ", events: [call.ended]}\n"
	pbx := hatiftest.Start(t, hatiftest.Options{Config: text})
	const token = "hatif_for-this-story"
	sum := sha256.Sum256([]byte(token))
	if err := pbx.Store().AddToken(t.Context(), store.Token{
		Hash: base64.RawURLEncoding.EncodeToString(sum[:]), Name: "story", Role: "quality", Creator: "admin", Created: time.Now(),
	}); err != nil {
		t.Fatal(err)
	}
	follow(t, pbx.Console(), token, followed)

	agent, caller := pbx.Phone("2001"), pbx.Phone("1001")
	call := caller.Dial("0777")
	call.ExpectPrompt("welcome")
	call.Press("1")
	call.ExpectPrompt("ar/recorded-for-quality")
	ring := agent.ExpectRing()
	ring.Answer()
	call.ExpectAudioFrom(ring)
	call.Hangup()
	ring.ExpectEnd()

	expect := func(who string, heard <-chan occurrence) occurrence {
		t.Helper()
		select {
		case o := <-heard:
			d := o.Data
			if o.Type != "call.ended" || d.CallerNumber != "1001" || d.Called != "0777" || d.Queue != "arabic" || d.Agent != "2001" || d.Result != "answered" || d.Talk <= 0 || len(d.Recordings) != 1 {
				t.Errorf("%s hears %+v", who, o)
			}
			return o
		case <-time.After(hatiftest.Patience):
			t.Fatalf("%s hears nothing", who)
		}
		return occurrence{}
	}
	a, b := expect("the follower", followed), expect("the receiver", told)
	if a.ID != b.ID || a.Data.ID != b.Data.ID {
		t.Errorf("they hear of different calls: %+v and %+v", a, b)
	}
	if _, err := pbx.Store().Call(t.Context(), a.Data.ID); err != nil {
		t.Errorf("what they hear of is not in the log: %v", err)
	}
	select {
	case o := <-followed:
		t.Errorf("the follower hears once more: %+v", o)
	case o := <-told:
		t.Errorf("the receiver hears once more: %+v", o)
	case <-time.After(2 * time.Second):
	}
}
