package stories_test

import (
	"context"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"hatif/hatiftest"
	"hatif/store"
	"hatif/web"
)

// fetch is what an address of the console answers to a program on this machine.
func fetch(t *testing.T, url string) (status int, text string) {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), hatiftest.Patience)
	defer stop()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(body)
}

// scrape is every figure: the name with its labels, and the value.
func scrape(t *testing.T, pbx *hatiftest.PBX) map[string]float64 {
	t.Helper()
	status, text := fetch(t, pbx.Console()+"/metrics")
	if status != http.StatusOK {
		t.Fatalf("/metrics answers %d", status)
	}
	found := make(map[string]float64)
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		name, value, _ := strings.Cut(strings.TrimSpace(line), "} ")
		if value == "" {
			name, value, _ = strings.Cut(strings.TrimSpace(line), " ")
		} else {
			name += "}"
		}
		n, err := strconv.ParseFloat(value, 64)
		if err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		found[name] = n
	}
	return found
}

func TestACallMovesTheFiguresAndLeavesItsSIPMessages(t *testing.T) {
	pbx := hatiftest.Start(t, hatiftest.Options{Config: "web: {listen: 127.0.0.1:8080}\n" + switchroom})
	expectReady(t, pbx, http.StatusOK, `{"ready":true}`)
	agent, caller := pbx.Phone("2001"), pbx.Phone("1001")
	before := scrape(t, pbx)
	if before["hatif_sip_registered_phones"] != 2 {
		t.Errorf("%v phones are registered", before["hatif_sip_registered_phones"])
	}
	call := caller.Dial("0888")
	ring := agent.ExpectRing()
	call.ExpectMusic("default") // the ticks of the media loops are for what hatif plays
	ring.Answer()
	call.ExpectAudioFrom(ring)
	during := scrape(t, pbx)
	if during["hatif_calls"] != 1 || during[`hatif_agents{state="talking"}`] != 1 || during["hatif_media_ports"] != 2 || during["hatif_recordings_active"] != 1 {
		t.Errorf("during a call: %v calls, %v agents talk, %v ports, %v recordings", during["hatif_calls"],
			during[`hatif_agents{state="talking"}`], during["hatif_media_ports"], during["hatif_recordings_active"])
	}
	boss := surf(t, pbx, web.Manager, "")
	board := boss.get("/board")
	_, link, _ := strings.Cut(board, `<a href="/calls/`)
	id, _, _ := strings.Cut(link, `"`)
	boss.expect(boss.get("/calls/"+id), "in progress", "queue help", "INVITE sip:", "SIP/2.0 180", "SIP/2.0 200")
	call.Hangup()
	row := pbx.ExpectRow("the call", func(c store.Call) bool { return c.Result == "answered" })
	pbx.ExpectIdle()

	after := scrape(t, pbx)
	for name, want := range map[string]float64{
		"hatif_calls_begun_total":                                                 1,
		`hatif_calls_ended_total{cause="normal",result="answered"}`:               1,
		"hatif_call_setup_seconds_count":                                          1,
		"hatif_legs_ended_total":                                                  2,
		"hatif_media_mos_count":                                                   2,
		`hatif_queue_offered_total{queue="help"}`:                                 1,
		`hatif_queue_answered_total{queue="help"}`:                                1,
		`hatif_sip_requests_total{direction="sent",method="INVITE"}`:              1,
		`hatif_sip_responses_total{class="2xx",direction="sent",method="INVITE"}`: 1,
		`hatif_sip_requests_total{direction="received",method="BYE"}`:             1,
		"hatif_recordings_total":                                                  1,
	} {
		if got := after[name] - before[name]; got != want {
			t.Errorf("%s has moved by %v, want %v", name, got, want)
		}
	}
	for _, name := range []string{`hatif_media_packets_total{direction="received"}`, "hatif_store_transactions_total", "hatif_recordings_written_bytes_total", "hatif_media_tick_lag_seconds_count"} {
		if after[name] <= before[name] {
			t.Errorf("%s has not moved from %v", name, before[name])
		}
	}

	messages := expectSignalling(t, pbx, row.ID)
	told := make(map[string]int)
	for _, m := range messages {
		first, _, _ := strings.Cut(string(m.Text), "\r\n")
		word, _, _ := strings.Cut(first, " sip:")
		told[word]++
		if strings.Contains(string(m.Text), "Authorization:") {
			told["Authorization"]++
			if !strings.Contains(string(m.Text), `response="xxxxxxxx`) {
				t.Errorf("a proof of the password is kept:\n%s", m.Text)
			}
		}
	}
	// The caller proves who it is in its INVITE and its BYE, with the nonce of its registration.
	for word, want := range map[string]int{"INVITE": 2, "Authorization": 2, "ACK": 2, "BYE": 2, "SIP/2.0 200 OK": 4} {
		if told[word] != want {
			t.Errorf("%d times %s, want %d; all: %v", told[word], word, want, told)
		}
	}
}

// expectSignalling waits until the SIP messages of a call are stored.
func expectSignalling(t *testing.T, pbx *hatiftest.PBX, id string) []store.Signal {
	t.Helper()
	for deadline := time.Now().Add(hatiftest.Patience); ; time.Sleep(50 * time.Millisecond) {
		messages, err := pbx.Store().Signalling(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if len(messages) > 0 {
			return messages
		}
		if time.Now().After(deadline) {
			t.Fatal("the call's SIP messages are not stored")
		}
	}
}

// expectReady waits until /readyz answers with a status and says something.
func expectReady(t *testing.T, pbx *hatiftest.PBX, status int, says string) {
	t.Helper()
	for deadline := time.Now().Add(hatiftest.Patience); ; time.Sleep(20 * time.Millisecond) {
		got, text := fetch(t, pbx.Console()+"/readyz")
		if got == status && strings.Contains(text, says) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("/readyz answers %d %s", got, text)
		}
	}
}

func TestAHatifThatDrainsIsNotReady(t *testing.T) {
	pbx := hatiftest.Start(t, hatiftest.Options{Config: "web: {listen: 127.0.0.1:8080}\n" + switchroom})
	agent, caller := pbx.Phone("2001"), pbx.Phone("1001")
	call := caller.Dial("0777")
	ring := agent.ExpectRing()
	ring.Answer()
	call.ExpectAudioFrom(ring)
	pbx.Drain()
	expectReady(t, pbx, http.StatusServiceUnavailable, `"sip":"draining`)
	if status, _ := fetch(t, pbx.Console()+"/healthz"); status != http.StatusNoContent {
		t.Errorf("/healthz answers %d", status)
	}
	call.Hangup()
	pbx.ExpectStopped()
}
