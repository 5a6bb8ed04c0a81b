package web

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"strconv"

	"github.com/rollcall/rollcall/actors/identity"
	"github.com/rollcall/rollcall/actors/room"
	"github.com/rollcall/rollcall/protos/problem"
)

// expanded is a roll with what the store knows of its users.
type expanded struct {
	*room.Roll
	held  *holding
	users map[string]identity.User // by id, without those who have no row; nil if it was not asked for
}

// mostUsersExpanded is how many users can come with a roll: with the longest profiles they
// take 40 MB.
const mostUsersExpanded = 10_000

// expand adds to a roll what the store knows of its users.
func (s *Server) expand(ctx context.Context, roll *room.Roll, held *holding) (expanded, error) {
	ids := roll.Users()
	if len(ids) > mostUsersExpanded {
		return expanded{}, problem.New(problem.Invalid, "The room has %d users, and %d can come with a roll: ask for them by /users?id_user=…", len(ids), mostUsersExpanded)
	}
	if err := held.take(ctx, len(ids)); err != nil {
		return expanded{}, err
	}
	found, err := s.Users.Users(ctx, ids)
	if err != nil {
		return expanded{}, err
	}
	all := expanded{Roll: roll, held: held, users: make(map[string]identity.User, len(found))}
	for _, user := range found {
		all.users[user.ID] = user
	}
	return all, nil
}

// userInfo is what a roll that is expanded says of a user.
type userInfo struct {
	Name    string          `json:"name"`
	Profile json.RawMessage `json:"profile,omitempty"`
	Version int64           `json:"version"`
}

// roomUsers answers with one flat list of sockets: by itself, or beside the users.
func (s *Server) roomUsers(w http.ResponseWriter, _ *http.Request, roll expanded) {
	parts := [][]byte{roll.Body}
	if roll.users != nil {
		parts = [][]byte{[]byte(`{"sockets":`), roll.Body, []byte(`,"users":`), roll.usersJSON(), []byte("}\n")}
	}
	length := 0
	for _, part := range parts {
		length += len(part)
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Content-Length", strconv.Itoa(length))
	for _, part := range parts {
		_, _ = w.Write(part)
	}
}

// usersJSON is {"1":{"name":"Mary","version":1}}.
func (e expanded) usersJSON() []byte {
	infos := make(map[string]userInfo, len(e.users))
	for id, user := range e.users {
		infos[id] = userInfo{user.Name, user.Profile, user.Version}
	}
	return bytes.TrimSuffix(e.held.encoded(infos), []byte("\n"))
}
