package web

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"hatif/store"
)

// A consumer follows a stream of events.
type consumer struct {
	t     testing.TB
	end   context.CancelFunc
	lines *bufio.Scanner
	last  string // the id that a browser would come again with
}

// follow opens a stream, behind an id when it is not "".
func (p *program) follow(path, last string) *consumer {
	p.d.t.Helper()
	ctx, end := context.WithTimeout(p.d.t.Context(), 20*time.Second)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.d.server.URL+apiRoot+path, nil)
	if err != nil {
		p.d.t.Fatal(err)
	}
	req.Header = p.header.Clone()
	req.Header.Set("Accept", mediaEvents)
	if last != "" {
		req.Header.Set("Last-Event-ID", last)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		p.d.t.Fatal(err)
	}
	p.d.t.Cleanup(func() {
		end()
		if err := res.Body.Close(); err != nil {
			p.d.t.Log(err)
		}
	})
	if res.StatusCode != http.StatusOK || res.Header.Get("Content-Type") != mediaEvents {
		p.d.t.Fatalf("the stream: %d %s", res.StatusCode, res.Header.Get("Content-Type"))
	}
	c := &consumer{t: p.d.t, end: end, lines: bufio.NewScanner(res.Body)}
	c.message() // its place
	return c
}

// message is the next one: its kind and data. What has no data is for its id alone.
func (c *consumer) message() (kind, data string) {
	c.t.Helper()
	for c.lines.Scan() {
		name, value, _ := strings.Cut(c.lines.Text(), ": ")
		switch name {
		case "id":
			c.last = value
		case "event":
			kind = value
		case "data":
			data = value
		case "":
			return kind, data
		}
	}
	c.t.Fatalf("the stream has ended: %v", c.lines.Err())
	return "", ""
}

// hears are the next events, "call.ended c1".
func (c *consumer) hears(n int) (all []string) {
	c.t.Helper()
	for len(all) < n {
		kind, data := c.message()
		if data == "" {
			continue
		}
		var e struct {
			ID, Type string
			Data     struct{ ID, Call string }
		}
		if err := json.Unmarshal([]byte(data), &e); err != nil {
			c.t.Fatal(err)
		}
		if e.Type != kind || e.ID != c.last {
			c.t.Errorf("id %s, event %s, and inside %s, %s", c.last, kind, e.ID, e.Type)
		}
		all = append(all, strings.TrimSpace(kind+" "+e.Data.ID))
	}
	return all
}

func TestAConsumerCatchesUpWithoutGapOrDouble(t *testing.T) {
	d := open(t)
	p := d.token("t", Quality, "")
	d.call("c0", "0100", "2001") // before anybody listens
	c := p.follow("/events", "")
	var heard []string
	for round := range 4 { // each time it goes away and comes again, at what it heard last
		d.call(fmt.Sprint("c", 3*round+1), "0100", "2001")
		d.call(fmt.Sprint("c", 3*round+2), "0100", "2001")
		heard = append(heard, c.hears(1)...) // and dies before the other one
		c.end()
		d.call(fmt.Sprint("c", 3*round+3), "0100", "2001")
		c = p.follow("/events", c.last)
		heard = append(heard, c.hears(2)...)
	}
	var want []string
	for i := range 12 {
		want = append(want, fmt.Sprint("call.ended c", i+1))
	}
	if !slices.Equal(heard, want) {
		t.Errorf("heard %q", heard)
	}
	if again := p.follow("/events?since=0", "").hears(13); again[0] != "call.ended c0" || !slices.Equal(again[1:], want) {
		t.Errorf("all that there is: %q", again)
	}
}

func TestAConsumerHearsWhatItAsksForAndPassesTheRest(t *testing.T) {
	d := open(t)
	p := d.token("t", Quality, "")
	c := p.follow("/events?types=rating.given,callback_request.added", "")
	for i := range 2*streamPage + 5 { // more than a page of others
		d.message(fmt.Sprint("m", i), "600", "")
	}
	d.rate("c1", 3)
	d.rate("c2", -1)
	d.request("r1")
	if heard := c.hears(2); !slices.Equal(heard, []string{"rating.given", "callback_request.added r1"}) {
		t.Errorf("heard %q", heard)
	}
	if c.last != "208" {
		t.Errorf("the cursor is %s", c.last)
	}
}

func TestEventsAreReadPageByPage(t *testing.T) {
	d := open(t)
	p := d.token("t", Manager, "")
	empty := read[eventList](t, p.get("/events"), http.StatusOK)
	for i := range 5 {
		d.call(fmt.Sprint("c", i), "0100", "2001")
	}
	var kinds []string
	for next := empty.Next; ; {
		page := read[eventList](t, p.get("/events?limit=2&since="+next), http.StatusOK)
		for _, e := range page.Events {
			var call store.CallData
			if err := json.Unmarshal(e.Data, &call); err != nil || call.Talk != 60 || call.Duration != 65 || call.Number != "0100" {
				t.Errorf("told %s, %v", e.Data, err)
			}
			kinds = append(kinds, call.ID)
		}
		if next = page.Next; len(page.Events) == 0 {
			break
		}
	}
	if got := strings.Join(kinds, " "); got != "c0 c1 c2 c3 c4" {
		t.Errorf("read %s", got)
	}
	p.get("/events?since=77").troubled(t, troubleGone, "since")
	d.now = time.Now()
	if n, err := d.db.PruneEvents(t.Context(), time.Now().Add(time.Hour)); n != 4 || err != nil {
		t.Fatalf("%d events were removed, %v", n, err)
	}
	p = d.token("u", Manager, "")
	p.get("/events?since=2").troubled(t, troubleGone, "since")
	if left := read[eventList](t, p.get("/events?since=0"), http.StatusOK); len(left.Events) != 1 || left.Next != "5" {
		t.Errorf("left are %+v", left)
	}
	read[eventList](t, p.get("/events?since=4"), http.StatusOK) // nothing is missing
}

func TestWhatHappensInTheQueuesIsFollowed(t *testing.T) {
	d := open(t)
	p := d.token("t", Manager, "")
	d.fill()
	all := read[queueEventList](t, p.get("/queue-events?since=0&limit=2"), http.StatusOK)
	if len(all.Events) != 2 || all.Events[1].Kind != "joined" || all.Events[1].Caller != "0100" {
		t.Errorf("read %+v", all.Events)
	}
	c := p.follow("/queue-events", all.Next)
	if kind, data := c.message(); kind != "left" || !strings.Contains(data, `"waited_seconds":600`) {
		t.Errorf("heard %s %s", kind, data)
	}
	if err := d.db.SaveQueueEvents(t.Context(), []store.QueueEvent{{Number: 4, At: d.now, Kind: "closed", Detail: "{}"}}); err != nil {
		t.Fatal(err)
	}
	if kind, _ := c.message(); kind != "closed" {
		t.Errorf("heard %s", kind)
	}
	c.end()
	if rest := read[queueEventList](t, p.get("/queue-events?since="+strings.ReplaceAll(c.last, "=", "%3D")), http.StatusOK); len(rest.Events) != 0 {
		t.Errorf("heard twice: %+v", rest.Events)
	}
	p.get("/queue-events?since=7").troubled(t, troubleCursor, "since")
	p.get("/queue-events?since=%3D99").troubled(t, troubleGone, "since")
}

func TestThereAreOnlySoManyStreams(t *testing.T) {
	d := open(t)
	p := d.token("t", Quality, "")
	d.s.streams = make(chan struct{}, 1)
	c := p.follow("/events", "")
	p.header.Set("Accept", mediaEvents)
	p.get("/events").troubled(t, troubleStreams, "")
	c.end()
	deadline := time.Now().Add(10 * time.Second)
	for len(d.s.streams) > 0 {
		if time.Now().After(deadline) {
			t.Fatal("who has gone is still counted")
		}
		time.Sleep(time.Millisecond)
	}
}

func TestAStreamEndsWithTheTokenAndWithHatif(t *testing.T) {
	d := open(t)
	p := d.token("t", Quality, "")
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, d.server.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header = p.header
	x := &exchange{r: req, v: &visitor{role: Quality}}
	if !d.s.stillCalls(x, []right{seeCalls}) {
		t.Error("a good token is not let on")
	}
	if err := d.db.DropToken(t.Context(), "t"); err != nil {
		t.Fatal(err)
	}
	if d.s.stillCalls(x, []right{seeCalls}) {
		t.Error("a revoked token is let on")
	}
	c := d.token("u", Quality, "").follow("/events", "")
	d.s.leave()
	for c.lines.Scan() {
	}
	if err := c.lines.Err(); err != nil {
		t.Errorf("the stream broke off: %v", err)
	}
}

func TestMessagesWithoutEventsKeepTheLineOpen(t *testing.T) {
	if got := messages(nil, "7", false); got != "" {
		t.Errorf("sent %q", got)
	}
	if got := messages(nil, "7", true); got != ": still here\nid: 7\n\n" {
		t.Errorf("sent %q", got)
	}
}

// flood is a feed that never ends.
type flood struct{ sent int }

func (f *flood) cursor() string { return fmt.Sprint(f.sent) }

func (f *flood) next(context.Context, int) ([]told, error) {
	f.sent++
	return []told{{f.cursor(), "flood", strings.Repeat("x", 10_000)}}, nil
}

func TestAConsumerThatDoesNotReadIsHungUp(t *testing.T) {
	d := open(t)
	d.s.slowest = 200 * time.Millisecond
	over := make(chan int, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f := new(flood)
		if err := d.s.stream(&exchange{w: w, r: r, v: &visitor{role: Quality}}, f, nil); err != nil {
			t.Error(err)
		}
		over <- f.sent
	}))
	defer server.Close()
	line, err := new(net.Dialer).DialContext(t.Context(), "tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer line.Close()
	if _, err := fmt.Fprintf(line, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil { // and nothing is read
		t.Fatal(err)
	}
	select {
	case n := <-over:
		if n > 10_000 { // what fits into the sockets
			t.Errorf("%d events were taken into memory", n)
		}
	case <-time.After(20 * time.Second):
		t.Error("it is waited for")
	}
}
