package room

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/rollcall/rollcall/actors/outbox"
)

// teller is a roster that tells its sockets a few at a time, and what each heard.
type teller struct {
	deliveries
	names  map[*delivery]string
	past   map[*delivery]int // how many sockets were told
	heard  [][]string        // by socket
	order  []string          // of presence
	spoken map[string][]string
	leaves map[string][]string // what its sender had said before a leave
	next   int
}

func newTeller(sockets int) *teller {
	return &teller{
		names: make(map[*delivery]string), past: make(map[*delivery]int), heard: make([][]string, sockets),
		spoken: make(map[string][]string), leaves: make(map[string][]string),
	}
}

func (l *teller) adds(d *delivery, what string) {
	name := fmt.Sprint(what, " ", l.next)
	l.next++
	l.names[d] = name
	l.add(d)
	switch {
	case d.packet != nil:
		l.spoken[d.sender] = append(l.spoken[d.sender], name)
	case d.leaver != "":
		l.leaves[name] = slices.Clone(l.spoken[d.leaver])
		fallthrough
	default:
		l.order = append(l.order, name)
	}
}

// tells tells some sockets what is next, and reports false if there is nothing.
func (l *teller) tells(t *rapid.T) bool {
	d := l.deliveries.next()
	if d == nil {
		return false
	}
	if first := append(slices.Clone(l.presence), nil)[0]; d.packet != nil && first != nil && (first.leaver != d.sender || first.number < d.number) {
		t.Fatalf("%s waits for a message of another", l.names[first])
	}
	until := min(len(l.heard), l.past[d]+rapid.IntRange(1, len(l.heard)).Draw(t, "sockets"))
	for ; l.past[d] < until; l.past[d]++ {
		l.heard[l.past[d]] = append(l.heard[l.past[d]], l.names[d])
	}
	if until == len(l.heard) {
		l.done(d)
	}
	return true
}

// Presence comes in its order, and before messages; what a client says comes in its
// order, and before its leave; each once.
func TestOrderOfDeliveries(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := newTeller(rapid.IntRange(1, 4).Draw(t, "sockets"))
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			who := fmt.Sprint("s", rapid.IntRange(0, 2).Draw(t, "who"))
			switch rapid.IntRange(0, 5).Draw(t, "what") {
			case 0:
				l.adds(&delivery{frame: &outbox.Frame{}}, "join")
			case 1:
				l.adds(&delivery{frame: &outbox.Frame{}, leaver: who}, "leave of "+who)
			case 2, 3:
				l.adds(&delivery{packet: &packet{}, sender: who}, "message of "+who)
			default:
				l.tells(t)
			}
		}
		for l.tells(t) {
		}
		if !l.empty() || len(l.senders) > 0 {
			t.Fatalf("%d and %d are left, of %v", len(l.presence), len(l.messages), l.senders)
		}
		for _, heard := range l.heard {
			place := make(map[string]int)
			for i, name := range heard {
				if _, twice := place[name]; twice {
					t.Fatalf("%s was told twice: %q", name, heard)
				}
				place[name] = i
			}
			if len(place) != l.next {
				t.Fatalf("%d of %d were told", len(place), l.next)
			}
			inOrder := func(names []string) {
				if !slices.IsSortedFunc(names, func(a, b string) int { return place[a] - place[b] }) {
					t.Fatalf("want %q in this order, got %q", names, heard)
				}
			}
			inOrder(l.order)
			for _, names := range l.spoken {
				inOrder(names)
			}
			for leave, before := range l.leaves {
				inOrder(append(slices.Clone(before), leave))
			}
		}
	})
}
