package config_test

import (
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"hatif/config"
)

var sales = config.Edit{Queue: "sales", Add: true, Set: config.Settings{{"strategy", "rrmemory"}, {"max_wait", "90s"}, {"max_length", 5}, {"join_when_empty", []string{"paused", "not_registered"}}}}

const salesFlat = `{strategy: rrmemory, max_wait: 90s, max_length: 5, join_when_empty: [paused, not_registered]}`

func TestAQueueIsAddedInTheWayOfItsNeighbours(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"one line each": {
			"queues:\n  arabic: {max_wait: 10s} # a\n\n# next\nx: 1\n",
			"queues:\n  arabic: {max_wait: 10s} # a\n  sales: " + salesFlat + "\n\n# next\nx: 1\n"},
		"lines of keys": {
			"queues:\n    arabic: # a\n        max_wait: 10s\nx: 1\n",
			"queues:\n    arabic: # a\n        max_wait: 10s\n    sales:\n        strategy: rrmemory\n        max_wait: 90s\n        max_length: 5\n        join_when_empty: [paused, not_registered]\nx: 1\n"},
		"braces":             {"queues: {arabic: {}}\n", "queues: {arabic: {}, sales: " + salesFlat + "}\n"},
		"braces of nothing":  {"queues: {}\n", "queues: {sales: " + salesFlat + "}\n"},
		"nothing behind it":  {"queues: # none\nx: 1\n", "queues: # none\n  sales: " + salesFlat + "\nx: 1\n"},
		"a neighbour of nil": {"queues:\n  arabic: # all as by default\n", "queues:\n  arabic: # all as by default\n  sales: " + salesFlat + "\n"},
		"quotes":             {"queues:\n  'arabic': {}\n", "queues:\n  'arabic': {}\n  'sales': " + salesFlat + "\n"},
		"windows":            {"a: 1 # x\r\nqueues: # y\r\n  arabic: {} # z\r\nb: 2\r\n", "a: 1 # x\r\nqueues: # y\r\n  arabic: {} # z\r\n  sales: " + salesFlat + "\r\nb: 2\r\n"},
		"no section":         {"users:\n  \"2001\": {a: 1}\n", "users:\n  \"2001\": {a: 1}\nqueues:\n  sales: " + salesFlat + "\n"},
		"an empty file":      {"", "queues:\n  sales: " + salesFlat + "\n"},
	} {
		got, err := sales.Apply("hatif.yaml", []byte(c.text))
		if err != nil || string(got) != c.want {
			t.Errorf("%s: %v\n%q\nwant\n%q", name, err, got, c.want)
			continue
		}
		if name == "no section" || name == "an empty file" {
			continue // a section with nothing in it stays
		}
		back, err := config.Edit{Queue: "sales", Remove: true}.Apply("hatif.yaml", got)
		if err != nil || string(back) != c.text {
			t.Errorf("%s, removed again: %v\n%q\nwant\n%q", name, err, back, c.text)
		}
	}
	plain, err := config.Edit{Queue: "sales", Add: true}.Apply("hatif.yaml", []byte("queues:\n  arabic:\n    max_wait: 10s\n"))
	if want := "queues:\n  arabic:\n    max_wait: 10s\n  sales: {}\n"; err != nil || string(plain) != want {
		t.Errorf("with nothing said: %v\n%q\nwant\n%q", err, plain, want)
	}
}

func TestAQueueIsChangedKeyByKey(t *testing.T) {
	set := func(s ...config.Setting) config.Settings { return s }
	for name, c := range map[string]struct {
		set        config.Settings
		text, want string
	}{
		"a time":                {set(config.Setting{"max_wait", "90s"}), ` {strategy: random,  max_wait: 10s} # c`, ` {strategy: random,  max_wait: 90s} # c`},
		"a new key has a place": {set(config.Setting{"ring_timeout", "20s"}), ` {strategy: random, max_wait: 10s}`, ` {strategy: random, ring_timeout: 20s, max_wait: 10s}`},
		"a number":              {set(config.Setting{"weight", 3}), ` {weight: 1}`, ` {weight: 3}`},
		"a list":                {set(config.Setting{"leave_when_empty", []string{"paused"}}), ` {leave_when_empty: [paused, talking]}`, ` {leave_when_empty: [paused]}`},
		"a list of lines":       {set(config.Setting{"leave_when_empty", []string{"paused"}}), "\n    leave_when_empty: # l\n    - talking\n    - paused # p\n    weight: 1", "\n    leave_when_empty: [paused] # l # p\n    weight: 1"},
		"below":                 {set(config.Setting{"to_agent", config.Settings{{"wait", true}}}), "\n    to_agent:\n      prompt: x # p", "\n    to_agent:\n      prompt: x # p\n      wait: true"},
		"below, new":            {set(config.Setting{"to_agent", config.Settings{{"wait", true}, {"prompt", "x"}}}), " {}", " {to_agent: {wait: true, prompt: x}}"},
		"the only one goes":     {set(config.Setting{"max_wait", nil}), ` {max_wait: 10s} # c`, ` {} # c`},
		"the only line goes":    {set(config.Setting{"max_wait", nil}), "  # c\n    max_wait: 10s # d", "  # c"},
		"two below": {set(config.Setting{"hours", config.Settings{{"open", config.Settings{{"sun", "9:00-12:00"}, {"sat", nil}}}, {"timezone", "UTC"}}}),
			"\n    hours: # h\n      open: {mon-fri: 9:00-17:00, sat: 9:00-12:00} # o\n      except:\n        \"12-25\": closed # c\n    weight: 1",
			"\n    hours: # h\n      open: {mon-fri: 9:00-17:00, sun: \"9:00-12:00\"} # o\n      except:\n        \"12-25\": closed # c\n      timezone: UTC\n    weight: 1"},
		"two below, new": {set(config.Setting{"hours", config.Settings{{"except", config.Settings{{"12-25", "closed"}, {"12-26", "closed"}}}}}),
			" {weight: 1}", " {weight: 1, hours: {except: {\"12-25\": closed, \"12-26\": closed}}}"},
		"a list of keys": {set(config.Setting{"tiers", []config.Settings{{{"after", "5s"}, {"penalty", 1}}, {{"penalty", 2}}}}),
			" {tiers: [{after: 3s}], weight: 1} # c", " {tiers: [{after: 5s, penalty: 1}, {penalty: 2}], weight: 1} # c"},
		"nothing of its own": {set(config.Setting{"call_back", config.Settings{}}), "\n    call_back:\n      tries: 2\n    weight: 1", "\n    call_back: {}\n    weight: 1"},
		"zero and false":     {set(config.Setting{"wrap_up", "0s"}, config.Setting{"to_agent", config.Settings{{"wait", false}}}), " {}", " {wrap_up: 0s, to_agent: {wait: false}}"},
		"null":               {set(config.Setting{"max_wait", "90s"}, config.Setting{"weight", 1}), " ~ # c", " {max_wait: 90s, weight: 1} # c"},
		"nothing":            {set(config.Setting{"max_wait", "90s"}), " # c", " {max_wait: 90s} # c"},
		"braces of nothing":  {set(config.Setting{"max_wait", "90s"}), " {} # c", " {max_wait: 90s} # c"},
		"the rest stays": {set(config.Setting{"max_wait", "90s"}, config.Setting{"music", nil}), "\n    # before\n    tiers: [{after: 5s,   penalty: 1}] # t\n    music: \"x\"\n    max_wait: 10s # m\n    hours: {open: {daily: '9:00-17:00'}}",
			"\n    # before\n    tiers: [{after: 5s,   penalty: 1}] # t\n    max_wait: 90s # m\n    hours: {open: {daily: '9:00-17:00'}}"},
	} {
		for _, eol := range []string{"\n", "\r\n"} {
			head, tail := "# top\nqueues:\n  english: {max_wait: 1m} # o\n  arabic:", "\n\n  # tail\n  french: {max_wait: 2m}\nx: [1, 2]"
			text, want := strings.ReplaceAll(head+c.text+tail, "\n", eol), strings.ReplaceAll(head+c.want+tail, "\n", eol)
			got, err := config.Edit{Queue: "arabic", Set: c.set}.Apply("hatif.yaml", []byte(text))
			if err != nil || string(got) != want {
				t.Errorf("%s: %v\n%q\nwant\n%q", name, err, got, want)
			}
		}
	}
}

func TestAQueueThatCouldBeDamagedIsRefused(t *testing.T) {
	change := config.Edit{Queue: "arabic", Set: config.Settings{{"max_wait", "90s"}}}
	for text, c := range map[string]struct {
		edit config.Edit
		says string
	}{
		"queues: *all\n":                                           {sales, "h.yaml:1:9"},
		"queues:\n  sales: {}\n":                                   {sales, "there is a queue sales already"},
		"queues:\n  english: {}\n":                                 {change, "there is no queue arabic"},
		"queues: [arabic]\n":                                       {sales, "h.yaml"},
		"queues:\n  english: &x {weight: 1}\n  arabic: *x\n":       {change, "arabic"},
		"queues:\n  english: &x {weight: 1}\n  arabic: {<<: *x}\n": {change, "merged from elsewhere"},
		"queues:\n  arabic: {max_wait: &w 10s}\nx: *w\n":           {change, "anchor"},
		"queues:\n  arabic:\n    max_wait: # w\n      10s\n    tiers:\n    - {after: '#5s'} # the old hands\n    - {penalty: 1}\n": {config.Edit{Queue: "arabic", Set: config.Settings{{"tiers", []config.Settings{{{"penalty", 2}}}}}}, "h.yaml:5:5: comments stand within this"},
		"queues:\n  arabic: &x {}\nx: *x\n":                           {config.Edit{Queue: "arabic", Remove: true}, "anchor"},
		"queues:\n  arabic: {max_wait: 10s}\n  arabic: {weight: 1}\n": {change, "defined twice"},
	} {
		got, err := c.edit.Apply("h.yaml", []byte(text))
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%q: %v, want %q\n%s", text, err, c.says, got)
		}
	}
}

// Whatever stands around it, a change of a queue touches its line alone, and means what was asked for.
func TestAChangeOfAQueueTouchesItsLineAlone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := noise(t)
		name := rapid.SampledFrom([]string{"arabic", "english", "french"}).Draw(t, "queue")
		wait := rapid.SampledFrom([]string{"45s", "1h30m", "500s"}).Draw(t, "wait")
		length := rapid.IntRange(1, 99).Draw(t, "length")
		e := config.Edit{Queue: name, Set: config.Settings{{"max_wait", wait}, {"max_length", length}, {"ring_timeout", nil}}}
		after, err := e.Apply("hatif.yaml", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		came := 0
		for _, l := range config.Diff([]byte(text), after, nil) {
			if l.Kind == '+' || l.Kind == '-' {
				came++
				if !strings.HasPrefix(l.Text, "  "+name+":") {
					t.Fatalf("another line is touched: %q", l.Text)
				}
			}
		}
		if came != 2 {
			t.Fatalf("%d lines differ:\n%s", came, after)
		}
		cfg, err := config.Parse("hatif.yaml", after)
		if err != nil {
			t.Fatal(err)
		}
		q := cfg.Queues[name]
		if q.MaxLength != length || q.RingTimeout != 0 || q.MaxWait.Seconds() < 45 || q.MaxWait.Seconds() == 60 {
			t.Fatalf("it is read as %+v", q)
		}
		added, err := sales.Apply("hatif.yaml", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		back, err := config.Edit{Queue: "sales", Remove: true}.Apply("hatif.yaml", added)
		if err != nil || string(back) != text {
			t.Fatalf("%v\n%s", err, back)
		}
	})
}

// Every key of a queue has its place in the order in which keys are added.
func TestTheOrderOfAQueuesKeysIsComplete(t *testing.T) {
	if got, want := config.QueueKeys(), config.OrderOfQueues(); strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("the keys are %q, their order %q", got, want)
	}
}

func TestWhatAFileSaysIsToldAsItIsWritten(t *testing.T) {
	cfg, err := config.Parse("hatif.yaml", []byte("x-y: &t {wait: false}\n"))
	if err == nil {
		t.Fatal("a key that is unknown is read", cfg)
	}
	cfg, err = config.Parse("hatif.yaml", []byte(`users:
  "1": {secret: aaaaaaaa, context: c, queue: {a: {penalty: 1}}}
contexts: {c: {"5": {queue: a}}}
queues:
  a: {wrap_up: 0s, max_wait: "90s", weight: 0, to_agent: &t {wait: False, prompt: }, tiers: [{after: 5s, penalty: 1}]}
  b: {to_agent: *t}
  c:
`))
	if err != nil {
		t.Fatal(err)
	}
	toAgent := map[string]any{"wait": "false", "prompt": nil}
	for name, want := range map[string]map[string]any{
		"a": {"wrap_up": "0s", "max_wait": "90s", "weight": "0", "to_agent": toAgent, "tiers": []any{map[string]any{"after": "5s", "penalty": "1"}}},
		"b": {"to_agent": toAgent},
		"c": nil,
		"d": nil,
	} {
		if got := cfg.Said("queues", name); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
}
