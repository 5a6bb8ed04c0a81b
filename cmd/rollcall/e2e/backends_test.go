//go:build unix

package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/rollcall/rollcall/cmd/rollcall/e2e/clients"
	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
)

const (
	backendSecret = "the-secret-of-a-backend"
	backendKey    = "--api-key=backend:all:" + backendSecret
)

// orderAnswer is what an order or a question of a backend is answered.
type orderAnswer struct {
	Sockets  int
	Closed   int
	Removed  int
	Complete bool
	Missing  []string
	Rooms    json.RawMessage
	Users    json.RawMessage
}

// orders makes a request as a backend, which must succeed.
func orders(t testing.TB, node *harness.Node, method, path, body string, headers ...string) (o orderAnswer) {
	t.Helper()
	answer, err := node.Do(method, path, body, append(headers, "Authorization: Bearer "+backendSecret)...)
	if err != nil {
		t.Fatal(err)
	}
	if answer.Status != http.StatusOK {
		t.Fatalf("%s %s: %d %s", method, path, answer.Status, answer.Body)
	}
	if err := json.Unmarshal([]byte(answer.Body), &o); err != nil {
		t.Fatalf("%s %s: %s: %v", method, path, answer.Body, err)
	}
	return o
}

// Official clients of all generations, and what a backend does to them by any node.
func TestBackendsReachClientsOfAllGenerations(t *testing.T) {
	t.Parallel()
	cluster, agent := harness.Start(t, 3, patientRoll, backendKey), clients.Start(t)
	all := homes(t, agent, cluster.Nodes)
	const room = "the lounge/ä"
	for _, a := range all {
		a.joins(t, room)
	}
	for i, node := range cluster.Nodes {
		event := fmt.Sprint("news ", i)
		body := fmt.Sprintf(`{"room":%q,"event":%q,"args":[{"n":1},"ä"]}`, room, event)
		if got := orders(t, node, "POST", "/api/emit", body, "Idempotency-Key: "+fmt.Sprint(i)); got.Sockets != len(all) || !got.Complete {
			t.Errorf("%s has emitted to %+v", node.Name, got)
		}
		for _, other := range cluster.Nodes {
			if got := orders(t, other, "POST", "/api/emit", body, "Idempotency-Key: "+fmt.Sprint(i)); got.Sockets != len(all) || !got.Complete {
				t.Errorf("%s has emitted again to %+v", other.Name, got)
			}
		}
		for j, a := range all {
			if got := orders(t, node, "POST", "/api/emit", fmt.Sprintf(`{"id_user":%q,"event":"for you %d"}`, a.user, i)); got.Sockets != 1 {
				t.Errorf("emitted to user %s: %+v", a.user, got)
			}
			if got := orders(t, node, "POST", "/api/emit", fmt.Sprintf(`{"id_socket":%q,"event":"for you, too %d"}`, a.id, i)); got.Sockets != 1 {
				t.Errorf("emitted to socket %d: %+v", j, got)
			}
		}
	}
	for _, a := range all {
		for i := range cluster.Nodes {
			event := a.AwaitEvent(t, harness.Patience, fmt.Sprint("news ", i))
			var object struct{ N int }
			var text string
			if !event.Arg(0, &object) || !event.Arg(1, &text) || object.N != 1 || text != "ä" {
				t.Errorf("%v heard %v", a, event)
			}
			a.AwaitEvent(t, harness.Patience, fmt.Sprint("for you ", i))
			a.AwaitEvent(t, harness.Patience, fmt.Sprint("for you, too ", i))
			if n := len(a.Events(fmt.Sprint("news ", i))); n != 1 {
				t.Errorf("%v heard %d times what was emitted with one key", a, n)
			}
		}
	}

	var rooms []struct {
		Room    string
		Sockets int
	}
	page := orders(t, cluster.Nodes[0], "GET", "/api/rooms?prefix=the+", "")
	if err := json.Unmarshal(page.Rooms, &rooms); err != nil || len(rooms) != 1 || rooms[0].Room != room || rooms[0].Sockets != len(all) {
		t.Errorf("the rooms are %s, %v", page.Rooms, err)
	}
	presence := orders(t, cluster.Nodes[1], "POST", "/api/presence", fmt.Sprintf(`{"users":["1","9"],"rooms":[%q]}`, room))
	if string(presence.Users) != `{"1":{"sockets":1},"9":{"sockets":0}}` || string(presence.Rooms) != fmt.Sprintf(`{%q:{"sockets":%d}}`, room, len(all)) {
		t.Errorf("present are %s and %s", presence.Users, presence.Rooms)
	}

	taken := all[0]
	if got := orders(t, cluster.Nodes[2], "DELETE", "/api/rooms/"+url.PathEscape(room)+"/sockets/"+taken.id, ""); got.Removed != 1 {
		t.Errorf("removed: %+v", got)
	}
	var removed struct{ Room, Code string }
	if event := taken.AwaitEvent(t, harness.Patience, "removed"); !event.Arg(0, &removed) || removed.Room != room || removed.Code != "removed" {
		t.Errorf("it was told %v", event)
	}
	for _, a := range all[1:] {
		a.Await(t, harness.Patience, "the leave", func(r clients.Report) bool { return r.IsEvent("socket-disconnected") && about(r, taken.id) })
	}
	eventuallyExact(t, cluster.Nodes, room, all[1:])

	if got := orders(t, cluster.Nodes[0], "DELETE", "/api/rooms/"+url.PathEscape(room)+"/sockets", ""); got.Closed != len(all)-1 || !got.Complete {
		t.Errorf("closed: %+v", got)
	}
	if got := orders(t, cluster.Nodes[1], "DELETE", "/api/sockets/"+taken.id, ""); got.Closed != 1 || !got.Complete {
		t.Errorf("closed: %+v", got)
	}
	eventuallyExact(t, cluster.Nodes, room, nil)
	for _, a := range all {
		var closing struct{ Code, Error string }
		if event := a.AwaitEvent(t, harness.Patience, "closing"); !event.Arg(0, &closing) || closing.Code != "closed" || closing.Error == "" {
			t.Errorf("%v was told %v", a, event)
		}
		if why := a.AwaitKind(t, harness.Patience, clients.Disconnected).Message; why != "io server disconnect" {
			t.Errorf("%v is disconnected for %q", a, why)
		}
	}
	pass(t, time.Now(), 3*time.Second) // more than clients wait before they come back
	for _, a := range all {
		connects := slices.DeleteFunc(a.Reports(), func(r clients.Report) bool { return r.Kind != clients.Connected })
		if len(connects) != 1 {
			t.Errorf("%v came back: %v", a, connects)
		}
	}
	if page := orders(t, cluster.Nodes[0], "GET", "/api/rooms", ""); string(page.Rooms) != "[]" || !page.Complete {
		t.Errorf("rooms in the end: %+v", page)
	}
}

// While a node is frozen it is named as missing, within the deadline; when it is evicted
// answers are complete without it. An emit that it got late it does once.
func TestBackendsAreToldWhichNodeIsMissing(t *testing.T) {
	t.Parallel()
	const room, deadline = "frozen", 250 * time.Millisecond
	cluster := harness.Start(t, 3, backendKey)
	asked, victim := cluster.Nodes[0], cluster.Nodes[2]
	here, _ := joinRaw(t, asked, room, "1")
	there, _ := joinRaw(t, victim, room, "2")

	const late = `{"room":"frozen","event":"late"}`
	asks := []struct{ method, path, body string }{
		{"POST", "/api/emit", late},
		{"GET", "/api/rooms", ""},
		{"POST", "/api/presence", `{"rooms":["frozen"]}`},
		{"GET", "/api/rooms/frozen/count", ""},
		{"GET", "/api/users/1/sockets", ""},
		{"DELETE", "/api/users/9/sockets", ""},
	}
	answers, errs := make([]harness.Answer, len(asks)), make([]error, len(asks))
	victim.Freeze()
	var asking sync.WaitGroup // all at once, before the node is evicted
	for i, ask := range asks {
		asking.Go(func() {
			answers[i], errs[i] = asked.Do(ask.method, ask.path, ask.body, "Authorization: Bearer "+backendSecret, "Idempotency-Key: late")
		})
	}
	asking.Wait()
	for i, ask := range asks {
		if errs[i] != nil {
			t.Fatal(errs[i])
		}
		var got struct {
			Complete bool
			Missing  []string
		}
		if err := json.Unmarshal([]byte(answers[i].Body), &got); err != nil || got.Complete || !slices.Equal(got.Missing, []string{victim.Name}) {
			t.Errorf("%s %s: %d %s", ask.method, ask.path, answers[i].Status, answers[i].Body)
		}
		if answers[i].Took > 4*deadline { // an emit with a key asks its own node first
			t.Errorf("%s %s took %v", ask.method, ask.path, answers[i].Took)
		}
	}
	victim.Thaw()
	harness.AwaitMembers(t, cluster.Nodes...)
	harness.Eventually(t, harness.Patience, func() error {
		got := orders(t, asked, "POST", "/api/emit", late, "Idempotency-Key: late")
		if !got.Complete || got.Sockets != 2 {
			return fmt.Errorf("emitted to %+v", got)
		}
		return nil
	})
	orders(t, asked, "POST", "/api/emit", `{"room":"frozen","event":"end"}`)
	for name, s := range map[string]*rawSocket{"awake": here, "frozen": there} {
		heard := 0
		for text := ""; text != `42["end"]`; {
			if text = s.next(); text == `42["late"]` {
				heard++
			}
		}
		if heard != 1 {
			t.Errorf("who was at the node that was %s heard %d times what was emitted with one key", name, heard)
		}
	}
}
