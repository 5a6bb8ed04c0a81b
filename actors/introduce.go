package actors

import (
	"context"
	"slices"
	"time"

	"github.com/rollcall/rollcall/actors/membership"
	"github.com/rollcall/rollcall/protos"
)

const (
	// introduction is how long a node waits to be known by all others, before it
	// lets clients in all the same: one of the others may be sick.
	introduction = 2 * time.Second

	// helloEvery is the pause before those that do not know the node are asked again.
	helloEvery = 20 * time.Millisecond
)

// Introduce returns when every other live member counts this node among the
// members. Until then a roll that is called there does not ask this node, so no
// client should be let in. It gives up after two seconds; the error is that of ctx.
func (n *Node) Introduce(ctx context.Context) error {
	patience, cancel := context.WithTimeout(ctx, introduction)
	defer cancel()
	known := make(map[string]bool) // by incarnation
	for {
		strangers := slices.DeleteFunc(n.View().Others(), func(m membership.Member) bool { return known[m.System] })
		if len(strangers) == 0 {
			return ctx.Err()
		}
		for _, m := range strangers {
			known[m.System] = n.isKnownTo(m)
		}
		select {
		case <-patience.Done():
			if ctx.Err() == nil {
				n.log.Warn("not every member has welcomed this node in time", "members", len(strangers))
			}
			return ctx.Err()
		case <-time.After(helloEvery):
		}
	}
}

func (n *Node) isKnownTo(m membership.Member) bool {
	hello := &protos.Hello{Incarnation: n.system.ID}
	answer, err := n.system.Root.RequestFuture(frontDoor(m), hello, JoinPatience).Result()
	welcome, ok := answer.(*protos.Welcome)
	return err == nil && ok && welcome.GetKnown()
}
