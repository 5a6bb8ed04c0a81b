package membership

import (
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/memberlist"

	"github.com/rollcall/rollcall/protos/problem"
)

func TestNodesFindEachOtherInAnyOrder(t *testing.T) {
	f := newFixture(t)
	addrs := []string{freeAddress(t), freeAddress(t), freeAddress(t)}
	names := []string{"node-1", "node-2", "node-3"}
	nodes := make([]*Cluster, len(names))
	for _, i := range []int{2, 0, 1} { // each lists all, and the first finds nobody
		c := f.config(names[i])
		c.GossipAddr, c.Join = addrs[i], addrs
		nodes[i] = f.start(c)
	}
	for _, c := range nodes {
		v := awaitView(t, c, "to see all", sees(names...))
		if m, _ := v.ByName("node-2"); m.HTTP != "127.0.0.1:80" || m.Address != nodes[1].System.Address() || m.System != nodes[1].System.ID {
			t.Errorf("%s knows node-2 as %+v", v.Self.Name, m)
		}
	}
}

func TestAloneNodeFindsWhoComesLater(t *testing.T) {
	f := newFixture(t)
	later := freeAddress(t)
	first := f.config("node-1")
	first.Join, first.Timings.Rejoin = []string{later}, 200*time.Millisecond // only the first knows of the second
	a := f.start(first)
	second := f.config("node-2")
	second.GossipAddr = later
	b := f.start(second)
	awaitView(t, a, "for the later one", sees("node-1", "node-2"))
	awaitView(t, b, "for the earlier one", sees("node-1", "node-2"))
}

func TestJoinTakesANameOfTheNetwork(t *testing.T) {
	f := newFixture(t)
	a := f.start(f.config("node-1"))
	_, port, _ := strings.Cut(a.View().Self.Gossip, ":")
	c := f.config("node-2")
	c.Join = []string{"localhost:" + port}
	b := f.start(c)
	if v := b.View(); !sees("node-1", "node-2")(v) {
		t.Errorf("Start returned before the node was a member: %v", namesOf(v.Members))
	}
}

func killedNodeIsEvictedAndLost(t *testing.T, f *fixture) {
	nodes := f.cluster(4)
	seen := changes(nodes[0])
	killed := time.Now()
	nodes[3].crash()
	for _, c := range nodes[:3] {
		v := awaitView(t, c, "for the eviction", sees("node-1", "node-2", "node-3"))
		t.Logf("%s evicted it after %v", v.Self.Name, time.Since(killed).Round(time.Millisecond))
		if lost := v.LostNow(time.Now()); len(lost) != 1 || lost[0].Name != "node-4" {
			t.Errorf("%s names %v as lost", v.Self.Name, lost)
		}
	}
	eventually(t, "the change", func() bool { return len(only("node-4", seen, ViewChanged.Failed)) == 1 })
	if left, joined := only("node-4", seen, ViewChanged.Left), only("node-4", seen, ViewChanged.Joined); left != nil || joined != nil {
		t.Errorf("left %v, joined %v", left, joined)
	}
}

func nodeThatSaysGoodbyeIsNotLost(t *testing.T, f *fixture) {
	nodes := f.cluster(3)
	seen := changes(nodes[0])
	if err := nodes[2].Leave(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, c := range nodes[:2] { // Leave returned: they know
		v := c.View()
		if _, live := v.ByName("node-3"); live || v.lists("node-3") {
			t.Errorf("%s: live %v, lost %v", v.Self.Name, namesOf(v.Members), v.Lost)
		}
	}
	if v := nodes[2].View(); slices.Contains(namesOf(v.Members), "node-3") {
		t.Errorf("the leaving node still counts itself: %v", namesOf(v.Members))
	}
	eventually(t, "the change", func() bool { return len(only("node-3", seen, ViewChanged.Left)) == 1 })
	if failed := only("node-3", seen, ViewChanged.Failed); failed != nil {
		t.Errorf("failed too: %v", failed)
	}
	for range 2 {
		if err := nodes[2].Leave(t.Context()); err != nil {
			t.Errorf("leaving again: %v", err)
		}
		if err := nodes[2].Shutdown(t.Context()); err != nil {
			t.Errorf("shutting down: %v", err)
		}
	}
}

func TestRestartAtTheSameAddressIsWelcomeAtOnce(t *testing.T) {
	f := newFixture(t)
	nodes := f.cluster(3)
	seen := changes(nodes[0])
	old := nodes[2].View().Self
	nodes[2].crash()

	config := f.config("node-3")
	config.ActorAddr, config.GossipAddr = old.Address, old.Gossip
	again := f.start(config, nodes[0])
	for _, c := range append(nodes[:2:2], again) {
		v := awaitView(t, c, "for the new process", func(v *View) bool {
			m, ok := v.ByName("node-3")
			return ok && len(v.Members) == 3 && m.System == again.System.ID
		})
		if lost := v.LostNow(time.Now()); len(lost) != 0 {
			t.Errorf("%s: lost %v though it is back", v.Self.Name, lost)
		}
	}
	eventually(t, "the change", func() bool { return len(only("node-3", seen, ViewChanged.Joined)) > 0 })
	joined, failed := only("node-3", seen, ViewChanged.Joined), only("node-3", seen, ViewChanged.Failed)
	if len(failed) != 1 || failed[0].System != old.System || len(joined) != 1 || joined[0].System != again.System.ID {
		t.Errorf("failed %v, joined %v", idsOf(failed), idsOf(joined))
	}
	if joined[0].Generation == 0 {
		t.Error("the restart did not raise the generation")
	}
}

func restartAtAnotherAddressIsWelcomeOnceTheOldOneIsDead(t *testing.T, f *fixture) {
	nodes := f.cluster(3)
	nodes[2].crash()
	again := f.start(f.config("node-3"), nodes[0]) // waits for the eviction
	for _, c := range append(nodes[:2:2], again) {
		awaitView(t, c, "for the new process", func(v *View) bool {
			m, ok := v.ByName("node-3")
			return ok && len(v.Members) == 3 && m.System == again.System.ID
		})
	}
}

func nodeThatDoesNotFitIsRefused(t *testing.T, f *fixture) {
	const key = "correct horse battery staple"
	tests := []struct {
		name   string
		change func(*Config)
		want   []string // parts of the message
	}{
		{"name taken", func(c *Config) { c.Name = "node-2" }, []string{`"node-2"`, "name"}},
		{"name of the one it asks", func(c *Config) { c.Name = "node-1" }, []string{`"node-1"`, "name"}},
		{"other cluster", func(c *Config) { c.Cluster = "elsewhere" }, []string{`"node-3"`, `"elsewhere"`, `"test"`}},
		{"other store", func(c *Config) { c.Store = "THEOTHERSTORE" }, []string{`"node-3"`, `"node-`, "THEOTHERSTOR", "THESTOREOFAL"}},
		{"other protocol", func(c *Config) { c.protocol = Protocol{9, 9} }, []string{`"node-3"`, "protocol 9"}},
		{"other key", func(c *Config) { c.Keys = ring(t, "another horse battery staple") }, []string{`"node-3"`, "key"}},
		{"no key", func(c *Config) { c.Keys = nil }, []string{`"node-3"`, "key"}},
	}
	first := f.config("node-1")
	first.Keys, first.Store = ring(t, key), "THESTOREOFALL"
	a := f.start(first)
	second := f.config("node-2")
	second.Keys, second.Store = ring(t, key), "THESTOREOFALL"
	b := f.start(second, a)
	before := awaitView(t, a, "to see both", sees("node-1", "node-2"))
	awaitView(t, b, "to see both", sees("node-1", "node-2"))

	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			config := f.config("node-3")
			config.Keys, config.Store = ring(t, key), "THESTOREOFALL"
			config.Timings.NamePatience = 300 * time.Millisecond
			config.Join = []string{a.View().Self.Gossip}
			tt.change(&config)
			c, err := f.tryStart(config)
			if err == nil {
				_ = c.Shutdown(t.Context())
				t.Fatal("it is welcome")
			}
			t.Log(err)
			if problem.CodeOf(err) != problem.Invalid {
				t.Errorf("code %s", problem.CodeOf(err))
			}
			for _, part := range tt.want {
				if !strings.Contains(problem.MessageOf(err), part) {
					t.Errorf("%q does not say %s", problem.MessageOf(err), part)
				}
			}
			if a.View() != before {
				t.Errorf("the cluster was disturbed: live %v, lost %v", namesOf(a.View().Members), a.View().Lost)
			}
		})
	}
}

func TestBadConfigurationIsRefused(t *testing.T) {
	f := newFixture(t)
	taken := f.start(f.config("node-1")).View().Self
	tests := map[string]func(*Config){
		"no name":                        func(c *Config) { c.Name = "" },
		"no name for others":             func(c *Config) { c.Name = "node 2" },
		"actors exposed":                 func(c *Config) { c.ActorAddr = "10.0.0.1:6011" },
		"gossip exposed":                 func(c *Config) { c.GossipAddr = "10.0.0.1:7011" },
		"actors exposed by NAT":          func(c *Config) { c.Advertise.Actor = "10.0.0.1:6011" },
		"gossip exposed by NAT":          func(c *Config) { c.Advertise.Gossip = "10.0.0.1:7011" },
		"actors exposed by a name":       func(c *Config) { c.ActorAddr = "rollcall.invalid:6011" },
		"all addresses":                  func(c *Config) { c.ActorAddr = "0.0.0.0:6011" },
		"all interfaces":                 func(c *Config) { c.GossipAddr = ":7011" },
		"advertised to all":              func(c *Config) { c.Advertise.Actor = "0.0.0.0:6011" },
		"advertised by name alone":       func(c *Config) { c.Advertise.Gossip = "localhost" },
		"advertised without a port":      func(c *Config) { c.Advertise.Actor = "127.0.0.1:0" },
		"advertised at a name of nobody": func(c *Config) { c.Advertise.Gossip = "rollcall.invalid:7011" },
		"no port":                        func(c *Config) { c.GossipAddr = "127.0.0.1" },
		"join without":                   func(c *Config) { c.Join = []string{"127.0.0.1"} },
		"actor port used":                func(c *Config) { c.ActorAddr = taken.Address },
		"gossip port used":               func(c *Config) { c.GossipAddr = taken.Gossip },
		"endless metadata":               func(c *Config) { c.Cluster = strings.Repeat("c", 600) },
	}
	for name, change := range tests {
		t.Run(name, func(t *testing.T) {
			config := f.config("node-2")
			change(&config)
			c, err := Start(t.Context(), config)
			if err == nil {
				_ = c.Shutdown(t.Context())
				t.Fatal("accepted")
			}
			if code := problem.CodeOf(err); code != problem.Invalid && code != problem.Unavailable {
				t.Errorf("%s: %v", code, err)
			}
			t.Log(err)
		})
	}
}

// Whoever binds to all interfaces says under which address the others reach it, which
// may be a name.
func TestANodeThatBindsToAllAdvertisesOne(t *testing.T) {
	for name, all := range map[string]string{"port alone": "", "unspecified address": "0.0.0.0"} {
		t.Run(name, func(t *testing.T) { bindsToAll(t, all) })
	}
}

func bindsToAll(t *testing.T, all string) {
	f := newFixture(t)
	var nodes []*Cluster
	for _, name := range []string{"node-1", "node-2"} {
		config := f.config(name)
		config.Keys = ring(t, "correct horse battery staple")
		actors, gossip := freeAddress(t), freeAddress(t)
		_, actorPort, _ := net.SplitHostPort(actors)
		_, gossipPort, _ := net.SplitHostPort(gossip)
		config.ActorAddr, config.GossipAddr = net.JoinHostPort(all, actorPort), net.JoinHostPort(all, gossipPort)
		config.Advertise = Advertise{Actor: "localhost:" + actorPort, Gossip: "127.0.0.1:" + gossipPort}
		c := f.start(config, nodes...)
		nodes = append(nodes, c)
		if self := c.View().Self; self.Address != "localhost:"+actorPort || self.Gossip != gossip || c.System.Address() != self.Address {
			t.Errorf("it is known at %s and %s, its actors at %s", self.Address, self.Gossip, c.System.Address())
		}
	}
	for _, c := range nodes {
		awaitView(t, c, "to see both", sees("node-1", "node-2"))
	}
	for i := range 20 { // of which some live on each
		if _, err := call(nodes[i%2], fmt.Sprintf("grain %d", i), "hello"); err != nil {
			t.Error(err)
		}
	}
}

func healedSplitIsOneAgain(t *testing.T, f *fixture) { healsSplit(t, f, false) }

func longSplitIsOneAgain(t *testing.T, f *fixture) { healsSplit(t, f, true) }

func healsSplit(t *testing.T, f *fixture, reaped bool) {
	var nodes []*Cluster
	var walls []*wall
	for _, name := range []string{"node-1", "node-2", "node-3", "node-4"} {
		w := &wall{}
		c := f.config(name)
		c.transport = func(m *memberlist.Config) (memberlist.NodeAwareTransport, error) {
			if reaped {
				m.GossipToTheDeadTime = time.Millisecond
			}
			return w.transport(m)
		}
		walls = append(walls, w)
		nodes = append(nodes, f.start(c, nodes[:min(len(nodes), 1)]...))
	}
	all := sees("node-1", "node-2", "node-3", "node-4")
	for _, c := range nodes {
		awaitView(t, c, "to see all", all)
	}

	walls[0].build(nodes[2:]...)
	walls[1].build(nodes[2:]...)
	walls[2].build(nodes[:2]...)
	walls[3].build(nodes[:2]...)
	for i, c := range nodes {
		half := sees("node-1", "node-2")
		if i >= 2 {
			half = sees("node-3", "node-4")
		}
		if v := awaitView(t, c, "for the split", half); len(v.LostNow(time.Now())) != 2 {
			t.Errorf("%s: lost %v", v.Self.Name, v.Lost)
		}
	}

	for _, c := range nodes {
		eventually(t, "memberlist to forget", func() bool { return !reaped || c.provider.list.NumMembers() == 2 })
	}
	healed := time.Now()
	for _, w := range walls {
		w.behind.Store(nil)
	}
	for i, c := range nodes {
		v := awaitView(t, c, "for the healing", all)
		t.Logf("%s is one again after %v", v.Self.Name, time.Since(healed).Round(time.Millisecond))
		far := v.Members[(i+2)%4]
		if far.Generation == 0 || far.System != nodes[(i+2)%4].System.ID {
			t.Errorf("%s knows %s as %s: the same process in a later generation was expected", v.Self.Name, far.Name, far.ID())
		}
		if len(v.LostNow(time.Now())) != 0 {
			t.Errorf("%s: lost %v", v.Self.Name, v.Lost)
		}
	}
}

// Two nodes may take one name while they cannot see each other. After that, both go on,
// but are never one member: whoever does not count the other one names it as lost, and
// the one that was there first, whose name was given away, takes no new clients.
func twoOfANameGoOnAndAreNamedWhenTheSplitHeals(t *testing.T, f *fixture) {
	keys := ring(t, "a secret of this test")
	configure := func(name string) Config {
		c := f.config(name)
		c.Keys, c.Timings.NamePatience, c.Timings.Rejoin = keys, time.Second, 500*time.Millisecond
		return c
	}
	one := f.start(configure("node-1"))
	first := f.start(configure("node-2"), one)
	awaitView(t, one, "to see both", sees("node-1", "node-2"))
	w := &wall{}
	w.build(one, first)
	config := configure("node-2")
	config.transport = w.transport
	second := f.start(config, one, first)
	w.behind.Store(nil)

	names := func(others ...string) func(*View) bool {
		return func(v *View) bool {
			for _, name := range others {
				if !v.lists(name) {
					return false
				}
			}
			return true
		}
	}
	rival := "node-2@" + second.View().Self.Gossip
	awaitView(t, one, "to name the second of the name", names(rival))
	awaitView(t, first, "to name the second of its name", names(rival))
	awaitView(t, second, "to name those that do not take it", names(one.View().Self.Gossip, "node-2@"+first.View().Self.Gossip))
	eventually(t, "the first of the name to give way", func() bool { return first.Rivalry() != nil })
	for _, c := range []*Cluster{one, second} {
		if err := c.Rivalry(); err != nil {
			t.Errorf("%s gives way, too: %v", c.View().Self.Gossip, err)
		}
	}
	for _, c := range []*Cluster{one, first} {
		if v := c.View(); !sees("node-1", "node-2")(v) {
			t.Errorf("%s was disturbed: %v, lost %v", v.Self.Name, namesOf(v.Members), v.Lost)
		} else if m, _ := v.ByName("node-2"); m.System != first.System.ID {
			t.Errorf("%s takes the second for the first", v.Self.Name)
		}
	}

	if err := second.Shutdown(t.Context()); err != nil {
		t.Log(err)
	}
	eventually(t, "the first to take clients again", func() bool { return first.Rivalry() == nil })
}

// Whoever calls with the name of another cluster, or as nobody, is refused; who runs goes
// on, and so does who starts if others take it.
func TestStrangersEndNobody(t *testing.T) {
	f := newFixture(t)
	prod := f.start(f.config("node-1"))
	var staging []*Cluster
	for _, name := range []string{"stag-1", "stag-2", "stag-3"} {
		c := f.config(name)
		c.Cluster = "staging"
		c.Join = []string{prod.View().Self.Gossip} // by mistake
		if len(staging) == 0 {
			c.Join = nil
		}
		staging = append(staging, f.start(c, staging...))
	}
	refused := prod.provider.merging.in
	eventually(t, "production to be called by mistake", func() bool {
		return slices.ContainsFunc(staging[1:], func(c *Cluster) bool {
			self := c.View().Self
			return refused(fmt.Sprintf("Node %q is of the cluster %q, node %q at %s of the cluster %q; correct the addresses to join or the cluster name",
				"node-1", "test", self.Name, self.Gossip, "staging")) != nil
		})
	})
	for _, c := range append(staging, prod) {
		v := awaitView(t, c, "for its own cluster", func(v *View) bool { return len(v.Members) == 3 || c == prod })
		if c == prod && len(v.Members) != 1 || c.Rivalry() != nil {
			t.Errorf("%s: members %v, %v", v.Self.Name, namesOf(v.Members), c.Rivalry())
		}
		if _, err := call(c, "still here", "where"); err != nil {
			t.Error(err)
		}
	}
}

// The store may be known later than the other members are, and be reset while all run:
// then all are told, and who has another one is named.
func TestMembersSeeWhoKnowsAnotherStore(t *testing.T) {
	f := newFixture(t)
	nodes := f.cluster(3)
	for i, c := range nodes {
		store := "THESTOREOFALL"
		if i == 2 {
			store = "THEOTHERSTORE"
		}
		if err := c.SetStore(store); err != nil {
			t.Error(err)
		}
	}
	astray := func(names ...string) func(*View) bool {
		return func(v *View) bool { return slices.Equal(namesOf(v.Astray()), names) }
	}
	awaitView(t, nodes[0], "to see whose store is another one", astray("node-3"))
	awaitView(t, nodes[1], "to see whose store is another one", astray("node-3"))
	awaitView(t, nodes[2], "to see whose store is another one", astray("node-1", "node-2"))
	for _, c := range nodes {
		if v := c.View(); !sees("node-1", "node-2", "node-3")(v) || v.Self.Store == "" {
			t.Errorf("%s: members %v, store %q", v.Self.Name, namesOf(v.Members), v.Self.Store)
		}
		if err := c.SetStore("ANEWONEFORALL"); err != nil {
			t.Error(err)
		}
	}
	for _, c := range nodes {
		awaitView(t, c, "to see that all have the new one", func(v *View) bool {
			return len(v.Astray()) == 0 && !slices.ContainsFunc(v.Members, func(m Member) bool { return m.Store != "ANEWONEFORALL" })
		})
	}
}

func TestViewIsStoredBeforeItIsAnnounced(t *testing.T) {
	f := newFixture(t)
	a := f.start(f.config("node-1"))
	var early sync.Map
	a.System.EventStream.Subscribe(func(event any) {
		if c, ok := event.(ViewChanged); ok {
			if a.View().Serial < c.New.Serial || c.New.Serial != c.Old.Serial+1 {
				early.Store(c.New.Serial, a.View().Serial)
			}
			select {
			case <-c.Old.superseded:
			default:
				early.Store(c.New.Serial, "old view not closed")
			}
		}
	})
	f.start(f.config("node-2"), a)
	f.start(f.config("node-3"), a)
	awaitView(t, a, "to see all", func(v *View) bool { return len(v.Members) == 3 })
	early.Range(func(serial, what any) bool {
		t.Errorf("view %v announced early: %v", serial, what)
		return true
	})
}
