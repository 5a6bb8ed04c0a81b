//go:build unix

package e2e

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/rollcall/rollcall/cmd/rollcall/e2e/clients"
	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
)

// answered is what an event is acknowledged with.
type answered struct {
	OK    bool   `json:"ok"`
	Error string `json:"error"`
	Code  string `json:"code"`
	Room  string `json:"room"`
	moment
}

// asks emits an event and waits for its acknowledgement.
func (a *attendee) asks(t testing.TB, event string, args ...any) (got answered) {
	t.Helper()
	answer := a.EmitForAck(t, harness.Patience, event, args...)
	if len(answer) != 1 || json.Unmarshal(answer[0], &got) != nil {
		t.Fatalf("%v: %s %v is acknowledged with %s", a, event, args, answer)
	}
	return got
}

// joins joins a further room.
func (a *attendee) joins(t testing.TB, room string) {
	t.Helper()
	if got := a.asks(t, "join", room); !got.OK || got.Room != room || got.Epoch == 0 || got.Seq == 0 {
		t.Fatalf("%v: join %s is acknowledged with %+v", a, room, got)
	}
}

func (a *attendee) quits(t testing.TB, room string) {
	t.Helper()
	if got := a.asks(t, "leave", room); got != (answered{OK: true, Room: room}) {
		t.Fatalf("%v: leave %s is acknowledged with %+v", a, room, got)
	}
}

// hearsIn waits until every client has been told so many times that a socket came
// to a room, or left it.
func hearsIn(t testing.TB, audience []*attendee, name, room, id string, times int) {
	t.Helper()
	for _, a := range audience {
		told := func() (n int) {
			for _, r := range a.told(name, id) {
				var p struct{ Room string }
				if r.Arg(1, &p) && p.Room == room {
					n++
				}
			}
			return n
		}
		harness.Eventually(t, harness.Patience, func() error {
			if n := told(); n != times {
				return fmt.Errorf("%v: %d times %s of %s in %s, want %d", a, n, name, id, room, times)
			}
			return nil
		})
	}
}

// homes connects a client of each generation to a node and a room of its own.
func homes(t testing.TB, agent *clients.Agent, nodes []*harness.Node) []*attendee {
	t.Helper()
	var all []*attendee
	for i, version := range clients.Versions() {
		all = append(all, attend(t, agent, nodes[i%len(nodes)], version, fmt.Sprint("home ", i+1), strconv.Itoa(i+1)))
	}
	return all
}

// Clients of all generations join a further room, leave it, and come back; every
// roll that is called after an acknowledgement is exact.
func TestRoomsAreJoinedAndLeftAtRunTime(t *testing.T) {
	t.Parallel()
	cluster, agent := harness.Start(t, 4, patientRoll), clients.Start(t)
	const lounge = "the lounge/ä"
	all := homes(t, agent, cluster.Nodes)
	for i, a := range all {
		a.joins(t, lounge)
		mustBeExact(t, cluster.Nodes, lounge, seats(all[:i+1]...))
		mustBeExact(t, cluster.Nodes, fmt.Sprint("home ", i+1), seats(a))
		hearsIn(t, all[:i], "socket-connected", lounge, a.id, 1)
	}
	again := all[0].asks(t, "join", map[string]any{"room": lounge})
	if !again.OK || again.Room != lounge {
		t.Errorf("joined again with %+v", again)
	}
	for i, a := range all {
		others := without(all, a)
		a.quits(t, lounge)
		mustBeExact(t, cluster.Nodes, lounge, seats(others...))
		hearsIn(t, others, "socket-disconnected", lounge, a.id, 1)
		a.joins(t, lounge)
		mustBeExact(t, cluster.Nodes, lounge, seats(all...))
		hearsIn(t, all[:i], "socket-connected", lounge, a.id, 2)
	}
	for i, a := range all[:3] {
		a.quits(t, fmt.Sprint("home ", i+1)) // that of the handshake
		mustBeExact(t, cluster.Nodes, fmt.Sprint("home ", i+1), seats())
	}
	mustBeExact(t, cluster.Nodes, lounge, seats(all...))
	all[3].Close()
	hearsIn(t, all[:3], "socket-disconnected", lounge, all[3].id, 2)
	mustBeExact(t, cluster.Nodes, lounge, seats(all[:3]...))
	harness.Eventually(t, harness.Patience, func() error { return exact(cluster.Nodes, "home 4", seats()) })
}

func TestJoinsAreRefusedInPlainWords(t *testing.T) {
	t.Parallel()
	cluster, agent := harness.Start(t, 1, patientRoll, "--max-rooms", "2", "--no-messages"), clients.Start(t)
	for _, version := range clients.Versions() {
		a := attend(t, agent, cluster.Nodes[0], version, "home", "1")
		a.joins(t, "one")
		for _, test := range []struct {
			event, room, want string
		}{
			{"join", "two", "2 rooms at a time"},
			{"join", strings.Repeat("x", 257), "at most 256 bytes"},
			{"leave", "two", "not in the room two"},
			{"message", "one", "switched off"},
		} {
			if got := a.asks(t, test.event, test.room); got.OK || !strings.Contains(got.Error, test.want) {
				t.Errorf("%v: %s %.20s is acknowledged with %+v", a, test.event, test.room, got)
			}
		}
		a.Disconnect()
	}
}
