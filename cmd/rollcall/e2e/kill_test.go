//go:build unix

package e2e

import (
	"fmt"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/rollcall/rollcall/cmd/rollcall/e2e/clients"
	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
)

// company is eight clients in a room: two on each node, of different generations.
func company(t testing.TB, agent *clients.Agent, nodes []*harness.Node, room string) (here []*attendee) {
	t.Helper()
	versions := clients.Versions()
	for i := range 2 * len(nodes) {
		version := versions[(i+i/len(nodes))%len(versions)]
		here = append(here, attend(t, agent, nodes[i%len(nodes)], version, room, strconv.Itoa(i+1)))
	}
	eventuallyExact(t, nodes, room, here)
	return here
}

// at splits clients into those on a node and the others.
func at(node *harness.Node, all []*attendee) (there, others []*attendee) {
	for _, a := range all {
		if a.node == node {
			there = append(there, a)
		} else {
			others = append(others, a)
		}
	}
	return there, others
}

func TestAKilledNodeIsNamedThenForgottenAndItsSocketsAreAnnounced(t *testing.T) {
	inTime(t, func(t *testing.T) (l late) {
		cluster, agent := harness.Start(t, 4), clients.Start(t)
		const room = "killed"
		here := company(t, agent, cluster.Nodes, room)
		victim := cluster.Nodes[2]
		dead, alive := at(victim, here)

		victim.Kill()
		killed := time.Now()
		watch := watchRolls(cluster.Others(victim), room)
		l.insists(t, cluster.Nodes[0], room, victim)
		for _, d := range dead {
			d.AwaitKind(t, harness.Patience, clients.Disconnected)
		}
		pass(t, killed, evictionLimit+time.Second)
		l.judgeLoss(t, watch.end(t), victim, killed, here)
		l.toldOnce(t, alive, dead, killed)

		for require, status := range map[string]int{"complete": http.StatusOK, "whole": http.StatusServiceUnavailable} {
			answer, err := cluster.Nodes[0].Do(http.MethodGet, "/"+room+"/users?require="+require, "")
			if err != nil || answer.Status != status || answer.Header.Get("Rollcall-Lost") != victim.Name {
				t.Errorf("?require=%s: %v %v", require, answer, err)
			}
		}

		victim.Start() // under the same name, at the same addresses
		harness.AwaitMembers(t, cluster.Nodes...)
		newcomer := attend(t, agent, victim, clients.V48, room, "10")
		hears(t, alive, "socket-connected", newcomer.id, newcomer.user)
		harness.Eventually(t, harness.Patience, func() error { return nobodyLost(cluster.Nodes, room) })
		eventuallyExact(t, cluster.Nodes, room, append(alive, newcomer))
		l.toldOnce(t, alive, dead, killed) // and not again
		return l
	})
}

// nobodyLost tells whether no node misses another.
func nobodyLost(nodes []*harness.Node, room string) error {
	for _, n := range nodes {
		roll, err := n.Roll(room)
		if err != nil {
			return err
		}
		if want := fmt.Sprintf("%d/%d", len(nodes), len(nodes)); len(roll.Lost) > 0 || roll.Nodes != want {
			return fmt.Errorf("%s: lost %v, %s of nodes answered", n.Name, roll.Lost, roll.Nodes)
		}
	}
	return nil
}
