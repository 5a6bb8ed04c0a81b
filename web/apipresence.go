package web

import (
	"encoding/json"
	"net/http"

	"github.com/rollcall/rollcall/actors/backend"
	"github.com/rollcall/rollcall/actors/identity"
	"github.com/rollcall/rollcall/actors/room"
	"github.com/rollcall/rollcall/protos/problem"
	"github.com/rollcall/rollcall/protos/socketio"
)

// longestQuestion is how many bytes a question about presence may have: room for as many
// names as it may have, as long as they may be.
const longestQuestion = 512 << 10

// presenceLike is what such a question must be like.
const presenceLike = `{"users": ["…"], "rooms": ["…"]}, of which one may be left out`

// presenceOf is the answer of POST /api/presence.
type presenceOf struct {
	Users map[string]socketCount `json:"users"`
	Rooms map[string]socketCount `json:"rooms"`
	completeness
}

type socketCount struct {
	Sockets int `json:"sockets"`
}

func (s *Server) presence(w http.ResponseWriter, r *http.Request) {
	users, rooms, err := presenceAsked(w, r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	found := s.Node.Backend().Presence(r.Context(), users, rooms)
	answer := presenceOf{
		Users: make(map[string]socketCount, len(users)), Rooms: make(map[string]socketCount, len(rooms)), completeness: completenessOf(found.Completeness),
	}
	for i, id := range users {
		answer.Users[id] = socketCount{found.Users[i]}
	}
	for i, name := range rooms {
		answer.Rooms[name] = socketCount{found.Rooms[i]}
	}
	s.tell(w, r, found.Completeness, answer)
}

// presenceAsked reads whose presence is asked for.
func presenceAsked(w http.ResponseWriter, r *http.Request) (users, rooms []string, err error) {
	fields, err := fieldsWithin(w, r, longestQuestion, presenceLike, "users", "rooms")
	if err != nil {
		return nil, nil, err
	}
	if users, err = textsOf(fields, "users", identity.ParseID); err == nil {
		rooms, err = textsOf(fields, "rooms", room.ParseName)
	}
	if err != nil {
		return nil, nil, err
	}
	if n := len(users) + len(rooms); n == 0 || n > backend.MostAsked {
		return nil, nil, problem.New(problem.Invalid, "One request names 1 to %d users and rooms, this one names %d: ask in parts", backend.MostAsked, n)
	}
	return users, rooms, nil
}

// textsOf returns the texts of a field that is a list of them; none if it is not there.
func textsOf(fields identity.Fields, name string, parse func(string) (string, error)) ([]string, error) {
	value, there := fields[name]
	if !there {
		return nil, nil
	}
	list, err := listIn(value)
	if err != nil {
		return nil, badBody(presenceLike, problem.New(problem.Invalid, "the field %q is no list", name))
	}
	texts := make([]string, len(list))
	for i, element := range list {
		text, ok := socketio.ParseString(element)
		if !ok {
			return nil, badBody(presenceLike, problem.New(problem.Invalid, "number %d of %q is no text", i+1, name))
		}
		if texts[i], err = parse(text); err != nil {
			return nil, err
		}
	}
	return texts, nil
}

// listIn returns the elements of a JSON array, and an error for what is none.
func listIn(value json.RawMessage) (list []json.RawMessage, err error) {
	if len(value) == 0 || value[0] != '[' {
		return nil, problem.New(problem.Invalid, "it is no list") // null, too
	}
	err = json.Unmarshal(value, &list)
	return list, err
}

// socketsOfUser is the answer of GET /api/users/{id}/sockets.
type socketsOfUser struct {
	Sockets []socketOfUser `json:"sockets"` // by id_socket
	completeness
}

type socketOfUser struct {
	Socket string         `json:"id_socket"`
	Node   string         `json:"node"`
	Since  room.Timestamp `json:"since"`
	Rooms  []string       `json:"rooms"`
}

func (s *Server) socketsOf(w http.ResponseWriter, r *http.Request, id string) {
	found := s.Node.Backend().SocketsOf(r.Context(), id)
	answer := socketsOfUser{Sockets: make([]socketOfUser, len(found.Sockets)), completeness: completenessOf(found.Completeness)}
	for i, one := range found.Sockets {
		answer.Sockets[i] = socketOfUser{one.ID, one.Node, room.TimestampOf(one.Since), one.Rooms}
	}
	s.tell(w, r, found.Completeness, answer)
}
