package room

import (
	"time"

	"github.com/rollcall/rollcall/actors/membership"
)

// NodeStatus says how a node took part in a roll call.
type NodeStatus string

const (
	Answered  NodeStatus = "answered"  // sent its entries
	Unchanged NodeStatus = "unchanged" // agreed that the entries seen last still stand
	Missing   NodeStatus = "missing"   // did not answer by the deadline, or its link broke
)

// NodeAnswer is the part of one node in a roll call.
type NodeAnswer struct {
	Node    string
	Status  NodeStatus
	Latency time.Duration // from the start of the roll call to the answer, or until it was given up
	Entries []Entry       // sorted by socket; nil when the node is missing
}

// Roll is the answer to one roll call: who is in a room, and how complete the
// answer is. It is immutable and shared by all who asked at the same time.
type Roll struct {
	Room  string
	Nodes []NodeAnswer      // each live node when the roll was called, by name
	Lost  []membership.Lost // nodes evicted as failed, whose sockets may live on unseen
	Epoch uint64            // of the room's events, as far as the asked node has seen; 0 if none
	Seq   uint64

	// Body is the answer of GET /{room}/users: a JSON array of {"id_socket","id_user","data"},
	// sorted by id_socket.
	Body []byte
}

// Complete reports whether every live node answered.
func (r *Roll) Complete() bool { return len(r.Missing()) == 0 }

// Missing returns the names of the live nodes that did not answer.
func (r *Roll) Missing() []string {
	var names []string
	for _, n := range r.Nodes {
		if n.Status == Missing {
			names = append(names, n.Node)
		}
	}
	return names
}

// Users returns the users in the roll, each once, in no order.
func (r *Roll) Users() []string {
	seen := make(map[string]struct{})
	var users []string
	for _, n := range r.Nodes {
		for _, e := range n.Entries {
			if _, again := seen[e.User]; !again {
				seen[e.User] = struct{}{}
				users = append(users, e.User)
			}
		}
	}
	return users
}

// Sockets returns the number of sockets in the roll.
func (r *Roll) Sockets() int {
	total := 0
	for _, n := range r.Nodes {
		total += len(n.Entries)
	}
	return total
}
