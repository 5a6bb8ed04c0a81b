package actors

import (
	"runtime"
	runtimemetrics "runtime/metrics"
	"time"

	"github.com/rollcall/rollcall/actors/directory"
	"github.com/rollcall/rollcall/protos"
)

// report says how this node is.
func (n *Node) report(ask *protos.AskReport) *protos.Report {
	depth := directory.DepthOf(n.directory.All())
	r := &protos.Report{
		Node: n.name, Incarnation: n.system.ID, Version: n.config.Version,
		Started: n.View().Self.Started.UnixMilli(), UptimeUs: time.Since(n.started).Microseconds(),
		Draining: n.config.Draining(),

		Sockets: int64(n.sockets.Count()), Rooms: n.metrics.Rooms.Load(),
		MailboxP99: int64(depth.P99), MailboxMax: int64(depth.Max),

		DeadLetters: n.metrics.DeadLetters.Load(), Panics: n.Panics() + n.membership.Panics(),
		DroppedSpans: n.tracer.Dropped(),
		Goroutines:   int64(runtime.NumGoroutine()), MemoryBytes: memoryInUse(),

		Samples: n.samples.after(ask.GetSamplesAfter()),
	}
	r.Redis, r.Database = n.backends()
	for address, messages := range n.metrics.Sent.Read() {
		if name := n.nameOf(address); name != "" {
			r.Sent = append(r.Sent, &protos.Sent{To: name, Messages: messages})
		}
	}
	return r
}

// backends says how Redis and the database are, as far as this node has noticed.
func (n *Node) backends() (redis, database *protos.Backend) {
	state := n.subscription.State()
	redis, database = &protos.Backend{}, &protos.Backend{State: protos.Backend_UP}
	switch {
	case n.config.Bus == nil:
	case state.Up:
		redis.State, redis.Since = protos.Backend_UP, state.Since.UnixMilli()
	default:
		redis.State, redis.Since, redis.Error = protos.Backend_DOWN, state.Since.UnixMilli(), state.LastError
	}
	if state.Behind {
		database.State, database.Error = protos.Backend_DOWN, state.LastError
	}
	return redis, database
}

// memoryInUse returns the bytes that the Go runtime has from the system and has
// not given back. It does not stop the world, as runtime.ReadMemStats does.
func memoryInUse() int64 {
	samples := []runtimemetrics.Sample{
		{Name: "/memory/classes/total:bytes"},
		{Name: "/memory/classes/heap/released:bytes"},
	}
	runtimemetrics.Read(samples)
	return int64(samples[0].Value.Uint64() - samples[1].Value.Uint64())
}
