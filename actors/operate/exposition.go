package operate

import "github.com/rollcall/rollcall/actors/metrics"

// Moment returns what Prometheus is told besides what is counted.
func (r *Respondent) Moment() metrics.Moment {
	state := r.node.Changes()
	return metrics.Moment{
		OutboxBytes:  r.node.Sockets.OutboxBytes(),
		OutboxMemory: r.node.Memory.Used(),
		Dropped:      r.node.Memory.Dropped(),
		PartialBytes: r.node.Partials.Held(),
		GaveWay:      r.node.Partials.GaveWay(),
		Members:      len(r.node.Membership.View().Members),
		RedisUp:      state.Up,
		DatabaseUp:   !state.Behind,
		Heard:        state.Heard,
		Read:         state.Read,
	}
}

// Exposition returns what this node shows to Prometheus.
func (r *Respondent) Exposition() metrics.Exposition {
	return metrics.Exposition{Metrics: r.node.Metrics, Actors: r.node.Directory, Version: r.node.Version, Moment: r.Moment, NameOf: r.nameOf}
}
