package web

import (
	"bytes"
	"encoding/json"
	"net/http/httptest"
	"testing"

	"github.com/rollcall/rollcall/actors/backend"
	"github.com/rollcall/rollcall/protos/problem"
)

// Whatever a body is, it is refused with a reason, or is one event for one target.
func FuzzEmit(f *testing.F) {
	for _, seed := range []string{
		`{"room":"Maths","event":"news","args":[{"a":1}, "b"]}`, `{"id_user":"1","event":"e"}`, `{"id_socket":"x","event":"e","args":[]}`,
		`{"room":"a","event":"e","args":[null,[[]],"\ud800"]}`, `{"room":"a","id_user":"1","event":"e"}`, `{`, `[]`, `{"event":1}`,
	} {
		f.Add([]byte(seed), "key")
	}
	f.Fuzz(func(t *testing.T, body []byte, key string) {
		r := httptest.NewRequest("POST", "/api/emit", bytes.NewReader(body))
		r.Header["Idempotency-Key"] = []string{key}
		e, err := emitAsked(httptest.NewRecorder(), r)
		if err != nil {
			if code := problem.CodeOf(err); code != problem.Invalid && code != problem.TooLarge {
				t.Fatalf("refused as %s: %v", code, err)
			}
			return
		}
		targets := 0
		for _, name := range []string{e.To.Room, e.To.User, e.To.Socket} {
			if name != "" {
				targets++
			}
		}
		if targets > 1 || backend.CheckEvent(e.Event) != nil || e.Key == "" {
			t.Fatalf("taken as %+v", e)
		}
		for _, arg := range e.Args {
			if !json.Valid(arg) || bytes.ContainsAny(arg, "\n\r\t") {
				t.Fatalf("an argument is %q", arg)
			}
		}
	})
}
