package room

import (
	"cmp"
	"encoding/json"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// A naive merge: put everything together, sort, encode.
func mergeNaively(t *rapid.T, nodes []NodeAnswer) string {
	type element struct {
		Socket string   `json:"id_socket"`
		User   string   `json:"id_user"`
		Data   struct{} `json:"data"`
	}
	all := []element{}
	for _, n := range nodes {
		for _, e := range n.Entries {
			all = append(all, element{Socket: e.Socket, User: e.User})
		}
	}
	slices.SortFunc(all, func(a, b element) int { return cmp.Compare(a.Socket, b.Socket) })
	body, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func TestMergeIsThatOfTheNaiveOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		nodes := make([]NodeAnswer, rapid.IntRange(0, 5).Draw(t, "nodes"))
		for _, e := range anyEntries().Draw(t, "entries") {
			if len(nodes) > 0 {
				n := &nodes[rapid.IntRange(0, len(nodes)-1).Draw(t, "node")]
				n.Entries = append(n.Entries, e)
			}
		}
		before := slices.Clone(nodes)
		if got, want := string(mergeJSON(nodes)), mergeNaively(t, nodes); got != want {
			t.Fatalf("got  %s\nwant %s", got, want)
		}
		for i := range nodes {
			if !slices.Equal(nodes[i].Entries, before[i].Entries) {
				t.Fatal("the merge changed what it merged")
			}
		}
	})
}

func TestRollKnowsHowCompleteItIs(t *testing.T) {
	tests := []struct {
		name    string
		nodes   []NodeAnswer
		missing []string
		sockets int
	}{
		{"alone", []NodeAnswer{{Node: "node-1", Status: Answered, Entries: entriesOf(1, 2)}}, nil, 2},
		{"unchanged is an answer", []NodeAnswer{{Node: "node-1", Status: Answered}, {Node: "node-2", Status: Unchanged, Entries: entriesOf(1)}}, nil, 1},
		{"two are missing", []NodeAnswer{{Node: "node-1", Status: Missing}, {Node: "node-2", Status: Answered}, {Node: "node-3", Status: Missing}}, []string{"node-1", "node-3"}, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			roll := &Roll{Nodes: test.nodes}
			if got := roll.Missing(); !slices.Equal(got, test.missing) {
				t.Errorf("missing %v, want %v", got, test.missing)
			}
			if roll.Complete() != (len(test.missing) == 0) || roll.Sockets() != test.sockets {
				t.Errorf("complete %v, %d sockets", roll.Complete(), roll.Sockets())
			}
		})
	}
}

func TestSamePartsAreThoseOfTheNodesThatAnswered(t *testing.T) {
	part := func(node string, status NodeStatus) NodeAnswer { return NodeAnswer{Node: node, Status: status} }
	tests := []struct {
		name string
		a, b []NodeAnswer
		want bool
	}{
		{"equal", []NodeAnswer{part("1", Answered)}, []NodeAnswer{part("1", Unchanged)}, true},
		{"one is missing now", []NodeAnswer{part("1", Answered)}, []NodeAnswer{part("1", Missing)}, false},
		{"another node", []NodeAnswer{part("1", Answered)}, []NodeAnswer{part("2", Answered)}, false},
		{"one more", []NodeAnswer{part("1", Answered)}, []NodeAnswer{part("1", Answered), part("2", Answered)}, false},
		{"nobody", nil, nil, true},
	}
	for _, test := range tests {
		if got := sameParts(test.a, test.b); got != test.want {
			t.Errorf("%s: %v", test.name, got)
		}
	}
}

func BenchmarkMerge1000SocketsOfFourNodes(b *testing.B) {
	nodes := make([]NodeAnswer, 4)
	for i := range 1000 {
		nodes[i%4].Entries = append(nodes[i%4].Entries, entriesOf(i)[0])
	}
	b.ReportAllocs()
	for b.Loop() {
		mergeJSON(nodes)
	}
}
