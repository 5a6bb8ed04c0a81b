//go:build unix

package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall/rollcall/cmd/rollcall/e2e/clients"
	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
)

// The main scene: a client of each generation on a node of its own, all in one
// room. The roll is asked for without any pause after each step, so that these
// tests hold that a join that was acknowledged is visible, and that a leave that
// was announced is: docs/architecture.md, "What is true".
func TestClientsOfAllGenerationsShareARoom(t *testing.T) {
	t.Parallel()
	cluster, agent := harness.Start(t, 4, patientRoll, "--trace", "1"), clients.Start(t)
	const room = "Maths"
	var here []*attendee
	for i, version := range clients.Versions() {
		user := strconv.Itoa(i + 1)
		a := attend(t, agent, cluster.Nodes[i], version, room, user)
		if got := a.greeting(t).ProcID; got != cluster.Nodes[i].Name {
			t.Errorf("%v: procid %q", a, got)
		}
		hears(t, here, "socket-connected", a.id, user)
		here = append(here, a)
		mustBeExact(t, cluster.Nodes, room, seats(here...))
	}
	sameAnswers(t, cluster, room)

	versions := make(map[string]int64) // of users
	rename := func(t *testing.T, node *harness.Node, user string) {
		t.Helper()
		version, err := node.Rename(user, fmt.Sprintf("User %s at version %d", user, versions[user]+1))
		if err != nil {
			t.Fatal(err)
		}
		hearIdentity(t, here, user, version)
		versions[user] = version
	}

	t.Run("a rename reaches all", func(t *testing.T) {
		for i, node := range cluster.Nodes {
			rename(t, node, strconv.Itoa(i+1))
		}
		mustBeExact(t, cluster.Nodes, room, seats(here...))
	})

	t.Run("a client's own identity-change reaches the others", func(t *testing.T) {
		for _, sender := range here {
			before := len(sender.Events("identity-change"))
			answer := sender.EmitForAck(t, harness.Patience, "identity-change",
				map[string]any{"id_user": 9, "version": 77, "note": sender.id, "deep": []int{1}})
			if len(answer) != 1 || string(answer[0]) != `{"ok":true}` {
				t.Errorf("%v: acknowledged with %s", sender, answer)
			}
			hearRelay(t, without(here, sender), sender, versions[sender.user])
			rename(t, cluster.Nodes[0], here[0].user)
			// What followed on the same way has arrived, so its own event would have, too.
			if got := len(sender.Events("identity-change")) - before; got != 1 {
				t.Errorf("%v: %d identity-change events, want that of the rename only", sender, got)
			}
		}
	})

	t.Run("with its bytes and further arguments", func(t *testing.T) {
		for _, sender := range here {
			face, more := clients.Bytes{0, 255, 4}, []any{clients.Bytes{}, "x"}
			answer := sender.EmitForAck(t, harness.Patience, "identity-change", map[string]any{"from": sender.id, "face": face}, more)
			if len(answer) != 1 || string(answer[0]) != `{"ok":true}` {
				t.Errorf("%v: acknowledged with %s", sender, answer)
			}
			want := []any{map[string]any{"id_user": sender.user, "version": versions[sender.user], "from": sender.id, "face": face}, more}
			for _, a := range without(here, sender) {
				event := a.Await(t, harness.Patience, "the relayed event", func(r clients.Report) bool {
					var payload struct{ From string }
					return r.IsEvent("identity-change") && r.Arg(0, &payload) && payload.From == sender.id
				})
				if diff := cmp.Diff(plain(t, want), plain(t, event.Args)); diff != "" {
					t.Errorf("%v heard of %v (-said +heard):\n%s", a, sender, diff)
				}
			}
		}
	})

	t.Run("a page that renames its user and says so is heard once", func(t *testing.T) {
		for i, sender := range here {
			version, err := cluster.Nodes[i].Rename(sender.user, "Somebody "+sender.user)
			if err != nil {
				t.Fatal(err)
			}
			versions[sender.user] = version
			sender.Emit("identity-change", map[string]any{"id_user": sender.user})
		}
		hearOnce(t, here, versions)
	})

	t.Run("those who leave are announced", func(t *testing.T) {
		left := here
		for len(left) > 0 {
			gone := left[0]
			left = left[1:]
			if len(left)%2 == 0 {
				gone.Close()
			} else {
				gone.Disconnect()
			}
			hears(t, left, "socket-disconnected", gone.id, gone.user)
			for _, a := range left {
				a.eventuallyKnows(t, left)
			}
			if len(left) > 0 {
				mustBeExact(t, cluster.Nodes, room, seats(left...))
			}
		}
		harness.Eventually(t, harness.Patience, func() error { return exact(cluster.Nodes, room, seats()) })
	})
}

// hearIdentity waits until every client has the version of a user, in an event
// that holds that and no more.
func hearIdentity(t testing.TB, audience []*attendee, user string, version int64) {
	t.Helper()
	for _, a := range audience {
		event := a.Await(t, harness.Patience, "identity-change", func(r clients.Report) bool {
			var c struct {
				User    string `json:"id_user"`
				Version int64
			}
			return r.IsEvent("identity-change") && r.Arg(0, &c) && c.User == user && c.Version == version
		})
		var fields map[string]json.RawMessage
		if event.Arg(0, &fields); len(event.Args) != 1 || len(fields) != 2 {
			t.Errorf("%v: %v", a, event)
		}
	}
}

// hearOnce waits until every client has the last version of every user, and for what
// else may come, and fails if one was told of it twice.
func hearOnce(t testing.TB, audience []*attendee, versions map[string]int64) {
	t.Helper()
	count := func(a *attendee, user string) (n int) {
		for _, r := range a.Events("identity-change") {
			var c struct {
				User    string `json:"id_user"`
				Version int64
			}
			if r.Arg(0, &c) && c.User == user && c.Version == versions[user] {
				n++
			}
		}
		return n
	}
	for _, a := range audience {
		for user := range versions {
			harness.Eventually(t, harness.Patience, func() error {
				if count(a, user) == 0 {
					return fmt.Errorf("%v was not told of version %d of user %s", a, versions[user], user)
				}
				return nil
			})
		}
	}
	<-time.After(time.Second)
	for _, a := range audience {
		for _, b := range audience {
			if n := count(a, b.user); n != 1 {
				t.Errorf("%v was told %d times of version %d of user %s", a, n, versions[b.user], b.user)
			}
		}
	}
}

// hearRelay waits until every client has what another sent: the payload as it
// came, but for the user and its version.
func hearRelay(t testing.TB, audience []*attendee, sender *attendee, version int64) {
	t.Helper()
	want := map[string]any{
		"id_user": sender.user, "version": float64(version), "note": sender.id, "deep": []any{float64(1)},
	}
	for _, a := range audience {
		event := a.Await(t, harness.Patience, "the relayed event", func(r clients.Report) bool {
			var payload struct{ Note string }
			return r.IsEvent("identity-change") && r.Arg(0, &payload) && payload.Note == sender.id
		})
		var got map[string]any
		if event.Arg(0, &got); len(event.Args) != 1 || cmp.Diff(want, got) != "" {
			t.Errorf("%v: %v, want %v", a, event, want)
		}
	}
}

func without(all []*attendee, one *attendee) []*attendee {
	return slices.DeleteFunc(slices.Clone(all), func(a *attendee) bool { return a == one })
}

// sameAnswers checks that the three routes to a room agree, on every node.
func sameAnswers(t *testing.T, cluster *harness.Cluster, room string) {
	t.Helper()
	for _, node := range cluster.Nodes {
		short, err := node.Roll(room)
		if err != nil {
			t.Fatal(err)
		}
		long, err := node.RollAt("/api/rooms/" + room + "/users")
		if err != nil {
			t.Fatal(err)
		}
		if short.Body != long.Body {
			t.Errorf("%s: %s and %s", node.Name, short.Body, long.Body)
		}
		answer, err := node.Do(http.MethodGet, "/api/rooms/"+room, "")
		if err != nil {
			t.Fatal(err)
		}
		full := parseFull(t, answer)
		if diff := cmp.Diff(short.Users, full.sockets()); diff != "" {
			t.Errorf("the full answer differs (-short +full):\n%s", diff)
		}
		want := fullCounts{Users: 4, Sockets: 4, Nodes: 4}
		if !full.Complete || full.Room != room || full.Epoch == 0 || full.Seq != 4 || full.Counts != want || len(full.TraceID) != 32 {
			t.Errorf("%s: %s", node.Name, answer.Body)
		}
	}
}
