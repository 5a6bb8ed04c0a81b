package backend

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"google.golang.org/protobuf/proto"

	"github.com/rollcall/rollcall/actors/membership"
	"github.com/rollcall/rollcall/actors/room"
	"github.com/rollcall/rollcall/actors/survey"
	"github.com/rollcall/rollcall/protos"
)

// MostRooms is how many rooms one page may have.
const MostRooms = 1000

// Rooms is a page of the rooms of the cluster.
type Rooms struct {
	Rooms []room.Populace // by the bytes of their names; never nil
	Next  string          // behind which the next page begins; "" after the last
	Completeness
}

// Rooms returns the rooms of this prefix that somebody is in, from behind a name: at most
// limit, which is 1 to [MostRooms].
func (b *Backend) Rooms(ctx context.Context, after, prefix string, limit int) Rooms {
	answers := survey.All[*protos.RoomsHere](ctx, b.survey, func(membership.Member) proto.Message {
		return &protos.AskRooms{After: after, Prefix: prefix, Limit: int32(limit)}
	})
	pages := make([]*protos.RoomsHere, 0, len(answers))
	for _, a := range answers {
		if a.OK {
			pages = append(pages, a.Answer)
		}
	}
	page := Rooms{Completeness: completeness(b.survey, answers, nothing)}
	page.Rooms, page.Next = merge(pages, limit)
	return page
}

// merge adds up the pages of all nodes, each of which begins behind the same name. A node
// that has more says nothing of what is behind its last room, so the merged page ends with
// the first of those.
func merge(pages []*protos.RoomsHere, limit int) (rooms []room.Populace, next string) {
	sockets := make(map[string]int)
	end := "" // the last name that all vouch for; "" for any
	for _, page := range pages {
		names, counts := page.GetRooms(), page.GetSockets()
		names = names[:min(len(names), len(counts))] // they are as many, unless the node is at fault
		for i, name := range names {
			sockets[name] += int(counts[i])
		}
		if page.GetMore() && len(names) > 0 && (end == "" || names[len(names)-1] < end) {
			end = names[len(names)-1]
		}
	}
	rooms = make([]room.Populace, 0, len(sockets))
	for name := range maps.Keys(sockets) {
		if end == "" || name <= end {
			rooms = append(rooms, room.Populace{Room: name, Sockets: sockets[name]})
		}
	}
	slices.SortFunc(rooms, func(a, b room.Populace) int { return cmp.Compare(a.Room, b.Room) })
	if len(rooms) > limit {
		rooms, end = rooms[:limit], rooms[limit-1].Room
	}
	return rooms, end
}
