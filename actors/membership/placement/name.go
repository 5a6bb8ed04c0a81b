package placement

import (
	"net/url"

	"github.com/asynkron/protoactor-go/cluster"

	"github.com/rollcall/rollcall/protos/problem"
)

// maxIdentity is the longest identity of a grain, in bytes.
const maxIdentity = 256

// checkIdentity accepts any bytes, but not none and not too many.
func checkIdentity(identity string) error {
	if n := len(identity); n == 0 || n > maxIdentity {
		return problem.New(problem.Invalid, "A name has 1 to %d bytes; this one has %d", maxIdentity, n)
	}
	return nil
}

// escape makes an identity safe in actor ids, which are paths, and in protobuf
// strings, which are UTF-8. It grows to at most three times its length.
func escape(identity string) string { return url.PathEscape(identity) }

// onWire is the form in which an identity crosses nodes; fromWire reads it.
func onWire(ci *cluster.ClusterIdentity) *cluster.ClusterIdentity {
	return cluster.NewClusterIdentity(escape(ci.Identity), ci.Kind)
}

func fromWire(ci *cluster.ClusterIdentity) (*cluster.ClusterIdentity, error) {
	identity, err := url.PathUnescape(ci.GetIdentity())
	if err != nil {
		return nil, problem.Wrap(err, problem.Invalid, "A name is not escaped well")
	}
	if err := checkIdentity(identity); err != nil {
		return nil, err
	}
	return cluster.NewClusterIdentity(identity, ci.GetKind()), nil
}
