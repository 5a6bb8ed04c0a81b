package trace

import (
	"bytes"
	"encoding/pem"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	collectorpb "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/rollcall/rollcall/actors/actorstest"
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
	exporter, err := NewExporter(t.Context(), "node-1", "v1.2.3", slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	tracer := New(Config{Node: "node-1", Sink: exporter})
	root := tracer.Start(Context{}, "roll", "http", "", "GET /Maths/users")
	root.About("Maths", "0", "")
	part := root.Asking("node-3", "RollCall")
	part.Fail(errSome)
	part.End()
	root.Incomplete([]string{"node-3"})
	root.End()
	exporter.Close() // what waits is sent at the end

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
	answer := make(chan struct{})
	exporter := exporterTo(t, slog.DiscardHandler, func(http.ResponseWriter, *http.Request) { <-answer })
	for _, s := range aRoll() { // nothing is answered meanwhile
		for range exportQueue / 8 {
			exporter.Export(s)
		}
	}
	if n := New(Config{Sink: exporter}).Dropped(); n != exportQueue/8 {
		t.Errorf("%d dropped", n)
	}
	close(answer)
	actorstest.Eventually(t, "room for as many again", func() bool { return exporter.waiting.Load() == 0 })
	exporter.Close()
	if n := exporter.Dropped(); n != exportQueue/8 {
		t.Errorf("%d dropped, of those that found room some", n)
	}
}

func TestSpansThatAreNotTakenAreCountedAndLogged(t *testing.T) {
	var log bytes.Buffer
	exporter := exporterTo(t, slog.NewTextHandler(&log, nil), func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusBadRequest)
	})
	for _, s := range aRoll() {
		exporter.Export(s)
	}
	exporter.Close()
	if n := exporter.Dropped(); n != 9 || !strings.Contains(log.String(), `msg="spans were not taken by the collector" spans=9`) {
		t.Errorf("%d dropped, logged %s", n, &log)
	}
}

// A certificate for a collector without TLS is a mistake, and no reason not to start.
func TestSpansAreNotExportedToACollectorThatMakesNoSense(t *testing.T) {
	secure := httptest.NewTLSServer(http.NotFoundHandler())
	defer secure.Close()
	file := filepath.Join(t.TempDir(), "collector.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: secure.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("OTEL_EXPORTER_OTLP_CERTIFICATE", file)
	var log bytes.Buffer
	exporter := exporterTo(t, slog.NewTextHandler(&log, nil), func(http.ResponseWriter, *http.Request) { t.Error("it was asked") })
	exporter.Export(aRoll()[0])
	exporter.Close()
	if !strings.Contains(log.String(), "traces are not exported") {
		t.Errorf("logged %s", &log)
	}
}

// exporterTo returns an exporter to a collector that answers so.
func exporterTo(t *testing.T, log slog.Handler, answer http.HandlerFunc) *Exporter {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", server.URL)
	exporter, err := NewExporter(t.Context(), "node-1", "", slog.New(log))
	if err != nil {
		t.Fatal(err)
	}
	return exporter
}
