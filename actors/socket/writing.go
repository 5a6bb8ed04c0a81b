package socket

import (
	"strconv"
	"time"

	"github.com/rollcall/rollcall/actors/inflight"
	"github.com/rollcall/rollcall/actors/outbox"
	"github.com/rollcall/rollcall/actors/session"
	"github.com/rollcall/rollcall/protos/socketio"
)

const (
	// writeSlice is how many bytes a socket writes at once, unless a frame alone has
	// more. In between it hears what its client says, and heartbeats go out.
	writeSlice = 64 << 10

	// slowest is how fast a client reads at least, in bytes a second. By a poll it is
	// given that much time for what it was sent, before its silence counts.
	slowest = 8 << 10

	// closingPatience is how long a socket that ends goes on to write what its client
	// was told before.
	closingPatience = 10 * time.Second
)

// flush writes what waits, if the transport takes it now. A client that is behind is
// written a slice at a time, between which the socket hears what else there is.
func (s *Socket) flush() {
	if s.writeSome() {
		s.Tell(flush{})
	}
}

// flushAll writes all that the transport takes, before the socket ends.
func (s *Socket) flushAll() {
	for end := time.Now().Add(closingPatience); s.writeSome() && time.Now().Before(end); {
	}
}

// writeSome writes a slice of what waits, and reports whether there is more that the
// transport takes now.
func (s *Socket) writeSome() (more bool) {
	switch {
	case s.reason != "":
		return false
	case s.transport == nil:
		s.answerPoll()
		return false
	case s.carriage != nil && !s.carriage.ready():
		return false
	}
	var over *inflight.Sender
	if s.carriage != nil {
		over = s.carriage.sender
	}
	frames, more := s.takeOut(writeSlice, over)
	if len(frames) == 0 {
		return false
	}
	defer s.wrote(frames)
	size := lengthOf(frames)
	s.sockets.metrics.Out.Add(len(frames), size)
	if err := s.transport.Write(frames); err != nil {
		s.sockets.log.Debug("write failed", "id_socket", s.id, "err", err)
		s.Close(session.TransportError)
		return false
	}
	if s.carriage == nil {
		s.busyWith(size)
	}
	return more
}

// takeOut takes what goes out next, as [outbox.Box.Take] does. Over a link to another node
// that is no more than there is room for; if there is none, a flush comes when there is.
func (s *Socket) takeOut(size int, over *inflight.Sender) (frames []*outbox.Frame, rest bool) {
	spare := s.spare
	s.spare = nil
	if over == nil {
		return s.out.Take(size, spare)
	}
	for {
		most, ok := over.Take(s.out.Next(size))
		if !ok {
			return nil, false
		}
		if frames, rest = s.out.TakeWithin(most, spare); len(frames) > 0 || !rest {
			return frames, rest
		}
		over.Sent(0) // a larger one has come meanwhile
	}
}

// wrote gives back frames that were written, and keeps their buffer for the next.
func (s *Socket) wrote(frames []*outbox.Frame) {
	s.out.Release(frames)
	clear(frames)
	if cap(frames) <= 64 { // a burst must not be kept for the life of the socket
		s.spare = frames[:0]
	}
}

// busyWith notes that so many bytes have just gone to the client. If they were many it
// may have been behind: then what it was asked before has reached it only now.
func (s *Socket) busyWith(size int) {
	if size >= writeSlice/2 {
		s.busy = time.Now()
	}
}

// busyReading notes that a poll brings the client so many bytes, which takes it time.
func (s *Socket) busyReading(size int) {
	if size >= writeSlice/2 {
		s.busy = time.Now().Add(time.Duration(size) * time.Second / slowest)
	}
}

// busyUntil returns until when the client was, or will be, busy with what it was sent. If
// that is under way to a websocket at another node, the client may be reading it still:
// that node gives up who reads nothing.
func (s *Socket) busyUntil(now time.Time) time.Time {
	if s.carriage != nil && s.carriage.sender.Underway() >= writeSlice/2 {
		return now
	}
	return s.busy
}

func lengthOf(frames []*outbox.Frame) int {
	bytes := 0
	for _, f := range frames {
		bytes += len(f.Data)
	}
	return bytes
}

// droppedEvent tells a client how many messages of a room were left out, since it read
// too slowly; without a room, of rooms that were too many to name.
func droppedEvent(room string, count int) *outbox.Frame {
	arg := []byte(`{`)
	if room != "" {
		arg = append(socketio.AppendString(append(arg, `"room":`...), room), ',')
	}
	arg = strconv.AppendInt(append(arg, `"count":`...), int64(count), 10)
	return EventFrame("messages-dropped", append(arg, '}'))
}
