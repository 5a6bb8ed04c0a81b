package actors

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/rollcall/rollcall/actors/actorstest"
	"github.com/rollcall/rollcall/actors/room"
)

func (n *testNode) call(room string) *room.Roll {
	n.t.Helper()
	roll, err := n.CallRoll(n.t.Context(), room)
	actorstest.Must(n.t, err)
	return roll
}

// wants reports whether the node's roll is complete and of exactly these clients.
func (n *testNode) wants(room string, clients ...*client) bool {
	n.t.Helper()
	roll := n.call(room)
	return roll.Complete() && bytes.Equal(roll.Body, bodyOf(clients))
}

// bodyOf is the answer of a room with these clients.
func bodyOf(clients []*client) []byte {
	clients = slices.SortedFunc(slices.Values(clients), func(a, b *client) int { return strings.Compare(a.id, b.id) })
	entries := make([]string, len(clients))
	for i, c := range clients {
		entries[i] = fmt.Sprintf(`{"id_socket":"%s","id_user":"%s","data":{}}`, c.id, c.user)
	}
	return []byte("[" + strings.Join(entries, ",") + "]")
}

// exactEverywhere fails the test unless each node answers with these clients now.
func exactEverywhere(t *testing.T, nodes []*testNode, room string, clients ...*client) {
	t.Helper()
	for _, n := range nodes {
		if roll := n.call(room); !roll.Complete() || !bytes.Equal(roll.Body, bodyOf(clients)) {
			t.Fatalf("%s answers\n%s (missing %v), want\n%s", n.name, roll.Body, roll.Missing(), bodyOf(clients))
		}
	}
}

// soonExactEverywhere waits until each node answers with these clients.
func soonExactEverywhere(t *testing.T, nodes []*testNode, room string, clients ...*client) {
	t.Helper()
	for _, n := range nodes {
		actorstest.Eventually(t, "an exact roll on "+n.name, func() bool { return n.wants(room, clients...) })
	}
}
