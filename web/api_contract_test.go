package web

import (
	"encoding/json"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"hatif/store"
	"hatif/webhook"
)

// A contract is the API's document, by which requests and answers are judged.
type contract struct {
	t        *testing.T
	document map[string]any
	schemas  *jsonschema.Compiler
}

// contractOf reads the document and makes it strict: no object has fields beside those that it names, so that a field of
// an answer that the document does not know is found.
func contractOf(t *testing.T, text string) *contract {
	t.Helper()
	parsed, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := &contract{t: t, document: parsed.(map[string]any), schemas: jsonschema.NewCompiler()}
	c.schemas.DefaultDraft(jsonschema.Draft2020)
	c.schemas.AssertFormat()
	c.judge("OpenAPI 3.1", standard(t), c.document)
	for name, s := range c.document["components"].(map[string]any)["schemas"].(map[string]any) {
		schema := s.(map[string]any)
		if schema["properties"] == nil {
			t.Errorf("schema %s has no properties", name)
		}
		schema["additionalProperties"] = false
	}
	if err := c.schemas.AddResource("api.json", c.document); err != nil {
		t.Fatal(err)
	}
	return c
}

// standard is the schema of the OpenAPI Initiative that documents are judged by.
func standard(t *testing.T) *jsonschema.Schema {
	t.Helper()
	f, err := os.Open("testdata/openapi-3.1.json")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	schema, err := jsonschema.UnmarshalJSON(f)
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("openapi.json", schema); err != nil {
		t.Fatal(err)
	}
	return c.MustCompile("openapi.json")
}

func (c *contract) judge(what string, by *jsonschema.Schema, value any) {
	c.t.Helper()
	if err := by.Validate(value); err != nil {
		c.t.Errorf("%s: %v", what, err)
	}
}

// at is what the document has at a place; nil: nothing.
func (c *contract) at(keys ...string) any {
	var v any = c.document
	for _, key := range keys {
		object, is := v.(map[string]any)
		if !is {
			return nil
		}
		v = object[key]
	}
	return v
}

// judgeJSON judges a text by the schema at a place of the document.
func (c *contract) judgeJSON(what, text string, keys ...string) {
	c.t.Helper()
	if err := c.wrong(text, keys...); err != nil {
		c.t.Errorf("%s: %v\n%s", what, err, text)
	}
}

func (c *contract) wrong(text string, keys ...string) error {
	var pointer strings.Builder
	for _, key := range keys {
		pointer.WriteString("/" + strings.NewReplacer("~", "~0", "/", "~1", "{", "%7B", "}", "%7D").Replace(key))
	}
	schema, err := c.schemas.Compile("api.json#" + pointer.String())
	if err != nil {
		return err
	}
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		return err
	}
	return schema.Validate(value)
}

// answered judges an answer to an operation.
func (c *contract) answered(method, template string, p page) {
	c.t.Helper()
	what, operation := method+" "+template, []string{"paths", apiRoot + template, strings.ToLower(method), "responses", strconv.Itoa(p.status)}
	switch content := c.at(append(operation, "content")...); {
	case p.status >= 400:
		if kind := p.header.Get("Content-Type"); kind != mediaProblem {
			c.t.Errorf("%s: an error is %s", what, kind)
		}
		c.judgeJSON(what, p.text, "components", "schemas", "Trouble")
	case c.at(operation...) == nil:
		c.t.Errorf("%s: the document knows no answer %d", what, p.status)
	case content == nil:
		if p.text != "" {
			c.t.Errorf("%s: an answer without a body is %q", what, p.text)
		}
	default:
		kind := p.header.Get("Content-Type")
		if content.(map[string]any)[kind] == nil {
			c.t.Errorf("%s: the answer is %s", what, kind)
		}
		if kind == mediaJSON {
			c.judgeJSON(what, p.text, append(operation, "content", mediaJSON, "schema")...)
		}
	}
}

// Each operation of the document is used, and nothing else is served; what is answered is what the document says.
func TestTheDocumentIsWhatIsServed(t *testing.T) {
	d := open(t)
	d.fill()
	d.reasons = []string{"lunch"}
	d.restart = []string{"sip"}
	files := d.cabinet()
	d.signals = map[string][]store.Signal{"c1": signalled(d.now)}
	d.parts = []Part{{Name: "sip"}, {Name: "database", Err: "disk I/O error"}}
	d.promise("o3", store.OwedWaiting, time.Now().Add(time.Hour))
	d.sound("2026-11-23/c2.wav")
	d.outline = anOutline()
	d.message("m3", "2001", "c1")
	if err := d.Delete(t.Context(), store.Message{ID: "m3"}); err != nil {
		t.Fatal(err)
	}
	d.hooks = append(d.hooks, webhook.State{Name: "good", Events: []string{"call.ended"}, Succeeded: d.now})
	admin := d.token("all", Administrator, "2001")
	document := admin.get("/openapi.json")
	if document.status != http.StatusOK {
		t.Fatalf("the document: %d", document.status)
	}
	c := contractOf(t, document.text)
	used := make(map[string]bool)
	for _, use := range []struct {
		method, template, path, body string
		status                       int
	}{
		{"GET", "/board", "/board", "", 200},
		{"GET", "/calls", "/calls?limit=1", "", 200},
		{"GET", "/calls", "/calls?since=2026-11-23T00:00:00Z&until=2027-01-01T00:00:00Z&number=0100&agent=2001&queue=arabic&result=answered", "", 200},
		{"GET", "/calls/{id}", "/calls/c1", "", 200},
		{"GET", "/calls/{id}", "/calls/nothing", "", 404},
		{"GET", "/recordings/{day}/{file}", "/recordings/2026-11-23/c1.wav", "", 200},
		{"POST", "/calls/{id}/hangup", "/calls/c1/hangup", "", 204},
		{"POST", "/agents/{user}/pause", "/agents/2001/pause", `{"reason":"lunch"}`, 204},
		{"POST", "/agents/{user}/unpause", "/agents/2001/unpause", "", 204},
		{"POST", "/agents/{user}/log-off", "/agents/2001/log-off", "{}", 204},
		{"POST", "/agents/{user}/log-on", "/agents/2001/log-on", "", 204},
		{"POST", "/agents/{user}/ready", "/agents/2001/ready", "", 409},
		{"GET", "/callback-requests", "/callback-requests?state=open", "", 200},
		{"GET", "/callback-requests/{id}", "/callback-requests/r1", "", 200},
		{"POST", "/callback-requests/{id}/mark", "/callback-requests/r1/mark", `{"state":"called back"}`, 200},
		{"POST", "/callback-requests/{id}/call", "/callback-requests/r1/call", `{"number":"1234"}`, 200},
		{"GET", "/ratings", "/ratings?limit=1&since=2020-01-01T00:00:00Z", "", 200},
		{"GET", "/ratings/means", "/ratings/means", "", 200},
		{"GET", "/mailboxes", "/mailboxes", "", 200},
		{"GET", "/mailboxes/{box}/messages", "/mailboxes/2001/messages?folder=new", "", 200},
		{"GET", "/messages/{id}", "/messages/m1", "", 200},
		{"GET", "/messages/{id}/audio", "/messages/m1/audio", "", 200},
		{"POST", "/messages/{id}/heard", "/messages/m2/heard", "", 200},
		{"POST", "/messages/{id}/move", "/messages/m1/move", `{"folder":"work"}`, 200},
		{"DELETE", "/messages/{id}", "/messages/m1", "", 204},
		{"GET", "/owed-calls", "/owed-calls?state=waiting", "", 200},
		{"GET", "/owed-calls/{id}", "/owed-calls/o2", "", 200},
		{"POST", "/owed-calls", "/owed-calls", `{"to":"1001","run":"feedback","at":"5m","tries":2,"every_seconds":1.5,"variables":{"x":"y"}}`, 201},
		{"POST", "/owed-calls", "/owed-calls", `{"to":"9999","run":"feedback"}`, 422},
		{"POST", "/owed-calls/{id}/cancel", "/owed-calls/o1/cancel", "", 200},
		{"POST", "/owed-calls/{id}/cancel", "/owed-calls/o1/cancel", "", 409},
		{"GET", "/figures/queues", "/figures/queues?every=hour&since=2026-11-23T00:00:00Z", "", 200},
		{"GET", "/figures/agents", "/figures/agents?within_seconds=10", "", 200},
		{"GET", "/events", "/events?since=0", "", 200},
		{"GET", "/queue-events", "/queue-events?since=0", "", 200},
		{"GET", "/accounts", "/accounts", "", 200},
		{"POST", "/accounts", "/accounts", `{"name":"ear","role":"quality"}`, 201},
		{"PUT", "/accounts/{name}", "/accounts/ear", `{"role":"agent","person":"2001"}`, 200},
		{"POST", "/accounts/{name}/password", "/accounts/ear/password", "", 200},
		{"DELETE", "/accounts/{name}", "/accounts/ear", "", 204},
		{"GET", "/audit", "/audit?limit=2", "", 200},
		{"GET", "/tokens", "/tokens", "", 200},
		{"POST", "/tokens", "/tokens", `{"name":"crm","role":"quality","expires_at":"2030-01-01T00:00:00Z"}`, 201},
		{"DELETE", "/tokens/{name}", "/tokens/crm", "", 204},
		{"POST", "/reload", "/reload", "", 200},
		{"GET", "/webhooks", "/webhooks", "", 200},
		{"POST", "/webhooks/{name}/skip", "/webhooks/crm/skip", "", 204},
		{"POST", "/calls/{id}/move", "/calls/c1/move", `{"queue":"arabic"}`, 409},
		{"POST", "/calls/{id}/record", "/calls/c1/record", "", 204},
		{"POST", "/calls/{id}/unrecord", "/calls/c1/unrecord", "", 204},
		{"POST", "/owed-calls/{id}/hasten", "/owed-calls/o3/hasten", "", 200},
		{"GET", "/queues", "/queues", "", 200},
		{"GET", "/queues/{name}", "/queues/arabic", "", 200},
		{"POST", "/queues/{name}/switch", "/queues/arabic/switch", `{"to":"closed"}`, 200},
		{"GET", "/recordings", "/recordings?limit=1", "", 200},
		{"GET", "/calls/{id}/recordings/{n}/peaks", "/calls/c2/recordings/1/peaks", "", 200},
		{"POST", "/calls/{id}/recordings/{n}/hold", "/calls/c1/recordings/1/hold", "", 200},
		{"POST", "/calls/{id}/recordings/{n}/release", "/calls/c1/recordings/1/release", "", 200},
		{"DELETE", "/calls/{id}/recordings/{n}", "/calls/c1/recordings/1", "", 200},
		{"GET", "/people", "/people", "", 200},
		{"GET", "/people/{number}", "/people/2001", "", 200},
		{"POST", "/people", "/people", `{"number":"2009","name":"Zed","mailbox":true}`, 201},
		{"POST", "/people", "/people", `{"number":"2008","context":"nowhere"}`, 422},
		{"PUT", "/people/{number}", "/people/2009", `{"name":"Zed Zaki","queues":["arabic"],"phones":2}`, 200},
		{"DELETE", "/people/{number}", "/people/2009", "", 200},
		{"GET", "/system", "/system", "", 200},
		{"GET", "/calls/{id}/signalling", "/calls/c1/signalling", "", 200},
		{"GET", "/calls/{id}/sip.pcap", "/calls/c1/sip.pcap", "", 200},
		{"GET", "/log", "/log?level=debug&text=a&limit=2", "", 200},
		{"GET", "/dialplan", "/dialplan", "", 200},
		{"POST", "/messages/{id}/undelete", "/messages/m3/undelete", "", 200},
		{"GET", "/queues/{name}/settings", "/queues/arabic/settings", "", 200},
		{"POST", "/queues", "/queues", `{"name":"sales","settings":{"max_wait":"90s"}}`, 201},
		{"PUT", "/queues/{name}/settings", "/queues/sales/settings", `{"settings":{"weight":2,"to_agent":{"wait":false}}}`, 200},
		{"DELETE", "/queues/{name}", "/queues/sales", "", 200},
		{"GET", "/explain", "/explain?from=1001&to=0777&keys=1", "", 200},
		{"GET", "/file", "/file", "", 200},
		{"POST", "/file/check", "/file/check", `{"text":"["}`, 200},
		{"GET", "/file/versions", "/file/versions", "", 200},
		{"GET", "/file/versions/{id}", "/file/versions/1", "", 200},
		{"PUT", "/file", "/file?sum=none", `{"text":"[]"}`, 409},
		{"PUT", "/file", "/file?sum=SUM", `{"text":"[]"}`, 200},
		{"POST", "/file/versions/{id}/restore", "/file/versions/1/restore", "", 400},
		{"POST", "/file/versions/{id}/restore", "/file/versions/0/restore?sum=SUM", "", 200},
		{"GET", "/registrations", "/registrations", "", 200},
		{"POST", "/registrations/remove", "/registrations/remove", `{"user":"2001","uri":"sip:2001@10.0.0.7:5062;ob"}`, 204},
		{"GET", "/bans", "/bans", "", 200},
		{"POST", "/bans/lift", "/bans/lift", `{"source":"2001:db8::/64","account":"2002"}`, 204},
		{"GET", "/prompts", "/prompts?which=gaps", "", 200},
		{"GET", "/prompts/{language}/{name}", "/prompts/en/welcome", "", 200},
		{"PUT", "/prompts/{language}/{name}", "/prompts/ar/digits%2F1", "RIFF of one", 200},
		{"POST", "/prompts/{language}/{name}/record", "/prompts/ar/digits%2F1/record", "", 204},
		{"DELETE", "/prompts/{language}/{name}", "/prompts/ar/digits%2F1", "", 200},
		{"GET", "/reports", "/reports?from=2026-11-22&to=2026-11-23&by=hour&queue=arabic&agent=2001", "", 200},
	} {
		used[use.method+" "+use.template] = true
		got := admin.send(use.method, strings.Replace(use.path, "SUM", sumOf(files.text), 1), use.body)
		if got.status != use.status {
			t.Errorf("%s %s: %d, want %d: %s", use.method, use.path, got.status, use.status, got.text)
		}
		if body := []string{"paths", apiRoot + use.template, strings.ToLower(use.method), "requestBody"}; use.body != "" && c.at(append(body, "content", mediaJSON)...) != nil {
			c.judgeJSON("the body of "+use.path, use.body, append(body, "content", mediaJSON, "schema")...)
		}
		c.answered(use.method, use.template, got)
	}
	for _, e := range d.s.endpoints() {
		if !used[e.method+" "+e.path] {
			t.Errorf("%s %s is used by no line of this test", e.method, e.path)
		}
	}
	var written struct{ Paths map[string]map[string]any }
	if err := json.Unmarshal([]byte(document.text), &written); err != nil {
		t.Fatal(err)
	}
	n := 0
	for path, methods := range written.Paths {
		for method := range methods {
			if n++; !used[strings.ToUpper(method)+" "+strings.TrimPrefix(path, apiRoot)] {
				t.Errorf("the document has a %s %s that is not served", method, path)
			}
		}
	}
	if n != len(d.s.endpoints()) {
		t.Errorf("the document has %d operations, %d are served", n, len(d.s.endpoints()))
	}
}

// A judge that never finds anything would be no test.
func TestAnAnswerThatIsNotTheDocumentsIsFound(t *testing.T) {
	d := open(t)
	c := contractOf(t, d.token("all", Administrator, "").get("/openapi.json").text)
	schema := []string{"paths", apiRoot + "/tokens", "get", "responses", "200", "content", mediaJSON, "schema"}
	if err := c.wrong(`{"tokens":[]}`, schema...); err != nil {
		t.Error(err)
	}
	for _, text := range []string{`{}`, `{"tokens":[],"more":1}`, `{"tokens":[{"name":1}]}`, `{"tokens":null}`} {
		if c.wrong(text, schema...) == nil {
			t.Errorf("%s was taken for a list of tokens", text)
		}
	}
}

func TestTheManualHasEveryEndpointEventAndCode(t *testing.T) {
	text, err := os.ReadFile("../docs/api.md")
	if err != nil {
		t.Fatal(err)
	}
	var wanted []string
	for _, e := range open(t).s.endpoints() {
		wanted = append(wanted, e.method+" "+e.path)
	}
	for _, kind := range allTroubles {
		wanted = append(wanted, kind.code)
	}
	for _, name := range append(wanted, store.EventKinds()...) {
		if !strings.Contains(string(text), "`"+name+"`") {
			t.Errorf("docs/api.md does not name %s", name)
		}
	}
}
