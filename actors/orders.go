package actors

import (
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/rollcall/rollcall/actors/backend"
	"github.com/rollcall/rollcall/actors/outbox"
	"github.com/rollcall/rollcall/actors/room"
	"github.com/rollcall/rollcall/actors/socket"
	"github.com/rollcall/rollcall/protos"
	"github.com/rollcall/rollcall/protos/socketio"
)

// Backend returns what asks and orders all nodes for backends.
func (n *Node) Backend() *backend.Backend { return n.backend }

// emits is what this node remembers of the emits that came with a key. It may be used by
// any goroutine.
type emits struct {
	mu     sync.Mutex
	ledger *backend.Ledger
}

func (e *emits) begin(msg *protos.Emit) *protos.Emitted {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.ledger.Begin(msg.GetKey(), msg.GetDigest(), time.Now())
}

func (e *emits) settle(msg *protos.Emit, outcome *protos.Emitted) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.ledger.Settle(msg.GetKey(), msg.GetDigest(), outcome)
}

// emit hands an event of a backend on, unless it did so before.
func (a *nodeActor) emit(ctx actor.Context, msg *protos.Emit) {
	n, root, asker := a.node, ctx.ActorSystem().Root, ctx.Sender()
	if msg.GetKey() != "" {
		if answer := n.emits.begin(msg); answer != nil {
			ctx.Respond(answer)
			return
		}
	}
	done := func(sockets int, whole bool) {
		outcome := &protos.Emitted{Sockets: int64(sockets)}
		if !whole {
			outcome.Verdict = protos.Emitted_PARTLY
		}
		if msg.GetKey() != "" {
			n.emits.settle(msg, outcome)
		}
		root.Send(asker, outcome)
	}
	to, isRoom := msg.GetTo().GetWhom().(*protos.Target_Room)
	switch {
	case !isRoom:
		n.running.Go(func() { done(push(n.meant(msg.GetTo()), msg), true) })
	case a.rosters[to.Room] == nil:
		done(0, true)
	default:
		ctx.Send(a.rosters[to.Room].pid, &room.Emission{Room: to.Room, Event: msg.GetEvent(), Args: msg.GetArgs(), Done: done})
	}
}

// push hands the event to sockets as a message, and returns how many took it.
func push(sockets []present, msg *protos.Emit) (taken int) {
	frame := socket.EventFrame(msg.GetEvent(), room.AppendRaw(nil, msg.GetArgs())...)
	frame.Class, frame.Shared = outbox.Message, len(sockets) > 2
	for _, one := range sockets {
		if one.socket.PushMessage("", []*outbox.Frame{frame}) {
			taken++
		}
	}
	return taken
}

// meant returns the sockets here of a target that is no room.
func (n *Node) meant(to *protos.Target) []present {
	if whom, ok := to.GetWhom().(*protos.Target_IdSocket); ok {
		return n.admissions.find(whom.IdSocket)
	}
	return n.admissions.of(to.GetIdUser())
}

// close has sockets closed for a backend.
func (a *nodeActor) close(ctx actor.Context, msg *protos.Close) {
	root, asker := ctx.ActorSystem().Root, ctx.Sender()
	done := func(sockets int, whole bool) {
		root.Send(asker, &protos.Closed{Sockets: int64(sockets), Partly: !whole})
	}
	to, isRoom := msg.GetTo().GetWhom().(*protos.Target_Room)
	switch {
	case !isRoom:
		sockets := a.node.meant(msg.GetTo())
		for _, one := range sockets {
			one.socket.Do(func() {
				if one.attendee.id == one.id { // it has not connected anew, as somebody else
					sendOff(one.socket)
				}
			})
		}
		done(len(sockets), true)
	case a.rosters[to.Room] == nil:
		done(0, true)
	default:
		ctx.Send(a.rosters[to.Room].pid, &room.Clearance{Room: to.Room, Done: done})
	}
}

// remove takes a socket out of a room, if it is in it.
func (a *nodeActor) remove(ctx actor.Context, msg *protos.Remove) {
	there := false
	for _, one := range a.node.admissions.find(msg.GetIdSocket()) {
		if there = slices.Contains(one.attendee.seats.rooms(), msg.GetRoom()); there {
			one.socket.Do(func() { one.attendee.takenOut(one.id, msg.GetRoom()) })
		}
	}
	ctx.Respond(&protos.Removed{There: there})
}

// takenOut leaves a room on behalf of somebody else, unless the client has left it
// meanwhile, or is somebody else by now. It is told so.
func (a *attendee) takenOut(id, name string) {
	st := a.seatIn(name)
	if st == nil || a.id != id {
		return
	}
	a.seats.drop(st)
	a.giveUp(&room.Leave{Seat: st, Farewell: removedEvent(name)})
}

// removedEvent is the event removed {room, code}.
func removedEvent(name string) *outbox.Frame {
	arg := socketio.AppendString([]byte(`{"room":`), name)
	return socket.EventFrame("removed", append(arg, `,"code":"removed"}`...))
}

// mostSocketsTold and mostRoomBytesTold bound what a node tells of a user's sockets.
const (
	mostSocketsTold   = 1000
	mostRoomBytesTold = 1 << 20
)

// socketsHere answers which sockets a user has here.
func (n *Node) socketsHere(msg *protos.AskSockets) *protos.SocketsHere {
	sockets, bytes := n.admissions.of(msg.GetIdUser()), 0
	slices.SortFunc(sockets, func(a, b present) int { return strings.Compare(a.id, b.id) })
	answer := &protos.SocketsHere{}
	for _, one := range sockets {
		rooms := one.attendee.seats.rooms()
		for _, name := range rooms {
			bytes += len(name)
		}
		if len(answer.Sockets) == mostSocketsTold || bytes > mostRoomBytesTold {
			answer.More = true
			break
		}
		answer.Sockets = append(answer.Sockets, &protos.SocketHere{IdSocket: one.id, Since: one.since, Rooms: rooms})
	}
	return answer
}

// roomsHere answers which rooms somebody is in here.
func (n *Node) roomsHere(msg *protos.AskRooms) *protos.RoomsHere {
	page, more := n.home.Census.Page(msg.GetAfter(), msg.GetPrefix(), int(min(max(msg.GetLimit(), 0), backend.MostRooms)))
	answer := &protos.RoomsHere{More: more}
	for _, p := range page {
		answer.Rooms, answer.Sockets = append(answer.Rooms, p.Room), append(answer.Sockets, int64(p.Sockets))
	}
	return answer
}

// presenceHere answers how many sockets users and rooms have here.
func (n *Node) presenceHere(msg *protos.AskPresence) *protos.PresenceHere {
	answer := &protos.PresenceHere{}
	for _, user := range msg.GetUsers() {
		answer.Users = append(answer.Users, int64(n.admissions.count(user)))
	}
	for _, name := range msg.GetRooms() {
		answer.Rooms = append(answer.Rooms, int64(n.home.Census.Of(name)))
	}
	return answer
}
