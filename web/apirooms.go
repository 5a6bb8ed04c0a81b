package web

import (
	"net/http"
	"net/url"
	"strconv"
	"unicode/utf8"

	"github.com/rollcall/rollcall/actors/backend"
	"github.com/rollcall/rollcall/actors/room"
	"github.com/rollcall/rollcall/actors/trace"
	"github.com/rollcall/rollcall/protos/problem"
	"github.com/rollcall/rollcall/web/apikey"
	"github.com/rollcall/rollcall/web/httpserver"
)

// roomsByDefault is how many rooms a page has if nothing is said of that.
const roomsByDefault = 100

// pageOfRooms is the answer of GET /api/rooms.
type pageOfRooms struct {
	Rooms []roomCount `json:"rooms"`          // by the bytes of their names
	Next  string      `json:"next,omitempty"` // the cursor of the next page
	completeness
}

type roomCount struct {
	Room    string `json:"room"`
	Sockets int    `json:"sockets"`
}

// roomsOr answers GET /api/rooms with a page of all rooms; with ?room= it is about one. For
// who shows nothing where there are no keys the name is missing, as ever.
func (s *Server) roomsOr(one http.HandlerFunc) http.HandlerFunc {
	all := s.traced("http", s.listRooms)
	return func(w http.ResponseWriter, r *http.Request) {
		who := callerOf(r)
		if httpserver.ParseQuery(r.URL.RawQuery).Has("room") {
			one(w, r)
			return
		}
		if who == (caller{}) && len(s.Keys) == 0 {
			s.fail(w, r, problem.New(problem.Invalid, "The name of a room is missing: add ?room=. All rooms are for operators and backends: show the admin token, or start Rollcall with --api-key").Named(problem.BadRoom))
			return
		}
		if err := s.admit(route{method: http.MethodGet, asks: keysFor(apikey.Read)}, r, who); err != nil {
			s.fail(w, r, err)
			return
		}
		all(w, r)
	}
}

func (s *Server) listRooms(w http.ResponseWriter, r *http.Request) {
	query, err := httpserver.QueryOf(r, "cursor", "limit", "prefix")
	if err != nil {
		s.fail(w, r, err)
		return
	}
	limit, err := limitOf(query, roomsByDefault, backend.MostRooms)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	for _, name := range []string{"cursor", "prefix"} {
		if text := query.Get(name); len(text) > room.LongestName || !utf8.ValidString(text) {
			s.fail(w, r, problem.New(problem.Invalid, "%s may have at most %d bytes, of valid UTF-8, as the names of rooms", name, room.LongestName))
			return
		}
	}
	page := s.Node.Backend().Rooms(r.Context(), query.Get("cursor"), query.Get("prefix"), limit)
	answer := pageOfRooms{Rooms: make([]roomCount, len(page.Rooms)), Next: page.Next, completeness: completenessOf(page.Completeness)}
	for i, one := range page.Rooms {
		answer.Rooms[i] = roomCount{one.Room, one.Sockets}
	}
	s.tell(w, r, page.Completeness, answer)
}

// limitOf returns how many are asked for.
func limitOf(query url.Values, usual, most int) (int, error) {
	if !query.Has("limit") {
		return usual, nil
	}
	limit, err := strconv.Atoi(query.Get("limit"))
	if err != nil || limit < 1 || limit > most {
		return 0, problem.New(problem.Invalid, "limit must be 1 to %d", most)
	}
	return limit, nil
}

// countOfRoom is the answer of GET /api/rooms/{room}/count.
type countOfRoom struct {
	Room    string `json:"room"`
	Sockets int    `json:"sockets"`
	Users   int    `json:"users"`
	completeness
}

func (s *Server) countRoom(w http.ResponseWriter, r *http.Request, name string) {
	trace.From(r.Context()).About(name, "", "")
	count, err := s.Node.Backend().Count(r.Context(), name)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.tell(w, r, count.Completeness, countOfRoom{name, count.Sockets, count.Users, completenessOf(count.Completeness)})
}
