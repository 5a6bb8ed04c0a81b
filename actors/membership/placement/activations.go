package placement

import (
	"sync"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/asynkron/protoactor-go/cluster"
)

// maxActivations bounds what is remembered, in entries of about 300 bytes.
// Forgetting one costs one more request to its owner.
const maxActivations = 16384

// activations remembers where grains were found. An entry is good as long as
// the node that answered stays the owner; that its actor is still there is
// only known by talking to it.
type activations struct {
	mu    sync.RWMutex
	found map[string]activation // by kind and name
}

type activation struct {
	ci    *cluster.ClusterIdentity
	owner string // Node.ID
	pid   *actor.PID
}

func newActivations() *activations { return &activations{found: map[string]activation{}} }

func (a *activations) get(ci *cluster.ClusterIdentity, owner Node) (*actor.PID, bool) {
	a.mu.RLock()
	defer a.mu.RUnlock()
	f, ok := a.found[ci.AsKey()]
	if !ok || f.owner != owner.ID {
		return nil, false
	}
	return f.pid, true
}

func (a *activations) put(ci *cluster.ClusterIdentity, owner Node, pid *actor.PID) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.found) >= maxActivations {
		for key := range a.found { // any one
			delete(a.found, key)
			break
		}
	}
	a.found[ci.AsKey()] = activation{ci: ci, owner: owner.ID, pid: pid}
}

// remove forgets that activation, not one that took its place.
func (a *activations) remove(ci *cluster.ClusterIdentity, pid *actor.PID) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if f, ok := a.found[ci.AsKey()]; ok && f.pid.Equal(pid) {
		delete(a.found, ci.AsKey())
	}
}

// keep forgets all that is not where these nodes place it.
func (a *activations) keep(nodes *Nodes) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for key, f := range a.found {
		if owner, ok := nodes.Owner(f.ci.Kind, f.ci.Identity); !ok || owner.ID != f.owner {
			delete(a.found, key)
		}
	}
}
