package web

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"

	"hatif/queue"
	"hatif/store"
)

// quoted is a text as JSON.
func quoted(text string) string {
	b, err := json.Marshal(text)
	if err != nil {
		panic(err) // a string is always written
	}
	return string(b)
}

func TestTheFileIsReadCheckedChangedAndRestoredByTheAPI(t *testing.T) {
	d := open(t)
	f := d.cabinet()
	p := d.token("ops", Administrator, "")
	before := string(f.text)
	got := p.get("/file")
	file := read[fileData](t, got, http.StatusOK)
	if file.Text != before || file.Sum != sumOf(f.text) || got.header.Get("ETag") != `"`+file.Sum+`"` || len(file.Mistakes) != 0 {
		t.Errorf("the file is %+v with the ETag %s", file, got.header.Get("ETag"))
	}
	const wrong = `[{"Number":"2002","Written":{"Context":"nowhere"}}]`
	checked := read[checkedFile](t, p.post("/file/check", `{"text":`+quoted(wrong)+`}`), http.StatusOK)
	if len(checked.Mistakes) != 1 || checked.Mistakes[0].Line != 3 || checked.Sum != file.Sum || len(checked.Difference) != 4 ||
		checked.Difference[0].Kind != "left_out" || checked.Difference[1].Kind != "removed" || checked.Difference[2].Text != wrong || checked.Difference[3].Kind != "same" {
		t.Errorf("checked: %+v", checked)
	}
	p.send(http.MethodPut, "/file", `{"text":"[]"}`).troubled(t, troubleParameter, "sum")
	p.send(http.MethodPut, "/file?sum=old", `{"text":"[]"}`).troubled(t, troubleLate, "sum")
	p.send(http.MethodPut, "/file?sum="+file.Sum, `{"text":" "}`).troubled(t, troubleField, "text")
	if string(f.text) != before {
		t.Fatal("it was changed")
	}
	read[appliedFile](t, p.send(http.MethodPut, "/file?sum="+file.Sum, `{"text":`+quoted(before)+`}`), http.StatusOK) // nothing to do
	p.header.Set("If-Match", got.header.Get("ETag"))
	done := read[appliedFile](t, p.send(http.MethodPut, "/file", `{"text":"[]"}`), http.StatusOK)
	if string(f.text) != "[]" || done.Sum != sumOf(f.text) || !slices.Equal(done.Restart, []string{"sip"}) {
		t.Errorf("done %+v: %s", done, f.text)
	}
	p.send(http.MethodPut, "/file", `{"text":"[1]"}`).troubled(t, troubleLate, "sum") // If-Match names the text before
	p.header.Del("If-Match")

	all := read[versionList](t, p.get("/file/versions"), http.StatusOK)
	if len(all.Versions) != 3 || all.Versions[0].ID != "0" || all.Versions[0].Now || !all.Versions[1].Now || all.Versions[0].By != "boss" {
		t.Errorf("versions %+v", all)
	}
	if v := read[versionText](t, p.get("/file/versions/0"), http.StatusOK); v.Text != before || len(v.Difference) != 4 {
		t.Errorf("version %+v", v)
	}
	p.get("/file/versions/9").troubled(t, troubleNotFound, "")
	p.post("/file/versions/0/restore", "").troubled(t, troubleParameter, "sum")
	p.post("/file/versions/9/restore?sum="+sumOf(f.text), "").troubled(t, troubleNotFound, "")
	read[appliedFile](t, p.post("/file/versions/0/restore?sum="+sumOf(f.text), ""), http.StatusOK)
	if string(f.text) != before {
		t.Errorf("restored: %s", f.text)
	}
	if e := read[explained](t, p.get("/explain?from=1001&to=0777&keys=1"), http.StatusOK); e.Path != "1001 dials 0777 and presses 1" {
		t.Errorf("explained %q", e.Path)
	}
	p.get("/explain?from=1001").troubled(t, troubleParameter, "to")
	p.get("/explain?from=nobody&to=1").troubled(t, troubleParameter, "")
	d.did("open file by token:ops", "open file 0 by token:ops", "change file by token:ops", "restore file 0 by token:ops")
	d.s.File = nil
	for _, path := range []string{"/file", "/file/versions", "/file/versions/0", "/explain?from=1&to=2"} {
		p.get(path).troubled(t, troubleNotFound, "")
	}
}

func TestAQueueIsAddedChangedAndRemovedByTheAPI(t *testing.T) {
	d := open(t)
	f := d.cabinet()
	p := d.token("ops", Manager, "")
	is := read[writtenQueue](t, p.get("/queues/arabic/settings"), http.StatusOK)
	if string(is.Settings) != `{"max_wait":"90s","to_agent":{"wait":false},"weight":3}` || is.Sum != sumOf(f.text) {
		t.Errorf("the settings are %s", is.Settings)
	}
	p.get("/queues/none/settings").troubled(t, troubleNotFound, "")
	read[writtenQueue](t, p.send(http.MethodPut, "/queues/arabic/settings", `{"settings":{"max_wait":"90s","weight":0,"wrap_up":"0s","tiers":[{"after":"5s","penalty":1}],`+
		`"hours":{"open":{"daily":"9:00-17:00"}},"call_back":{},"leave_when_empty":["paused"],"announce":null}}`), http.StatusOK)
	last := f.edits[len(f.edits)-1]
	if got := fmt.Sprint(last.Set); got != "[{wrap_up 0s} {tiers [[{after 5s} {penalty 1}]]} {weight 0} {leave_when_empty [paused]} {call_back []} {hours [{open [{daily 9:00-17:00}]}]} {to_agent <nil>}]" || last.Name != "arabic" {
		t.Errorf("the edit is %s", got)
	}
	for _, settings := range []string{`{"colour":"red"}`, `{"to_agent":{"colour":1}}`, `{"max_wait":["a"]}`, `{"tiers":[{"colour":"1"}]}`, `{"tiers":{"after":"5s"}}`,
		`{"hours":{"open":["a"]}}`, `{"call_back":"yes"}`, `{"leave_when_empty":"paused"}`, `{"messages":{"prompts":[[1]]}}`, `{"to_agent":"x"}`, `"x"`} {
		p.send(http.MethodPut, "/queues/arabic/settings", `{"settings":`+settings+`}`).troubled(t, troubleField, "settings")
	}
	p.send(http.MethodPut, "/queues/arabic/settings?sum=old", `{"settings":{}}`).troubled(t, troubleLate, "sum")
	p.post("/queues", `{"name":"a/b"}`).troubled(t, troubleField, "name")
	p.post("/queues", `{"name":"arabic"}`).troubled(t, troubleTaken, "name")
	read[writtenQueue](t, p.post("/queues", `{"name":"sales"}`), http.StatusCreated)
	d.floor.Apply(map[string]queue.Config{"arabic": {}}, []queue.Member{{User: "2001", Queue: "arabic"}})
	p.send(http.MethodDelete, "/queues/arabic", "").troubled(t, troubleState, "")
	p.send(http.MethodDelete, "/queues/none", "").troubled(t, troubleNotFound, "")
	read[appliedFile](t, p.send(http.MethodDelete, "/queues/sales", ""), http.StatusOK)
	d.did("change queue queue arabic by token:ops", "add queue queue sales by token:ops", "remove queue queue sales by token:ops")
}

func TestTheLogIsReadOnFromItsCursorByTheAPI(t *testing.T) {
	d := open(t)
	p := d.token("ops", Manager, "")
	log := slog.New(d.ring.Handler(slog.NewTextHandler(t.Output(), nil)))
	for _, text := range []string{"one", "two", "three"} {
		log.Info(text, "call", "c1")
	}
	log.Warn("four")
	got := read[logList](t, p.get("/log?limit=2"), http.StatusOK)
	if len(got.Records) != 2 || got.Records[0].Message != "three" || got.Records[1].Level != "warn" || got.Records[0].Attrs != "call=c1" {
		t.Errorf("the log is %+v", got)
	}
	if again := read[logList](t, p.get("/log?since="+got.Next), http.StatusOK); len(again.Records) != 0 || again.Next != got.Next {
		t.Errorf("nothing has come, and it has %+v", again)
	}
	for _, text := range []string{"five", "six", "seven"} {
		log.Info(text)
	}
	var heard []string
	next := got.Next
	for range 3 {
		page := read[logList](t, p.get("/log?limit=2&since="+next), http.StatusOK)
		for _, r := range page.Records {
			heard = append(heard, r.Message)
		}
		next = page.Next
	}
	if strings.Join(heard, " ") != "five six seven" {
		t.Errorf("heard %q", heard)
	}
	if one := read[logList](t, p.get("/log?text=SIX&since="+got.Next), http.StatusOK); len(one.Records) != 1 || one.Records[0].Message != "six" || one.Next != next {
		t.Errorf("with a text: %+v", one)
	}
	p.get("/log?since=x").troubled(t, troubleCursor, "since")
	p.get("/log?since=1-1").troubled(t, troubleGone, "since") // of another life
	p.get("/log?level=loud").troubled(t, troubleParameter, "level")
	for range 1100 {
		log.Debug("filler")
		log.Info("filler")
	}
	p.get("/log?since="+next).troubled(t, troubleGone, "since")
	d.s.System.Log = nil
	p.get("/log").troubled(t, troubleNotFound, "")
}

func TestTheLogIsStreamedByTheAPI(t *testing.T) {
	d := open(t)
	log := slog.New(d.ring.Handler(slog.NewTextHandler(t.Output(), nil)))
	log.Info("before")
	p := d.token("ops", Manager, "")
	c := p.follow("/log", read[logList](t, p.get("/log"), http.StatusOK).Next)
	log.Info("after", "call", "c9")
	for kind, data := c.message(); ; kind, data = c.message() {
		if data == "" {
			continue // where it begins
		}
		if kind != "log" || !strings.Contains(data, `"message":"after","attributes":"call=c9"`) {
			t.Errorf("the stream says %s %s", kind, data)
		}
		break
	}
	c.end()
}

func TestTheDialplanIsToldByTheAPI(t *testing.T) {
	d := open(t)
	d.outline = anOutline()
	got := read[planData](t, d.token("ops", Manager, "").get("/dialplan"), http.StatusOK)
	if len(got.Contexts) != 1 || len(got.Contexts[0].Extensions) != 2 {
		t.Fatalf("told %+v", got)
	}
	steps := got.Contexts[0].Extensions[0].Steps
	if !slices.Equal(steps[0].Prompts, []string{"welcome", "ar/bye"}) || len(steps[1].Ways) != 3 || steps[1].Ways[1].Steps[0].To[0].Extension != "_2X!" ||
		steps[1].Ways[2].Steps[0].Again != 1 || len(steps[1].Ways[0].Steps) != 0 {
		t.Errorf("the steps are %+v", steps)
	}
}

func TestAPromptIsRecordedAPictureDrawnAndAMessageBroughtBackByTheAPI(t *testing.T) {
	d := open(t)
	d.fill()
	d.sound("2026-11-23/c1.wav")
	d.signals = map[string][]store.Signal{"c1": signalled(d.now)}
	p, phoneless := d.token("ops", Administrator, "2001"), d.token("other", Administrator, "")
	phoneless.post("/prompts/ar/welcome/record", "").troubled(t, troubleState, "")
	p.post("/prompts/ar/nothing/record", "").troubled(t, troubleNotFound, "")
	if got := p.post("/prompts/ar/welcome/record", ""); got.status != http.StatusNoContent || !slices.Equal(d.prompts.recorded, []string{"2001 says ar/welcome"}) {
		t.Errorf("recorded: %d %q", got.status, d.prompts.recorded)
	}
	shape := read[peaksData](t, p.get("/calls/c1/recordings/1/peaks"), http.StatusOK)
	if shape.Seconds != 1 || len(shape.Channels) != 2 || shape.Channels[0][0] != 156 || shape.Channels[1][0] != 0 {
		t.Errorf("the shape is %+v", shape)
	}
	p.get("/calls/c2/recordings/1/peaks").troubled(t, troubleNotFound, "") // no sound
	if got := p.get("/calls/c1/sip.pcap"); got.status != http.StatusOK || got.header.Get("Content-Type") != mediaCapture || !strings.HasPrefix(got.text, "\xa1\xb2\xc3\xd4") {
		t.Errorf("the capture is %d %s", got.status, got.header)
	}
	p.get("/calls/c2/sip.pcap").troubled(t, troubleNotFound, "")
	p.post("/messages/m1/undelete", "").troubled(t, troubleNotFound, "")
	p.send(http.MethodDelete, "/messages/m1", "")
	if gone := read[messageList](t, p.get("/mailboxes/2001/messages?deleted=yes"), http.StatusOK); len(gone.Messages) != 1 || gone.Messages[0].ID != "m1" {
		t.Errorf("deleted are %+v", gone)
	}
	read[store.MessageData](t, p.post("/messages/m1/undelete", ""), http.StatusOK)
	d.did("listen call c1 by boss", "record prompt prompt ar/welcome by token:ops", "download signalling of call c1 by token:ops",
		"delete message message m1 in mailbox 2001 by token:ops", "undelete message message m1 in mailbox 2001 by token:ops")
}

func TestWhoMayDoWithTheAPIWhatThePagesDo(t *testing.T) {
	const ok, made, no, gone = http.StatusOK, http.StatusCreated, http.StatusForbidden, http.StatusNotFound
	rightsBy(t, func(d *desk) {
		d.cabinet()
		d.sound("2026-11-23/c1.wav")
		d.signals = map[string][]store.Signal{"c1": signalled(d.now)}
	}, []rightsCase{
		{"GET", "/file", "", [4]int{ok, no, no, no}},
		{"PUT", "/file", `{"text":"[]"}`, [4]int{400, no, no, no}},
		{"POST", "/file/check", `{"text":"[]"}`, [4]int{ok, no, no, no}},
		{"GET", "/file/versions", "", [4]int{ok, no, no, no}},
		{"GET", "/file/versions/0", "", [4]int{ok, no, no, no}},
		{"POST", "/file/versions/0/restore", "", [4]int{400, no, no, no}},
		{"GET", "/explain?from=1&to=2", "", [4]int{ok, no, no, no}},
		{"GET", "/dialplan", "", [4]int{ok, ok, no, no}},
		{"GET", "/log", "", [4]int{ok, ok, no, no}},
		{"GET", "/queues/arabic/settings", "", [4]int{ok, ok, no, no}},
		{"POST", "/queues", `{"name":"sales"}`, [4]int{made, made, no, no}},
		{"PUT", "/queues/sales/settings", `{"settings":{}}`, [4]int{ok, ok, no, no}},
		{"DELETE", "/queues/sales", "", [4]int{ok, ok, no, no}},
		{"GET", "/calls/c1/sip.pcap", "", [4]int{ok, ok, no, no}},
		{"GET", "/calls/c1/recordings/1/peaks", "", [4]int{ok, ok, ok, no}},
		{"POST", "/prompts/ar/welcome/record", "", [4]int{409, no, no, no}},
		{"POST", "/messages/m9/undelete", "", [4]int{gone, gone, gone, gone}},
	})
}
