package backend

import (
	"cmp"
	"context"
	"slices"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/rollcall/rollcall/actors/membership"
	"github.com/rollcall/rollcall/actors/survey"
	"github.com/rollcall/rollcall/protos"
)

// MostAsked is how many users and rooms, together, one question about presence may name.
const MostAsked = 500

// Presence is how many sockets some users and rooms have.
type Presence struct {
	Users []int // in the order of the question
	Rooms []int
	Completeness
}

// Presence returns how many sockets each of these users and rooms has: at most [MostAsked].
func (b *Backend) Presence(ctx context.Context, users, rooms []string) Presence {
	answers := survey.All[*protos.PresenceHere](ctx, b.survey, func(membership.Member) proto.Message {
		return &protos.AskPresence{Users: users, Rooms: rooms}
	})
	p := Presence{Users: make([]int, len(users)), Rooms: make([]int, len(rooms)), Completeness: completeness(b.survey, answers, nothing)}
	for _, a := range answers {
		addUp(p.Users, a.Answer.GetUsers())
		addUp(p.Rooms, a.Answer.GetRooms())
	}
	return p
}

func addUp(sums []int, counts []int64) {
	for i := range min(len(sums), len(counts)) {
		sums[i] += int(counts[i])
	}
}

// Count is how many are in a room.
type Count struct {
	Sockets, Users int
	Completeness
}

// Count calls the roll of a room, and counts. Its errors are those of the roll.
func (b *Backend) Count(ctx context.Context, room string) (Count, error) {
	roll, err := b.roll(ctx, room)
	if err != nil {
		return Count{}, err
	}
	return Count{
		Sockets: roll.Sockets(), Users: len(roll.Users()), Completeness: lacking(append([]string{}, roll.Missing()...), roll.Lost),
	}, nil
}

// Sockets is the sockets of a user.
type Sockets struct {
	Sockets []Socket // by id; never nil
	Completeness
}

// Socket is a socket of a user, in rooms or in none.
type Socket struct {
	ID    string
	Node  string
	Since time.Time // when it connected
	Rooms []string  // by the bytes of their names; never nil
}

// SocketsOf returns the sockets of a user. A node that has too many for one message is
// named as missing.
func (b *Backend) SocketsOf(ctx context.Context, user string) Sockets {
	answers := survey.All[*protos.SocketsHere](ctx, b.survey, func(membership.Member) proto.Message {
		return &protos.AskSockets{IdUser: user}
	})
	s := Sockets{Sockets: []Socket{}, Completeness: completeness(b.survey, answers, (*protos.SocketsHere).GetMore)}
	for _, a := range answers {
		for _, one := range a.Answer.GetSockets() {
			s.Sockets = append(s.Sockets, Socket{
				ID: one.GetIdSocket(), Node: a.Member.Name, Since: time.UnixMilli(one.GetSince()), Rooms: append([]string{}, one.GetRooms()...),
			})
		}
	}
	slices.SortFunc(s.Sockets, func(a, b Socket) int { return cmp.Compare(a.ID, b.ID) })
	return s
}
