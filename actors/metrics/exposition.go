package metrics

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/rollcall/rollcall/actors/directory"
)

// Exposition is what Prometheus is shown.
type Exposition struct {
	*Metrics
	Actors  *directory.Directory
	Version string
	Moment  func() Moment               // asked once for each scrape
	NameOf  func(address string) string // of the member whose actors are there; "" for nobody
}

// Moment is what nobody counts, because it can be looked up.
type Moment struct {
	OutboxBytes         int
	OutboxMemory        int64  // bytes that all outboxes hold together
	Dropped             uint64 // messages that were left out for slow readers
	PartialBytes        int    // held of what clients have begun to send
	GaveWay             uint64 // clients that were closed since others needed that memory
	Members             int
	RedisUp, DatabaseUp bool
	Heard, Read         uint64 // changes of users that came by Redis, and from the log
}

// NewRegistry returns a registry with the figures of one node, and those of its
// process and of the Go runtime.
func NewRegistry(e Exposition) *prometheus.Registry {
	registry := prometheus.NewRegistry()
	registry.MustRegister(
		newCollector(e),
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	return registry
}

// collector reads the figures when it is scraped.
type collector struct {
	exposition Exposition
	figures    []figure
	descs      []*prometheus.Desc // of the figures
}

var _ prometheus.Collector = (*collector)(nil)

func newCollector(e Exposition) *collector {
	c := &collector{exposition: e, figures: figures()}
	for _, f := range c.figures {
		c.descs = append(c.descs, f.desc())
	}
	return c
}

// Describe sends what there is.
func (c *collector) Describe(descs chan<- *prometheus.Desc) {
	for _, d := range c.descs {
		descs <- d
	}
}

// Collect sends the values of the moment.
func (c *collector) Collect(values chan<- prometheus.Metric) {
	r := &reading{Exposition: c.exposition, moment: c.exposition.Moment()}
	for i, f := range c.figures {
		kind := prometheus.GaugeValue
		if f.kind == "counter" {
			kind = prometheus.CounterValue
		}
		r.emit = func(value float64, labels ...string) {
			values <- prometheus.MustNewConstMetric(c.descs[i], kind, value, labels...)
		}
		r.spread = func(d Distribution, labels ...string) {
			values <- prometheus.MustNewConstHistogram(c.descs[i], d.Count(), d.sum.Seconds(), d.cumulative(), labels...)
		}
		f.read(r)
	}
}
