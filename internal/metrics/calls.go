package metrics

import (
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	"hatif/call"
)

// mostWords bounds the results and causes that are told apart: the file may have words of its own.
const mostWords = 40

// calls counts what is known of a call when it is over.
type calls struct {
	begun    prometheus.Counter
	ended    *prometheus.CounterVec
	setUp    prometheus.Histogram
	duration prometheus.Histogram
	legs     prometheus.Counter
	lost     prometheus.Counter
	mos      prometheus.Histogram
	jitter   prometheus.Histogram

	mu    sync.Mutex
	words map[string]bool // guarded by mu: results and causes seen
}

func newCalls(reg prometheus.Registerer, s Sources) *calls {
	c := &calls{
		words:    make(map[string]bool),
		begun:    prometheus.NewCounter(prometheus.CounterOpts{Name: "hatif_calls_begun_total", Help: "Conversations begun."}),
		ended:    prometheus.NewCounterVec(prometheus.CounterOpts{Name: "hatif_calls_ended_total", Help: "Conversations ended, refused ones included."}, []string{"result", "cause"}),
		setUp:    histogram("hatif_call_setup_seconds", "From the INVITE to our 200 of answered conversations.", .001, .005, .01, .02, .05, .1, .2, .5, 1, 2, 5),
		duration: histogram("hatif_call_duration_seconds", "From a conversation's first INVITE to its last goodbye.", 1, 5, 10, 30, 60, 120, 300, 600, 1800, 3600),
		legs:     prometheus.NewCounter(prometheus.CounterOpts{Name: "hatif_legs_ended_total", Help: "Parties that have left, with or without sound."}),
		lost:     prometheus.NewCounter(prometheus.CounterOpts{Name: "hatif_media_packets_lost_total", Help: "RTP packets of parties that have left which never came."}),
		mos:      histogram("hatif_media_mos", "How parties that have left sounded to us: 1 bad, 4.4 as good as it gets (ITU-T G.107).", 1.5, 2, 2.5, 3, 3.5, 3.8, 4, 4.2, 4.3, 4.4),
		jitter:   histogram("hatif_media_jitter_seconds", "The worst jitter of parties that have left.", .001, .002, .005, .01, .02, .03, .05, .1, .2),
	}
	running := prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "hatif_calls", Help: "Conversations in progress."}, func() float64 { return float64(s.Calls()) })
	reg.MustRegister(c.begun, c.ended, c.setUp, c.duration, c.legs, c.lost, c.mos, c.jitter, running)
	return c
}

func histogram(name, help string, bounds ...float64) prometheus.Histogram {
	return prometheus.NewHistogram(prometheus.HistogramOpts{Name: name, Help: help, Buckets: bounds})
}

// word is w as long as there are not too many different ones.
func (c *calls) word(w string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.words[w] {
		if len(c.words) >= mostWords {
			return "other"
		}
		c.words[w] = true
	}
	return w
}

// over counts a call that has ended. What has become a part of another is counted with that one.
func (c *calls) over(r *call.Record) {
	if r.Merged != "" {
		c.ended.WithLabelValues("merged", call.Normal.Name).Inc()
		return
	}
	c.ended.WithLabelValues(c.word(string(r.Result)), c.word(r.Cause.Name)).Inc()
	c.duration.Observe(r.Duration().Seconds())
	if !r.Answered.IsZero() {
		c.setUp.Observe(r.Answered.Sub(r.Began).Seconds())
	}
	for i := range r.Legs {
		q := &r.Legs[i].Quality
		c.legs.Inc()
		c.lost.Add(float64(q.PacketsLost))
		if q.PacketsReceived > 0 {
			c.mos.Observe(q.MOS)
			c.jitter.Observe(q.MaxJitter.Seconds())
		}
	}
}
