package actors

import (
	"context"
	"slices"
	"time"

	"github.com/rollcall/rollcall/actors/membership"
	"github.com/rollcall/rollcall/actors/room"
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
		view := n.View()
		strangers := slices.DeleteFunc(view.Others(), func(m membership.Member) bool { return known[m.System] })
		if len(strangers) == 0 {
			n.system.Root.Send(n.pid, introduced{view})
			return ctx.Err()
		}
		for _, m := range strangers {
			known[m.System] = n.isKnownTo(m)
		}
		select {
		case <-patience.Done():
			if ctx.Err() == nil {
				n.log.Warn("not every member has welcomed this node in time", "members", len(strangers))
				n.system.Root.Send(n.pid, introduced{view})
			}
			return ctx.Err()
		case <-time.After(helloEvery):
		}
	}
}

// isKnownTo asks a member whether it counts this node among the members. If so, what
// it relays from then on comes here, and nothing before it is needed.
func (n *Node) isKnownTo(m membership.Member) bool {
	hello := &protos.Hello{Incarnation: n.system.ID}
	answer, err := n.system.Root.RequestFuture(m.FrontDoor(), hello, room.JoinPatience).Result()
	welcome, ok := answer.(*protos.Welcome)
	if err != nil || !ok || !welcome.GetKnown() {
		return false
	}
	n.system.Root.Send(n.pid, welcomed{incarnation: m.System, last: welcome.GetRelays()})
	return true
}
