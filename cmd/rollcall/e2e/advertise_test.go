//go:build unix

package e2e

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
)

// Nodes whose ports are others for those who reach them from outside, behind NAT or
// published by Docker, form a cluster by the addresses that they advertise: its rolls
// are whole, its events cross, and each believes the other's certificate.
func TestNodesAreReachedWhereTheyAdvertise(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	harness.MakeStore(t, "--data", data)
	places := harness.LocalPlaces(t, 2)
	outside := harness.Ports(t, 4)
	var (
		nodes           []*harness.Node
		actors, gossips []*forwarder
	)
	for i, place := range places {
		actor, gossip := harness.Loopback(outside+2*i), harness.Loopback(outside+2*i+1)
		actors = append(actors, forward(t, actor, place.Actor))
		gossips = append(gossips, forward(t, gossip, place.Gossip))
		nodes = append(nodes, harness.NewNode(t, "node-"+strconv.Itoa(i+1), place, "--data", data,
			"--cluster-key", "a secret of this test", "--advertise-actor", actor, "--advertise-gossip", gossip,
			"--join", harness.Loopback(outside+1)+","+harness.Loopback(outside+3)))
	}
	for _, node := range nodes {
		node.Start()
	}
	harness.AwaitMembers(t, nodes...)

	first, id1 := joinRaw(t, nodes[0], "r", "1")
	_, id2 := joinRaw(t, nodes[1], "r", "2")
	for {
		if event := first.next(); strings.HasPrefix(event, `42["socket-connected",`) && strings.Contains(event, id2) {
			break
		}
	}
	for _, node := range nodes {
		roll, err := node.Roll("r")
		if err != nil || !roll.Complete || roll.Nodes != "2/2" || len(roll.Users) != 2 || len(roll.Lost) != 0 {
			t.Errorf("%s has %+v, %v, want %s and %s", node.Name, roll, err, id1, id2)
		}
	}
	for i := range nodes {
		harness.Eventually(t, harness.Patience, func() error {
			if actors[i].connections.Load() == 0 || gossips[i].datagrams.Load() == 0 {
				return fmt.Errorf("node %d is not reached where it advertises: %d connections of actors, %d packets of gossip",
					i+1, actors[i].connections.Load(), gossips[i].datagrams.Load())
			}
			return nil
		})
	}
}
