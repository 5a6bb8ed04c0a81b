//go:build unix

package e2e

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall/rollcall/cmd/rollcall/e2e/clients"
	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
)

func TestRoomsKeepToThemselves(t *testing.T) {
	t.Parallel()
	cluster, agent := harness.Start(t, 2, patientRoll), clients.Start(t)
	ours := attend(t, agent, cluster.Nodes[0], clients.V48, "ours", "1")
	theirs := attend(t, agent, cluster.Nodes[0], clients.V48, "theirs", "2")
	more := attend(t, agent, cluster.Nodes[1], clients.V25, "theirs", "3")
	again := attend(t, agent, cluster.Nodes[1], clients.V25, "theirs", "3") // one user, two sockets
	mustBeExact(t, cluster.Nodes, "ours", seats(ours))
	mustBeExact(t, cluster.Nodes, "theirs", seats(theirs, more, again))
	more.Emit("identity-change", map[string]any{"note": more.id, "deep": []int{1}})
	hearRelay(t, []*attendee{theirs, again}, more, 1) // also the sender's other socket
	if _, err := cluster.Nodes[0].Rename("3", "Michael"); err != nil {
		t.Fatal(err)
	}
	hearIdentity(t, []*attendee{theirs, more, again}, "3", 2)
	again.Disconnect()
	hears(t, []*attendee{theirs, more}, "socket-disconnected", again.id, "3")
	mustBeExact(t, cluster.Nodes, "theirs", seats(theirs, more))
	// What was sent later, on the same ways, has arrived: all else would have, too.
	if _, err := cluster.Nodes[1].Rename("1", "Jack"); err != nil {
		t.Fatal(err)
	}
	hearIdentity(t, []*attendee{ours}, "1", 2)
	newcomer := attend(t, agent, cluster.Nodes[1], clients.V31, "ours", "4")
	hears(t, []*attendee{ours}, "socket-connected", newcomer.id, "4")
	if reports := ours.Reports(); len(reports) != 4 { // connected, handshake, identity-change, socket-connected
		t.Errorf("the other room's client saw %v", reports)
	}
}

// A room can have any name. Each is found where it is percent-encoded once.
func TestRoomsWithStrangeNames(t *testing.T) {
	t.Parallel()
	cluster, agent := harness.Start(t, 2, patientRoll), clients.Start(t)
	for _, room := range []string{
		"a/b", ".", "..", "%2F", "%", "+", " ", "a b&c=d?e#f", "\"<>\\^`{|}", "🎓", "é", "e\u0301", "\x00", "\n", "\u202e",
		"users", "ui", "api", "assets", "healthz", "socket.io", "node", "room:Maths", "$room", strings.Repeat("é", 128),
	} {
		t.Run(url.PathEscape(room)[:min(20, len(url.PathEscape(room)))], func(t *testing.T) {
			var here []*attendee
			for i, version := range []clients.Version{clients.V21, clients.V48} {
				client := enter(agent, cluster.Nodes[i], version, room, strconv.Itoa(i+1))
				a := &attendee{Client: client, user: strconv.Itoa(i + 1), node: cluster.Nodes[i]}
				a.id = client.AwaitKind(t, harness.Patience, clients.Connected).ID
				client.AwaitEvent(t, harness.Patience, "handshake")
				hears(t, here, "socket-connected", a.id, a.user)
				here = append(here, a)
			}
			for _, node := range cluster.Nodes {
				roll, err := node.RollAt("/api/rooms/" + url.PathEscape(room) + "/users")
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(seats(here...), roll.Users); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
				answer, err := node.Do(http.MethodGet, "/api/rooms/"+url.PathEscape(room), "")
				if err != nil {
					t.Fatal(err)
				}
				if full := parseFull(t, answer); full.Room != room || cmp.Diff(seats(here...), full.sockets()) != "" {
					t.Errorf("%s", answer.Body)
				}
			}
		})
	}
	t.Run("short route", func(t *testing.T) {
		for _, room := range []string{"a/b", "..", "%2F", "🎓", "api", "node"} {
			roll, err := cluster.Nodes[0].Roll(room)
			if err != nil {
				t.Fatal(err)
			}
			if len(roll.Users) != 2 {
				t.Errorf("%q: %v", room, roll.Users)
			}
		}
	})
	t.Run("fixed routes win", func(t *testing.T) {
		if answer, err := cluster.Nodes[0].Do(http.MethodGet, "/users/users", ""); err != nil || answer.Status != http.StatusNotFound {
			t.Errorf("/users/users: %d %s %v", answer.Status, answer.Body, err)
		}
		if answer, err := cluster.Nodes[0].Do(http.MethodGet, "/ui/users", ""); err != nil || !strings.HasPrefix(answer.Header.Get("Content-Type"), "text/html") {
			t.Errorf("/ui/users: %d %v %v", answer.Status, answer.Header, err)
		}
	})
}

func TestTheRollOfARoomThatNobodyIsInIsEmpty(t *testing.T) {
	t.Parallel()
	cluster := harness.Start(t, 1)
	roll, err := cluster.Nodes[0].Roll("nobody")
	if err != nil || roll.Body != "[]" || !roll.Complete || roll.Nodes != "1/1" {
		t.Errorf("%+v, %v", roll, err)
	}
	for path, want := range map[string]int{"/healthz": 200, "/readyz": 200, "/ui/Maths": 200, "/": 302} {
		answer, err := cluster.Nodes[0].Do(http.MethodGet, path, "")
		if err != nil || answer.Status != want {
			t.Errorf("%s: %d %v", path, answer.Status, err)
		}
		if path == "/" && !strings.HasPrefix(answer.Header.Get("Location"), "/ui/foo?id_user=") {
			t.Errorf("/ leads to %q", answer.Header.Get("Location"))
		}
	}
}
