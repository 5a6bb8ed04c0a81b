package operate

import (
	"runtime"
	runtimemetrics "runtime/metrics"
	"time"

	"github.com/rollcall/rollcall/actors/directory"
	"github.com/rollcall/rollcall/protos"
)

// Report says how this node is.
func (r *Respondent) Report(ask *protos.AskReport) *protos.Report {
	depth := directory.DepthOf(r.node.Directory.All())
	self, counts := r.node.Membership.View().Self, r.node.Metrics
	report := &protos.Report{
		Node: self.Name, Incarnation: self.System, Version: r.node.Version,
		Started: self.Started.UnixMilli(), UptimeUs: time.Since(r.started).Microseconds(),
		Draining: r.node.Draining(),

		Sockets: int64(r.node.Sockets.Count()), Rooms: counts.Rooms.Load(),
		MailboxP99: int64(depth.P99), MailboxMax: int64(depth.Max),

		DeadLetters: counts.DeadLetters.Load(), Panics: counts.Failures.Total() + r.node.Membership.Panics(),
		DroppedSpans: r.node.Tracer.Dropped(),
		Goroutines:   int64(runtime.NumGoroutine()), MemoryBytes: memoryInUse(),

		Samples: r.samples.after(ask.GetSamplesAfter()),
	}
	report.Redis, report.Database = r.backends()
	for name, messages := range counts.Sent.ByName(r.nameOf) {
		report.Sent = append(report.Sent, &protos.Sent{To: name, Messages: messages})
	}
	return report
}

// backends says how Redis and the database are, as far as this node has noticed.
func (r *Respondent) backends() (redis, database *protos.Backend) {
	state := r.node.Changes()
	redis, database = &protos.Backend{}, &protos.Backend{State: protos.Backend_UP}
	switch {
	case !r.node.Redis:
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
