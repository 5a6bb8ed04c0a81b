package membership

import (
	"fmt"
	"strings"
	"time"

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
)

// refusal is why this node and the one that it met cannot be in one cluster.
type refusal struct {
	ground ground
	text   string
}

func (r *refusal) Error() string { return r.text }

// problem is what the refused node is told to a person.
func (r *refusal) problem() error { return problem.New(problem.Invalid, "%s", r.text) }

// acquaint looks at what another node knows (its peers, itself among them) and
// returns why the two cannot be in one cluster, or nil.
func acquaint(cluster string, self Member, peers []*memberlist.Node) *refusal {
	for _, peer := range peers {
		if peer.State != memberlist.StateAlive && peer.State != memberlist.StateSuspect {
			continue
		}
		if r := compare(cluster, self, peer); r != nil {
			return r
		}
		if peer.Name == self.Name && peer.Address() != self.Gossip {
			return takenBy(self, peer.Address())
		}
	}
	return nil
}

// compare checks that the node belongs to the cluster and speaks our protocol.
func compare(cluster string, self Member, peer *memberlist.Node) *refusal {
	m, err := decodeMeta(peer.Meta)
	switch {
	case err != nil:
		return &refusal{otherProtocol, fmt.Sprintf(
			"What answers at %s (%q) is no Rollcall node; correct the addresses to join", peer.Address(), peer.Name)}
	case m.cluster != cluster:
		return &refusal{otherCluster, fmt.Sprintf(
			"Node %q is of the cluster %q, node %q at %s of the cluster %q; correct the addresses to join or the cluster name",
			self.Name, cluster, peer.Name, peer.Address(), m.cluster)}
	case !self.Protocol.Compatible(m.protocol):
		return &refusal{otherProtocol, fmt.Sprintf(
			"Node %q speaks protocol %d (oldest %d), node %q at %s speaks %d (oldest %d); run versions that overlap",
			self.Name, self.Protocol.Speaks, self.Protocol.Oldest, peer.Name, peer.Address(), m.protocol.Speaks, m.protocol.Oldest)}
	}
	return nil
}

func takenBy(self Member, address string) *refusal {
	return &refusal{nameTaken, fmt.Sprintf(
		"Two nodes have the name %q: this one at %s and one at %s; give each node its own name",
		self.Name, self.Gossip, address)}
}

// keyRefusal recognises in the error of a join that the other side has another
// shared key, or only one side has one. memberlist says so in words only.
func keyRefusal(self Member, address string, err error) *refusal {
	text := err.Error()
	for _, sign := range []string{"could decrypt", "encryption is not configured", "remote state is not encrypted"} {
		if strings.Contains(text, sign) {
			return &refusal{otherKey, fmt.Sprintf(
				"Node %q and the node at %s have different shared keys, or only one has a key; give all nodes the same key", self.Name, address)}
		}
	}
	return nil
}

// prevails reports whether, of two clusters that cannot be one, the other has
// the better claim: more members, or as many and an older one. Each side comes
// to the same verdict, so that only one of them gives way.
func prevails(v *View, peers []*memberlist.Node) bool {
	theirs, oldest := 0, time.Time{}
	for _, peer := range peers {
		m, err := decodeMeta(peer.Meta)
		if err != nil || peer.State != memberlist.StateAlive {
			continue
		}
		theirs++
		if oldest.IsZero() || m.started.Before(oldest) {
			oldest = m.started
		}
	}
	ours, ourOldest := len(v.Members), v.Self.Started
	for _, m := range v.Members {
		if m.Started.Before(ourOldest) {
			ourOldest = m.Started
		}
	}
	return theirs > ours || theirs == ours && oldest.Before(ourOldest)
}

// suspicions waits before it believes that this node is refused: right after a
// restart others still repeat what they knew of its predecessor.
type suspicions struct {
	patience time.Duration
	text     string
	first    time.Time
	last     time.Time
}

// note takes in evidence and reports whether it has been repeated for longer
// than the patience, without a pause as long as three times that.
func (s *suspicions) note(r *refusal, now time.Time) bool {
	if s.text != r.text || now.Sub(s.last) > 3*s.patience {
		s.text, s.first = r.text, now
	}
	s.last = now
	return now.Sub(s.first) >= s.patience
}
