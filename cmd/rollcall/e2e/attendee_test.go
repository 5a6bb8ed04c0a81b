//go:build unix

package e2e

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall/rollcall/cmd/rollcall/e2e/clients"
	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
)

// attendee is an official client that is in a room, and can say who else is, as
// clients are told to: by one roll after the handshake, and the events on top of it.
type attendee struct {
	*clients.Client
	id   string // id_socket
	user string
	node *harness.Node
	roll map[string]string // id_user by id_socket
}

// moment is what numbers an event of a room. It is zero for an event that the
// room's grain did not number.
type moment struct {
	Epoch uint64 `json:"epoch"`
	Seq   uint64 `json:"seq"`
}

// handshake is the first event of each client.
type handshake struct {
	ProcID string `json:"procid"`
	moment
}

// presence is the second argument of socket-connected and socket-disconnected.
type presence struct {
	User string `json:"id_user"`
	moment
}

// enter connects a client and does not wait for it.
func enter(agent *clients.Agent, node *harness.Node, version clients.Version, room, user string) *clients.Client {
	return agent.Connect(clients.Options{
		Version: version, URL: node.URL(""),
		Query: map[string]any{"room": room, "id_user": user},
	})
}

// attend connects a client, waits for its handshake, and takes its roll.
func attend(t testing.TB, agent *clients.Agent, node *harness.Node, version clients.Version, room, user string) *attendee {
	t.Helper()
	return seated(t, enter(agent, node, version, room, user), node, node, room, user)
}

// seated waits for a client's handshake, and takes its roll from any node.
func seated(t testing.TB, client *clients.Client, node, asked *harness.Node, room, user string) *attendee {
	t.Helper()
	a := &attendee{Client: client, user: user, node: node}
	a.id = client.AwaitKind(t, harness.Patience, clients.Connected).ID
	client.AwaitEvent(t, harness.Patience, "handshake")
	roll, err := asked.Roll(room)
	if err != nil {
		t.Fatal(err)
	}
	a.roll = roll.Users
	return a
}

// greeting returns the handshake, which must be the first event.
func (a *attendee) greeting(t testing.TB) (h handshake) {
	t.Helper()
	first, _ := a.Find(func(r clients.Report) bool { return r.Kind == clients.Event })
	if !first.IsEvent("handshake") || len(first.Args) != 1 || !first.Arg(0, &h) {
		t.Fatalf("%v: the first event is %v, want a handshake", a, first)
	}
	return h
}

// knows returns who is in the room by what this client has been told so far.
func (a *attendee) knows() map[string]string {
	here := maps.Clone(a.roll)
	for _, r := range a.Reports() {
		var id string
		var p presence
		if !r.Arg(0, &id) || !r.Arg(1, &p) {
			continue
		}
		switch {
		case r.IsEvent("socket-connected"):
			here[id] = p.User
		case r.IsEvent("socket-disconnected"):
			delete(here, id)
		}
	}
	return here
}

// told returns the events of that name, socket-connected or -disconnected, that
// this client has seen about a socket.
func (a *attendee) told(name, id string) []clients.Report {
	return slices.DeleteFunc(a.Events(name), func(r clients.Report) bool { return !about(r, id) })
}

func about(r clients.Report, id string) bool {
	var got string
	return r.Arg(0, &got) && got == id
}

// hears waits until every client has been told of that socket.
func hears(t testing.TB, audience []*attendee, name, id string, user string) {
	t.Helper()
	for _, a := range audience {
		event := a.Await(t, harness.Patience, name+" "+id, func(r clients.Report) bool { return r.IsEvent(name) && about(r, id) })
		var p presence
		if len(event.Args) != 2 || !event.Arg(1, &p) || p.User != user {
			t.Fatalf("%v: %v, want id_user %s", a, event, user)
		}
	}
}

// eventuallyKnows waits until this client knows, by what it was told, that exactly
// these are in the room.
func (a *attendee) eventuallyKnows(t testing.TB, here []*attendee) {
	t.Helper()
	want := seats(here...)
	harness.Eventually(t, harness.Patience, func() error {
		if knows := a.knows(); !maps.Equal(want, knows) {
			return fmt.Errorf("%v knows (-want +got):\n%s", a, cmp.Diff(want, knows))
		}
		return nil
	})
}

// seats returns the roll that these clients make.
func seats(here ...*attendee) map[string]string {
	roll := make(map[string]string)
	for _, a := range here {
		roll[a.id] = a.user
	}
	return roll
}

// exact asks each node once, at once: the roll must be complete, and hold exactly
// these sockets.
func exact(nodes []*harness.Node, room string, want map[string]string) error {
	for _, n := range nodes {
		roll, err := n.Roll(room)
		if err != nil {
			return err
		}
		if diff := cmp.Diff(want, roll.Users); diff != "" || !roll.Complete {
			return fmt.Errorf("%s by %s: complete %v, %s of nodes, missing %v (-want +got):\n%s",
				room, n.Name, roll.Complete, roll.Nodes, roll.Missing, diff)
		}
	}
	return nil
}

func mustBeExact(t testing.TB, nodes []*harness.Node, room string, want map[string]string) {
	t.Helper()
	if err := exact(nodes, room, want); err != nil {
		t.Fatal(err)
	}
}

// eventuallyExact waits for rolls that are complete and hold exactly these.
func eventuallyExact(t testing.TB, nodes []*harness.Node, room string, here []*attendee) {
	t.Helper()
	want := seats(here...)
	harness.Eventually(t, harness.Patience, func() error { return exact(nodes, room, want) })
}

// patientRoll is a flag for tests in which no node is silent: on a busy machine a
// node may be slow, and a roll must not be incomplete for that.
const patientRoll = "--roll-deadline=20s"
