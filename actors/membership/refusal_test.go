package membership

import (
	"net"
	"strings"
	"testing"

	"github.com/hashicorp/memberlist"
)

func peer(t *testing.T, name string, port uint16, change func(*meta)) *memberlist.Node {
	t.Helper()
	m := sampleMeta()
	m.protocol = Protocol{1, 1}
	if change != nil {
		change(&m)
	}
	b, err := m.encode()
	if err != nil {
		t.Fatal(err)
	}
	return &memberlist.Node{Name: name, Addr: net.IPv4(10, 0, 0, 7), Port: port, Meta: b}
}

func TestAcquaintanceFindsTheGround(t *testing.T) {
	self := Member{Name: "node-1", Gossip: "10.0.0.7:7011", Protocol: Protocol{1, 1}, Store: "F3ZSBEL2"}
	other := func(m *meta) { m.store = "ANOTHER2" }
	dead := peer(t, "node-1", 7099, nil)
	dead.State = memberlist.StateDead
	suspect := peer(t, "node-1", 7099, nil)
	suspect.State = memberlist.StateSuspect
	stranger := peer(t, "node-2", 7012, nil)
	stranger.Meta = []byte("consul")
	tests := map[string]struct {
		peer *memberlist.Node
		want ground // -1 for none
	}{
		"fits":                         {peer(t, "node-2", 7012, nil), -1},
		"itself, before a restart":     {peer(t, "node-1", 7011, nil), -1},
		"its name, dead":               {dead, -1},
		"its name":                     {peer(t, "node-1", 7099, nil), nameTaken},
		"its name, suspected":          {suspect, nameTaken},
		"another cluster":              {peer(t, "node-2", 7012, func(m *meta) { m.cluster = "other" }), otherCluster},
		"a protocol that is too new":   {peer(t, "node-2", 7012, func(m *meta) { m.protocol = Protocol{3, 2} }), otherProtocol},
		"another store":                {peer(t, "node-2", 7012, other), otherStore},
		"another store, one it knows":  {peer(t, "node-7", 7012, other), -1},
		"a store that is not known":    {peer(t, "node-2", 7012, func(m *meta) { m.store = "" }), -1},
		"a name of no node":            {peer(t, "node 2", 7012, nil), otherProtocol},
		"something else on memberlist": {stranger, otherProtocol},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := acquaint("rollcall", self, func(name string) bool { return name == "node-7" }, []*memberlist.Node{tt.peer})
			switch {
			case got == nil && tt.want != -1:
				t.Error("accepted")
			case got != nil && got.ground != tt.want:
				t.Errorf("refused: %v", got)
			case got != nil && !strings.Contains(got.text, tt.peer.Name):
				t.Errorf("%q does not name the node", got.text)
			}
		})
	}
}
