package membership

import (
	"net"
	"strings"
	"testing"
	"time"

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
	self := Member{Name: "node-1", Gossip: "10.0.0.7:7011", Protocol: Protocol{1, 1}}
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
		"something else on memberlist": {stranger, otherProtocol},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := acquaint("rollcall", self, []*memberlist.Node{tt.peer})
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

func TestExactlyOneSidePrevails(t *testing.T) {
	young, old := time.UnixMilli(2000), time.UnixMilli(1000)
	side := func(prefix string, starts ...time.Time) (*View, []*memberlist.Node) {
		var members []Member
		var nodes []*memberlist.Node
		for i, start := range starts {
			name := prefix + string(rune('0'+i))
			members = append(members, Member{Name: name, Started: start})
			nodes = append(nodes, peer(t, name, 1, func(m *meta) { m.started = start }))
		}
		return newView(1, members[0], members, nil), nodes
	}
	tests := map[string]struct {
		a, b []time.Time
		bWon bool
	}{
		"more members":           {[]time.Time{old}, []time.Time{young, young}, true},
		"fewer members":          {[]time.Time{young, young}, []time.Time{old}, false},
		"as many, an older one":  {[]time.Time{young, young}, []time.Time{young, old}, true},
		"as many, only younger":  {[]time.Time{old}, []time.Time{young}, false},
		"both alone, b is older": {[]time.Time{young}, []time.Time{old}, true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			va, na := side("a", tt.a...)
			vb, nb := side("b", tt.b...)
			if got := prevails(va, nb); got != tt.bWon {
				t.Errorf("a finds that b prevails: %t", got)
			}
			if got := prevails(vb, na); got != !tt.bWon {
				t.Errorf("b finds that a prevails: %t", got)
			}
		})
	}
}

func TestRefusalIsBelievedWhenItLasts(t *testing.T) {
	s := suspicions{patience: 3 * time.Second}
	r, other := &refusal{text: "taken"}, &refusal{text: "other"}
	at := time.Now()
	for i, tt := range []struct {
		after time.Duration
		r     *refusal
		want  bool
	}{
		{0, r, false}, {2 * time.Second, r, false}, {time.Second, r, true},
		{time.Second, other, false}, {3 * time.Second, other, true},
		{time.Minute, other, false}, // an old story
	} {
		at = at.Add(tt.after)
		if got := s.note(tt.r, at); got != tt.want {
			t.Errorf("note %d: %t", i, got)
		}
	}
}
