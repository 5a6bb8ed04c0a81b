package web

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rollcall/rollcall/actors/actorstest"
	"github.com/rollcall/rollcall/actors/identity"
	"github.com/rollcall/rollcall/actors/operate"
	"github.com/rollcall/rollcall/actors/trace"
	"github.com/rollcall/rollcall/protos"
	"github.com/rollcall/rollcall/web/gate"
)

const (
	someTrace   = "4bf92f3577b34da6a3ce929d0e0e4736"
	sampledByUs = "00-" + someTrace + "-00f067aa0ba902b7-01"
)

func trusting(c *Config) { c.TrustTraceparent = true }

// spansOf returns what was recorded of the sampled trace.
func (s *site) spansOf(id string) (spans []*protos.Span) {
	s.t.Helper()
	parsed, ok := trace.ParseID(id)
	if !ok {
		s.t.Fatalf("%q is no id", id)
	}
	spans, _ = s.node.Tracer().Spans(parsed)
	return spans
}

func TestARequestGoesOnWithTheTraceOfItsCaller(t *testing.T) {
	s := newSite(t, trusting)
	tests := []struct {
		target, kind string
		steps        []string // some
	}{
		{"/Maths/users", "roll", []string{"GET /Maths/users", "query", "roll call", "merge"}},
		{"/api/rooms/Maths", "roll", []string{"GET /api/rooms/Maths", "query", "roll call", "merge"}},
		{"/users/2", "http", []string{"GET /users/2"}},
	}
	for i, test := range tests {
		id := strings.Replace(someTrace, "4", string(rune('a'+i)), 1)
		got := s.get(test.target, "Traceparent", strings.Replace(sampledByUs, someTrace, id, 1))
		if got.header.Get("Rollcall-Trace") != id || !strings.HasPrefix(got.header.Get("Traceparent"), "00-"+id+"-") || !strings.HasSuffix(got.header.Get("Traceparent"), "-01") {
			t.Errorf("%s: headers %v", test.target, got.header)
		}
		var names []string
		actorstest.Eventually(t, "the trace of "+test.target, func() bool {
			names = nil
			for _, span := range s.spansOf(id) {
				names = append(names, span.GetName())
				if root := span.GetRoot(); root != nil && root.GetKind() != test.kind {
					t.Errorf("%s: kind %s", test.target, root.GetKind())
				}
			}
			return !slices.ContainsFunc(test.steps, func(step string) bool { return !slices.Contains(names, step) })
		})
	}
}

// A caller that is not sampled, or none at all, gets an id nevertheless.
func TestEveryAnswerNamesItsTrace(t *testing.T) {
	s := newSite(t, trusting)
	one, other := s.get("/Maths/users").header.Get("Rollcall-Trace"), s.get("/Maths/users").header.Get("Rollcall-Trace")
	if len(one) != 32 || len(other) != 32 || one == other {
		t.Errorf("traces %q and %q", one, other)
	}
	if again := s.get("/Maths/users", "Traceparent", strings.TrimSuffix(sampledByUs, "1")+"0"); again.header.Get("Rollcall-Trace") != someTrace {
		t.Errorf("headers %v", again.header)
	}
	if spans := s.spansOf(someTrace); len(spans) != 0 {
		t.Errorf("recorded %v", spans)
	}
}

// What strangers say is recorded neither because they want it, nor under a name of theirs.
func TestStrangersDoNotDecideWhatIsTraced(t *testing.T) {
	s := newSite(t, func(c *Config) { c.Gate = gate.New(adminToken) })
	for range 100 {
		got := s.get("/Maths/users", "Traceparent", sampledByUs)
		if id := got.header.Get("Rollcall-Trace"); id == someTrace || len(id) != 32 || !strings.HasSuffix(got.header.Get("Traceparent"), "-00") {
			t.Fatalf("headers %v", got.header)
		}
	}
	if spans := s.spansOf(someTrace); len(spans) != 0 {
		t.Errorf("recorded %v", spans)
	}
	if recent := s.node.Asker().Traces(t.Context(), operate.TraceCursor{}, 10); len(recent.Roots) != 0 {
		t.Errorf("kept %v", recent.Roots)
	}
	if got := s.get("/Maths/users", "Traceparent", sampledByUs, "Authorization", "Bearer "+adminToken); got.header.Get("Rollcall-Trace") != someTrace {
		t.Errorf("an operator's is not gone on with: %v", got.header)
	}
}

// slowBody is a body that its client sends slowly.
type slowBody struct {
	*strings.Reader
	each time.Duration
}

func (b slowBody) Read(p []byte) (int, error) {
	<-time.After(b.each)
	return b.Reader.Read(p)
}

// slowReader reads its answer slowly.
type slowReader struct {
	http.ResponseWriter
	each time.Duration
}

func (r slowReader) Write(p []byte) (int, error) {
	<-time.After(r.each)
	return r.ResponseWriter.Write(p)
}

// Who sends or reads slowly has nothing kept as slow; and what is kept is short.
func TestSlowClientsAreNotKeptAsSlow(t *testing.T) {
	s := newSite(t)
	const each = 5 * trace.DefaultSlow // more than a machine is slow by itself
	for range 2 {
		r := s.request(http.MethodPut, "/users/9", "")
		r.Body = io.NopCloser(slowBody{strings.NewReader(`{"name":"Ann"}`), each})
		if got := s.answer(r); got.status != http.StatusNoContent {
			t.Fatalf("%d %s", got.status, got.body)
		}
		w := httptest.NewRecorder()
		s.ServeHTTP(slowReader{w, each}, s.request(http.MethodGet, "/users/9", ""))
	}
	for _, root := range s.node.Asker().Traces(t.Context(), operate.TraceCursor{}, 10).Roots {
		if root.GetEnded()-root.GetStarted() >= int64(each) { // another one may be slow for a reason of ours
			t.Errorf("kept %v", root)
		}
	}
	s.Users = brokenUsers{}
	s.get("/users/2" + strings.Repeat("2", 200) + "?" + strings.Repeat("x", 1000))
	s.get("/users/" + strings.Repeat("%32", 200))
	for _, root := range s.node.Asker().Traces(t.Context(), operate.TraceCursor{}, 10).Roots {
		if len(root.GetName()) > longestTraced+10 {
			t.Errorf("a name of %d bytes", len(root.GetName()))
		}
	}
}

// brokenUsers is a store that cannot be read.
type brokenUsers struct{}

func (brokenUsers) User(context.Context, string) (identity.User, error) {
	return identity.User{}, errors.New("the disk is on fire")
}

func (brokenUsers) Users(context.Context, []string) ([]identity.User, error) { return nil, nil }

func (brokenUsers) Page(context.Context, string, int) ([]identity.User, error) { return nil, nil }

func TestAFailedRequestIsKeptWithItsReason(t *testing.T) {
	s := newSite(t)
	s.Users = brokenUsers{}
	got := s.get("/users/2")
	if got.status != http.StatusInternalServerError {
		t.Fatalf("status %d", got.status)
	}
	actorstest.Eventually(t, "the trace", func() bool { return len(s.spansOf(got.header.Get("Rollcall-Trace"))) == 1 })
	span := s.spansOf(got.header.Get("Rollcall-Trace"))[0]
	if span.GetOutcome() != protos.Span_FAILED || span.GetError() != "the disk is on fire" {
		t.Errorf("%v", span)
	}
	if recent := s.node.Asker().Traces(t.Context(), operate.TraceCursor{}, 10); len(recent.Roots) != 1 {
		t.Errorf("kept %v", recent.Roots)
	}
}
