package actors

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rollcall/rollcall/actors/actorstest"
	"github.com/rollcall/rollcall/actors/directory"
	"github.com/rollcall/rollcall/actors/identity"
	"github.com/rollcall/rollcall/actors/membership/membershiptest"
	"github.com/rollcall/rollcall/actors/metrics"
	"github.com/rollcall/rollcall/actors/operate"
	"github.com/rollcall/rollcall/protos"
)

func fromTheBeginning(string) int64 { return 0 }

func TestASurveyHearsEveryNodeAndNamesTheSilent(t *testing.T) {
	f := newFixture(t)
	draining := false
	nodes := f.nodes(2, func(c *Config) { c.Version = "v1"; c.Draining = func() bool { return draining } })
	silent := f.puppet(true)
	nodes[0].connects("Maths", "1")
	nodes[0].connects("Physics", "2")
	nodes[1].connects("Maths", "3")

	asked := time.Now()
	s := nodes[1].asker.Survey(t.Context(), fromTheBeginning)
	if took := time.Since(asked); took < operate.Patience || took > actorstest.Patience {
		t.Errorf("it took %v", took)
	}
	if len(s.Nodes) != 3 || len(s.Gone) != 0 {
		t.Fatalf("%d nodes, %d gone", len(s.Nodes), len(s.Gone))
	}
	one, two, three := s.Nodes[0], s.Nodes[1], s.Nodes[2]
	if r := one.Report; r == nil || r.GetNode() != "node-1" || r.GetSockets() != 2 || r.GetRooms() != 2 || r.GetVersion() != "v1" ||
		r.GetRedis().GetState() != protos.Backend_NONE || r.GetDatabase().GetState() != protos.Backend_UP ||
		r.GetGoroutines() == 0 || r.GetMemoryBytes() == 0 || r.GetUptimeUs() == 0 || r.GetDraining() {
		t.Errorf("node-1 reports %v", r)
	}
	if r := two.Report; r == nil || r.GetSockets() != 1 || !slices.ContainsFunc(r.GetSent(), func(s *protos.Sent) bool {
		return s.GetTo() == "node-1" && s.GetMessages() > 0
	}) {
		t.Errorf("node-2 reports %v", r)
	}
	if three.Report != nil || three.Member.Name != silent.name() || three.Latency < operate.Patience {
		t.Errorf("the silent node: %+v", three)
	}

	draining = true
	membershiptest.Vanish(silent.Cluster)
	actorstest.Eventually(t, "the silent node to be gone", func() bool {
		s = nodes[0].asker.Survey(t.Context(), fromTheBeginning)
		return len(s.Nodes) == 2
	})
	if len(s.Gone) != 1 || s.Gone[0].Member.Name != silent.name() || s.Gone[0].Since.Before(asked) {
		t.Errorf("gone are %+v", s.Gone)
	}
	if !s.Nodes[0].Report.GetDraining() {
		t.Error("node-1 does not say that it is draining")
	}
}

func TestASurveyBringsTheNewSamples(t *testing.T) {
	n := newFixture(t).start(func(c *Config) { c.sampleEvery = time.Millisecond })
	actorstest.Eventually(t, "samples", func() bool { return len(n.respondent.Report(&protos.AskReport{}).GetSamples()) > 3 })
	all := n.asker.Survey(t.Context(), fromTheBeginning).Nodes[0].Report.GetSamples()
	last := all[len(all)-1].GetAt()
	actorstest.Eventually(t, "more", func() bool { return len(n.respondent.Report(&protos.AskReport{SamplesAfter: last}).GetSamples()) > 0 })
	for _, s := range n.asker.Survey(t.Context(), func(string) int64 { return last }).Nodes[0].Report.GetSamples() {
		if s.GetAt() <= last {
			t.Errorf("an old sample of %d, asked for those after %d", s.GetAt(), last)
		}
	}
}

func TestASurveyEndsWithItsContext(t *testing.T) {
	f := newFixture(t)
	n := f.start()
	f.puppet(true)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if s := n.asker.Survey(ctx, fromTheBeginning); len(s.Nodes) != 2 || s.Nodes[1].Report != nil {
		t.Errorf("%+v", s)
	}
}

func TestWhatHappensIsCounted(t *testing.T) {
	f := newFixture(t)
	n := f.start(func(c *Config) { c.RollDeadline = 20 * time.Millisecond })
	m := n.metrics
	c := n.connects("Maths", "1")
	if m.Joins.Load() != 1 || m.Rooms.Load() != 1 || m.Sockets.Of(4, true).Load() != 1 || m.In.Packets.Load() != 1 || m.Out.Bytes.Load() == 0 {
		t.Errorf("after a join: %d joins, %d rooms, %d in", m.Joins.Load(), m.Rooms.Load(), m.In.Packets.Load())
	}
	roamer := n.polled(n.Attend(as("Maths", "2")))
	if m.Sockets.Of(4, false).Load() != 1 {
		t.Error("who polls is not counted")
	}
	_ = roamer
	n.call("Maths")
	if m.Queries[metrics.Complete].Load() != 1 || m.Calls.Load() != 1 || m.Latency.Read().Count() != 1 {
		t.Error("a roll is not counted")
	}
	silent := f.puppet(true)
	actorstest.Eventually(t, "an incomplete roll", func() bool { return !n.call("Maths").Complete() })
	if m.Queries[metrics.Incomplete].Load() == 0 || m.Silent.Read()[silent.name()] == 0 || m.Joined.Load() != 1 {
		t.Error("a silent node is not counted")
	}
	identityEvents{n.Node}.Changed(identity.Change{Seq: 1, User: "1", Version: 2, At: time.Now().Add(-time.Second).UnixMilli()})
	if worst, any := m.Lag.TakeWorst(); !any || worst < time.Second {
		t.Errorf("the lag was %v", worst)
	}
	c.leaves()
	actorstest.Eventually(t, "the leave", func() bool {
		return m.Leaves.Load() == 1 && m.Rooms.Load() == 0 && m.Sockets.Of(4, true).Load() == 0
	})
	n.panics("Maths")
	actorstest.Eventually(t, "the panic", func() bool {
		failure := m.Failures.Of(directory.RosterKind, "Maths")
		return failure.Count == 1 && failure.Last != "" && n.Panics() == 1
	})
	if moment := n.respondent.Moment(); moment.Members != 2 || moment.RedisUp || !moment.DatabaseUp {
		t.Errorf("%+v", moment)
	}
}

func TestActorsAreListedWithoutAskingThem(t *testing.T) {
	f := newFixture(t)
	nodes := f.nodes(2)
	a := nodes[0].connects("Maths", "1")
	nodes[1].connects("Physics", "2")
	f.puppet(true)
	nodes[1].panics("Chemistry")
	actorstest.Eventually(t, "the panic", func() bool { return nodes[1].Panics() == 1 })

	listed, silent := nodes[0].asker.Actors(t.Context(), &protos.AskActors{Sort: "identity", Limit: 100})
	if !slices.Equal(silent, []string{"node-3"}) || len(listed) != 2 {
		t.Fatalf("%d nodes, silent are %q", len(listed), silent)
	}
	if !slices.ContainsFunc(listed[0].GetActors(), func(s *protos.ActorState) bool {
		return s.GetKind() == "socket" && s.GetName() == a.id && s.GetStarted() > 0
	}) {
		t.Errorf("node-1 does not list the socket %s: %v", a.id, listed[0].GetActors())
	}
	grains := int64(0)
	for _, l := range listed {
		for _, k := range l.GetKinds() {
			switch k.GetKind() {
			case "node", "identity", "socket":
				if k.GetCount() != 1 {
					t.Errorf("%s: %v", l.GetNode(), k)
				}
			case "room":
				grains += k.GetCount()
			case "roster":
				if restarts := k.GetRestarts() > 0; restarts != (l.GetNode() == "node-2") {
					t.Errorf("%s: %v", l.GetNode(), k)
				}
			}
		}
	}
	if grains != 2 {
		t.Errorf("%d room grains", grains)
	}
	some, _ := nodes[0].asker.Actors(t.Context(), &protos.AskActors{Kind: "roster", Search: "PHYS", Limit: 100})
	if total := some[0].GetTotal() + some[1].GetTotal(); total != 1 {
		t.Errorf("%d rosters of Physics", total)
	}
	few, _ := nodes[0].asker.Actors(t.Context(), &protos.AskActors{Limit: 1})
	if got := few[0]; len(got.GetActors()) != 1 || got.GetTotal() < 4 {
		t.Errorf("%d of %d", len(got.GetActors()), got.GetTotal())
	}
}

func TestARoomIsLookedAtWithoutBeingWoken(t *testing.T) {
	f := newFixture(t)
	nodes := f.nodes(2)
	look := nodes[0].asker.LookAt(t.Context(), "Maths")
	if look.Grain() != nil || len(look.Rosters) != 0 || len(look.Silent) != 0 || look.Contradicts() {
		t.Errorf("a room of which there is nothing: %+v", look)
	}
	for _, n := range nodes {
		if _, ok := n.directory.Find(directory.RoomKind, "Maths"); ok || n.hasRoster("Maths") {
			t.Error("to look at a room has started something")
		}
	}
	nodes[0].connects("Maths", "1")
	nodes[0].connects("Maths", "1")
	nodes[1].connects("Maths", "2")
	actorstest.Eventually(t, "everybody to agree", func() bool {
		look = nodes[1].asker.LookAt(t.Context(), "Maths")
		return !look.Contradicts() && look.Grain() != nil && look.Grain().GetSeq() == 3
	})
	if look.GrainError() != "" || look.Owner != look.Grain().GetNode() || len(look.Rosters) != 2 {
		t.Fatalf("%+v", look)
	}
	if r := look.Rosters[0]; r.GetNode() != "node-1" || r.GetSockets() != 2 || r.GetUsers() != 1 || !r.GetAwake() || !r.GetEnrolled() || r.GetSeq() != 3 || r.GetEpoch() != look.Grain().GetEpoch() {
		t.Errorf("node-1 has %v", r)
	}

	// The grain is made to believe something that is not so.
	owner := nodes[slices.IndexFunc(nodes, func(n *testNode) bool { return n.name == look.Grain().GetNode() })]
	denied := nodes[1-slices.Index(nodes, owner)]
	owner.system.Root.Send(owner.grain("Maths"), &protos.Registration{Node: denied.name, Incarnation: denied.system.ID})
	var found []operate.Difference
	actorstest.Eventually(t, "the difference", func() bool {
		found = operate.Differences(owner.asker.LookAt(t.Context(), "Maths"), owner.asker.LookAt(t.Context(), "Maths"))
		return len(found) > 0
	})
	if len(found) != 1 || found[0].Node != denied.name || !strings.Contains(found[0].What, "believes that there is no roster") {
		t.Errorf("found %+v", found)
	}
}
