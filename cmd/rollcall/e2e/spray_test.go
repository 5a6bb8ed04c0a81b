//go:build unix

package e2e

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rollcall/rollcall/cmd/rollcall/e2e/clients"
	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
)

// ways are the transports that official clients are told to use.
func ways() map[string][]string {
	return map[string][]string{
		"polling":   {"polling"},
		"websocket": {"websocket"},
		"upgrade":   {"polling", "websocket"},
	}
}

// sprayed is a client behind a proxy that sends each of its requests to another node.
type sprayed struct {
	*attendee
	way string
}

// spray connects clients of both versions that poll, in each way. They connect
// again by themselves.
func spray(t *testing.T, agent *clients.Agent, proxy string, asked *harness.Node, room string) (all []sprayed) {
	t.Helper()
	last := 0
	for _, version := range []clients.Version{clients.V48, clients.V31} {
		for _, way := range slices.Sorted(maps.Keys(ways())) {
			last++
			user := strconv.Itoa(last)
			c := agent.Connect(clients.Options{
				Version: version, URL: proxy, Query: map[string]any{"room": room, "id_user": user},
				Extra: map[string]any{
					"transports": ways()[way], "reconnection": true,
					"reconnectionDelay": 50, "reconnectionDelayMax": 200,
				},
			})
			all = append(all, sprayed{seated(t, c, nil, asked, room, user), way})
		}
	}
	for _, s := range all {
		if s.way == "upgrade" {
			s.AwaitKind(t, harness.Patience, clients.Upgraded)
		}
	}
	return all
}

func attendees(all []sprayed) (list []*attendee) {
	for _, s := range all {
		list = append(list, s.attendee)
	}
	return list
}

// sprayTime is how long events flow; ROLLCALL_SPRAY=1m for the long version.
func sprayTime(t *testing.T) time.Duration {
	t.Helper()
	text := os.Getenv("ROLLCALL_SPRAY")
	if text == "" {
		return 5 * time.Second
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		t.Fatalf("ROLLCALL_SPRAY: %v", err)
	}
	return d
}

// Whatever the transport, and wherever each request goes: the events of the room
// and those of clients come once each, in order, and none is lost.
func TestSprayedRequestsLoseNothing(t *testing.T) {
	t.Parallel()
	// They say more than a node takes from one, as fast as a guest comes and goes.
	cluster, agent := harness.Start(t, 4, patientRoll, "--change-rate", "0", "--fanout-rate", "0"), clients.Start(t)
	const room = "sprayed"
	all := spray(t, agent, harness.Spray(t, cluster.Nodes...), cluster.Nodes[0], room)
	here := attendees(all)
	eventuallyExact(t, cluster.Nodes, room, here)

	rounds := 0
	for end := time.Now().Add(sprayTime(t)); time.Now().Before(end); rounds++ {
		for _, a := range here {
			a.Emit("identity-change", map[string]any{"from": a.id, "n": rounds, "text": strings.Repeat("€", rounds%1000)})
		}
		guest := attend(t, agent, cluster.Nodes[rounds%4], clients.V48, room, "9")
		guest.Close()
		hears(t, here, "socket-disconnected", guest.id, guest.user)
	}
	t.Logf("%d rounds", rounds)
	for _, a := range here {
		for _, from := range here {
			if a != from {
				inOrder(t, a, from, rounds)
			}
		}
	}
	for _, s := range all {
		if drops := s.Kinds(clients.Disconnected); len(drops) > 0 {
			t.Errorf("%v by %s was disconnected: %v", s, s.way, drops)
		}
		onceEach(t, s.attendee)
	}
	eventuallyExact(t, cluster.Nodes, room, here)
}

// inOrder waits until a client has all that another sent, and checks the order.
func inOrder(t *testing.T, a, from *attendee, rounds int) {
	t.Helper()
	type payload struct {
		From string
		N    int
		Text string
	}
	numbers := func() (got []int) {
		for _, r := range a.Events("identity-change") {
			var p payload
			if r.Arg(0, &p) && p.From == from.id {
				if p.Text != strings.Repeat("€", p.N%1000) {
					t.Fatalf("%v got %d letters of number %d", a, len(p.Text), p.N)
				}
				got = append(got, p.N)
			}
		}
		return got
	}
	harness.Eventually(t, harness.Patience, func() error {
		if got := numbers(); len(got) < rounds {
			return fmt.Errorf("%v has %d events of %d by %v", a, len(got), rounds, from)
		}
		return nil
	})
	for i, n := range numbers() {
		if n != i {
			t.Fatalf("%v: event %d by %v has number %d", a, i, from, n)
		}
	}
}

// onceEach checks that a client has heard of each join and leave once, in the
// order of their numbers.
func onceEach(t *testing.T, a *attendee) {
	t.Helper()
	last := a.greeting(t).moment
	seen := make(map[string]bool)
	for _, r := range a.Reports() {
		var id string
		var p presence
		if !r.IsEvent("socket-connected") && !r.IsEvent("socket-disconnected") || !r.Arg(0, &id) || !r.Arg(1, &p) {
			continue
		}
		if key := r.Name + id; seen[key] {
			t.Errorf("%v was told twice: %v", a, r)
		} else {
			seen[key] = true
		}
		if p.Epoch == last.Epoch && p.Seq <= last.Seq {
			t.Errorf("%v: %v follows number %d", a, r, last.Seq)
		}
		if p.Seq > 0 {
			last = p.moment
		}
	}
}

// A node dies under clients that poll and clients with a websocket, whose requests
// come by all nodes: soon all are connected elsewhere and in the roll, and nobody
// else is.
func TestClientsOfAKilledNodeAreSoonBack(t *testing.T) {
	inTime(t, func(t *testing.T) (l late) {
		cluster, agent := harness.Start(t, 4), clients.Start(t)
		const room = "moving"
		all := spray(t, agent, harness.Spray(t, cluster.Nodes...), cluster.Nodes[0], room)
		eventuallyExact(t, cluster.Nodes, room, attendees(all))

		victim := cluster.Nodes[1]
		victim.Kill()
		killed := time.Now()
		others := cluster.Others(victim)
		l.until(t, "the roll of all clients", killed, 3*time.Second, func() error {
			want := make(map[string]string)
			for _, s := range all {
				want[s.latestID()] = s.user
			}
			return exact(others, room, want)
		})
		moved := 0
		for _, s := range all {
			moved += len(s.Kinds(clients.Disconnected))
		}
		t.Logf("%d of %d clients moved, after %v all were back", moved, len(all), time.Since(killed))
		return l
	})
}

// latestID returns the id_socket of the client's present connection.
func (s sprayed) latestID() string {
	connected := s.Kinds(clients.Connected)
	return connected[len(connected)-1].ID
}
