package trace

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"google.golang.org/protobuf/proto"

	collectorpb "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
)

// collector receives spans as an OpenTelemetry collector does.
func collector(t *testing.T) <-chan *tracepb.ResourceSpans {
	t.Helper()
	got := make(chan *tracepb.ResourceSpans, 16)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		var request collectorpb.ExportTraceServiceRequest
		if err != nil || r.URL.Path != "/v1/traces" || proto.Unmarshal(body, &request) != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		for _, spans := range request.GetResourceSpans() {
			got <- spans
		}
		answer, _ := proto.Marshal(&collectorpb.ExportTraceServiceResponse{})
		w.Header().Set("Content-Type", "application/x-protobuf")
		_, _ = w.Write(answer)
	}))
	t.Cleanup(server.Close)
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", server.URL)
	return got
}

func TestKeptSpansAreExported(t *testing.T) {
	got := collector(t)
	ctx, stop := context.WithCancel(t.Context())
	exporter, err := NewExporter(ctx, "node-1", "v1.2.3", slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	ran := make(chan struct{})
	go func() {
		defer close(ran)
		exporter.Run(ctx)
	}()
	tracer := New(Config{Node: "node-1", Sink: exporter})
	root := tracer.Start(Context{}, "roll", "http", "", "GET /Maths/users")
	root.About("Maths", "0", "")
	part := root.Asking("node-3", "RollCall")
	part.Fail(errSome)
	part.End()
	root.Incomplete([]string{"node-3"})
	root.End()
	stop() // what waits is sent at the end
	<-ran

	spans := map[string]*tracepb.Span{}
	resource := map[string]string{}
	for len(got) > 0 {
		batch := <-got
		for _, kv := range batch.GetResource().GetAttributes() {
			resource[kv.GetKey()] = kv.GetValue().GetStringValue()
		}
		for _, s := range batch.GetScopeSpans()[0].GetSpans() {
			spans[s.GetName()] = s
		}
	}
	if resource["service.name"] != "rollcall" || resource["service.instance.id"] != "node-1" || resource["service.version"] != "v1.2.3" {
		t.Errorf("resource %v", resource)
	}
	get, ask := spans["GET /Maths/users"], spans["RollCall"]
	if get == nil || ask == nil || string(ask.GetParentSpanId()) != string(get.GetSpanId()) || string(ask.GetTraceId()) != string(get.GetTraceId()) {
		t.Fatalf("spans %v", spans)
	}
	if get.GetKind() != tracepb.Span_SPAN_KIND_SERVER || get.GetStatus().GetCode() != tracepb.Status_STATUS_CODE_ERROR || ask.GetStatus().GetMessage() != "some reason" {
		t.Errorf("%v %v", get, ask)
	}
	if get.GetStartTimeUnixNano() == 0 || get.GetEndTimeUnixNano() < get.GetStartTimeUnixNano() {
		t.Errorf("from %d to %d", get.GetStartTimeUnixNano(), get.GetEndTimeUnixNano())
	}
}

func TestSpansThatFindNoRoomAreCounted(t *testing.T) {
	exporter, err := NewExporter(t.Context(), "node-1", "", slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range aRoll() { // Run was not called
		for range exportQueue / 8 {
			exporter.Export(s)
		}
	}
	if n := New(Config{Sink: exporter}).Dropped(); n != exportQueue/8 {
		t.Errorf("%d dropped", n)
	}
}
