package main

import "maps"

// report puts the figures of the run together.
func (l *load) report() report {
	r := report{
		Scenario: l.opts.Scenario, Note: l.opts.Note, Target: l.opts.Target, Seconds: l.ended.Sub(l.began).Seconds(),
		Callers: len(l.calling), Agents: len(l.answerer),
	}
	traffic := l.fleet.Traffic()
	r.Own = ownReport{CPU: ms(l.own), Lag: ms(traffic.Lag), Strays: traffic.Strays, SendFailures: traffic.SendFailures}
	switch l.opts.Scenario {
	case "register":
		r.Regs = l.registerReport()
	case "wait":
		r.Line = l.lineReport()
		return r
	default:
		r.Calls = l.callReport()
		if r.Calls.CallSeconds > 0 {
			r.Own.PerCallSecond = r.Own.CPU / r.Calls.CallSeconds
		}
	}
	if l.opts.Pid != 0 {
		r.Cost = l.costReport()
	}
	return r
}

func (l *load) callReport() *callReport {
	now := l.meter.now()
	latency := l.latency()
	m := l.meter
	m.mu.Lock()
	defer m.mu.Unlock()
	c := &callReport{
		Tried: m.started, Connected: m.agent.Count, Failed: maps.Clone(m.failures), Most: m.most, CallSeconds: now.talked.Seconds(),
		Answered: distribute(&m.answer), Agent: distribute(&m.agent), Checked: m.checked, Bad: maps.Clone(m.bad),
		Latency: distribute(&latency), Packets: m.sound.Stamped, Lost: m.sound.Lost, Duplicated: m.sound.Duplicated, Reordered: m.sound.Reordered,
	}
	if l.sampler != nil && l.sampler.delay.Count > 0 {
		d := distribute(&l.sampler.delay)
		c.TalkLatency = &d
	}
	return c
}

func (l *load) registerReport() *registerReport {
	r := &l.registrations
	r.mu.Lock()
	defer r.mu.Unlock()
	out := &registerReport{Done: r.done, Failed: maps.Clone(r.failed), Requests: r.requests, Took: distribute(&r.took)}
	if span := l.ended.Sub(l.began).Seconds(); span > 0 {
		out.PerSecond = float64(r.done) / span
	}
	if r.done > 0 && l.opts.Pid != 0 {
		out.CPUPer, out.CPUPerReq = ms(r.cpu)/float64(r.done), ms(r.cpu)/float64(r.requests)
	}
	return out
}

func (l *load) costReport() *costReport {
	c := &costReport{Pid: l.opts.Pid, CPU: ms(l.last.cpu - l.first.cpu), RSSBefore: l.idle.rss, RSSAfter: l.after.rss}
	if l.idleFor > 0 {
		c.IdlePercent = 100 * l.idleCPU.Seconds() / l.idleFor.Seconds()
	}
	s := l.sampler
	if s == nil {
		return c
	}
	if s.err != nil {
		c.MeasuringError = s.err.Error()
	}
	c.TalkSeconds, c.PerCallSecond, c.RSSTalking = s.seconds, s.talkCost(), s.talkRSS
	if s.talkCalls > 0 {
		c.MemoryPerCall = (s.talkRSS - l.idle.rss) / int64(s.talkCalls)
	}
	talkCost := c.PerCallSecond
	if l.opts.TalkCost > 0 {
		talkCost = l.opts.TalkCost
	}
	cpu, calls, talk := l.last.cpu-l.first.cpu, l.meter.now().ended, l.meter.now().talked
	if l.churn != nil {
		cpu, calls, talk = l.churn.cpu, l.churn.calls, l.churn.talk
	}
	if calls > 0 {
		c.PerCall = ms(cpu) / float64(calls)
		if talkCost > 0 {
			c.PerSetup = max(0, (ms(cpu)-talkCost*talk.Seconds())/float64(calls))
		}
	}
	return c
}
