package room

import (
	"testing"

	"pgregory.net/rapid"
)

func TestNumbersOnlyGrow(t *testing.T) {
	tests := []struct {
		name string
		came []Position
		next Position
		want bool
	}{
		{"first", nil, Position{1, 7}, true},
		{"next", []Position{{1, 7}}, Position{1, 8}, true},
		{"after a gap", []Position{{1, 7}}, Position{1, 20}, true},
		{"again", []Position{{1, 7}}, Position{1, 7}, false},
		{"late", []Position{{1, 7}, {1, 9}}, Position{1, 8}, false},
		{"of another grain", []Position{{1, 7}}, Position{2, 1}, true},
		{"late, of the former grain", []Position{{1, 7}, {2, 1}}, Position{1, 6}, false},
		{"of the former grain, which is still there", []Position{{1, 7}, {2, 1}}, Position{1, 8}, true},
		{"late, of the grain before three others", []Position{{1, 7}, {2, 1}, {3, 1}, {4, 1}}, Position{1, 6}, false},
		{"of a grain that is forgotten", []Position{{1, 7}, {2, 1}, {3, 1}, {4, 1}, {5, 1}}, Position{1, 6}, true},
	}
	for _, test := range tests {
		var n numbering
		for _, p := range test.came {
			n.advance(p)
		}
		before := n.now()
		if got := n.advance(test.next); got != test.want {
			t.Errorf("%s: %v", test.name, got)
		}
		if now := n.now(); test.want && now != test.next || !test.want && now != before {
			t.Errorf("%s: it stands at %v", test.name, now)
		}
	}
}

// Whatever comes in whatever order, the numbers that pass grow within an epoch.
func TestWhatPassesIsInOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var n numbering
		last := make(map[uint64]uint64)
		for range rapid.IntRange(0, 100).Draw(t, "events") {
			p := Position{rapid.Uint64Range(1, mostEpochs).Draw(t, "epoch"), rapid.Uint64Range(1, 30).Draw(t, "seq")}
			passes := n.advance(p)
			if passes != (p.seq > last[p.epoch]) {
				t.Fatalf("%v after %d: %v", p, last[p.epoch], passes)
			}
			last[p.epoch] = max(last[p.epoch], p.seq)
			if len(n) > mostEpochs {
				t.Fatalf("%d epochs are remembered", len(n))
			}
		}
	})
}
