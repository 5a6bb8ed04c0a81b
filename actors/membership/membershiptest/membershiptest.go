// Package membershiptest starts clusters for the tests of what is built upon them.
package membershiptest

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/rollcall/rollcall/actors/actorstest"
	"github.com/rollcall/rollcall/actors/membership"
)

// Cluster is a cluster in this process: real members over loopback.
type Cluster struct {
	Members []*membership.Cluster
	Leave   time.Duration // how long a goodbye takes

	t *testing.T
}

// New returns a cluster without members, which ends with the test.
func New(t *testing.T) *Cluster {
	c := &Cluster{t: t, Leave: time.Millisecond}
	t.Cleanup(c.end)
	return c
}

// end ends all members at once, without goodbyes, which take their time.
func (c *Cluster) end() {
	var ending sync.WaitGroup
	for _, m := range c.Members {
		ending.Go(func() {
			Vanish(m)
			if err := m.Shutdown(context.Background()); err != nil {
				c.t.Error(err)
			}
		})
	}
	ending.Wait()
}

// Vanish ends all that others could see of a member, as a crash does.
func Vanish(m *membership.Cluster) {
	m.Cluster.Remote.Shutdown(false)
	_ = m.Cluster.Config.ClusterProvider.Shutdown(false)
	defer func() { _ = recover() }() // memberlist's way to say that it is too late for a goodbye
	over, cancel := context.WithCancel(context.Background())
	cancel() // nobody hears the goodbye, so there is nothing to wait for
	_ = m.Leave(over)
}

// Next returns the name of the member that joins next.
func (c *Cluster) Next() string { return fmt.Sprintf("node-%d", len(c.Members)+1) }

// Join starts a member that every other one sees. The config says what is its own.
func (c *Cluster) Join(config membership.Config) *membership.Cluster {
	c.t.Helper()
	config.Cluster, config.Name = "test", c.Next()
	config.ActorAddr, config.GossipAddr = "127.0.0.1:0", "127.0.0.1:0"
	config.Timings = membership.Timings{LeaveWait: c.Leave, Gossip: 10 * time.Millisecond}
	for _, m := range c.Members {
		config.Join = append(config.Join, m.View().Self.Gossip)
	}
	joined, err := membership.Start(c.t.Context(), config)
	actorstest.Must(c.t, err)
	c.Members = append(c.Members, joined)
	for _, m := range c.Members {
		actorstest.Eventually(c.t, "all to see each other", func() bool { return len(m.View().Members) == len(c.Members) })
	}
	return joined
}
