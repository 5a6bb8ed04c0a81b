package web

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/rollcall/rollcall/actors"
)

// Each request pays for this before anything is done for it.
func BenchmarkMux(b *testing.B) {
	s := &Server{node: new(actors.Node), engine: http.NotFoundHandler()}
	routes := newMux(s.table())
	for _, target := range []string{"/Maths/users", "/api/rooms/Maths/users", "/users/2", "/socket.io/", "/healthz", "/a/b/c/d"} {
		b.Run(target, func(b *testing.B) {
			url := httptest.NewRequest(http.MethodGet, target, nil).URL
			for b.Loop() {
				r := &http.Request{URL: url}
				path := segments(r.URL.EscapedPath())
				routes.find(path).name(r, path)
			}
		})
	}
}
