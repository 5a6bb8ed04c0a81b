//go:build unix

package e2e

import (
	"testing"
	"time"

	"github.com/rollcall/rollcall/cmd/rollcall/e2e/clients"
	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
)

// A node that is frozen for 10 s is evicted, and is welcome again: its sockets,
// whose clients have noticed nothing, are back within a second.
func TestAFrozenNodeComesBackWithItsSockets(t *testing.T) {
	t.Parallel()
	const (
		freeze = 10 * time.Second
		back   = time.Second
		room   = "frozen"
	)
	inTime(t, func(t *testing.T) (l late) {
		cluster, agent := harness.Start(t, 4), clients.Start(t)
		here := company(t, agent, cluster.Nodes, room)
		victim := cluster.Nodes[3]
		rest := cluster.Others(victim)
		stiff, awake := at(victim, here)

		victim.Freeze()
		frozen := time.Now()
		watch := watchRolls(rest, room)
		l.insists(t, rest[0], room, victim)
		pass(t, frozen, evictionLimit+time.Second)
		l.judgeLoss(t, watch.end(t), victim, frozen, here)
		l.toldOnce(t, awake, stiff, frozen)

		// Life goes on meanwhile, of which the frozen node must learn later.
		newcomer := attend(t, agent, rest[0], clients.V31, room, "9")
		hears(t, awake, "socket-connected", newcomer.id, newcomer.user)
		goer := awake[0]
		goer.Disconnect()
		awake = append(without(awake, goer), newcomer)
		hears(t, awake, "socket-disconnected", goer.id, goer.user)
		eventuallyExact(t, rest, room, awake)

		pass(t, frozen, freeze)
		victim.Thaw()
		thawed := time.Now()
		all := append(awake, stiff...)
		l.until(t, "an exact roll on every node", thawed, back, func() error { return exact(cluster.Nodes, room, seats(all...)) })
		for _, a := range all {
			a.eventuallyKnows(t, all) // also those on the frozen node, who slept through a join and a leave
		}
		harness.AwaitMembers(t, cluster.Nodes...)
		harness.Eventually(t, harness.Patience, func() error { return nobodyLost(cluster.Nodes, room) })
		eventuallyExact(t, cluster.Nodes, room, all)
		for _, s := range stiff {
			if r, lost := s.Find(func(r clients.Report) bool { return r.Kind == clients.Disconnected }); lost {
				t.Errorf("%v has noticed: %v", s, r)
			}
			for _, a := range without(awake, newcomer) {
				if n := len(a.told("socket-disconnected", s.id)); n != 1 {
					t.Errorf("%v was told %d times that %v is gone", a, n, s)
				}
			}
		}
		return l
	})
}
