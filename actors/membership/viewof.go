package membership

import "github.com/asynkron/protoactor-go/cluster"

// ViewOf returns who is in the cluster now, for an actor that knows nothing but
// its protoactor cluster: a grain.
func ViewOf(c *cluster.Cluster) *View { return c.Config.ClusterProvider.(*provider).view.Load() }
