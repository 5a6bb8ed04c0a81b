//go:build unix

package e2e

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/rollcall/rollcall/cmd/rollcall/e2e/clients"
	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
)

// opensPolling opens a session that polls, and returns its id; "" if it was refused.
func opensPolling(t *testing.T, node *harness.Node) (sid string) {
	t.Helper()
	answer, err := node.Do(http.MethodGet, "/socket.io/?EIO=4&transport=polling&room=r&id_user=1", "")
	if err != nil {
		t.Fatal(err)
	}
	if answer.Status == http.StatusServiceUnavailable {
		if answer.Header.Get("Retry-After") == "" || !strings.Contains(answer.Body, "Try again") {
			t.Errorf("refused with %v %s", answer.Header, answer.Body)
		}
		return ""
	}
	_, rest, _ := strings.Cut(answer.Body, `"sid":"`)
	sid, _, found := strings.Cut(rest, `"`)
	if !found {
		t.Fatalf("answered %d %s", answer.Status, answer.Body)
	}
	return sid
}

// Sessions whose clients never say who they are take the places that there are for such;
// official clients are kept out meanwhile, and come back by themselves.
func TestClientsComeBackWhenStrangersHaveGone(t *testing.T) {
	t.Parallel()
	const patience = 3 * time.Second
	cluster, agent := harness.Start(t, 1, "--max-pending-per-address", "5", "--connect-timeout", patience.String()), clients.Start(t)
	node := cluster.Nodes[0]
	for i := range 5 {
		if opensPolling(t, node) == "" {
			t.Fatalf("only %d sessions are let in", i)
		}
	}
	if opensPolling(t, node) != "" {
		t.Error("a sixth session is let in")
	}
	for _, transports := range ways() {
		c := agent.Connect(clients.Options{
			Version: clients.V48, URL: node.URL(""), Query: map[string]any{"room": "r", "id_user": 1},
			Extra: map[string]any{"transports": transports, "reconnection": true, "reconnectionDelay": 100, "reconnectionDelayMax": 300},
		})
		c.AwaitEvent(t, harness.Patience, "handshake")
	}
	if opensPolling(t, node) == "" {
		t.Error("who is let in takes the place of a stranger")
	}
	if log := node.Output.String(); strings.Count(log, "--trusted-proxy") != 1 {
		t.Errorf("the log does not say once what to do if that was a proxy:\n%s", log)
	}
}

// A websocket takes a place where it is, though its session be elsewhere.
func TestWebsocketsOfOtherNodesTakePlaces(t *testing.T) {
	t.Parallel()
	nodes := harness.Start(t, 2, "--max-per-address", "1").Nodes
	sid := opensPolling(t, nodes[0])
	dial := func() (*websocket.Conn, int) {
		t.Helper()
		ws, answer, err := websocket.DefaultDialer.DialContext(t.Context(),
			"ws://"+nodes[1].Addr+"/socket.io/?EIO=4&transport=websocket&sid="+url.QueryEscape(sid), nil)
		if answer == nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		return ws, answer.StatusCode
	}
	here := opensPolling(t, nodes[1])
	if _, status := dial(); status != http.StatusServiceUnavailable {
		t.Errorf("a websocket without a place is answered with %d", status)
	}
	if answer, err := nodes[1].Do(http.MethodPost, "/socket.io/?EIO=4&transport=polling&sid="+url.QueryEscape(here), "1"); err != nil || answer.Status != http.StatusOK {
		t.Fatalf("%v, %+v", err, answer)
	}
	var ws *websocket.Conn
	harness.Eventually(t, harness.Patience, func() error {
		var status int
		if ws, status = dial(); status != http.StatusSwitchingProtocols {
			return fmt.Errorf("answered with %d", status)
		}
		return nil
	})
	for _, text := range []string{"2probe", "5"} {
		if err := ws.WriteMessage(websocket.TextMessage, []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if opensPolling(t, nodes[1]) != "" {
		t.Error("there is a place beside it")
	}
	if err := ws.Close(); err != nil {
		t.Fatal(err)
	}
	harness.Eventually(t, harness.Patience, func() error {
		if opensPolling(t, nodes[1]) == "" {
			return errors.New("its place is still taken")
		}
		return nil
	})
}

// A node that listens on this machine only is called by the names of this machine, in
// whatever way it is reached; unless it is told of others.
func TestStrangeNamesAreRefused(t *testing.T) {
	t.Parallel()
	bare, told := harness.Start(t, 1).Nodes[0], harness.Start(t, 1, "--allowed-hosts", "evil.example").Nodes[0]
	for _, request := range [][]string{
		{http.MethodGet, "/users", ""},
		{http.MethodPut, "/users/1", `{"name":"Somebody"}`, "Origin: http://evil.example"},
		{http.MethodGet, "/socket.io/?EIO=4&transport=polling&room=r&id_user=1", ""},
		{http.MethodGet, "/ui/r", ""},
	} {
		headers := append([]string{"Host: evil.example"}, request[3:]...)
		if answer, err := bare.Do(request[0], request[1], request[2], headers...); err != nil || answer.Status != http.StatusMisdirectedRequest || !strings.Contains(answer.Body, "--allowed-hosts") {
			t.Errorf("%v: %v, %d %s", request, err, answer.Status, answer.Body)
		}
		if answer, err := told.Do(request[0], request[1], request[2], headers...); err != nil || answer.Status >= 300 {
			t.Errorf("%v, of a name that is ours: %v, %d %s", request, err, answer.Status, answer.Body)
		}
	}
	if status := opens(t, bare.Addr, "", "", "Host: evil.example", "Origin: http://evil.example"); status != http.StatusMisdirectedRequest {
		t.Errorf("a websocket is answered with %d", status)
	}
	if status := opens(t, told.Addr, "", "", "Host: evil.example", "Origin: http://evil.example"); status != http.StatusSwitchingProtocols {
		t.Errorf("a websocket of a name that is ours is answered with %d", status)
	}
}
