package metrics

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"hatif/call"
	"hatif/media"
	"hatif/queue"
	"hatif/recorder"
	"hatif/sip"
	"hatif/store"
)

// busy is a hatif in which something has happened everywhere.
func busy() *Metrics {
	now := time.Now()
	m := New(Sources{
		SIP: func() sip.Stats {
			return sip.Stats{
				Requests: map[string]uint64{"INVITE": 3}, Sent: map[string]uint64{"BYE": 2},
				Answers: map[sip.Answer]uint64{{Method: "INVITE", Class: 2}: 2, {Method: "BYE", Class: 2, Received: true}: 2},
				Served:  map[string]sip.Times{"INVITE": {Count: 3, Sum: 4 * time.Second, Buckets: [len(sip.TimeBounds)]uint64{1, 1}}},
			}
		},
		Phones: func() Phones { return Phones{Bindings: 3, Users: 2} },
		Media: func() media.Stats {
			return media.Stats{Ports: 2, PacketsReceived: 10, Lag: media.Lag{Count: 2, Buckets: [len(media.LagBounds)]uint64{2}}}
		},
		Floor: func() queue.Snapshot {
			return queue.Snapshot{
				At: now,
				Queues: []queue.QueueSnapshot{{
					Name: "arabic", Line: []queue.WaiterSnapshot{{Joined: now.Add(-5 * time.Second)}, {Joined: now}}, Stats: queue.Stats{Offered: 7},
				}},
				Agents: []queue.AgentSnapshot{
					{User: "2001", State: queue.Talking, Queues: []string{"arabic"}},
					{User: "2002", State: queue.Available, Queues: []string{"arabic"}, Off: []string{"arabic"}},
				},
			}
		},
		Calls:    func() int { return 1 },
		Store:    func() store.Stats { return store.Stats{Transactions: 5, Failed: 1, Took: time.Second} },
		Recorder: func() recorder.Stats { return recorder.Stats{Active: 1, Begun: 2, Bytes: 320} },
		Reloads:  func() Reloads { return Reloads{Applied: 1, Last: true, Since: now} },
		Version:  "1.2.3", Started: now,
	})
	m.Begun()
	m.Ended(&call.Record{
		Began: now, Answered: now.Add(time.Second), Ended: now.Add(time.Minute), Result: call.ResultAnswered, Cause: *call.Normal,
		Legs: []call.LegRecord{{Quality: media.Quality{PacketsReceived: 100, PacketsLost: 3, MOS: 4.3}}, {}},
	})
	return m
}

func TestNamesFollowTheConventions(t *testing.T) {
	problems, err := testutil.GatherAndLint(busy().registry)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		if strings.HasPrefix(p.Metric, "hatif_") {
			t.Errorf("%s: %s", p.Metric, p.Text)
		}
	}
}

func TestFiguresAreThoseOfTheParts(t *testing.T) {
	err := testutil.GatherAndCompare(busy().registry, strings.NewReader(`
# HELP hatif_calls_ended_total Conversations ended, refused ones included.
# TYPE hatif_calls_ended_total counter
hatif_calls_ended_total{cause="normal",result="answered"} 1
# HELP hatif_media_packets_lost_total RTP packets of parties that have left which never came.
# TYPE hatif_media_packets_lost_total counter
hatif_media_packets_lost_total 3
# HELP hatif_queue_longest_wait_seconds How long the caller has waited who has waited longest; 0: nobody waits.
# TYPE hatif_queue_longest_wait_seconds gauge
hatif_queue_longest_wait_seconds{queue="arabic"} 5
# HELP hatif_sip_responses_total SIP responses, by what they answer and their class.
# TYPE hatif_sip_responses_total counter
hatif_sip_responses_total{class="2xx",direction="received",method="BYE"} 2
hatif_sip_responses_total{class="2xx",direction="sent",method="INVITE"} 2
`), "hatif_calls_ended_total", "hatif_media_packets_lost_total", "hatif_queue_longest_wait_seconds", "hatif_sip_responses_total")
	if err != nil {
		t.Error(err)
	}
}

func TestAnAgentWhoIsLoggedOffFromAQueueIsNotFreeForIt(t *testing.T) {
	for _, c := range []struct {
		state queue.State
		want  float64
	}{{queue.Available, 0}, {queue.LoggedOff, 1}, {queue.Talking, 1}} {
		found := false
		families, err := busy().registry.Gather()
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range families {
			if f.GetName() != "hatif_queue_agents" {
				continue
			}
			for _, m := range f.GetMetric() {
				for _, l := range m.GetLabel() {
					if l.GetName() == "state" && l.GetValue() == string(c.state) {
						found = true
						if got := m.GetGauge().GetValue(); got != c.want {
							t.Errorf("%s: %v agents, want %v", c.state, got, c.want)
						}
					}
				}
			}
		}
		if !found {
			t.Errorf("agents who are %s are not counted", c.state)
		}
	}
}

// A file with ever new words would make ever new series.
func TestLabelsAreBounded(t *testing.T) {
	m := busy()
	for i := range 1000 {
		m.Ended(&call.Record{Result: call.Result(strings.Repeat("x", i)), Cause: *call.Busy})
	}
	if n := testutil.CollectAndCount(m.calls.ended); n > mostWords+2 {
		t.Errorf("%d series of ended calls", n)
	}
}

var queried = regexp.MustCompile(`\b(hatif|go|process|promhttp)_[a-z0-9_]+`)

func TestTheDashboardAsksForWhatThereIs(t *testing.T) {
	text, err := os.ReadFile("../../docs/grafana/hatif.json")
	if err != nil {
		t.Fatal(err)
	}
	var board struct {
		Title  string
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal(text, &board); err != nil {
		t.Fatal(err)
	}
	families, err := busy().registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	known := make(map[string]bool)
	for _, f := range families {
		known[f.GetName()] = true
		for _, end := range []string{"_bucket", "_sum", "_count"} {
			known[f.GetName()+end] = f.GetType().String() == "HISTOGRAM"
		}
	}
	asked := 0
	for _, p := range board.Panels {
		for _, target := range p.Targets {
			for _, name := range queried.FindAllString(target.Expr, -1) {
				asked++
				if !known[name] {
					t.Errorf("panel %q asks for %s, which there is not", p.Title, name)
				}
			}
		}
	}
	if board.Title == "" || asked < 20 {
		t.Errorf("the dashboard %q asks for %d figures only", board.Title, asked)
	}
}
