package erlang

import (
	"math"
	"testing"
	"time"
)

// A printed value is one that others have published, to the digits that they print.
type printed struct {
	what  string
	of    func(*Model) float64
	value float64
	digit float64 // the last one that is printed
}

func waits(v, digit float64) printed { return printed{"who waits", (*Model).Waits, v, digit} }
func wait(v, digit float64) printed  { return printed{"the average wait", (*Model).Wait, v, digit} }
func occupied(v, digit float64) printed {
	return printed{"the occupancy", (*Model).Occupancy, v, digit}
}
func line(v, digit float64) printed {
	return printed{"the line's average length", func(m *Model) float64 { return m.rate * m.Wait() }, v, digit}
}
func over(limit time.Duration, v, digit float64) printed {
	return printed{"who waits longer than " + limit.String(), func(m *Model) float64 { return m.Over(limit) }, v, digit}
}
func inTime(limit time.Duration, v, digit float64) printed {
	return printed{"who is answered within " + limit.String(), func(m *Model) float64 { return m.InTime(limit) }, v, digit}
}

func TestTheModelsGiveWhatIsPublished(t *testing.T) {
	const minute, hour = 60., 3600.
	for _, c := range []struct {
		source           string
		rate             float64
		handle, patience time.Duration
		agents           int
		values           []printed
	}{
		{"Mandelbaum and Zeltyn, The Palm/Erlang-A Queue, table 1, without abandonment", 48 / minute, time.Minute, 0, 50,
			[]printed{wait(20.8, 0.1), over(58100*time.Millisecond, 0.1, 0.01), occupied(0.96, 0.01), line(17, 1)}},
		{"the same, with abandonment", 48 / minute, time.Minute, 2 * time.Minute, 50,
			[]printed{wait(3.7, 0.1), over(12500*time.Millisecond, 0.1, 0.01), occupied(0.93, 0.01), line(3, 1), {"who abandons", (*Model).Abandoned, 0.031, 0.001}}},
		{"Gross and Harris, Fundamentals of Queueing Theory, the clinic with three doctors", 6 / hour, 20 * time.Minute, 0, 3,
			[]printed{waits(0.444, 0.001), wait(0.148*hour, 0.001*hour), line(0.889, 0.001)}},
		{"Hillier and Lieberman, Introduction to Operations Research, the emergency room with two doctors", 2 / hour, 20 * time.Minute, 0, 2,
			[]printed{wait(hour/24, 1), line(0.083, 0.001)}},
		{"the example of many pages on Erlang C: 360 calls in half an hour", 360 / (hour / 2), 4 * time.Minute, 0, 55,
			[]printed{waits(0.239, 0.001), wait(8.2, 0.1), inTime(15*time.Second, 0.846, 0.001), occupied(0.873, 0.001)}},
		{"Call Centre Helper's table of Erlang C: 100 calls in half an hour, 14 agents", 100 / (hour / 2), 3 * time.Minute, 0, 14,
			[]printed{waits(0.174, 0.001), wait(7.8, 0.1), inTime(20*time.Second, 0.888, 0.001), occupied(0.714, 0.001)}},
		{"13 agents", 100 / (hour / 2), 3 * time.Minute, 0, 13, []printed{waits(0.285, 0.001)}},
		{"12 agents", 100 / (hour / 2), 3 * time.Minute, 0, 12, []printed{waits(0.449, 0.001)}},
		{"11 agents", 100 / (hour / 2), 3 * time.Minute, 0, 11, []printed{waits(0.682, 0.001)}},
	} {
		m := New(c.rate, c.handle, c.patience, c.agents)
		for _, v := range c.values {
			if got := v.of(m); math.Abs(got-v.value) > 0.51*v.digit {
				t.Errorf("%s: %s is %.5f, published is %v", c.source, v.what, got, v.value)
			}
		}
	}
}

// Erlang C in its usual form, by factorials.
func textbook(load float64, agents int) float64 {
	sum, term := 0.0, 1.0
	for k := range agents {
		sum += term
		term *= load / float64(k+1)
	}
	term *= float64(agents) / (float64(agents) - load)
	return term / (sum + term)
}

func TestWithoutImpatienceItIsErlangC(t *testing.T) {
	const handle = 3 * time.Minute
	for agents := 1; agents <= 40; agents++ {
		for _, part := range []float64{0.1, 0.5, 0.9, 0.99} {
			load := part * float64(agents)
			want := textbook(load, agents)
			m := New(load/handle.Seconds(), handle, 0, agents)
			spare := float64(agents) - load
			for what, is := range map[string][2]float64{
				"who waits":     {m.Waits(), want},
				"wait":          {m.Wait(), want * handle.Seconds() / spare},
				"answered":      {m.AnsweredWait(), m.Wait()},
				"served in 20s": {m.InTime(20 * time.Second), 1 - want*math.Exp(-spare*20/handle.Seconds())},
				"over a minute": {m.Over(time.Minute), want * math.Exp(-spare*60/handle.Seconds())},
			} {
				if math.Abs(is[0]-is[1]) > 1e-6*(1+is[1]) {
					t.Errorf("%d agents at %v: %s %v, want %v", agents, part, what, is[0], is[1])
				}
			}
			patient := New(load/handle.Seconds(), handle, 1e5*time.Hour, agents)
			if d := math.Abs(patient.Wait() - m.Wait()); part < 0.95 && d > 0.001*m.Wait()+1e-6 {
				t.Errorf("%d agents at %v: callers of great patience wait %v, those without end %v", agents, part, patient.Wait(), m.Wait())
			}
		}
	}
}

// The laws of a queue in balance: who gives up does so at the rate of those who stand in line; who is not answered in
// any time has given up; more agents, shorter waits. From idle to three times too much to do.
func TestErlangAKeepsItsLaws(t *testing.T) {
	const handle, patience = 3 * time.Minute, 90 * time.Second
	for _, load := range []float64{0.01, 1, 20, 60, 2000} {
		before := math.Inf(1)
		for _, agents := range []int{1, int(load)/3 + 1, int(load)*9/10 + 1, int(load) + 1, int(load)*2 + 5, int(load)*20 + 100} {
			m := New(load/handle.Seconds(), handle, patience, agents)
			gone, wait := m.Abandoned(), m.Wait()
			if math.IsNaN(gone) || gone < -1e-9 || gone > 1 || math.Abs(gone-wait/patience.Seconds()) > 1e-6 {
				t.Errorf("load %v, %d agents: %v abandon and wait %v s", load, agents, gone, wait)
			}
			if served := m.InTime(24 * time.Hour); math.Abs(served+gone-1) > 1e-6 {
				t.Errorf("load %v, %d agents: %v are answered and %v abandon", load, agents, served, gone)
			}
			if m.InTime(0)-1+m.Waits() > 1e-6 || m.Over(0)-m.Waits() > 1e-6 {
				t.Errorf("load %v, %d agents: at once %v are answered, %v wait, %v for longer than nothing", load, agents, m.InTime(0), m.Waits(), m.Over(0))
			}
			if wait > before+1e-9 || m.Occupancy() > 1+1e-6 {
				t.Errorf("load %v, %d agents: %v s of wait, with fewer agents %v s", load, agents, wait, before)
			}
			if answered := m.AnsweredWait(); answered < 0 || gone < 0.5 && answered > wait/(1-gone) {
				t.Errorf("load %v, %d agents: the answered wait %v s, all %v s", load, agents, answered, wait)
			}
			before = wait
		}
	}
}

func TestALineThatGrowsForEverIsToldSo(t *testing.T) {
	m := New(1, time.Minute, 0, 60)
	if m.Stable() || m.Waits() != 1 || !math.IsInf(m.Wait(), 1) || m.InTime(time.Hour) != 0 || m.Occupancy() != 1 || m.Abandoned() != 0 || !math.IsInf(m.AnsweredWait(), 1) {
		t.Errorf("%v wait %v, occupied %v", m.Waits(), m.Wait(), m.Occupancy())
	}
	if m.Over(time.Hour) != 1 {
		t.Errorf("%v wait longer than an hour", m.Over(time.Hour))
	}
}
