package web

import (
	"encoding/xml"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// aReading has agents of two queues, a boss, and numbers that are taken.
func aReading() *Reading {
	r := &Reading{Taken: []string{"2000", "2003", "600"}}
	for number, p := range map[string]Entry{
		"2001": {Context: "agents", Queues: []string{"arabic"}}, "2002": {Context: "agents", Queues: []string{"arabic"}},
		"2101": {Context: "agents", Queues: []string{"english"}}, "3999": {Context: "managers"}, "9999": {Context: "all"}, "door": {Context: "doors"},
	} {
		r.People = append(r.People, Person{Number: number, Written: p, Complete: p})
	}
	return r
}

func TestAFreeNumberIsProposedBesideTheOthersOfItsKind(t *testing.T) {
	for _, c := range []struct {
		context string
		queues  []string
		want    string
	}{
		{"agents", []string{"arabic"}, "2004"}, // 2003 is dialled
		{"agents", []string{"english"}, "2102"},
		{"agents", []string{"french"}, "2102"},
		{"managers", nil, "4000"},
		{"all", nil, ""}, // after 9999 there is none of four digits
		{"doors", nil, ""},
	} {
		if got := aReading().free(c.context, c.queues); got != c.want {
			t.Errorf("%s %v: %q, want %q", c.context, c.queues, got, c.want)
		}
	}
	if got := new(Reading).free("agents", nil); got != "" {
		t.Errorf("in an empty file: %q", got)
	}
}

func TestTheLanguageIsProposedThatAllOfAQueueSpeak(t *testing.T) {
	r := aReading()
	r.person("2001").Written.Language = "ar"
	r.person("2101").Written.Language = "en"
	for queue, want := range map[string]string{"arabic": "", "english": "en", "french": ""} { // 2002 says none
		if got := r.spoken("agents", []string{queue}); got != want {
			t.Errorf("%s: %q, want %q", queue, got, want)
		}
	}
}

func TestWhatTheAuditLogSaysOfAChangeHasNoSecret(t *testing.T) {
	old := Entry{Name: "A", Secret: "old", Queues: []string{"b", "a"}, Mailbox: true, PIN: "1"}
	if got := (Entry{Name: "A", Queues: []string{"a", "b"}, Mailbox: true}).differs(old); len(got) != 0 {
		t.Errorf("what stays is named: %q", got)
	}
	got := (Entry{Name: "B", Secret: "fresh", Queues: []string{"a"}, Mailbox: true, PIN: "2", Phones: 3}).differs(old)
	if want := []string{"name", "secret", "queue", "phones", "pin"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestAnAddressForAPhoneIsSoonOver(t *testing.T) {
	var g grants
	now := time.Date(2026, 11, 30, 8, 0, 0, 0, time.UTC)
	token := g.add(now, grant{number: "2001"})
	for i := range grantUses {
		if one, ok := g.use(now, token); !ok || one.number != "2001" {
			t.Errorf("use %d: %+v %v", i, one, ok)
		}
	}
	if _, ok := g.use(now, token); ok {
		t.Error("it is used too often")
	}
	token = g.add(now, grant{number: "2001"})
	if _, ok := g.use(now.Add(grantTime+time.Second), token); ok {
		t.Error("it is used too late")
	}
	g.add(now.Add(grantTime+time.Second), grant{})
	if len(g.all) != 1 {
		t.Errorf("%d are kept", len(g.all))
	}
}

func TestLinphoneIsToldEverythingOnce(t *testing.T) {
	at, ok := readAddress("udp://192.0.2.1:5062")
	if !ok {
		t.Fatal("no address")
	}
	if _, ok := readAddress("udp://nowhere"); ok {
		t.Error("that is no address")
	}
	p := Person{Number: "2003", Complete: Entry{Name: `Zed "<&> Zaki`, Secret: `a<b"c`}}
	text, err := xml.Marshal(linphone(p, at, "hatif"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`xmlns="http://www.linphone.org/xsds/lpconfig.xsd"`, `<entry name="config-uri" overwrite="true"></entry>`,
		`&lt;sip:192.0.2.1:5062;transport=udp&gt;`, `&lt;sip:2003@192.0.2.1&gt;`, `a&lt;b&#34;c`, `>hatif</entry>`,
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("it does not say %s: %s", want, text)
		}
	}
}

func TestACodeHasItsThreeCornersAndAQuietEdge(t *testing.T) {
	p, err := draw("http://192.0.2.1:8080/provision/ABC")
	if err != nil {
		t.Fatal(err)
	}
	for _, corner := range []string{"M4 4h1", "M10 10h1", "M6 6h1"} { // of the pattern at the top left
		if !strings.Contains(p.Path, corner) {
			t.Errorf("there is no %s", corner)
		}
	}
	if strings.Contains(p.Path, "M5 5h1") || strings.Contains(p.Path, "M3 ") || p.Size < 21+2*quietZone {
		t.Errorf("the code is %d wide: %s", p.Size, p.Path)
	}
	if _, err := draw(strings.Repeat("x", 5000)); err == nil {
		t.Error("too much for a code is drawn")
	}
}

func TestAMistakeIsPointedAt(t *testing.T) {
	m := Mistake{Line: 3, Column: 4, Source: "\t\"é\": x"}
	if m.Mark() != "\t  ^" || m.Place() != "3:4" || (Mistake{}).Place() != "" {
		t.Errorf("%q at %q", m.Mark(), m.Place())
	}
}

// A shelf is a file that can only be read.
type shelf struct {
	File
	reading *Reading
	wrong   Mistakes
}

func (f *shelf) Open() ([]byte, string, error) { return []byte("the file"), "its sum", nil }
func (f *shelf) Phones(string) int             { return 0 }
func (f *shelf) Addresses() ([]string, string) {
	return []string{"udp://192.0.2.1:5060", "tcp://127.0.0.1:5060"}, "hatif"
}

func (f *shelf) Mentions([]byte, string) (Mistakes, error) { return nil, nil }

func (f *shelf) Read([]byte) (*Reading, error) {
	if f.wrong != nil {
		return nil, f.wrong
	}
	return f.reading, nil
}

func TestAPhoneFetchesItsSettingsFromTheAddressInTheCode(t *testing.T) {
	d := open(t)
	r := aReading()
	r.person("2001").Complete.Secret = "s<cret"
	file := &shelf{reading: r}
	d.s.File = file
	d.account("root", Administrator, "")
	admin, phone := d.as("root"), d.browser()
	p := admin.get("/people/2001/phone").wants(t, http.StatusOK, "s&lt;cret", "<svg", "only this machine has", "<option selected>tcp://127.0.0.1:5060")
	if strings.Contains(p.text, "/provision/") {
		t.Error("the address stands in the page, where it can be copied")
	}
	admin.get("/people/2001/phone?at=udp://192.0.2.1:5060").wants(t, http.StatusOK, "<option selected>udp://192.0.2.1:5060")
	admin.get("/people/2999/phone").wants(t, http.StatusNotFound)
	var tokens []string
	for token, g := range d.s.grants.all {
		if strings.HasPrefix(g.at, "udp") {
			tokens = append(tokens, token)
		}
	}
	if len(tokens) != 1 {
		t.Fatalf("addresses: %v", d.s.grants.all)
	}
	got := phone.get("/provision/"+tokens[0]).wants(t, http.StatusOK, "s&lt;cret", "sip:192.0.2.1:5060;transport=udp")
	if kind := got.header.Get("Content-Type"); !strings.HasPrefix(kind, "application/xml") {
		t.Errorf("it is %s", kind)
	}
	phone.get("/provision/guess").wants(t, http.StatusNotFound)
	file.wrong = Mistakes{{Text: "no"}}
	phone.get("/provision/"+tokens[0]).wants(t, http.StatusNotFound)
	admin.get("/people/2001/phone").wants(t, http.StatusSeeOther)
	file.wrong = nil
	d.now = d.now.Add(grantTime + time.Second)
	phone.get("/provision/"+tokens[0]).wants(t, http.StatusNotFound)
	for _, deed := range []string{"show secret 2001 by root", "provision phone 2001 by root"} {
		if !slices.Contains(d.deeds(), deed) {
			t.Errorf("the audit log has no %q: %q", deed, d.deeds())
		}
	}
}
