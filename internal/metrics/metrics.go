package metrics

import (
	"log/slog"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"hatif/call"
)

// Metrics are the figures of one hatif. Its methods may be called from any goroutine.
type Metrics struct {
	registry *prometheus.Registry
	calls    *calls
}

// New makes the figures. What is read from s is read at each scrape.
func New(s Sources) *Metrics {
	m := &Metrics{registry: prometheus.NewRegistry()}
	m.calls = newCalls(m.registry, s)
	m.registry.MustRegister(
		signalling(s), sound(s), floor(s), house(s),
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	return m
}

// Begun counts a conversation that begins.
func (m *Metrics) Begun() { m.calls.begun.Inc() }

// Ended counts a conversation that is over.
func (m *Metrics) Ended(r *call.Record) { m.calls.over(r) }

// Handler answers a scrape, whoever asks.
func (m *Metrics) Handler(log *slog.Logger) http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelError), MaxRequestsInFlight: 4, Registry: m.registry,
	})
}

// A Process is what the operating system says of hatif; what it does not say is 0.
type Process struct {
	CPU             float64 // seconds of a core since the start
	Resident        uint64  // bytes
	Descriptors     int
	MostDescriptors int
}

// ReadProcess asks the operating system.
func ReadProcess() (Process, error) {
	one := prometheus.NewRegistry()
	one.MustRegister(collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	families, err := one.Gather()
	if err != nil {
		return Process{}, err
	}
	var p Process
	for _, f := range families {
		m := f.GetMetric()[0]
		switch f.GetName() {
		case "process_cpu_seconds_total":
			p.CPU = m.GetCounter().GetValue()
		case "process_resident_memory_bytes":
			p.Resident = uint64(m.GetGauge().GetValue())
		case "process_open_fds":
			p.Descriptors = int(m.GetGauge().GetValue())
		case "process_max_fds":
			p.MostDescriptors = int(m.GetGauge().GetValue())
		}
	}
	return p, nil
}
