package placement

import (
	"net/url"

	"github.com/asynkron/protoactor-go/cluster"

	"github.com/rollcall/rollcall/protos/problem"
)

// maxName is the longest name of a grain, in bytes.
const maxName = 256

// checkName accepts any bytes, but not none and not too many.
func checkName(name string) error {
	if n := len(name); n == 0 || n > maxName {
		return problem.New(problem.Invalid, "A name has 1 to %d bytes; this one has %d", maxName, n)
	}
	return nil
}

// escape makes a name safe in actor ids, which are paths, and in protobuf
// strings, which are UTF-8. It grows to at most three times its length.
func escape(name string) string { return url.PathEscape(name) }

// onWire is the form in which a name crosses nodes; fromWire reads it.
func onWire(ci *cluster.ClusterIdentity) *cluster.ClusterIdentity {
	return cluster.NewClusterIdentity(escape(ci.Identity), ci.Kind)
}

func fromWire(ci *cluster.ClusterIdentity) (*cluster.ClusterIdentity, error) {
	name, err := url.PathUnescape(ci.GetIdentity())
	if err != nil {
		return nil, problem.Wrap(err, problem.Invalid, "A name is not escaped well")
	}
	if err := checkName(name); err != nil {
		return nil, err
	}
	return cluster.NewClusterIdentity(name, ci.GetKind()), nil
}
