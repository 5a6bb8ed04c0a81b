//go:build unix

package e2e

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/rollcall/rollcall/cmd/rollcall/e2e/clients"
	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
)

// A thousand joins and leaves, many under way at a time, end in an exact roll on
// every node; and every client that is left knows the same by what it was told.
func TestAThousandJoinsAndLeavesEndInAnExactRoll(t *testing.T) {
	t.Parallel()
	const (
		steps  = 1000
		most   = 80 // clients at a time
		flight = 16 // joins under way
		room   = "a busy room"
	)
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	cluster, agent := harness.Start(t, 4, patientRoll), clients.Start(t)

	type entering struct {
		*clients.Client
		node, asked *harness.Node
		user        string
	}
	var under []entering // way
	var here []*attendee
	arrive := func() {
		e := under[0]
		under = under[1:]
		here = append(here, seated(t, e.Client, e.node, e.asked, room, e.user))
	}
	for range steps {
		if len(here) > 0 && (len(here)+len(under) >= most || random.IntN(2) == 0) {
			i := random.IntN(len(here))
			if random.IntN(2) == 0 {
				here[i].Disconnect()
			} else {
				here[i].Close()
			}
			here = slices.Delete(here, i, i+1)
			continue
		}
		e := entering{
			node: pick(random, cluster.Nodes), asked: pick(random, cluster.Nodes), user: strconv.Itoa(1 + random.IntN(10)),
		}
		e.Client = enter(agent, e.node, pick(random, clients.Versions()), room, e.user)
		if under = append(under, e); len(under) >= flight {
			arrive()
		}
	}
	for len(under) > 0 {
		arrive()
	}
	eventuallyExact(t, cluster.Nodes, room, here)
	for _, a := range here {
		a.eventuallyKnows(t, here)
	}
	t.Logf("%d clients were left", len(here))
}

func pick[E any](random *rand.Rand, of []E) E { return of[random.IntN(len(of))] }
