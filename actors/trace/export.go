package trace

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/instrumentation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	oteltrace "go.opentelemetry.io/otel/trace"

	"github.com/rollcall/rollcall/protos"
)

const (
	exportQueue = 8192            // spans that may wait, those of the batch under way with them
	exportBatch = 512             // spans in one request
	exportEvery = 2 * time.Second // how long a span waits at most
	exportLast  = 2 * time.Second // for what waits when the node stops
)

// Exporter sends the spans that are kept to a collector, by OTLP over HTTP. Where
// that is say the environment variables of OpenTelemetry (OTEL_EXPORTER_OTLP_…).
// While it cannot be reached spans wait, and those that find no room are dropped
// and counted.
type Exporter struct {
	batches sdktrace.SpanProcessor
	common  sdktrace.ReadOnlySpan // what all spans of the node have in common
	log     *slog.Logger
	waiting atomic.Int64
	dropped atomic.Uint64
}

// NewExporter returns the exporter of a node. It must be closed.
func NewExporter(ctx context.Context, node, version string, log *slog.Logger) (*Exporter, error) {
	described, err := resource.New(ctx,
		resource.WithAttributes(
			attribute.String("service.name", "rollcall"),
			attribute.String("service.instance.id", node),
			attribute.String("service.version", version),
		),
		resource.WithTelemetrySDK(),
		resource.WithFromEnv(),
	)
	if err != nil {
		return nil, err
	}
	common := tracetest.SpanStub{Resource: described, InstrumentationScope: instrumentation.Scope{Name: "rollcall"}}
	e := &Exporter{common: common.Snapshot(), log: log}
	collector := otlptracehttp.NewUnstarted()
	var sender sdktrace.SpanExporter = counted{SpanExporter: collector, exporter: e}
	if err := collector.Start(ctx); err != nil {
		log.Warn("traces are not exported", "err", err)
		sender = nil // the processor takes nothing then
	}
	e.batches = sdktrace.NewBatchSpanProcessor(sender,
		sdktrace.WithMaxQueueSize(exportQueue), sdktrace.WithMaxExportBatchSize(exportBatch),
		sdktrace.WithBatchTimeout(exportEvery), sdktrace.WithExportTimeout(0)) // the collector's client has timeouts
	return e, nil
}

// Dropped returns how many spans were not sent since the start.
func (e *Exporter) Dropped() uint64 { return e.dropped.Load() }

// Export takes a span. It does not block. What finds no room is counted here, as the
// processor does not say what it drops.
func (e *Exporter) Export(s *protos.Span) {
	if e.waiting.Add(1) > exportQueue {
		e.waiting.Add(-1)
		e.dropped.Add(1)
		return
	}
	e.batches.OnEnd(exported{ReadOnlySpan: e.common, span: s})
}

// Close sends what waits still.
func (e *Exporter) Close() {
	ctx, cancel := context.WithTimeout(context.Background(), exportLast)
	defer cancel()
	if err := e.batches.Shutdown(ctx); err != nil {
		e.log.Warn("spans were not taken by the collector", "spans", e.waiting.Load(), "err", err)
	}
}

// counted counts what a collector did not take.
type counted struct {
	sdktrace.SpanExporter
	exporter *Exporter
}

// ExportSpans gives a batch up when it is not taken: the client has tried several
// times. The error goes no further, since the processor tells it to all the process.
func (c counted) ExportSpans(ctx context.Context, batch []sdktrace.ReadOnlySpan) error {
	if err := c.SpanExporter.ExportSpans(ctx, batch); err != nil {
		c.exporter.dropped.Add(uint64(len(batch)))
		c.exporter.log.Warn("spans were not taken by the collector", "spans", len(batch), "err", err)
	}
	c.exporter.waiting.Add(-int64(len(batch)))
	return nil
}

// exported is a span as OpenTelemetry's exporter reads it. It is read when its batch
// is sent, so that nobody who ends a span waits for that.
type exported struct {
	sdktrace.ReadOnlySpan // the rest of it
	span                  *protos.Span
}

func (e exported) Name() string         { return e.span.GetName() }
func (e exported) StartTime() time.Time { return time.Unix(0, e.span.GetStarted()) }
func (e exported) EndTime() time.Time   { return time.Unix(0, e.span.GetEnded()) }
func (e exported) SpanContext() oteltrace.SpanContext {
	return spanContext(e.span.GetTrace(), e.span.GetId())
}

// Parent is remote if it is a caller's, or that of a message which was on its way.
func (e exported) Parent() oteltrace.SpanContext {
	if e.span.GetParent() == 0 {
		return oteltrace.SpanContext{}
	}
	remote := e.span.GetRoot() != nil || e.span.GetArrived() > e.span.GetSent()
	return spanContext(e.span.GetTrace(), e.span.GetParent()).WithRemote(remote)
}

// spanContext refers to a span that is kept, and so sampled in the end.
func spanContext(trace *protos.TraceID, span uint64) oteltrace.SpanContext {
	return oteltrace.NewSpanContext(oteltrace.SpanContextConfig{
		TraceID: IDOf(trace), SpanID: SpanIDOf(span), TraceFlags: oteltrace.FlagsSampled,
	})
}

func (e exported) SpanKind() oteltrace.SpanKind {
	switch {
	case e.span.GetActor() == "http":
		return oteltrace.SpanKindServer
	case e.span.GetPeer() != "":
		return oteltrace.SpanKindProducer
	case e.span.GetFrom() != "":
		return oteltrace.SpanKindConsumer
	}
	return oteltrace.SpanKindInternal
}

func (e exported) Status() sdktrace.Status {
	if e.span.GetOutcome() < protos.Span_INCOMPLETE {
		return sdktrace.Status{}
	}
	return sdktrace.Status{Code: codes.Error, Description: e.span.GetError()}
}

func (e exported) Links() (links []sdktrace.Link) {
	for _, l := range e.span.GetLinks() {
		links = append(links, sdktrace.Link{SpanContext: spanContext(l.GetTrace(), l.GetSpan())})
	}
	return links
}

func (e exported) Attributes() []attribute.KeyValue {
	s := e.span
	attributes := []attribute.KeyValue{attribute.String("rollcall.node", s.GetNode()), attribute.String("rollcall.actor", s.GetActor())}
	for key, value := range map[string]string{
		"rollcall.identity": s.GetActorName(), "rollcall.from": s.GetFrom(), "rollcall.peer": s.GetPeer(),
		"rollcall.room": s.GetRoot().GetRoom(), "rollcall.id_socket": s.GetRoot().GetIdSocket(),
	} {
		if value != "" {
			attributes = append(attributes, attribute.String(key, value))
		}
	}
	if s.GetArrived() > 0 {
		attributes = append(attributes,
			attribute.Int64("rollcall.wire_ns", s.GetArrived()-s.GetSent()), attribute.Int64("rollcall.queued_ns", s.GetStarted()-s.GetArrived()))
	}
	for _, f := range s.GetFields() {
		attributes = append(attributes, attribute.String("rollcall."+f.GetKey(), f.GetValue()))
	}
	if s.GetOutcome() != protos.Span_OK {
		attributes = append(attributes, attribute.String("rollcall.outcome", s.GetOutcome().String()))
	}
	return attributes
}
