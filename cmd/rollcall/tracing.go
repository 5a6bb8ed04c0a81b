package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/rollcall/rollcall/actors/identity"
	"github.com/rollcall/rollcall/actors/trace"
	"github.com/rollcall/rollcall/protos/problem"
)

// Tracing says what is traced, and who gets the traces.
type Tracing struct {
	Trace            traceRate     `group:"operators" env:"ROLLCALL_TRACE" placeholder:"RATE" help:"Part of the requests, joins and events that is traced through all actors, 0 to 1, or off. From 0 on, those that are slow, incomplete or failed are kept in any case. [serve: off, cluster: 1]"`
	TraceSlow        time.Duration `group:"operators" env:"ROLLCALL_TRACE_SLOW" default:"100ms" placeholder:"TIME" help:"What takes longer is kept as slow; 1ms to 1h. [${default}]"`
	TrustTraceparent bool          `group:"operators" env:"ROLLCALL_TRUST_TRACEPARENT" help:"Go on with the traces of whoever sends a traceparent header (W3C Trace Context), and record them if that says so: for where only services of one's own reach this node, or a proxy writes the header itself. Otherwise that is for who shows the admin token, as strangers could have everything recorded. [off]"`
	TracerURL        string        `group:"operators" env:"ROLLCALL_TRACER_URL" placeholder:"URL" help:"Where the dashboard links to for a trace, with {trace_id} in it: https://jaeger.example.org/trace/{trace_id}. Spans are sent to a collector if OTEL_EXPORTER_OTLP_ENDPOINT names one. [none]"`
}

func (t *Tracing) check() error {
	if t.TracerURL != "" && !strings.Contains(t.TracerURL, "{trace_id}") {
		return fmt.Errorf("--tracer-url: %q does not say where the id goes; write it with {trace_id}, as https://jaeger.example.org/trace/{trace_id}", t.TracerURL)
	}
	return within("--trace-slow", t.TraceSlow, time.Millisecond, time.Hour)
}

// tracing is the tracing of a node; without a tracer it is off.
type tracing struct {
	tracer   *trace.Tracer
	exporter *trace.Exporter // nil without a collector
}

// start starts the tracing of a node, if it is on.
func (t *Tracing) start(node string, log *slog.Logger) (*tracing, error) {
	rate, on := t.Trace.rate()
	if !on {
		return &tracing{}, nil
	}
	config := trace.Config{Node: node, Rate: rate, Slow: t.TraceSlow}
	if os.Getenv("OTEL_EXPORTER_OTLP_ENDPOINT") == "" && os.Getenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") == "" {
		return &tracing{tracer: trace.New(config)}, nil
	}
	if err := checkCollector(os.Getenv); err != nil {
		return nil, err
	}
	exporter, err := trace.NewExporter(context.Background(), node, version(), log)
	if err != nil {
		return nil, fmt.Errorf("export traces: %w", err)
	}
	config.Sink = exporter
	return &tracing{tracer: trace.New(config), exporter: exporter}, nil
}

// checkCollector looks at the URLs by which a collector is reached. OpenTelemetry and
// net/http quote them whole when they cannot read them, and there may be passwords in
// them.
func checkCollector(env func(string) string) error {
	for _, name := range []string{
		"OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
		"HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy",
	} {
		value := env(name)
		if value == "" {
			continue
		}
		if !strings.Contains(value, "://") {
			value = "http://" + value // as net/http reads it
		}
		if err := identity.CheckServiceURL(value); err != nil {
			return fmt.Errorf("%s: %s", name, problem.MessageOf(err))
		}
	}
	return nil
}

// close sends what is still to be exported.
func (t *tracing) close() {
	if t != nil && t.exporter != nil {
		t.exporter.Close()
	}
}

// traceRate is off, or a number from 0 to 1; empty where nothing was said.
type traceRate string

// UnmarshalText reads a rate; its error says how to write one.
func (r *traceRate) UnmarshalText(text []byte) error {
	*r = traceRate(text)
	if rate, on := r.rate(); on && !(0 <= rate && rate <= 1) {
		return fmt.Errorf("%q is no rate; write a number from 0 to 1, as 0.01, or off", text)
	}
	return nil
}

// rate returns what is sampled, and whether anything is traced. What is no number
// is no rate.
func (r traceRate) rate() (rate float64, on bool) {
	if r == "" || r == "off" {
		return 0, false
	}
	rate, err := strconv.ParseFloat(string(r), 64)
	if err != nil {
		return -1, true
	}
	return rate, true
}
