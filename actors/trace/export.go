package trace

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	resourcepb "go.opentelemetry.io/proto/otlp/resource/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/rollcall/rollcall/protos"
)

const (
	exportQueue = 8192            // spans that may wait
	exportBatch = 512             // spans in one request
	exportEvery = 2 * time.Second // how long a span waits at most
	exportLast  = 2 * time.Second // for what waits when the node stops
)

// Exporter sends the spans that are kept to a collector, by OTLP over HTTP. Where
// that is say the environment variables of OpenTelemetry (OTEL_EXPORTER_OTLP_…).
// While it cannot be reached spans wait, and those that find no room are dropped
// and counted.
type Exporter struct {
	client   otlptrace.Client
	resource *resourcepb.Resource
	log      *slog.Logger
	queue    chan *protos.Span
	dropped  atomic.Uint64
}

// NewExporter returns the exporter of a node. Run must be called.
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
	e := &Exporter{
		client: otlptracehttp.NewClient(), log: log,
		resource: &resourcepb.Resource{}, queue: make(chan *protos.Span, exportQueue),
	}
	for _, kv := range described.Attributes() {
		e.resource.Attributes = append(e.resource.Attributes, text(string(kv.Key), kv.Value.String()))
	}
	return e, nil
}

// Dropped returns how many spans were not sent since the start.
func (e *Exporter) Dropped() uint64 { return e.dropped.Load() }

// Export takes a span. It does not block.
func (e *Exporter) Export(s *protos.Span) {
	select {
	case e.queue <- s:
	default:
		e.dropped.Add(1)
	}
}

// Run sends until ctx ends, and then what waits still.
func (e *Exporter) Run(ctx context.Context) {
	if err := e.client.Start(context.WithoutCancel(ctx)); err != nil {
		e.log.Warn("traces are not exported", "err", err)
		return
	}
	defer func() {
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), exportLast)
		defer cancel()
		e.send(last, e.waiting(nil))
		_ = e.client.Stop(last) // there is nothing left to be sent
	}()
	tick := time.NewTicker(exportEvery)
	defer tick.Stop()
	var batch []*protos.Span
	for {
		select {
		case <-ctx.Done():
			e.send(context.WithoutCancel(ctx), batch)
			return
		case s := <-e.queue:
			if batch = append(batch, s); len(batch) < exportBatch {
				continue
			}
		case <-tick.C:
		}
		e.send(ctx, batch)
		batch = nil
	}
}

// waiting adds what is in the queue to a batch.
func (e *Exporter) waiting(batch []*protos.Span) []*protos.Span {
	for {
		select {
		case s := <-e.queue:
			batch = append(batch, s)
		default:
			return batch
		}
	}
}

// send gives a batch up when it is not taken: the client has tried several times.
func (e *Exporter) send(ctx context.Context, batch []*protos.Span) {
	if len(batch) == 0 {
		return
	}
	spans := make([]*tracepb.Span, len(batch))
	for i, s := range batch {
		spans[i] = otlp(s)
	}
	err := e.client.UploadTraces(ctx, []*tracepb.ResourceSpans{{
		Resource:   e.resource,
		ScopeSpans: []*tracepb.ScopeSpans{{Scope: &commonpb.InstrumentationScope{Name: "rollcall"}, Spans: spans}},
	}})
	if err != nil {
		e.dropped.Add(uint64(len(batch)))
		e.log.Warn("spans were not taken by the collector", "spans", len(batch), "err", err)
	}
}

// otlp returns a span as OpenTelemetry's protocol has it.
func otlp(s *protos.Span) *tracepb.Span {
	id, trace := SpanIDOf(s.GetId()), IDOf(s.GetTrace())
	o := &tracepb.Span{
		TraceId: trace[:], SpanId: id[:], Name: s.GetName(), Kind: kindOf(s),
		StartTimeUnixNano: uint64(s.GetStarted()), EndTimeUnixNano: uint64(s.GetEnded()),
		Attributes: []*commonpb.KeyValue{text("rollcall.node", s.GetNode()), text("rollcall.actor", s.GetActor())},
		Status:     &tracepb.Status{},
	}
	if s.GetParent() != 0 {
		parent := SpanIDOf(s.GetParent())
		o.ParentSpanId = parent[:]
	}
	for key, value := range map[string]string{
		"rollcall.identity": s.GetIdentity(), "rollcall.from": s.GetFrom(), "rollcall.peer": s.GetPeer(),
		"rollcall.room": s.GetRoot().GetRoom(), "rollcall.id_socket": s.GetRoot().GetIdSocket(),
	} {
		if value != "" {
			o.Attributes = append(o.Attributes, text(key, value))
		}
	}
	if s.GetArrived() > 0 {
		o.Attributes = append(o.Attributes,
			number("rollcall.wire_ns", s.GetArrived()-s.GetSent()), number("rollcall.queued_ns", s.GetStarted()-s.GetArrived()))
	}
	for _, f := range s.GetFields() {
		o.Attributes = append(o.Attributes, text("rollcall."+f.GetKey(), f.GetValue()))
	}
	if s.GetOutcome() != protos.Span_OK {
		o.Attributes = append(o.Attributes, text("rollcall.outcome", s.GetOutcome().String()))
	}
	if s.GetOutcome() >= protos.Span_INCOMPLETE {
		o.Status = &tracepb.Status{Code: tracepb.Status_STATUS_CODE_ERROR, Message: s.GetError()}
	}
	for _, l := range s.GetLinks() {
		span, trace := SpanIDOf(l.GetSpan()), IDOf(l.GetTrace())
		o.Links = append(o.Links, &tracepb.Span_Link{TraceId: trace[:], SpanId: span[:]})
	}
	return o
}

func kindOf(s *protos.Span) tracepb.Span_SpanKind {
	switch {
	case s.GetActor() == "http":
		return tracepb.Span_SPAN_KIND_SERVER
	case s.GetPeer() != "":
		return tracepb.Span_SPAN_KIND_PRODUCER
	case s.GetFrom() != "":
		return tracepb.Span_SPAN_KIND_CONSUMER
	}
	return tracepb.Span_SPAN_KIND_INTERNAL
}

func text(key, value string) *commonpb.KeyValue {
	return &commonpb.KeyValue{Key: key, Value: &commonpb.AnyValue{Value: &commonpb.AnyValue_StringValue{StringValue: value}}}
}

func number(key string, value int64) *commonpb.KeyValue {
	return &commonpb.KeyValue{Key: key, Value: &commonpb.AnyValue{Value: &commonpb.AnyValue_IntValue{IntValue: value}}}
}
