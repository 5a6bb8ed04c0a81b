package web

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/rollcall/rollcall/actors/backend"
	"github.com/rollcall/rollcall/actors/identity"
	"github.com/rollcall/rollcall/actors/room"
	"github.com/rollcall/rollcall/actors/trace"
	"github.com/rollcall/rollcall/protos/problem"
	"github.com/rollcall/rollcall/protos/socketio"
)

const (
	longestEmit = 64 << 10 // bytes of a body that is to be emitted
	longestKey  = 128      // bytes of an Idempotency-Key

	// emitLike is what a body must be like that is to be emitted.
	emitLike = `{"room": "…", "event": "…", "args": […]}, or with "id_user" or "id_socket" in the place of "room"`
)

// emitted is the answer of POST /api/emit.
type emitted struct {
	Sockets int `json:"sockets"`
	completeness
}

func (s *Server) emit(w http.ResponseWriter, r *http.Request) {
	order, err := emitAsked(w, r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	trace.From(r.Context()).About(order.To.Room, order.To.User, order.To.Socket)
	result, err := s.Node.Backend().Emit(r.Context(), order)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.tell(w, r, result.Completeness, emitted{result.Sockets, completenessOf(result.Completeness)})
}

// emitAsked reads what is to be emitted to whom.
func emitAsked(w http.ResponseWriter, r *http.Request) (e backend.Emit, err error) {
	if e.Key, err = idempotencyKey(r); err != nil {
		return e, err
	}
	if e.Key != "" {
		e.Key = callerOf(r).name() + ":" + e.Key // which are each backend's own
	}
	fields, err := fieldsWithin(w, r, longestEmit, emitLike, "room", "id_user", "id_socket", "event", "args")
	if err != nil {
		return e, err
	}
	if e.To, err = targetIn(fields); err != nil {
		return e, err
	}
	if e.Event, err = fields.Text("event"); err != nil {
		return e, badBody(emitLike, err)
	}
	if err := backend.CheckEvent(e.Event); err != nil {
		return e, err
	}
	e.Args, err = argsIn(fields)
	return e, err
}

// idempotencyKey returns the key by which a request may be repeated, "" if it has none.
func idempotencyKey(r *http.Request) (string, error) {
	keys := r.Header.Values("Idempotency-Key")
	if len(keys) == 0 {
		return "", nil
	}
	invisible := func(c rune) bool { return c <= ' ' || c > '~' }
	if key := keys[0]; len(keys) > 1 || key == "" || len(key) > longestKey || strings.ContainsFunc(key, invisible) {
		return "", problem.New(problem.Invalid, "Idempotency-Key must be 1 to %d visible ASCII characters, and there once: take a new UUID for each emit", longestKey).Named(problem.BadIdempotencyKey)
	}
	return keys[0], nil
}

// targetIn returns whom an order concerns.
func targetIn(fields identity.Fields) (to backend.Target, err error) {
	named := 0
	for _, field := range []struct {
		name  string
		parse func(string) (string, error)
		into  *string
	}{{"room", room.ParseName, &to.Room}, {"id_user", identity.ParseID, &to.User}, {"id_socket", parseSocket, &to.Socket}} {
		if _, there := fields[field.name]; !there {
			continue
		}
		named++
		text, err := fields.Text(field.name)
		if err != nil {
			return to, badBody(emitLike, err)
		}
		if *field.into, err = field.parse(text); err != nil {
			return to, err
		}
	}
	if named != 1 {
		return to, badBody(emitLike, problem.New(problem.Invalid, "it names %d of room, id_user and id_socket", named))
	}
	return to, nil
}

// argsIn returns the arguments of an event, as short as JSON goes.
func argsIn(fields identity.Fields) ([]json.RawMessage, error) {
	value, there := fields["args"]
	if !there {
		return nil, nil
	}
	args, err := listIn(value)
	if err != nil {
		return nil, badBody(emitLike, problem.New(problem.Invalid, `the field "args" is no list`))
	}
	switch { // what no client could send to others
	case len(args) >= socketio.MaxElements:
		return nil, badBody(emitLike, problem.New(problem.Invalid, `the field "args" has %d elements, and %d are the most`, len(args), socketio.MaxElements-1))
	case socketio.DepthOf(value) > socketio.MaxDepth:
		return nil, badBody(emitLike, problem.New(problem.Invalid, `the arrays and objects of "args" nest more than %d deep, which breaks the readers of some clients`, socketio.MaxDepth))
	}
	for i, arg := range args {
		var short bytes.Buffer
		if err := json.Compact(&short, arg); err != nil {
			return nil, err
		}
		args[i] = short.Bytes()
	}
	return args, nil
}

// closed is the answer of what closes sockets.
type closed struct {
	Closed int `json:"closed"`
	completeness
}

// close has sockets closed, and answers.
func (s *Server) close(w http.ResponseWriter, r *http.Request, to backend.Target) {
	trace.From(r.Context()).About(to.Room, to.User, to.Socket)
	result := s.Node.Backend().Close(r.Context(), to)
	s.tell(w, r, result.Completeness, closed{result.Sockets, completenessOf(result.Completeness)})
}

func (s *Server) closeUser(w http.ResponseWriter, r *http.Request, id string) {
	s.close(w, r, backend.Target{User: id})
}

func (s *Server) closeRoom(w http.ResponseWriter, r *http.Request, name string) {
	s.close(w, r, backend.Target{Room: name})
}

func (s *Server) closeSocket(w http.ResponseWriter, r *http.Request) {
	id, err := socketInPath(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.close(w, r, backend.Target{Socket: id})
}

// removed is the answer of what takes a socket out of a room.
type removed struct {
	Removed int `json:"removed"`
	completeness
}

func (s *Server) removeSocket(w http.ResponseWriter, r *http.Request, name string) {
	id, err := socketInPath(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	trace.From(r.Context()).About(name, "", id)
	result := s.Node.Backend().Remove(r.Context(), name, id)
	s.tell(w, r, result.Completeness, removed{result.Sockets, completenessOf(result.Completeness)})
}

// socketInPath returns the id of a socket. There need be none of it.
func socketInPath(r *http.Request) (string, error) {
	path := segments(r.URL.EscapedPath())
	id, err := url.PathUnescape(path[len(path)-1])
	if err != nil {
		return "", problem.New(problem.Invalid, "The path is not percent-encoded")
	}
	return parseSocket(id)
}

// longestSocket is how many bytes an id of a socket may have. They have fewer.
const longestSocket = 255

// parseSocket returns text if nodes can be asked for a socket of that id.
func parseSocket(text string) (string, error) {
	switch {
	case len(text) > longestSocket:
		return "", problem.New(problem.Invalid, "An id_socket has at most %d bytes, this one has %d", longestSocket, len(text))
	case !utf8.ValidString(text):
		return "", problem.New(problem.Invalid, "An id_socket must be valid UTF-8, percent-encoded once")
	}
	return text, nil
}
