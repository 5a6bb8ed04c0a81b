//go:build unix

package harness

import (
	"cmp"
	"crypto/tls"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rollcall/rollcall/actors/identity/redistest"
)

// ClusterKey is what the nodes of a cluster share: so they encrypt what they say, and
// believe what comes by Redis.
const ClusterKey = "a secret of all nodes of a test"

// Cluster is a running cluster: nodes, each a process, that share a new user
// store with the ten first users, and a Redis of their own.
type Cluster struct {
	Nodes []*Node
	Redis *redistest.Server
	HTTP  *http.Client

	data string // the folder with the user store
}

// Setup says what a cluster is made of. The zero value of what is not named is
// what Start gives.
type Setup struct {
	Places []Place                        // of the nodes: one each
	Redis  func(*redistest.Server) string // by which URL the nodes reach it; nil for its own
	Flags  []string                       // further ones, of rollcall serve; the last of a name counts
	Data   string                         // the folder for the user store
}

// Start runs a cluster of n nodes, node-1 to node-n, each with the further flags
// of rollcall serve, and returns when all know each other and serve.
func Start(t testing.TB, n int, flags ...string) *Cluster {
	t.Helper()
	return StartSetup(t, Setup{Places: LocalPlaces(t, n), Flags: flags})
}

// StartSetup runs a cluster, and returns when all its nodes know each other and serve.
func StartSetup(t testing.TB, setup Setup) *Cluster {
	t.Helper()
	data := cmp.Or(setup.Data, t.TempDir())
	MakeStore(t, "--data", data)
	c := &Cluster{Redis: redistest.Start(t), HTTP: newHTTP(t), data: data}
	url := c.Redis.URL()
	if setup.Redis != nil {
		url = setup.Redis(c.Redis)
	}
	common := append([]string{"--data", data, "--redis-url", url, "--cluster-key", ClusterKey, "--log-level", "debug", "--auth", "none"}, setup.Flags...)
	var join []string
	for _, place := range setup.Places {
		join = append(join, place.Gossip)
	}
	var processes []*Process
	for i, place := range setup.Places {
		name := "node-" + strconv.Itoa(i+1)
		process := newProcess(t, name, append([]string{
			"serve", "--supervised", // so that it stops with the test, however that ends
			"--name", name, "--listen", place.Listen, "--actor", place.Actor,
			"--gossip", place.Gossip, "--join", strings.Join(join, ","),
		}, slices.Concat(common, place.Flags)...)...)
		process.under = place.Under
		processes = append(processes, process)
		c.Nodes = append(c.Nodes, &Node{Process: process, Name: name, Addr: place.Listen, Gossip: place.Gossip, Actor: place.Actor, http: c.HTTP})
	}
	t.Cleanup(func() { stopAll(t, processes...) })
	for _, p := range processes {
		p.Start()
	}
	AwaitMembers(t, c.Nodes...)
	return c
}

// Database returns the file of the user store.
func (c *Cluster) Database() string { return filepath.Join(c.data, "rollcall.db") }

// newHTTP returns a client that follows no redirects: they are part of what is
// tested. It takes any certificate, as the local cluster signs its own. What is answered is
// held to the description of the API.
func newHTTP(t testing.TB) *http.Client {
	t.Helper()
	transport := &http.Transport{
		MaxIdleConnsPerHost: 16,
		TLSClientConfig:     &tls.Config{InsecureSkipVerify: true}, //nolint:gosec // see above
	}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{
		Transport:     newDescribed(t, transport),
		Timeout:       Patience,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// AwaitMembers waits until each of the nodes serves and counts exactly them as
// members.
func AwaitMembers(t testing.TB, nodes ...*Node) {
	t.Helper()
	Eventually(t, Patience, func() error { return sameMembers(nodes) })
}

func sameMembers(nodes []*Node) error {
	var names []string
	for _, n := range nodes {
		names = append(names, n.Name)
	}
	slices.Sort(names)
	for _, n := range nodes {
		members, err := n.Members()
		if err != nil {
			return err
		}
		if !slices.Equal(members, names) {
			return fmt.Errorf("%s counts as members %v, want %v", n.Name, members, names)
		}
	}
	return nil
}

// Others returns the nodes but one.
func (c *Cluster) Others(one *Node) []*Node {
	return slices.DeleteFunc(slices.Clone(c.Nodes), func(n *Node) bool { return n == one })
}
