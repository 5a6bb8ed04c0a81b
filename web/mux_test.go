package web

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/rollcall/rollcall/actors"
	"github.com/rollcall/rollcall/actors/identity"
	"github.com/rollcall/rollcall/actors/room"
)

// Each request pays for this before anything is done for it.
func BenchmarkMux(b *testing.B) {
	s := &Server{Config: Config{Node: new(actors.Node), Engine: http.NotFoundHandler()}}
	routes := newMux(s.table())
	for _, path := range []struct {
		target string
		name   func(*http.Request) (string, error)
	}{
		{"/Maths/users", inPath(0, room.ParseName)}, {"/api/rooms/Maths/users", inPath(2, room.ParseName)}, {"/users/2", inPath(1, identity.ParseID)},
		{"/socket.io/", nil}, {"/healthz", nil}, {"/a/b/c/d", nil},
	} {
		b.Run(path.target, func(b *testing.B) {
			r := httptest.NewRequest(http.MethodGet, path.target, nil)
			for b.Loop() {
				routes.find(segments(r.URL.EscapedPath()))
				if path.name != nil {
					_, _ = path.name(r)
				}
			}
		})
	}
}
