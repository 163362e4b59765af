package main

import (
	"os"
	"testing"
	"time"
)

func TestCallersWaitAndTheCostOfTheirMusicIsMeasured(t *testing.T) {
	t.Parallel()
	o := small(startPBX(t), "wait")
	o.Calls, o.Pid, o.Hold, o.Rate = waitSockets+1, os.Getpid(), time.Second, 200
	r := play(t, t.Context(), o)
	l := r.Line
	if !r.good() || l.Callers != waitSockets+1 || l.Answered.Count != waitSockets+1 || r.Calls != nil {
		t.Fatalf("line %+v", l)
	}
	if l.Listening == 0 || l.Listening > 2 || l.PacketsASecond < 25 || l.PacketsASecond > 60 {
		t.Errorf("%d callers listen and hear %.1f packets a second each", l.Listening, l.PacketsASecond)
	}
	if l.CPUPerCaller <= 0 || l.Memory <= 0 {
		t.Errorf("cost %+v", l)
	}
}

func TestNobodyInLineIsAFailure(t *testing.T) {
	t.Parallel()
	b := startPBX(t)
	b.full.Store(true)
	l, err := newLoad(small(b, "wait"))
	if err != nil {
		t.Fatal(err)
	}
	if err := l.run(t.Context()); err == nil {
		t.Error("nobody was let in, and the run succeeded")
	}
	if r := l.report(); r.good() || r.Line.Failed["503 Service Unavailable"] != 3 {
		t.Errorf("the report is %+v", r.Line)
	}
	if err := l.close(); err != nil {
		t.Error(err)
	}
}
