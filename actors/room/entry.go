package room

import (
	"fmt"
	"slices"
	"strings"

	"github.com/rollcall/rollcall/actors/socket"
	"github.com/rollcall/rollcall/protos"
	"github.com/rollcall/rollcall/protos/socketio"
)

// Entry is one socket of a room.
type Entry struct {
	Socket string // id_socket, [socket.IDLength] bytes
	User   string // id_user, see [identity.ParseID]
	Since  int64  // when it joined the room, Unix milliseconds
}

func (e Entry) compare(id string) int { return strings.Compare(e.Socket, id) }

// appendJSON appends the entry as an element of the answer of GET /{room}/users, where
// clients know data as an object, which is empty:
// {"id_socket":"…","id_user":"1","data":{}}.
func (e Entry) appendJSON(dst []byte) []byte {
	dst = append(dst, `{"id_socket":"`...)
	dst = append(dst, e.Socket...) // base64url needs no escaping
	dst = append(dst, `","id_user":`...)
	dst = socketio.AppendString(dst, e.User)
	return append(dst, `,"data":{}}`...)
}

// EncodePart returns entries, which are sorted, as a message of columns.
func EncodePart(entries []Entry) *protos.Part {
	var ids, users strings.Builder
	ids.Grow(len(entries) * socket.IDLength)
	part := &protos.Part{
		User:  make([]uint32, len(entries)),
		Since: make([]int64, len(entries)),
	}
	seen := newDictionary(len(entries))
	for i, e := range entries {
		ids.WriteString(e.Socket)
		part.User[i] = seen.number(e.User)
		part.Since[i] = e.Since
	}
	part.Lengths = make([]uint32, len(seen.texts))
	users.Grow(seen.bytes)
	for i, user := range seen.texts {
		users.WriteString(user)
		part.Lengths[i] = uint32(len(user))
	}
	part.Ids, part.Users = ids.String(), users.String()
	return part
}

// DecodePart is the inverse of EncodePart. A part whose columns differ in
// length, that names users it has not, or whose ids are not sorted, is an error:
// another node is at fault.
func DecodePart(part *protos.Part) ([]Entry, error) {
	ids, user, since := part.GetIds(), part.GetUser(), part.GetSince()
	if len(ids) != len(user)*socket.IDLength || len(user) != len(since) {
		return nil, fmt.Errorf("part has %d bytes of ids, %d users and %d times", len(ids), len(user), len(since))
	}
	users, err := usersOf(part)
	if err != nil {
		return nil, err
	}
	entries := make([]Entry, len(user))
	for i, number := range user {
		if int(number) >= len(users) {
			return nil, fmt.Errorf("part has %d users, and no number %d", len(users), number)
		}
		entries[i] = Entry{Socket: ids[i*socket.IDLength : (i+1)*socket.IDLength], User: users[number], Since: since[i]}
	}
	if !slices.IsSortedFunc(entries, func(a, b Entry) int { return strings.Compare(a.Socket, b.Socket) }) {
		return nil, fmt.Errorf("part of %d sockets is not sorted", len(entries))
	}
	return entries, nil
}

// usersOf returns the different users of a part.
func usersOf(part *protos.Part) ([]string, error) {
	users, rest := make([]string, len(part.GetLengths())), part.GetUsers()
	for i, length := range part.GetLengths() {
		if length == 0 || uint64(length) > uint64(len(rest)) {
			return nil, fmt.Errorf("part has a user of %d bytes, and %d bytes left", length, len(rest))
		}
		users[i], rest = rest[:length], rest[length:]
	}
	if rest != "" {
		return nil, fmt.Errorf("part has %d bytes of users too many", len(rest))
	}
	return users, nil
}

// changeOf returns the change that a join or leave of e is.
func changeOf(kind protos.RosterChange_Kind, e Entry, previous, version uint64, first bool) *protos.RosterChange {
	return &protos.RosterChange{
		Kind: kind, IdSocket: e.Socket, IdUser: e.User, Since: e.Since,
		Previous: previous, Version: version, First: first,
	}
}

// entryOf returns the entry that a change speaks of.
func entryOf(c *protos.RosterChange) Entry {
	return Entry{Socket: c.GetIdSocket(), User: c.GetIdUser(), Since: c.GetSince()}
}
