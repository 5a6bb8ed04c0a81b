package placement

import (
	"hash/fnv"
	"slices"
)

// Node is a live node, as far as grains can be placed on it.
type Node struct {
	Name    string
	ID      string // of one uninterrupted stay of its process
	Address string // host:port of its actors
	Kinds   []string
}

// Nodes are the live nodes as one of them sees them at one moment. They never change.
type Nodes struct {
	self       string // the name of the node that sees them
	list       []Node
	seeds      []uint64        // rendezvous seed of each node's name
	superseded <-chan struct{} // closed once there are newer ones
}

// NewNodes returns what the node named self sees; list is sorted by name.
func NewNodes(self string, list []Node, superseded <-chan struct{}) *Nodes {
	seeds := make([]uint64, len(list))
	for i, n := range list {
		seeds[i] = seed(n.Name)
	}
	return &Nodes{self: self, list: list, seeds: seeds, superseded: superseded}
}

// Owner returns the node that owns a grain of a kind: the highest score in a
// rendezvous of the names. It depends on names alone, so a restart moves nothing, and a
// node that comes or goes moves only its own share. Only nodes that have the kind take
// part, so that grains of one that is new in a rolling upgrade never go to a node
// that lacks it. It is false only if there is none.
func (n *Nodes) Owner(kind, name string) (Node, bool) {
	var (
		key  = fnv64(name)
		best = -1
		top  uint64
	)
	for i := range n.list {
		// Equal scores go to the first by name: every observer sorts alike.
		if score := finalize(key ^ n.seeds[i]); (best < 0 || score > top) && slices.Contains(n.list[i].Kinds, kind) {
			best, top = i, score
		}
	}
	if best < 0 {
		return Node{}, false
	}
	return n.list[best], true
}

// holds reports whether the same stay of the same process is still live.
func (n *Nodes) holds(node Node) bool {
	return slices.ContainsFunc(n.list, func(now Node) bool { return now.ID == node.ID })
}

// seed spreads a name over all 64 bits: neighbouring names ("node-1",
// "node-2") differ in a few bits of their FNV sums only.
func seed(name string) uint64 { return finalize(fnv64(name)) }

func fnv64(s string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(s)) // never fails
	return h.Sum64()
}

// finalize is the 64-bit finalizer of MurmurHash3: each bit of the input
// changes each bit of the result with probability one half.
func finalize(x uint64) uint64 {
	x ^= x >> 33
	x *= 0xff51afd7ed558ccd
	x ^= x >> 33
	x *= 0xc4ceb9fe1a85ec53
	return x ^ x>>33
}
