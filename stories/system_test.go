package stories_test

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"time"

	"hatif/hatiftest"
	"hatif/store"
	"hatif/web"
)

// A visitor is somebody at the console.
type visitor struct {
	t    *testing.T
	pbx  *hatiftest.PBX
	http *http.Client
}

// visit logs a new account on to the console.
func visit(t *testing.T, pbx *hatiftest.PBX, role web.Role) *visitor {
	t.Helper()
	const password = "a good password"
	now := time.Now()
	if err := pbx.Store().AddConsoleAccount(t.Context(), store.ConsoleAccount{
		Name: string(role), Role: string(role), Password: web.HashPassword(password), Created: now, Changed: now,
	}); err != nil {
		t.Fatal(err)
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	v := &visitor{t: t, pbx: pbx, http: &http.Client{Jar: jar, Timeout: hatiftest.Patience}}
	v.post("/logon", url.Values{"name": {string(role)}, "password": {password}})
	return v
}

func (v *visitor) do(method, path string, body io.Reader) (status int, text string) {
	v.t.Helper()
	req, err := http.NewRequestWithContext(v.t.Context(), method, v.pbx.Console()+path, body)
	if err != nil {
		v.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept-Language", "en")
	res, err := v.http.Do(req)
	if err != nil {
		v.t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	return res.StatusCode, string(b)
}

func (v *visitor) post(path string, form url.Values) (status int) {
	v.t.Helper()
	status, _ = v.do(http.MethodPost, path, strings.NewReader(form.Encode()))
	return status
}

// wants is a page that says all of the texts.
func (v *visitor) wants(path string, texts ...string) string {
	v.t.Helper()
	status, page := v.do(http.MethodGet, path, nil)
	if status != http.StatusOK {
		v.t.Errorf("%s answers %d", path, status)
	}
	for _, text := range texts {
		if !strings.Contains(page, text) {
			v.t.Errorf("%s does not say %q", path, text)
		}
	}
	return page
}

func TestTheSystemPageShowsPhonesTheFileAndTheLog(t *testing.T) {
	pbx := hatiftest.Start(t, hatiftest.Options{Config: "web: {listen: 127.0.0.1:8080}\n" + switchroom})
	pbx.Phone("2001")
	admin := visit(t, pbx, web.Administrator)
	contacts, err := pbx.Store().LoadBindings(t.Context())
	for deadline := time.Now().Add(hatiftest.Patience); err == nil && len(contacts) == 0 && time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		contacts, err = pbx.Store().LoadBindings(t.Context())
	}
	if err != nil || len(contacts) != 1 {
		t.Fatalf("%d phones are registered, %v", len(contacts), err)
	}
	phone := contacts[0]
	admin.wants("/system", phone.Source, phone.UserAgent, "Amal Haddad", "SQLite 3.", "hatif ", "It is in force.", "works")

	good := "web: {listen: 127.0.0.1:8080}\n" + switchroom
	if err := pbx.Save(good + "nonsense: 1\n"); err == nil {
		t.Fatal("a broken file was taken")
	}
	admin.wants("/system", "The file has a mistake", "nonsense")
	if err := pbx.Edit(func(text string) string {
		return strings.Replace(text, "nonsense: 1\n", "recordings: {stereo: true}\n", 1)
	}); err != nil {
		t.Fatal(err)
	}
	admin.wants("/system", "A restart is needed for", "<code>recordings</code>")
	admin.wants("/system/log?level=warn", "Nothing of that kind.")

	if status := admin.post("/system/registrations/remove", url.Values{"user": {"2001"}, "uri": {phone.URI}}); status != http.StatusOK {
		t.Errorf("removing the phone answers %d", status)
	}
	if page := admin.wants("/system", "No phone is registered."); strings.Contains(page, phone.Source) {
		t.Error("the phone is still there")
	}
}
