package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"os"
	"strings"
	"testing"
	"time"
)

// small is a run that a test can wait for.
func small(b *testPBX, scenario string) options {
	return options{
		Target: b.addr, Transport: "udp", Bind: "127.0.0.1", Scenario: scenario, Callers: 3, First: 1,
		CallerUser: "1%03d", CallerSecret: "x", AgentUser: "2%03d", AgentSecret: "x", Codec: "PCMU", Rate: 50,
		Extension: "0777", Press: "1", Connect: 5 * time.Second, Hold: 2500 * time.Millisecond, Spread: "fixed", Together: true,
		Settle: 200 * time.Millisecond, Quiet: true,
	}
}

// TestMain runs many tests at a time: they mostly wait.
func TestMain(m *testing.M) {
	flag.Parse()
	if err := flag.Set("test.parallel", "4"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

func play(t *testing.T, ctx context.Context, o options) report {
	t.Helper()
	l, err := newLoad(o)
	if err != nil {
		t.Fatal(err)
	}
	err = l.run(ctx)
	r := l.report()
	if err != nil {
		t.Error(err)
	}
	if err := l.close(); err != nil {
		t.Error(err)
	}
	return r
}

func TestCallersTalkToAgentsAndTheCostIsMeasured(t *testing.T) {
	t.Parallel()
	o := small(startPBX(t), "call")
	o.Pid = os.Getpid()
	r := play(t, t.Context(), o)
	c := r.Calls
	if !r.good() || c.Tried != 3 || c.Connected != 3 || c.Checked != 3 || c.Most != 3 {
		t.Fatalf("calls %+v", c)
	}
	if c.Lost+c.Duplicated+c.Reordered != 0 || c.Packets < 300 || c.Latency.Count < 300 {
		t.Errorf("sound %+v", c)
	}
	if c.CallSeconds < 7 || c.CallSeconds > 12 {
		t.Errorf("%v call-seconds, want three calls of 2.5 s", c.CallSeconds)
	}
	if c.Agent.P50 <= c.Answered.P50 {
		t.Errorf("the agent was there (%v ms) before the answer (%v ms)", c.Agent.P50, c.Answered.P50)
	}
	if r.Cost.TalkSeconds < 1 || r.Cost.PerCallSecond <= 0 || r.Cost.RSSTalking <= 0 || r.Cost.PerCall <= 0 {
		t.Errorf("cost %+v", r.Cost)
	}
}

func TestAgentsAreDialledByNumber(t *testing.T) {
	o := small(startPBX(t), "direct")
	o.Hold = 300 * time.Millisecond
	if r := play(t, t.Context(), o); !r.good() || r.Calls.Connected != 3 {
		t.Errorf("calls %+v", r.Calls)
	}
}

func TestShortCallsFollowOneAnotherUntilTheEnd(t *testing.T) {
	t.Parallel()
	o := small(startPBX(t), "call")
	o.Duration, o.Hold, o.Spread = 2*time.Second, 200*time.Millisecond, "exp"
	r := play(t, t.Context(), o)
	if !r.good() || r.Calls.Tried <= 3 {
		t.Errorf("calls %+v, want more than one for each caller", r.Calls)
	}
}

func TestASilentAgentIsFound(t *testing.T) {
	t.Parallel()
	b := startPBX(t)
	b.deaf.Store(true)
	o := small(b, "call")
	o.Hold = 1500 * time.Millisecond
	r := play(t, t.Context(), o)
	if r.good() || r.Calls.Bad["the caller heard nothing at the end"] != 3 {
		t.Errorf("calls %+v", r.Calls)
	}
}

func TestRefusedCallsAreCountedByCause(t *testing.T) {
	t.Parallel()
	b := startPBX(t)
	b.full.Store(true)
	r := play(t, t.Context(), small(b, "call"))
	if r.good() || r.Calls.Failed["503 Service Unavailable"] != 3 {
		t.Errorf("calls %+v", r.Calls)
	}
}

func TestAnInterruptedRunHangsUpAndReports(t *testing.T) {
	t.Parallel()
	o := small(startPBX(t), "call")
	o.Hold = time.Minute
	ctx, stop := context.WithTimeout(t.Context(), 2*time.Second)
	defer stop()
	begin := time.Now()
	r := play(t, ctx, o)
	if took := time.Since(begin); took > 10*time.Second {
		t.Errorf("took %v to stop", took)
	}
	if r.Calls.Connected != 3 || r.Calls.Checked != 3 {
		t.Errorf("calls %+v", r.Calls)
	}
}

func TestPhonesRegisterAtTheRateAskedFor(t *testing.T) {
	t.Parallel()
	o := small(startPBX(t), "register")
	o.Rate, o.Calls = 100, 50
	r := play(t, t.Context(), o)
	if !r.good() || r.Regs.Done != 50 || r.Regs.Took.Count != 50 || r.Regs.PerSecond > 110 {
		t.Errorf("registrations %+v", r.Regs)
	}
}

func TestTheReportIsATableAndJSON(t *testing.T) {
	r := report{Scenario: "call", Calls: &callReport{Tried: 2, Connected: 1, Failed: map[string]int{"486 Busy Here": 1}}, Cost: &costReport{PerCallSecond: 1.25}}
	var table, raw bytes.Buffer
	if err := r.writeTable(&table); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"1: 486 Busy Here", "1.250 CPU-ms per call-second", "2 tried, 1 connected"} {
		if !strings.Contains(table.String(), want) {
			t.Errorf("no %q in\n%s", want, &table)
		}
	}
	if err := r.writeJSON(&raw); err != nil {
		t.Fatal(err)
	}
	var back report
	if err := json.Unmarshal(raw.Bytes(), &back); err != nil || back.Calls.Failed["486 Busy Here"] != 1 {
		t.Errorf("JSON %s: %v", &raw, err)
	}
}

func TestAccountsAreReadWithTheirRoles(t *testing.T) {
	all, err := readAccounts(strings.NewReader("user,secret,role\n1001, a ,caller\n# a remark\n2001,\"b,c\",agent\n"))
	if err != nil || len(all.callers) != 1 || len(all.agents) != 1 || all.agents[0] != (account{"2001", "b,c"}) {
		t.Errorf("%+v, %v", all, err)
	}
	if _, err := readAccounts(strings.NewReader("1001,a,boss\n")); err == nil || !strings.Contains(err.Error(), "line 1") {
		t.Errorf("a role that is none: %v", err)
	}
}

func TestTheProcessorTimeIsReadWhateverTheProgramIsCalled(t *testing.T) {
	got, err := parseStat([]byte("42 (a (b) c) S 1 2 3 4 5 6 7 8 9 10 150 50 0 0 20 0 1"))
	if err != nil || got != 2*time.Second {
		t.Errorf("%v, %v", got, err)
	}
	if _, err := parseStat([]byte("42 (x)")); err == nil {
		t.Error("half a line was read")
	}
}

func FuzzParseStat(f *testing.F) {
	f.Add([]byte("42 (a (b) c) S 1 2 3 4 5 6 7 8 9 10 150 50 0 0 20 0 1"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if d, err := parseStat(b); err == nil && d < 0 {
			t.Errorf("negative time %v", d)
		}
	})
}

func FuzzReadAccounts(f *testing.F) {
	f.Add("user,secret,role\n1001,a,caller\n")
	f.Fuzz(func(t *testing.T, s string) {
		_, _ = readAccounts(strings.NewReader(s))
	})
}
