//go:build unix

package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall/rollcall/cmd/rollcall/e2e/clients"
	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
)

// seedPage calls what the page of the playground calls that Rollcall grew out of, in
// its order and with its client, and shows what that page would.
type seedPage struct {
	*attendee
	asked *harness.Node // for what the page asks by HTTP: any, as behind a balancer
	room  string
	rows  []seedRow
	heard int // reports that it has acted upon
}

// seedRow is an entry of the page's list.
type seedRow struct {
	User   string `json:"id_user"`
	Socket string `json:"id_socket"`
	Data   struct {
		Name string `json:"name"`
	} `json:"data"`
}

// openSeedPage does what the page does when it is opened, until the handshake.
func openSeedPage(t *testing.T, agent *clients.Agent, node, asked *harness.Node, room, user string) *seedPage {
	t.Helper()
	p := &seedPage{attendee: &attendee{user: user, node: node}, asked: asked, room: room}
	p.name(t, user) // into the page's own field
	query := "room=" + room + "&id_user=" + user
	p.Client = agent.Connect(clients.Options{
		Version: clients.V21, URL: node.URL(""), Query: map[string]any{"room": room, "id_user": user},
		Extra: map[string]any{"query": query, "reconnection": true, "reconnectionAttempts": 5},
	})
	p.id = p.AwaitKind(t, harness.Patience, clients.Connected).ID
	p.AwaitEvent(t, harness.Patience, "handshake")
	if got := p.greeting(t).ProcID; got != node.Name {
		t.Errorf("%v: handshake.procid is %q", p, got)
	}
	return p
}

// name reads a user's name, whose id must be text that equals the one asked for.
func (p *seedPage) name(t *testing.T, user string) string {
	t.Helper()
	var got struct {
		User string `json:"id_user"` // a number does not fit
		Name string `json:"name"`
	}
	text := mustGet(t, p.asked, "/users/"+user)
	if err := json.Unmarshal([]byte(text), &got); err != nil || got.User != user {
		t.Fatalf("%v: GET /users/%s: %s (%v)", p, user, text, err)
	}
	return got.Name
}

// react does what the page does for each event that came since it was last called.
func (p *seedPage) react(t *testing.T) {
	t.Helper()
	reports := p.Reports()
	for _, r := range reports[p.heard:] {
		switch {
		case r.IsEvent("handshake"), r.IsEvent("socket-connected"), r.IsEvent("socket-disconnected"):
			p.updateUsers(t)
		case r.IsEvent("identity-change"):
			var e struct {
				User string `json:"id_user"`
			}
			if !r.Arg(0, &e) || e.User == "" {
				t.Fatalf("%v: %v has no id_user that is text", p, r)
			}
			p.updateUser(t, e.User)
		}
	}
	p.heard = len(reports)
}

func (p *seedPage) updateUsers(t *testing.T) {
	t.Helper()
	text := mustGet(t, p.asked, "/"+p.room+"/users")
	p.rows = nil
	if err := json.Unmarshal([]byte(text), &p.rows); err != nil {
		t.Fatalf("%v: GET /%s/users: %s: %v", p, p.room, text, err)
	}
	for _, row := range p.rows {
		p.updateUser(t, row.User)
	}
}

// updateUser reads a user and puts its name into the rows whose id_user equals its id,
// as === does.
func (p *seedPage) updateUser(t *testing.T, user string) {
	t.Helper()
	name := p.name(t, user)
	for i := range p.rows {
		if p.rows[i].User == user {
			p.rows[i].Data.Name = name
		}
	}
}

// rename does what the page does when a name is typed into its field.
func (p *seedPage) rename(t *testing.T, name string) {
	t.Helper()
	body, err := json.Marshal(map[string]string{"name": name})
	if err != nil {
		t.Fatal(err)
	}
	answer, err := p.asked.Do(http.MethodPut, "/users/"+p.user, string(body), "Content-Type: application/json")
	if err != nil || answer.Status != http.StatusNoContent || answer.Body != "" {
		t.Fatalf("%v: PUT: %+v, %v", p, answer, err)
	}
	p.updateUser(t, p.user)
	p.Emit("identity-change", map[string]any{"id_user": p.user})
}

// shows waits until the page's list holds exactly these, each "id_user id_socket name".
func (p *seedPage) shows(t *testing.T, want ...string) {
	t.Helper()
	slices.Sort(want)
	harness.Eventually(t, harness.Patience, func() error {
		p.react(t)
		var list []string
		for _, row := range p.rows {
			list = append(list, row.User+" "+row.Socket+" "+row.Data.Name)
		}
		slices.Sort(list)
		if diff := cmp.Diff(want, list); diff != "" {
			return fmt.Errorf("%v shows (-want +got):\n%s", p, diff)
		}
		return nil
	})
}

// changesOf returns how many identity-change events the page got about a user.
func (p *seedPage) changesOf(user string) (n int) {
	for _, r := range p.Events("identity-change") {
		var e struct {
			User string `json:"id_user"`
		}
		if r.Arg(0, &e) && e.User == user {
			n++
		}
	}
	return n
}

// The page of the playground works with Rollcall as it is: it joins, shows who is
// there by name, renames itself, and comes back after its node was killed or stopped.
func TestThePlaygroundsPageWorksUnchanged(t *testing.T) {
	t.Parallel()
	cluster, agent := harness.Start(t, 4, patientRoll), clients.Start(t)
	const room = "Maths"
	nodes := cluster.Nodes
	john := openSeedPage(t, agent, nodes[0], nodes[3], room, "1")
	john.shows(t, "1 "+john.id+" John")
	mary := openSeedPage(t, agent, nodes[1], nodes[2], room, "2")
	mike := openSeedPage(t, agent, nodes[2], nodes[0], room, "3")
	device := openSeedPage(t, agent, nodes[3], nodes[3], room, "1") // John's second
	pages := []*seedPage{john, mary, mike, device}
	shown := func(names map[string]string) (rows []string) {
		for _, p := range pages {
			rows = append(rows, p.user+" "+p.id+" "+names[p.user])
		}
		return rows
	}
	names := map[string]string{"1": "John", "2": "Mary", "3": "Mike"}
	for i, p := range pages {
		p.shows(t, shown(names)...)
		for _, later := range pages[i+1:] {
			hears(t, []*attendee{p.attendee}, "socket-connected", later.id, later.user)
		}
	}

	const renames = 3
	for i := range renames {
		for _, p := range pages[:3] {
			names[p.user] = fmt.Sprintf("%s, called %d", names[p.user], i)
			p.rename(t, names[p.user])
			for _, other := range pages {
				other.shows(t, shown(names)...)
			}
		}
	}

	device.Disconnect() // one that only lost its connection would come back
	pages = pages[:3]
	hears(t, []*attendee{john.attendee, mary.attendee, mike.attendee}, "socket-disconnected", device.id, "1")
	for _, p := range pages {
		p.shows(t, shown(names)...)
	}
	for _, sender := range pages {
		for _, p := range slices.Concat(pages, []*seedPage{device}) {
			// The sender itself may be told, too: its page does not look.
			if got := p.changesOf(sender.user); got > renames || got < renames && p != sender {
				t.Errorf("%v: %d identity-change events for %d renames of user %s", p, got, renames, sender.user)
			}
		}
	}

	for _, end := range []struct {
		page *seedPage
		node func()
	}{{mary, nodes[1].Kill}, {mike, nodes[2].Terminate}} {
		end.node()
		for _, p := range pages {
			if p != end.page {
				hears(t, []*attendee{p.attendee}, "socket-disconnected", end.page.id, end.page.user)
			}
		}
		end.page.node.Start()
		before := end.page.id
		end.page.id = end.page.Await(t, harness.Patience, "a second connect", func(r clients.Report) bool {
			return r.Kind == clients.Connected && r.ID != before
		}).ID
		for _, p := range pages {
			p.shows(t, shown(names)...)
		}
	}
}

// What else the playground's server answered.
func TestThePlaygroundsRoutes(t *testing.T) {
	t.Parallel()
	node := harness.Start(t, 1).Nodes[0]
	var users []struct {
		User string `json:"id_user"`
		Name string `json:"name"`
	}
	if err := json.Unmarshal([]byte(mustGet(t, node, "/users")), &users); err != nil || len(users) != 10 {
		t.Fatalf("/users: %v, %v", users, err)
	}
	for _, test := range []struct {
		method, path, body string
		status             int
	}{
		{"GET", "/users/bar", "", 404}, // the page's own id_user where it is given none
		{"GET", "/users/undefined", "", 404},
		{"PUT", "/users/bar", `{"name":"Francis"}`, 404},
		{"PUT", "/users/4", `{"name":"Francis"}`, 204},
		{"GET", "/ui/foo?id_user=4", "", 200},
		{"GET", "/", "", 302},
	} {
		answer, err := node.Do(test.method, test.path, test.body)
		if err != nil || answer.Status != test.status {
			t.Errorf("%s %s: %+v, %v, want %d", test.method, test.path, answer, err, test.status)
		}
		if test.path == "/" {
			user, ok := strings.CutPrefix(answer.Header.Get("Location"), "/ui/foo?id_user=")
			known := false
			for _, u := range users {
				known = known || u.User == user
			}
			if !ok || !known {
				t.Errorf("/ leads to %q, want the room foo as one of the users", answer.Header.Get("Location"))
			}
		}
	}
}
