package room

import (
	"encoding/json"
	"strconv"
	"time"

	"github.com/rollcall/rollcall/actors/outbox"
	"github.com/rollcall/rollcall/actors/socket"
	"github.com/rollcall/rollcall/protos"
	"github.com/rollcall/rollcall/protos/socketio"
)

// The events that a room sends to its clients.

// Handshake tells a client where it has arrived: its node and room, and the
// place in the room's sequence after which every event reaches it. A client that
// named no room is told the node alone.
func Handshake(node, room string, at Position) *outbox.Frame {
	arg := socketio.AppendString([]byte(`{"procid":`), node)
	if room != "" {
		arg = appendPosition(appendRoom(arg, room), at)
	}
	return socket.EventFrame("handshake", append(arg, '}'))
}

// JoinAnswer is {"ok":true,"room":"…","epoch":1,"seq":2}.
func JoinAnswer(room string, at Position) json.RawMessage {
	ack := appendRoom([]byte(`{"ok":true`), room)
	return append(appendPosition(ack, at), '}')
}

// LeaveAnswer is {"ok":true,"room":"…"}.
func LeaveAnswer(room string) json.RawMessage {
	return append(appendRoom([]byte(`{"ok":true`), room), '}')
}

// roomEvent announces a join or leave of a socket on a node; the zero position leaves
// its number out. A join says where and when, as a roll does.
func roomEvent(room, node string, c *protos.RosterChange, at Position) *outbox.Frame {
	name := "socket-disconnected"
	id := socketio.AppendString(nil, c.GetIdSocket())
	arg := socketio.AppendString([]byte(`{"id_user":`), c.GetIdUser())
	arg = appendRoom(arg, room)
	if c.GetKind() == protos.RosterChange_CONNECTED {
		name = "socket-connected"
		arg = socketio.AppendString(append(arg, `,"node":`...), node)
		arg = append(appendTimestamp(append(arg, `,"since":"`...), time.UnixMilli(c.GetSince())), '"')
	}
	if at.seq > 0 {
		arg = appendPosition(arg, at)
	}
	return socket.EventFrame(name, id, append(arg, '}'))
}

// identityChange says that a user is at a new version.
func identityChange(user string, version int64) *outbox.Frame {
	return socket.EventFrame("identity-change", IdentityPayload(user, version, nil))
}

// newRelayEvent returns a client's own identity-change event as the others get it.
func newRelayEvent(msg *protos.Relay) *packet {
	args := append(make([]json.RawMessage, 0, 1+len(msg.GetArgs())), msg.GetPayload())
	return &packet{
		name: "identity-change", sender: msg.GetIdSocket(), args: AppendRaw(args, msg.GetArgs()),
		attachments: msg.GetAttachments(), shared: true,
	}
}

func appendRoom(dst []byte, room string) []byte {
	return socketio.AppendString(append(dst, `,"room":`...), room)
}

func appendPosition(dst []byte, at Position) []byte {
	dst = append(dst, `,"epoch":`...)
	dst = strconv.AppendUint(dst, at.epoch, 10)
	dst = append(dst, `,"seq":`...)
	return strconv.AppendUint(dst, at.seq, 10)
}
