package web

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/rollcall/rollcall/actors/actorstest"
	"github.com/rollcall/rollcall/actors/metrics"
)

func TestRequestsAreCountedInTheirClass(t *testing.T) {
	s := newSite(t)
	for target, want := range map[string]metrics.Route{
		"": metrics.Page, "ui/Maths": metrics.Page, "assets/app.js": metrics.Page, "dash": metrics.Page, "socket.io/socket.io.min.js.map": metrics.Page,
		"Maths/users": metrics.Roll, "a%2Fb/users": metrics.Roll, "api/rooms/Maths": metrics.Roll, "api/rooms/Maths/users": metrics.Roll, "api/roll": metrics.Roll, "metrics/users": metrics.Roll,
		"users": metrics.Users, "users/1": metrics.Users, "users/users": metrics.Users,
		"socket.io/": metrics.Engine, "socket.io": metrics.Engine, "socket.io/users/1": metrics.Other,
		"api/dash": metrics.Dashboard, "api/dash/rooms/a": metrics.Dashboard, "api/dash/users": metrics.Dashboard,
		"metrics": metrics.Scrape, "healthz": metrics.Health, "readyz": metrics.Health,
		"nothing": metrics.Other, "api": metrics.Other, "a/b/c": metrics.Other,
	} {
		if got := s.routes.find(strings.Split(target, "/")).class; got != want {
			t.Errorf("/%s is counted as %v, want %v", target, got, want)
		}
	}
}

func TestTheStatusOfAnAnswerIsNoted(t *testing.T) {
	gone, leave := context.WithCancel(t.Context())
	leave()
	for _, test := range []struct {
		name   string
		answer func(http.ResponseWriter)
		ctx    context.Context
		want   int
	}{
		{"nothing", func(http.ResponseWriter) {}, t.Context(), 200},
		{"a body", func(w http.ResponseWriter) { _, _ = w.Write([]byte("x")) }, t.Context(), 200},
		{"a status", func(w http.ResponseWriter) { w.WriteHeader(404); _, _ = w.Write([]byte("x")) }, t.Context(), 404},
		{"hints first", func(w http.ResponseWriter) { w.WriteHeader(103); w.WriteHeader(401) }, t.Context(), 401},
		{"nobody to answer", func(http.ResponseWriter) {}, gone, clientGone},
		{"an answer in time", func(w http.ResponseWriter) { _, _ = w.Write([]byte("x")) }, gone, 200},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := &counted{ResponseWriter: httptest.NewRecorder()}
			test.answer(c)
			if got := c.result(httptest.NewRequestWithContext(test.ctx, http.MethodGet, "/", nil)); got != test.want {
				t.Errorf("%d, want %d", got, test.want)
			}
		})
	}
}

func TestAWebsocketIsCountedAsOne(t *testing.T) {
	var m metrics.Metrics
	s := newSite(t, func(c *Config) { c.Requests = &m.Requests })
	s.connect("Maths", 1)
	actorstest.Eventually(t, "the websocket to be counted", func() bool { return m.Requests[metrics.Engine][101-100].Load() == 1 })
	s.get("/Maths/users")
	s.get("/users/77")
	if rolls, missing := m.Requests[metrics.Roll][200-100].Load(), m.Requests[metrics.Users][404-100].Load(); rolls != 1 || missing != 1 {
		t.Errorf("%d rolls, %d users not found", rolls, missing)
	}
}
