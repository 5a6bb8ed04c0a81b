package actors

import (
	"sync/atomic"
	"time"

	"github.com/rollcall/rollcall/actors/outbox"
)

// shown is what a line shows of its socket to whoever looks from outside: how
// much waits for the client, and under which public id. The session's id is none
// of anybody's business.
type shown struct {
	id      atomic.Pointer[string]
	out     *outbox.Box
	started int64 // Unix milliseconds
}

func (l *Line) show(s *Socket, now time.Time) {
	l.shown.out, l.shown.started = s.out, now.UnixMilli()
	l.rename(s.id)
}

// rename is called when the socket gets another public id.
func (l *Line) rename(id string) { l.shown.id.Store(&id) }

// OutboxBytes returns how many bytes wait for the clients of this node.
func (s *Sockets) OutboxBytes() int {
	total := 0
	for _, line := range s.open.all() {
		total += line.shown.out.Waiting()
	}
	return total
}
