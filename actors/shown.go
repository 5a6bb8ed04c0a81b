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

// Each shows every socket of this node: its public id, how many bytes wait for its
// client, and when it started, in Unix milliseconds.
func (s *Sockets) Each(see func(id string, waiting int, started int64)) {
	for _, line := range s.open.all() {
		see(*line.shown.id.Load(), line.shown.out.Waiting(), line.shown.started)
	}
}

// OutboxBytes returns how many bytes wait for the clients of this node.
func (s *Sockets) OutboxBytes() int {
	total := 0
	for _, line := range s.open.all() {
		total += line.shown.out.Waiting()
	}
	return total
}
