package actors

import (
	"slices"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/rollcall/rollcall/actors/membership"
	"github.com/rollcall/rollcall/actors/metrics"
)

// countQuery counts a query that was answered.
func (n *Node) countQuery(roll *Roll, took time.Duration) {
	outcome := metrics.Complete
	if !roll.Complete() {
		outcome = metrics.Incomplete
	}
	n.metrics.Queries[outcome].Add(1)
	n.metrics.Latency.Observe(took)
}

// watch counts what the actor system tells of, and has the sockets let go of members
// that are gone. It is called by whoever publishes,
// and must not wait.
func (n *Node) watch(event any) {
	switch event := event.(type) {
	case *actor.DeadLetterEvent:
		n.metrics.DeadLetters.Add(1)
	case membership.ViewChanged:
		n.metrics.Joined.Add(uint64(len(event.Joined())))
		n.metrics.Left.Add(uint64(len(event.Left())))
		n.metrics.Failed.Add(uint64(len(event.Failed())))
		n.company.changed(event, time.Now())
		for _, m := range slices.Concat(event.Left(), event.Failed()) {
			n.sockets.Cut(m.Address)
		}
		n.metrics.Sent.Trim(func(address string) bool { return n.nameOf(address) != "" })
	}
}

// nameOf returns the name of the live member whose actors are at address, or "".
func (n *Node) nameOf(address string) string {
	m, _ := n.membership.View().ByAddress(address)
	return m.Name
}

// Moment returns what Prometheus is told besides what is counted.
func (n *Node) Moment() metrics.Moment {
	state := n.subscription.State()
	return metrics.Moment{
		OutboxBytes:  n.sockets.OutboxBytes(),
		OutboxMemory: n.memory.Used(),
		Dropped:      n.memory.Dropped(),
		PartialBytes: n.config.Partials.Held(),
		GaveWay:      n.config.Partials.GaveWay(),
		Members:      len(n.membership.View().Members),
		RedisUp:      state.Up,
		DatabaseUp:   !state.Behind,
		Heard:        state.Heard,
		Read:         state.Read,
	}
}

// Exposition returns what this node shows to Prometheus.
func (n *Node) Exposition() metrics.Exposition {
	return metrics.Exposition{Metrics: n.metrics, Actors: n.directory, Version: n.config.Version, Moment: n.Moment, NameOf: n.nameOf}
}
