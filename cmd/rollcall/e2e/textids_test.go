//go:build unix

package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/rollcall/rollcall/cmd/rollcall/e2e/clients"
	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
)

// guest is how somebody comes: as which user, with which client and transports.
type guest struct {
	user string
	*clients.Agent
	version    clients.Version
	transports string // with commas
}

// textGuests are users whose ids are text of every kind, with clients of every kind.
func textGuests(t *testing.T) []guest {
	t.Helper()
	official, python := clients.Start(t), clients.StartPython(t)
	return []guest{
		{"foo", official, clients.V21, "websocket"},
		{"3f2504e0-4f89-11d3-9a0c-0305e82c3301", official, clients.V25, "websocket"},
		{"007", official, clients.V31, "polling"},
		{"7", official, clients.V48, "polling"},
		{"ann@example.com", python, clients.Python, "polling"},
		{"98765432109876543210", python, clients.Python, "websocket"},
		{"日本", official, clients.V48, "websocket"},
		{"auth0|5f7c", official, clients.V31, "polling,websocket"},
		{strings.Repeat("é", 127) + "x", python, clients.Python, "polling,websocket"}, // 255 bytes
		{"a b&c=d+%2F?#\"<é>\u2028", official, clients.V21, "websocket"},
		{"a/b", python, clients.Python, "websocket"},
	}
}

// comes connects a guest and waits for its handshake.
func (g guest) comes(t *testing.T, node *harness.Node, room string) *attendee {
	t.Helper()
	client := g.Connect(clients.Options{
		Version: g.version, URL: node.URL(""), Query: map[string]any{"room": room, "id_user": g.user},
		Extra: map[string]any{"transports": strings.Split(g.transports, ",")},
	})
	a := seated(t, client, node, node, room, g.user)
	if g.transports == "polling,websocket" {
		client.AwaitKind(t, harness.Patience, clients.Upgraded)
	}
	return a
}

// The ids of users are text, whatever they look like, and stay what they are: in rolls,
// on every route, and in every event, with every client.
func TestIDsOfUsersAreText(t *testing.T) {
	t.Parallel()
	cluster, guests := harness.Start(t, 4, patientRoll), textGuests(t)
	const room = "all kinds"
	names := make(map[string]string)
	for i, g := range guests {
		if g.user != "7" { // is there already
			names[g.user] = fmt.Sprint("Guest ", i)
		}
	}
	cluster.AddUsers(t, names)

	var here []*attendee
	for i, g := range guests {
		a := g.comes(t, cluster.Nodes[i%4], room)
		hears(t, here, "socket-connected", a.id, a.user)
		here = append(here, a)
		mustBeExact(t, cluster.Nodes, room, seats(here...))
	}
	for i, a := range here {
		others := without(here, a)
		a.Emit("identity-change", map[string]any{"note": a.id, "deep": []int{1}, "id_user": 7})
		hearRelay(t, others, a, 1)
		if got := a.asks(t, "message", room, "hello"); !got.OK {
			t.Errorf("%v: acknowledged with %+v", a, got)
		}
		for _, other := range others {
			other.hearsAll(t, room, a, [][]any{{"hello"}})
		}
		readsAsText(t, cluster.Nodes[i%4], room, a, len(here))
		version, err := cluster.Nodes[(i+1)%4].Rename(a.user, fmt.Sprint("Guest ", i, " again"))
		if err != nil {
			t.Fatal(err)
		}
		hearIdentity(t, here, a.user, version)
		want, got := user{a.user, fmt.Sprint("Guest ", i, " again"), version}, user{}
		parse(t, mustGet(t, cluster.Nodes[(i+2)%4], "/users/"+url.PathEscape(a.user)), &got)
		if got != want {
			t.Errorf("user %q is %+v, want %+v", a.user, got, want)
		}
	}
	for i, left := 0, here; len(left) > 0; i++ {
		gone := left[0]
		if left = left[1:]; i%2 == 0 {
			gone.Disconnect()
		} else {
			gone.Close()
		}
		hears(t, left, "socket-disconnected", gone.id, gone.user)
		for _, a := range left {
			a.eventuallyKnows(t, left)
		}
		if len(left) > 0 { // somebody has heard that it is gone
			mustBeExact(t, cluster.Nodes, room, seats(left...))
		}
	}
	eventuallyExact(t, cluster.Nodes, room, nil)
}

// user is what GET /users/{id} answers.
type user struct {
	ID      string `json:"id_user"`
	Name    string `json:"name"`
	Version int64  `json:"version"`
}

func parse(t *testing.T, text string, v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), v); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
}

// readsAsText checks what the other routes say of one of those in a room.
func readsAsText(t *testing.T, node *harness.Node, room string, a *attendee, many int) {
	t.Helper()
	var listed []user
	parse(t, mustGet(t, node, "/users?id_user="+url.QueryEscape(a.user)), &listed)
	if len(listed) != 1 || listed[0].ID != a.user {
		t.Errorf("GET /users?id_user= of %q: %+v", a.user, listed)
	}
	answer, err := node.Do(http.MethodGet, "/api/rooms/"+url.PathEscape(room), "")
	if err != nil {
		t.Fatal(err)
	}
	full := parseFull(t, answer)
	if full.sockets()[a.id] != a.user || full.Counts != (fullCounts{Users: many, Sockets: many, Nodes: 4}) {
		t.Errorf("%q: %s", a.user, answer.Body)
	}
	// The list of all has each once.
	var all []user
	parse(t, mustGet(t, node, "/users"), &all)
	count := 0
	for _, u := range all {
		if u.ID == a.user {
			count++
		}
	}
	if count != 1 {
		t.Errorf("/users has %q %d times", a.user, count)
	}
}

// Python's client is refused with a reason, too.
func TestPythonsClientsAreRefusedWithAReason(t *testing.T) {
	t.Parallel()
	cluster, agent := harness.Start(t, 1), clients.StartPython(t)
	for way, transports := range ways() {
		client := agent.Connect(clients.Options{
			Version: clients.Python, URL: cluster.Nodes[0].URL(""), Query: map[string]any{"room": "refusals", "id_user": "+7"},
			Extra: map[string]any{"transports": transports},
		})
		if why := client.AwaitKind(t, harness.Patience, clients.Refused).Message; !strings.Contains(why, `There is no user "+7"`) {
			t.Errorf("%s: refused with %q", way, why)
		}
		client.Close()
	}
	mustBeExact(t, cluster.Nodes, "refusals", seats())
}

// A client that names no room is in none, and can join one whenever it likes.
func TestAClientWithoutARoomJoinsOneLater(t *testing.T) {
	t.Parallel()
	cluster, agent := harness.Start(t, 2, patientRoll), clients.Start(t)
	const room = "later"
	cluster.AddUsers(t, map[string]string{"ann": "Ann"})
	resident := attend(t, agent, cluster.Nodes[1], clients.V31, room, "3")
	for i, version := range []clients.Version{clients.V25, clients.V48} {
		t.Run(string(version), func(t *testing.T) {
			node := cluster.Nodes[i]
			ann := &attendee{user: "ann", node: node, Client: agent.Connect(clients.Options{
				Version: version, URL: node.URL(""), Query: map[string]any{"id_user": "ann"},
			})}
			ann.id = ann.AwaitKind(t, harness.Patience, clients.Connected).ID
			shake := ann.AwaitEvent(t, harness.Patience, "handshake")
			var fields map[string]any
			if shake.Arg(0, &fields); len(fields) != 1 || fields["procid"] != node.Name {
				t.Errorf("%v", shake)
			}
			mustBeExact(t, cluster.Nodes, room, seats(resident))
			if _, err := cluster.Nodes[0].Rename("3", fmt.Sprint("Resident ", i)); err != nil {
				t.Fatal(err)
			}
			hearIdentity(t, []*attendee{resident}, "3", int64(2+2*i))

			ann.joins(t, room)
			mustBeExact(t, cluster.Nodes, room, seats(resident, ann))
			hearsIn(t, []*attendee{resident}, "socket-connected", room, ann.id, 1)
			if before := ann.Events("identity-change"); len(before) > 0 {
				t.Errorf("told of those in a room that it was not in: %v", before)
			}
			if _, err := cluster.Nodes[1].Rename("3", "Resident again"); err != nil {
				t.Fatal(err)
			}
			hearIdentity(t, []*attendee{resident, ann}, "3", int64(3+2*i))
			visitor := attend(t, agent, cluster.Nodes[1-i], version, room, "4")
			hears(t, []*attendee{resident, ann}, "socket-connected", visitor.id, "4")
			mustBeExact(t, cluster.Nodes, room, seats(resident, ann, visitor))
			visitor.Disconnect()
			hears(t, []*attendee{resident, ann}, "socket-disconnected", visitor.id, "4")

			ann.quits(t, room)
			mustBeExact(t, cluster.Nodes, room, seats(resident))
			ann.joins(t, room)
			ann.Close()
			hearsIn(t, []*attendee{resident}, "socket-disconnected", room, ann.id, 2)
			mustBeExact(t, cluster.Nodes, room, seats(resident))
		})
	}
}
