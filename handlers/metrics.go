package handlers

import (
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"agentreport/reports"
)

// Metrics are what Prometheus reads.
type Metrics struct {
	registry   *prometheus.Registry
	events     *prometheus.CounterVec
	requests   *prometheus.HistogramVec
	deliveries *prometheus.CounterVec
	swept      prometheus.Counter
	grouped    prometheus.Counter
	embedded   *prometheus.CounterVec
	told       *prometheus.CounterVec
	sources    *prometheus.CounterVec
	lastEvent  *prometheus.GaugeVec

	lastHeard sync.Mutex
	latest    map[string]time.Time // by source
}

// NewMetrics makes all metrics, in a registry of their own.
func NewMetrics() *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		events: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "agent_report_events_total", Help: "Events received over HTTP, by what became of them.",
		}, []string{"result"}),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "agent_report_http_request_seconds", Help: "Time to answer an HTTP request.", Buckets: prometheus.DefBuckets,
		}, []string{"route", "code"}),
		deliveries: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "agent_report_deliveries_total", Help: "Digests that came to an end, by how.",
		}, []string{"state"}),
		swept: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "agent_report_swept_conversations_total", Help: "Conversations that another process had left unfinished.",
		}),
		grouped: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "agent_report_grouped_questions_total", Help: "Questions that this process put into topics.",
		}),
		embedded: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "agent_report_embeddings_total", Help: "Questions for which embeddings were asked for, by what became of it: those that failed were grouped by their words alone.",
		}, []string{"result"}),
		told: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "agent_report_webhook_answers_total", Help: "Changes of answers that the webhook took, and attempts that failed.",
		}, []string{"result"}),
	}
	m.sources = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "agent_report_source_events_total", Help: "What other systems sent, and what a reading of them gave, by source and by what became of it.",
	}, []string{"source", "result"})
	m.lastEvent = prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "agent_report_source_last_event_seconds", Help: "When the latest event that this process had of a source happened, in seconds since 1970.",
	}, []string{"source"})
	m.registry.MustRegister(m.sources, m.lastEvent, m.events, m.requests, m.deliveries, m.swept, m.grouped, m.embedded, m.told, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

func (m *Metrics) received(accepted, duplicates, rejected int) {
	m.events.WithLabelValues("accepted").Add(float64(accepted))
	m.events.WithLabelValues("duplicate").Add(float64(duplicates))
	m.events.WithLabelValues("rejected").Add(float64(rejected))
}

// Delivered counts a digest that came to an end.
func (m *Metrics) Delivered(state reports.DeliveryState) {
	m.deliveries.WithLabelValues(string(state)).Inc()
}

// Swept counts conversations that were finished for another process.
func (m *Metrics) Swept(n int) { m.swept.Add(float64(n)) }

// Grouped counts questions that were put into topics, and of them those that a
// language model helped with or should have.
func (m *Metrics) Grouped(n, embedded, without int) {
	m.grouped.Add(float64(n))
	m.embedded.WithLabelValues("ok").Add(float64(embedded))
	m.embedded.WithLabelValues("failed").Add(float64(without))
}

// Told counts answers that the webhook took, and a failure where it did not.
func (m *Metrics) Told(n int, err error) {
	m.told.WithLabelValues("ok").Add(float64(n))
	if err != nil {
		m.told.WithLabelValues("failed").Inc()
	}
}

func (m *Metrics) source(name, result string, n int) {
	m.sources.WithLabelValues(name, result).Add(float64(n))
}

// heard notes when an event of a source happened.
func (m *Metrics) heard(source string, at time.Time) {
	m.lastHeard.Lock()
	defer m.lastHeard.Unlock()
	if m.latest == nil {
		m.latest = map[string]time.Time{}
	}
	if at.After(m.latest[source]) {
		m.latest[source] = at
		m.lastEvent.WithLabelValues(source).Set(float64(at.Unix()))
	}
}

// Took counts what a source's events became, and notes when they happened.
func (m *Metrics) Took(source string, events []reports.Event, rec reports.Recorded) {
	m.source(source, "accepted", rec.Accepted)
	m.source(source, "duplicate", rec.Duplicates)
	for i := range events {
		m.heard(source, events[i].At)
	}
}

// count measures every request, by its route and not its path.
func (m *Metrics) count(next *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		rec := &recorder{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(rec, r)
		route := r.Pattern
		if route == "" {
			route = "none"
		}
		m.requests.WithLabelValues(route, strconv.Itoa(rec.status)).Observe(time.Since(start).Seconds())
	})
}

type recorder struct {
	http.ResponseWriter
	status int
}

func (r *recorder) WriteHeader(status int) {
	r.status = status
	r.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController reach the connection.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }
