package trace

import (
	"context"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/propagation"
	oteltrace "go.opentelemetry.io/otel/trace"
)

const someContext = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

func TestParseContext(t *testing.T) {
	tests := []struct {
		name, text string
		valid      bool
	}{
		{"sampled", someContext, true},
		{"not sampled", strings.TrimSuffix(someContext, "1") + "0", true},
		{"other flags", strings.TrimSuffix(someContext, "01") + "03", true},
		{"a later version with more", "01" + someContext[2:] + "-more", true},
		{"this version with more", someContext + "-more", false},
		{"a later version that runs on", "01" + someContext[2:] + "more", false},
		{"version ff", "ff" + someContext[2:], false},
		{"capitals", strings.ToUpper(someContext), false},
		{"no trace", "00-" + strings.Repeat("0", 32) + someContext[35:], false},
		{"no span", someContext[:36] + strings.Repeat("0", 16) + "-01", false},
		{"no hexadecimal", "00-x" + someContext[4:], false},
		{"cut off", someContext[:54], false},
		{"empty", "", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := ParseContext(test.text)
			if c.Valid() != test.valid {
				t.Fatalf("%q: valid is %v", test.text, c.Valid())
			}
			if test.valid && c.String()[:53] != "00"+test.text[2:53] {
				t.Errorf("%q became %q", test.text, c)
			}
		})
	}
}

// OpenTelemetry's own propagator must read every header as this package does.
func FuzzParseContext(f *testing.F) {
	f.Add(someContext)
	f.Add("01" + someContext[2:] + "-more")
	f.Add("00" + someContext[2:54] + "0")
	f.Add("ff-")
	f.Add(someContext + "-")
	f.Fuzz(func(t *testing.T, text string) {
		carrier := propagation.MapCarrier{"traceparent": text}
		want := oteltrace.SpanContextFromContext(propagation.TraceContext{}.Extract(context.Background(), carrier))
		got := ParseContext(text)
		if got.Valid() && !want.IsValid() && text[53:55] > "03" {
			return // it refuses flags that it does not know; the specification wants them ignored
		}
		if !got.Valid() && len(text) == contextLength+1 && strings.HasPrefix(text, "00-") && strings.HasSuffix(text, "-") {
			return // it takes a dash at the end, behind which nothing comes in version 00
		}
		if got.Valid() != want.IsValid() {
			t.Fatalf("%q: valid is %v", text, got.Valid())
		}
		if got.Valid() && (got.Trace != want.TraceID() || got.Span != want.SpanID() || got.Sampled != want.IsSampled()) {
			t.Errorf("%q: %v", text, got)
		}
	})
}

func TestIDsComeBackFromOtherNodes(t *testing.T) {
	for range 100 {
		id, span := newID(), newSpanID()
		if IDOf(Message(id)) != id || SpanIDOf(numberOf(span)) != span {
			t.Fatalf("%s %s", id, span)
		}
		if again, ok := ParseID(id.String()); !ok || again != id {
			t.Fatalf("%s", id)
		}
	}
	if _, ok := ParseID("nonsense"); ok {
		t.Error("nonsense is no id")
	}
}
