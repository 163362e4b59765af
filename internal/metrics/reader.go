package metrics

import (
	"sort"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// A reader is a collector that reads figures when it is asked.
type reader struct {
	descs []*prometheus.Desc
	read  func(*sheet)
}

// A family is one metric of a reader, with or without labels.
type family struct {
	desc *prometheus.Desc
	kind prometheus.ValueType
}

func (r *reader) family(kind prometheus.ValueType, name, help string, labels ...string) family {
	d := prometheus.NewDesc("hatif_"+name, help, labels, nil)
	r.descs = append(r.descs, d)
	return family{d, kind}
}

func (r *reader) counter(name, help string, labels ...string) family {
	return r.family(prometheus.CounterValue, name, help, labels...)
}

func (r *reader) gauge(name, help string, labels ...string) family {
	return r.family(prometheus.GaugeValue, name, help, labels...)
}

// histogram is put by times.
func (r *reader) histogram(name, help string, labels ...string) family {
	return r.family(prometheus.UntypedValue, name, help, labels...)
}

// Describe is of prometheus.Collector.
func (r *reader) Describe(to chan<- *prometheus.Desc) {
	for _, d := range r.descs {
		to <- d
	}
}

// Collect is of prometheus.Collector.
func (r *reader) Collect(to chan<- prometheus.Metric) { r.read(&sheet{to}) }

// A sheet takes the figures of one scrape.
type sheet struct{ to chan<- prometheus.Metric }

func (s *sheet) put(f family, value float64, labels ...string) {
	s.to <- prometheus.MustNewConstMetric(f.desc, f.kind, value, labels...)
}

// times puts a histogram of durations: buckets holds how many were within the bound of the same place, and not within
// the one before.
func (s *sheet) times(f family, count uint64, sum time.Duration, bounds []time.Duration, buckets []uint64, labels ...string) {
	upTo := make(map[float64]uint64, len(bounds))
	var n uint64
	for i, bound := range bounds {
		n += buckets[i]
		upTo[bound.Seconds()] = n
	}
	s.to <- prometheus.MustNewConstHistogram(f.desc, max(count, n), sum.Seconds(), upTo, labels...)
}

// keys are those of a map in order, so that a scrape is the same twice.
func keys[V any](m map[string]V) []string {
	all := make([]string, 0, len(m))
	for k := range m {
		all = append(all, k)
	}
	sort.Strings(all)
	return all
}

func truth(is bool) float64 {
	if is {
		return 1
	}
	return 0
}
