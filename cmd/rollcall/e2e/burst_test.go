//go:build unix

package e2e

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/rollcall/rollcall/cmd/rollcall/e2e/clients"
	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
)

// What a client says in one go arrives, in order, and nothing of its neighbours is
// refused: 1,800 messages while it is there, or 2,500 that it has buffered before it
// was. Both are more than may be under way, and the latter more than it may send at
// once.
func TestBurstsOfMessagesArrive(t *testing.T) {
	t.Parallel()
	cluster, agent := harness.Start(t, 4, patientRoll), clients.Start(t)
	const room = "talk"
	listeners := []*attendee{
		attend(t, agent, cluster.Nodes[0], clients.V48, room, "1"), attend(t, agent, cluster.Nodes[3], clients.V25, room, "2"),
	}
	neighbour := attend(t, agent, cluster.Nodes[0], clients.V48, room, "3")
	present := attend(t, agent, cluster.Nodes[0], clients.V48, room, "4")
	present.EmitMany(1800, "message", room)
	if got := neighbour.asks(t, "message", room, "mine"); !got.OK {
		t.Errorf("a neighbour is acknowledged with %+v", got)
	}
	for _, l := range listeners {
		l.hearsCount(t, room, "4", 1800)
	}
	for user, transport := range map[string]string{"5": "websocket", "6": "polling"} {
		late := agent.Connect(clients.Options{
			Version: clients.V48, URL: cluster.Nodes[1].URL(""), Query: map[string]any{"room": room, "id_user": user},
			Extra: map[string]any{"transports": []string{transport}},
		})
		late.EmitMany(2500, "message", room) // it is not connected yet
		for _, l := range listeners {
			l.hearsCount(t, room, user, 2500)
		}
		if gone := late.Kinds(clients.Disconnected); len(gone) != 0 {
			t.Errorf("by %s: %v", transport, gone)
		}
	}
}

// hearsCount waits until a client has got so many messages of a user, numbered from 0.
func (a *attendee) hearsCount(t testing.TB, room, user string, count int) {
	t.Helper()
	var numbers []json.RawMessage
	harness.Eventually(t, harness.Patience, func() error {
		numbers = numbers[:0]
		for _, r := range a.Events("message") {
			var s source
			if r.Arg(0, &s) && s.Room == room && s.User == user {
				numbers = append(numbers, r.Args[1])
			}
		}
		if len(numbers) < count {
			return fmt.Errorf("%v has %d messages of user %s, want %d", a, len(numbers), user, count)
		}
		return nil
	})
	for i, n := range numbers {
		if string(n) != fmt.Sprint(i) {
			t.Fatalf("%v: number %d of user %s is %s", a, i, user, n)
		}
	}
}
