package trace

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/rollcall/rollcall/protos"
)

// made is a span by numbers: what a test wants to say of it.
func made(id, parent uint64, node, name string, sent, arrived, started, ended int64) *protos.Span {
	s := &protos.Span{
		Trace: Message(ParseContext(someContext).Trace), Id: id, Parent: parent, Node: node, Name: name,
		Sent: sent, Arrived: arrived, Started: started, Ended: ended,
	}
	if parent == 0 {
		s.Root = &protos.Span_Root{Kind: "roll"}
	}
	return s
}

// aRoll is a query at node-1, which asks node-2 and node-3; node-2 is slower.
func aRoll() []*protos.Span {
	return []*protos.Span{
		made(1, 0, "node-1", "GET", 0, 0, 1000, 1900),
		made(2, 1, "node-1", "query", 1010, 1010, 1020, 1880),
		made(3, 2, "node-1", "roll call", 0, 0, 1030, 1870),
		made(4, 3, "node-1", "ask node-2", 0, 0, 1040, 1860),
		made(5, 3, "node-1", "ask node-3", 0, 0, 1050, 1250),
		made(6, 4, "node-2", "RollCall", 1040, 1140, 1540, 1640),
		made(7, 5, "node-3", "RollCall", 1050, 1150, 1155, 1160),
		made(8, 6, "node-1", "RollReply", 1640, 1740, 1800, 1860),
		made(9, 7, "node-1", "RollReply", 1160, 1240, 1245, 1250),
	}
}

func TestAssembledTraceIsInOrder(t *testing.T) {
	id := ParseContext(someContext).Trace
	spans := aRoll()
	slices.Reverse(spans)
	got := Assemble(id, spans)
	var names, critical []string
	for _, s := range got.Steps {
		names = append(names, s.GetName())
		if s.Critical {
			critical = append(critical, s.GetName()+" "+s.GetNode())
		}
	}
	wantNames := []string{"GET", "query", "roll call", "ask node-2", "RollCall", "RollReply", "ask node-3", "RollCall", "RollReply"}
	if !slices.Equal(names, wantNames) {
		t.Errorf("order %v", names)
	}
	wantCritical := []string{"GET node-1", "query node-1", "roll call node-1", "ask node-2 node-1", "RollCall node-2", "RollReply node-1"}
	if !slices.Equal(critical, wantCritical) {
		t.Errorf("critical %v", critical)
	}
	if got.Root.GetName() != "GET" || got.Start != 1000 || got.End != 1900 || !slices.Equal(got.Nodes, []string{"node-1", "node-2", "node-3"}) {
		t.Errorf("root %s, from %d to %d on %v", got.Root.GetName(), got.Start, got.End, got.Nodes)
	}
}

func TestMissingNodesHaveALane(t *testing.T) {
	spans := aRoll()[:4]
	spans[0].Root.Missing = []string{"node-4"}
	spans[3].Peer = "node-2"
	spans[2].Deadline = 2000
	got := Assemble(ParseContext(someContext).Trace, spans)
	if !slices.Equal(got.Nodes, []string{"node-1", "node-2", "node-4"}) || got.Deadline != 2000 {
		t.Errorf("%v, due %d", got.Nodes, got.Deadline)
	}
}

func TestNothingIsATraceWithoutARoot(t *testing.T) {
	if got := Assemble(newID(), nil); got.Root != nil || len(got.Steps) != 0 {
		t.Errorf("%v", got)
	}
	orphan := Assemble(ParseContext(someContext).Trace, aRoll()[5:6])
	if orphan.Root != nil || len(orphan.Steps) != 1 || orphan.Steps[0].Critical {
		t.Errorf("%v", orphan)
	}
}

// A query that shared the roll call of another shows that work as its own part.
func TestLinkedWorkIsShown(t *testing.T) {
	id, other := ParseContext(someContext).Trace, newID()
	mine := []*protos.Span{made(1, 0, "node-1", "GET", 0, 0, 1000, 1900), made(2, 1, "node-1", "query", 0, 0, 1020, 1880)}
	mine[1].Links = []*protos.Span_Link{{Trace: Message(other), Span: 13}}
	if got := Links(id, mine); !slices.Equal(got, []ID{other}) {
		t.Errorf("links %v", got)
	}
	theirs := []*protos.Span{
		made(11, 0, "node-1", "their GET", 0, 0, 990, 1900), made(13, 11, "node-1", "roll call", 0, 0, 1030, 1870),
		made(14, 13, "node-2", "RollCall", 1040, 1140, 1540, 1640),
	}
	for _, s := range theirs {
		s.Trace = Message(other)
	}
	got := Assemble(id, append(mine, theirs...))
	var names []string
	for _, s := range got.Steps {
		names = append(names, s.GetName())
		if s.Linked != (s.GetName() == "roll call" || s.GetName() == "RollCall") {
			t.Errorf("%s: linked is %v", s.GetName(), s.Linked)
		}
	}
	if !slices.Equal(names, []string{"GET", "query", "roll call", "RollCall"}) {
		t.Errorf("steps %v", names)
	}
}

// However wrong the clocks of the nodes are, no message arrives before it was
// sent; and clocks that are right are left alone.
func TestClocksAreBroughtTogether(t *testing.T) {
	const epoch = 1_000_000 // far from 0, which a wrong clock must not come to: it stands for no moment
	rapid.Check(t, func(t *rapid.T) {
		wrong := map[string]int64{"node-1": 0}
		for _, node := range []string{"node-2", "node-3"} {
			wrong[node] = rapid.Int64Range(-5000, 5000).Draw(t, node)
		}
		spans := aRoll()
		for _, s := range spans {
			sender := wrong["node-1"]
			if s.GetName() == "RollReply" {
				sender = wrong[map[uint64]string{8: "node-2", 9: "node-3"}[s.GetId()]]
			}
			move(&s.Sent, -sender-epoch)
			for _, moment := range []*int64{&s.Arrived, &s.Started, &s.Ended} {
				move(moment, -wrong[s.GetNode()]-epoch)
			}
		}
		got := Assemble(ParseContext(someContext).Trace, spans)
		for _, s := range got.Steps {
			if s.GetSent() > s.GetArrived() || s.GetArrived() > s.GetStarted() || s.GetStarted() > s.GetEnded() {
				t.Fatalf("%s on %s: %d %d %d %d", s.GetName(), s.GetNode(), s.GetSent(), s.GetArrived(), s.GetStarted(), s.GetEnded())
			}
		}
		if got.Start-epoch != 1000 || got.End-epoch != 1900 {
			t.Fatalf("from %d to %d", got.Start, got.End)
		}
	})
}
