package doctor

import (
	"log/slog"

	"github.com/rollcall/rollcall/actors/clusterkey"
	"github.com/rollcall/rollcall/actors/identity"
	"github.com/rollcall/rollcall/actors/membership"
)

// Node is the node that is examined: how it is, or is to be, started.
type Node struct {
	Name            string
	Listen, Shared  string // host:port for clients; Shared may be ""
	Actor, Gossip   string // host:port to bind
	AdvertiseActor  string // by which others reach these, "" for the same
	AdvertiseGossip string
	Join            []string

	Cluster     string
	Keys        *clusterkey.Ring // nil for none
	Channel     string           // of Redis
	RedisURL    string           // "" for none
	RedisTrust  identity.Trust
	DatabaseURL string
	OwnDatabase bool // the file of the data folder, which a node migrates by itself
	Data        string
	TLSCert     string
	TLSKey      string
	SecretFiles []string // from which secrets were read
	Tokens      bool     // are asked for
	KeySets     []KeySet // of the keys that sign them
	AnyUser     bool     // may come with one, also who is not in the user store
	Connections int      // that it takes at most, 0 for any number

	Log *slog.Logger
}

// Checks returns all that is looked at, in the order in which it is shown.
func (n Node) Checks() []Check {
	return []Check{
		{"ports", n.ports},
		{"names", n.names},
		{"peers", n.peers},
		{"Redis", n.redis},
		{"database", n.database},
		{"tokens", n.tokens},
		{"files", n.files},
		{"open files", n.descriptors},
	}
}

func (n Node) visitor() membership.Visitor {
	return membership.Visitor{Cluster: n.Cluster, Name: n.Name, Gossip: literal(first(n.AdvertiseGossip, n.Gossip)), Keys: n.Keys}
}

func first(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}
