//go:build unix

package e2e

import (
	"fmt"
	"testing"
	"time"

	"github.com/rollcall/rollcall/cmd/rollcall/e2e/clients"
	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
)

// A node that is told to stop is missed by nobody: no roll is incomplete, its
// clients are sent away, and the others are told once.
func TestANodeThatStopsIsMissedByNobody(t *testing.T) {
	t.Parallel()
	inTime(t, func(t *testing.T) (l late) {
		cluster, agent := harness.Start(t, 4), clients.Start(t)
		const room = "left"
		here := company(t, agent, cluster.Nodes, room)
		leaver := cluster.Nodes[1]
		rest := cluster.Others(leaver)
		gone, others := at(leaver, here)

		watch := watchRolls(rest, room)
		asked := time.Now()
		leaver.Terminate()
		for _, g := range gone {
			g.AwaitKind(t, harness.Patience, clients.Disconnected)
		}
		l.toldOnce(t, others, gone, asked)
		harness.AwaitMembers(t, rest...)
		eventuallyExact(t, rest, room, others)
		for _, o := range watch.end(t) {
			l.judgeLeave(t, o, asked, here, others)
		}
		for _, a := range others {
			a.eventuallyKnows(t, others)
		}
		l.toldOnce(t, others, gone, asked) // and not again
		return l
	})
}

// leaverStays is how long a node that leaves goes on to answer at least, after it
// was told to stop: until the others have heard its goodbye.
const leaverStays = 300 * time.Millisecond

// judgeLeave checks a roll that was called while a node left: all who stay are in
// it, and nobody who was never here.
func (l *late) judgeLeave(t testing.TB, o observation, asked time.Time, here, staying []*attendee) {
	t.Helper()
	roll := fmt.Sprintf("%v after the signal, a roll by %s, of %s nodes, missing %v, lost %v, which took %v",
		o.at.Sub(asked).Round(time.Millisecond), o.node.Name, o.Nodes, o.Missing, o.Lost, o.Took)
	for id := range o.Users {
		if _, ok := seats(here...)[id]; !ok {
			t.Errorf("%s, holds the unknown socket %s", roll, id)
		}
	}
	switch {
	case !o.Complete && o.Took < rollDeadline && o.at.Add(o.Took).Before(asked.Add(leaverStays)):
		t.Errorf("%s, has given up a node that was there", roll)
		return
	case !o.Complete || len(o.Lost) > 0 || o.Took > rollDeadline+httpMargin:
		l.note("%s", roll)
		return
	}
	for _, a := range staying {
		if _, ok := o.Users[a.id]; !ok {
			t.Errorf("%s, does not hold %s", roll, a.id)
		}
	}
}
