package history

import (
	"strings"
	"testing"
	"time"

	"hatif/queue"
)

func written(t *testing.T, write func(*strings.Builder) error) string {
	t.Helper()
	var b strings.Builder
	if err := write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestASheetIsWrittenForPeopleAndForPrograms(t *testing.T) {
	zone := time.FixedZone("UTC+2", 2*60*60)
	s := Span{Since: nine, Until: nine.Add(time.Hour), Every: Hour}
	queues, agents := tallied(s, []Event{change(0, "2001", "", queue.Available)}, served("c1", 10, 7, 3725), left("c2", 60, 15, queue.Abandoned))
	sheet := QueueSheet(queues, Hour)
	table := written(t, func(b *strings.Builder) error { return sheet.Table(b, zone) })
	for _, words := range []string{
		"BEGAN QUEUE OFFERED ANSWERED ABANDONED TIMED OUT REFUSED OVERFLOWED CALLED BACK OTHER SERVICE OF ANSWERED WAIT 90% LONGEST GAVE UP TALK WRAP-UP MISSED DECLINED",
		"2026-03-02 11:00 arabic 2 1 1 0 0 0 0 0 50% 100% 0:07 0:07 0:07 0:15 1:02:05 0:00 0 0",
	} {
		if !strings.Contains(strings.Join(strings.Fields(table), " "), words) {
			t.Errorf("the table does not say %q:\n%s", words, table)
		}
	}
	csv := written(t, func(b *strings.Builder) error { return sheet.CSV(b, zone) })
	const want = "began,queue,offered,answered,answered in time,abandoned,timed out,refused,overflowed,called back,otherwise left,pending,service level," +
		"service level of answered,average wait,median wait,wait of 90 percent,longest wait,average wait of abandoned,completed," +
		"transferred,average talk,talk,average wrap-up,wrap-up,rung,missed,declined,unreachable\r\n" +
		"2026-03-02 11:00:00,arabic,2,1,1,1,0,0,0,0,0,0,0.5000,1.0000,7.0,7.0,7.0,7.0,15.0,1,0,3725.0,3725.0,0.0,0.0,1,0,0,0\r\n"
	if csv != want {
		t.Errorf("CSV:\n%s", csv)
	}
	json := written(t, func(b *strings.Builder) error { return sheet.JSON(b, zone) })
	for _, part := range []string{`"began":"2026-03-02T11:00:00+02:00"`, `"average wait":7,`, `"service level":0.5,`} {
		if !strings.Contains(json, part) {
			t.Errorf("JSON without %s: %s", part, json)
		}
	}
	of := written(t, func(b *strings.Builder) error { return AgentSheet(agents, Hour).JSON(b, zone) })
	for _, part := range []string{`"agent":"2001"`, `"logged on":3600,`, `"talk":0,`, `"occupancy":0,`} {
		if !strings.Contains(of, part) {
			t.Errorf("JSON without %s: %s", part, of)
		}
	}
	_, paused := tallied(Span{Since: nine, Until: nine.Add(time.Hour)}, []Event{
		at(0, queue.Event{Kind: queue.AgentChanged, Agent: "2001", To: queue.Paused, Reason: "lunch"}),
		at(1800, queue.Event{Kind: queue.AgentPaused, Agent: "2001", Reason: "a meeting"}),
		change(1860, "2001", queue.Paused, queue.LoggedOff),
	})
	of = written(t, func(b *strings.Builder) error { return AgentSheet(paused, Whole).JSON(b, zone) })
	for _, part := range []string{`"logged on":1860,`, `"paused":1860,`, `"pauses":{"a meeting":60,"lunch":1800}`} {
		if !strings.Contains(of, part) {
			t.Errorf("JSON without %s: %s", part, of)
		}
	}
	of = written(t, func(b *strings.Builder) error { return AgentSheet(paused, Whole).CSV(b, zone) })
	if !strings.Contains(of, ",1860.0,a meeting 60.0; lunch 1800.0,") {
		t.Errorf("CSV: %s", of)
	}
	nobody := written(t, func(b *strings.Builder) error { return QueueSheet([]*QueueFigures{{}}, Whole).JSON(b, zone) })
	if !strings.Contains(nobody, `"service level":null`) || strings.Contains(nobody, "began") {
		t.Errorf("of nobody: %s", nobody)
	}
}

func TestFiguresOfOneQueueOrAgentAreThoseOfTheWhole(t *testing.T) {
	elsewhere := served("other", 700, 5, 10)
	for i := range elsewhere {
		elsewhere[i].Queue = "english"
	}
	stories := [][]Event{
		{change(0, "2001", "", queue.Available), change(0, "2002", "", queue.Available)}, served("c1", 10, 7, 60),
		{change(80, "2001", queue.Talking, queue.WrapUp), change(90, "2001", queue.WrapUp, queue.Available)},
		elsewhere,
		{change(715, "2001", queue.Talking, queue.WrapUp), change(735, "2001", queue.WrapUp, queue.Available)},
	}
	all := Span{Since: nine, Until: nine.Add(time.Hour)}
	queues, agents := tallied(all, stories...)
	if len(queues) != 2 || len(agents) != 2 {
		t.Fatalf("%d queues and %d agents", len(queues), len(agents))
	}
	only := all
	only.Queue = "arabic"
	queues, agents = tallied(only, stories...)
	if len(queues) != 1 || queues[0].Answered != 1 || queues[0].WrapUp != seconds(10) {
		t.Errorf("of the arabic queue: %+v", queues)
	}
	if len(agents) != 1 || agents[0].Answered != 1 || agents[0].Talk != seconds(60) || agents[0].In[queue.WrapUp] != seconds(30) {
		t.Errorf("its agents: %+v", agents)
	}
	only = all
	only.Agent = "2002"
	if _, agents = tallied(only, stories...); len(agents) != 1 || agents[0].In[queue.Available] != time.Hour {
		t.Errorf("agent 2002: %+v", agents)
	}
}
