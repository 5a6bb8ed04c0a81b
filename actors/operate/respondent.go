package operate

import (
	"time"

	"github.com/rollcall/rollcall/actors/directory"
	"github.com/rollcall/rollcall/actors/identity"
	"github.com/rollcall/rollcall/actors/membership"
	"github.com/rollcall/rollcall/actors/metrics"
	"github.com/rollcall/rollcall/actors/outbox"
	"github.com/rollcall/rollcall/actors/quota"
	"github.com/rollcall/rollcall/actors/trace"
)

// Source is the node that a [Respondent] answers for. All of it may be used from any
// goroutine.
type Source struct {
	Version  string      // of the program
	Draining func() bool // whether the node sends its clients away

	Membership Membership
	Sockets    Sockets
	Directory  *directory.Directory // the other actors
	Metrics    *metrics.Metrics
	Tracer     *trace.Tracer // nil if tracing is off

	Redis   bool                  // whether the node was given one
	Changes func() identity.State // how changes of users come

	Memory   *outbox.Memory  // of what waits for clients
	Partials *quota.Partials // of what clients have begun to send; nil for any number of bytes
}

// Membership is who is in the cluster, as the node sees it.
type Membership interface {
	View() *membership.View
	Panics() uint64 // malformed or foreign calls that were survived
}

// Sockets is the sockets of the node.
type Sockets interface {
	Count() int
	OutboxBytes() int // that wait for their clients

	// Each shows each of them: its public id, how many bytes wait for its client, and when
	// it started, in Unix milliseconds.
	Each(see func(id string, waiting int, started int64))
}

// Respondent answers for one node what an [Asker] asks of all, and what Prometheus does.
// It asks no actor. Its methods may be called from any goroutine.
type Respondent struct {
	node    Source
	started time.Time
	samples samples
}

// NewRespondent returns one for a node that starts now.
func NewRespondent(source Source) *Respondent {
	return &Respondent{node: source, started: time.Now()}
}

// nameOf returns the name of the live member whose actors are at address, or "".
func (r *Respondent) nameOf(address string) string {
	m, _ := r.node.Membership.View().ByAddress(address)
	return m.Name
}
