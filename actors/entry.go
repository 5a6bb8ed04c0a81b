package actors

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/rollcall/rollcall/protos"
)

// IDLength is the length of every socket id, in bytes: 15 random bytes in
// unpadded URL-safe base64. It is fixed so that the ids of a roster travel as
// one string ([protos.Part]).
const IDLength = 20

// Entry is one socket of a room.
type Entry struct {
	Socket string // id_socket, IDLength bytes
	User   int64  // id_user
	Since  int64  // when it joined the room, Unix milliseconds
}

func (e Entry) compare(id string) int { return strings.Compare(e.Socket, id) }

// appendJSON appends the entry as an element of the seed's room answer:
// {"id_socket":"…","id_user":1,"data":{}}.
func (e Entry) appendJSON(dst []byte) []byte {
	dst = append(dst, `{"id_socket":"`...)
	dst = append(dst, e.Socket...) // base64url needs no escaping
	dst = append(dst, `","id_user":`...)
	dst = strconv.AppendInt(dst, e.User, 10)
	return append(dst, `,"data":{}}`...)
}

// encodePart returns entries, which are sorted, as a message of columns.
func encodePart(entries []Entry) *protos.Part {
	var ids strings.Builder
	ids.Grow(len(entries) * IDLength)
	part := &protos.Part{
		Users: make([]int64, len(entries)),
		Since: make([]int64, len(entries)),
	}
	for i, e := range entries {
		ids.WriteString(e.Socket)
		part.Users[i] = e.User
		part.Since[i] = e.Since
	}
	part.Ids = ids.String()
	return part
}

// decodePart is the inverse of encodePart. A part whose columns differ in
// length, or whose ids are not sorted, is an error: another node is at fault.
func decodePart(part *protos.Part) ([]Entry, error) {
	ids, users, since := part.GetIds(), part.GetUsers(), part.GetSince()
	if len(ids) != len(users)*IDLength || len(users) != len(since) {
		return nil, fmt.Errorf("part has %d bytes of ids, %d users and %d times", len(ids), len(users), len(since))
	}
	entries := make([]Entry, len(users))
	for i := range entries {
		entries[i] = Entry{Socket: ids[i*IDLength : (i+1)*IDLength], User: users[i], Since: since[i]}
	}
	if !slices.IsSortedFunc(entries, func(a, b Entry) int { return strings.Compare(a.Socket, b.Socket) }) {
		return nil, fmt.Errorf("part of %d sockets is not sorted", len(entries))
	}
	return entries, nil
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
