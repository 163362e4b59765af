package stories_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"hatif/hatiftest"
	"hatif/store"
	"hatif/web"
)

// A program of an administrator changes a queue, then the whole file, and goes back: each is in force at once, keeps every
// other byte, and a text that was made from another one is refused.
func TestAProgramChangesQueuesAndTheFile(t *testing.T) {
	t.Parallel()
	pbx := hatiftest.Start(t, hatiftest.Options{Config: longRinging})
	const token = "hatif_for-this-story"
	sum := sha256.Sum256([]byte(token))
	if err := pbx.Store().AddToken(t.Context(), store.Token{Hash: base64.RawURLEncoding.EncodeToString(sum[:]), Name: "ops", Role: string(web.Administrator), Created: time.Now()}); err != nil {
		t.Fatal(err)
	}
	send := func(status int, method, path, body string, match ...string) (answer struct {
		Text, Sum string
		Settings  json.RawMessage
		Mistakes  []struct{ Key string }
		Versions  []struct{ ID, By string }
		Records   []struct{ Message string }
	}) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), method, pbx.Console()+"/api/v1"+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+token)
		if body != "" {
			req.Header.Set("Content-Type", "application/json")
		}
		for _, etag := range match {
			req.Header.Set("If-Match", `"`+etag+`"`)
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		text, err := io.ReadAll(res.Body)
		if err != nil || res.StatusCode != status {
			t.Fatalf("%s %s: %s %v, want %d: %s", method, path, res.Status, err, status, text)
		}
		if err := json.Unmarshal(text, &answer); err != nil {
			t.Fatalf("%v: %s", err, text)
		}
		return answer
	}
	before := fileText(t, pbx)
	if is := send(200, "GET", "/queues/sales/settings", ""); string(is.Settings) != `{"max_wait":"2m","retry":"60s","ring_timeout":"60s"}` {
		t.Errorf("the settings are %s", is.Settings)
	}
	wrong := send(422, "PUT", "/queues/sales/settings", `{"settings":{"max_wait":"2m","overflow":{"to":"sales"}}}`)
	if len(wrong.Mistakes) == 0 || !strings.HasPrefix(wrong.Mistakes[0].Key, "queues.sales.overflow") {
		t.Errorf("the mistakes are %+v", wrong.Mistakes)
	}
	send(200, "PUT", "/queues/sales/settings", `{"settings":{"max_wait":"2m","retry":"60s","ring_timeout":"60s","keep_place":"0s","overflow":{"to":"spare","after":"60s","closed":false}}}`)
	want := strings.Replace(before, "retry: 60s}", "retry: 60s, keep_place: 0s, overflow: {to: spare, after: 60s, closed: false}}", 1)
	if got := fileText(t, pbx); got != want {
		t.Fatalf("the file holds\n%s\nand not\n%s", got, want)
	}
	send(201, "POST", "/queues", `{"name":"help","settings":{"weight":2}}`)
	send(200, "DELETE", "/queues/help", "")
	if got := fileText(t, pbx); got != want {
		t.Errorf("after a queue that came and went the file holds\n%s", got)
	}

	file := send(200, "GET", "/file", "")
	if file.Text != want {
		t.Errorf("the file is told as %q", file.Text)
	}
	body := func(text string) string {
		b, err := json.Marshal(map[string]string{"text": text})
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	if checked := send(200, "POST", "/file/check", body(strings.Replace(want, "context: staff", "context: stuff", 1))); len(checked.Mistakes) == 0 || checked.Mistakes[0].Key != "users.2001.context" {
		t.Errorf("checked: %+v", checked.Mistakes)
	}
	another := strings.Replace(want, "Amal Haddad", "Amal Zaki", 1)
	send(200, "PUT", "/file", body(another), file.Sum)
	send(409, "PUT", "/file", body(before), file.Sum)
	if got := fileText(t, pbx); got != another {
		t.Errorf("the file holds\n%s", got)
	}
	versions := send(200, "GET", "/file/versions", "").Versions
	if len(versions) < 2 || versions[0].By != "token-ops" {
		t.Fatalf("the versions are %+v", versions)
	}
	back := versions[len(versions)-1].ID // as it was at first
	if v := send(200, "GET", "/file/versions/"+back, ""); v.Text != before {
		t.Errorf("the version is %q", v.Text)
	}
	send(200, "POST", "/file/versions/"+back+"/restore?sum="+send(200, "GET", "/file", "").Sum, "")
	if got := fileText(t, pbx); got != before {
		t.Errorf("restored, the file holds\n%s", got)
	}
	said := 0
	for _, r := range send(200, "GET", "/log?text=restart", "").Records {
		if r.Message == "a restart is needed for changes below these keys" {
			said++
		}
	}
	if said != 5 {
		t.Errorf("the log says %d times what each change waits for", said)
	}
	audited(t, pbx, "change queue queue sales", "add queue queue help", "remove queue queue help", "open file", "change file", "restore file "+back)
}
