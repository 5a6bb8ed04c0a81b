package membership

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/hashicorp/memberlist"

	"github.com/rollcall/rollcall/protos/problem"
)

// ground says why two nodes cannot be in one cluster.
type ground int

const (
	otherCluster ground = iota
	otherProtocol
	nameTaken
	otherKey
	otherStore
)

// refusal is why this node and the one that it met cannot be in one cluster.
type refusal struct {
	ground ground
	text   string
	claim  claim // if the name is taken: who is said to have it
}

func (r *refusal) Error() string { return r.text }

// problem is what the refused node is told to a person.
func (r *refusal) problem() error { return problem.New(problem.Invalid, "%s", r.text) }

// acquaint looks at what another node knows (its peers, itself among them) and
// returns why the two cannot be in one cluster, or nil. A store that is another one is no
// reason to shut those out with whom this node has been in one: knows says who they are.
func acquaint(cluster string, self Member, knows func(name string) bool, peers []*memberlist.Node) *refusal {
	for _, peer := range peers {
		if peer.State != memberlist.StateAlive && peer.State != memberlist.StateSuspect {
			continue
		}
		if r := compare(cluster, self, peer); r != nil {
			return r
		}
		if peer.Name == self.Name && peer.Address() != self.Gossip {
			return takenBy(self, peer)
		}
		if m, _ := decodeMeta(peer.Meta); peer.Name != self.Name && differ(m.store, self.Store) && !knows(peer.Name) {
			return &refusal{ground: otherStore, text: fmt.Sprintf(
				"Node %q has its users in the store %.12s…, node %q at %s in the store %.12s…; give all nodes of a cluster the same database",
				self.Name, self.Store, peer.Name, peer.Address(), m.store)}
		}
	}
	return nil
}

// compare checks that the node belongs to the cluster and speaks our protocol.
func compare(cluster string, self Member, peer *memberlist.Node) *refusal {
	m, err := decodeMeta(peer.Meta)
	switch {
	case err != nil || CheckName(peer.Name) != nil:
		return &refusal{ground: otherProtocol, text: fmt.Sprintf(
			"What answers at %s (%.70q) is no Rollcall node; correct the addresses to join", peer.Address(), peer.Name)}
	case m.cluster != cluster:
		return &refusal{ground: otherCluster, text: fmt.Sprintf(
			"Node %q is of the cluster %q, node %q at %s of the cluster %q; correct the addresses to join or the cluster name",
			self.Name, cluster, peer.Name, peer.Address(), m.cluster)}
	case !self.Protocol.Compatible(m.protocol):
		return &refusal{ground: otherProtocol, text: fmt.Sprintf(
			"Node %q speaks protocol %d (oldest %d), node %q at %s speaks %d (oldest %d); run versions that overlap",
			self.Name, self.Protocol.Speaks, self.Protocol.Oldest, peer.Name, peer.Address(), m.protocol.Speaks, m.protocol.Oldest)}
	}
	return nil
}

// takenBy is the refusal because of a node that has this node's name elsewhere.
func takenBy(self Member, peer *memberlist.Node) *refusal {
	m, _ := decodeMeta(peer.Meta) // compare has looked at it
	return &refusal{
		ground: nameTaken,
		text: fmt.Sprintf("Two nodes have the name %q: this one at %s and one at %s; give each node its own name",
			self.Name, self.Gossip, peer.Address()),
		claim: claim{name: self.Name, gossip: peer.Address(), actors: m.address},
	}
}

// keyRefusal recognises in the error of a join that the other side has another
// shared key, or only one side has one. memberlist says so in words only.
func keyRefusal(self Member, address string, err error) *refusal {
	text := err.Error()
	for _, sign := range []string{"could decrypt", "encryption is not configured", "remote state is not encrypted"} {
		if strings.Contains(text, sign) {
			return &refusal{ground: otherKey, text: fmt.Sprintf(
				"Node %q and the node at %s have different shared keys, or only one has a key; give all nodes the same key", self.Name, address)}
		}
	}
	return nil
}

// refusals remembers the last ones that merges met: those that this node has asked for,
// and those of others who called.
type refusals struct {
	mu   sync.Mutex
	last []*refusal // at most mostRefusals
}

const mostRefusals = 64

func (r *refusals) note(one *refusal) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.last = slices.DeleteFunc(r.last, func(other *refusal) bool { return other.text == one.text })
	if r.last = append(r.last, one); len(r.last) > mostRefusals {
		r.last = slices.Delete(r.last, 0, 1)
	}
}

// in returns the refusal that a text repeats.
func (r *refusals) in(text string) *refusal {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, one := range slices.Backward(r.last) {
		if strings.Contains(text, one.text) {
			return one
		}
	}
	return nil
}
