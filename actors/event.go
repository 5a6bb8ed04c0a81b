package actors

import (
	"encoding/json"
	"strconv"

	"github.com/rollcall/rollcall/protos"
	"github.com/rollcall/rollcall/protos/engineio"
	"github.com/rollcall/rollcall/protos/socketio"
)

// The events that a room sends to its clients (DESIGN.md section 6). Their
// frames are the same for both wire versions: text messages of namespace "/" are
// written alike in Engine.IO 3 and 4 and in Socket.IO 4 and 5.

// handshakeEvent tells a client where it has arrived: its node and room, and the
// place in the room's sequence after which every event reaches it.
func handshakeEvent(node, room string, epoch, seq uint64) *Frame {
	arg := socketio.AppendString([]byte(`{"procid":`), node)
	arg = appendPosition(appendRoom(arg, room), epoch, seq)
	return eventFrame("handshake", append(arg, '}'))
}

// roomEvent announces a join or leave; seq 0 leaves its number out.
func roomEvent(room string, c *protos.RosterChange, epoch, seq uint64) *Frame {
	name := "socket-connected"
	if c.GetKind() == protos.RosterChange_DISCONNECTED {
		name = "socket-disconnected"
	}
	id := socketio.AppendString(nil, c.GetIdSocket())
	arg := strconv.AppendInt([]byte(`{"id_user":`), c.GetIdUser(), 10)
	arg = appendRoom(arg, room)
	if seq > 0 {
		arg = appendPosition(arg, epoch, seq)
	}
	return eventFrame(name, id, append(arg, '}'))
}

// identityEvent says that a user is at a new version.
func identityEvent(user, version int64) *Frame {
	return eventFrame("identity-change", identityPayload(user, version, nil))
}

// relayEvent is a client's own identity-change event as the others get it.
func relayEvent(payload json.RawMessage, user, version int64) *Frame {
	return eventFrame("identity-change", identityPayload(user, version, payload))
}

func appendRoom(dst []byte, room string) []byte {
	return socketio.AppendString(append(dst, `,"room":`...), room)
}

func appendPosition(dst []byte, epoch, seq uint64) []byte {
	dst = append(dst, `,"epoch":`...)
	dst = strconv.AppendUint(dst, epoch, 10)
	dst = append(dst, `,"seq":`...)
	return strconv.AppendUint(dst, seq, 10)
}

func eventFrame(name string, args ...json.RawMessage) *Frame {
	return &Frame{Data: socketio.AppendEvent(messagePrefix(), "/", socketio.ID{}, name, args...)}
}

// messagePrefix returns the beginning of a text frame that carries a Socket.IO packet.
func messagePrefix() []byte {
	return engineio.V4.AppendText(make([]byte, 0, 128), engineio.Packet{Type: engineio.Message})
}
