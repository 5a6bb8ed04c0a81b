//go:build unix

package e2e

import (
	"strconv"
	"testing"

	"github.com/rollcall/rollcall/cmd/rollcall/e2e/clients"
	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
)

// The room's joins and leaves are numbered, and who stays sees every number once.
// (On a machine so busy that the room's grain is not reached in time, an event may
// have no number.)
func TestEventsAreNumberedWithoutAGap(t *testing.T) {
	t.Parallel()
	inTime(t, func(t *testing.T) (l late) {
		cluster, agent := harness.Start(t, 3), clients.Start(t)
		const room = "numbers"
		var staying []*attendee
		for i, version := range clients.Versions() {
			staying = append(staying, attend(t, agent, cluster.Nodes[i%3], version, room, strconv.Itoa(i+1)))
			guest := attend(t, agent, cluster.Nodes[(i+1)%3], version, room, "10")
			guest.Close()
			hears(t, staying, "socket-disconnected", guest.id, guest.user)
		}
		for _, a := range staying {
			l.unbroken(t, a)
		}
		return l
	})
}

// unbroken checks the numbers that a client has seen since its handshake.
func (l *late) unbroken(t testing.TB, a *attendee) {
	t.Helper()
	last := a.greeting(t).moment
	if last.Epoch == 0 || last.Seq == 0 {
		l.note("%v: the handshake has no number: %+v", a, last)
	}
	for _, r := range a.Reports() {
		if !r.IsEvent("socket-connected") && !r.IsEvent("socket-disconnected") {
			continue
		}
		var p presence
		if !r.Arg(1, &p) || p.Epoch != last.Epoch || p.Seq != last.Seq+1 {
			l.note("%v: %v follows number %+v", a, r, last)
		}
		last = p.moment
	}
}
