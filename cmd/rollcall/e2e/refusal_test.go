//go:build unix

package e2e

import (
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/gorilla/websocket"

	"github.com/rollcall/rollcall/cmd/rollcall/e2e/clients"
	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
)

// Who asks for what does not exist is refused in the way of its generation, with
// a reason that a person understands, and is in no roll.
func TestClientsAreRefusedWithAReason(t *testing.T) {
	t.Parallel()
	cluster, agent := harness.Start(t, 2, patientRoll), clients.Start(t)
	const room = "refusals"
	witness := attend(t, agent, cluster.Nodes[0], clients.V48, room, "1")
	for _, test := range []struct {
		name  string
		query map[string]any
		says  string
	}{
		{"unknown user", map[string]any{"room": room, "id_user": 99}, `There is no user "99"`},
		{"unknown text", map[string]any{"room": room, "id_user": "abc"}, `There is no user "abc"`},
		{"1 in other words", map[string]any{"room": room, "id_user": "01"}, `There is no user "01"`},
		{"user of 256 bytes", map[string]any{"room": room, "id_user": strings.Repeat("9", 256)}, "at most 255 bytes"},
		{"no user", map[string]any{"room": room}, "id_user"},
		{"empty room", map[string]any{"room": "", "id_user": 1}, "name of a room is missing"},
		{"room of 257 bytes", map[string]any{"room": strings.Repeat("r", 257), "id_user": 1}, "at most 256 bytes"},
	} {
		for _, version := range clients.Versions() {
			t.Run(fmt.Sprintf("%s, client %s", test.name, version), func(t *testing.T) {
				client := agent.Connect(clients.Options{Version: version, URL: cluster.Nodes[1].URL(""), Query: test.query})
				if refused := client.AwaitKind(t, harness.Patience, clients.Refused); !strings.Contains(refused.Message, test.says) {
					t.Errorf("refused with %q, want %q in it", refused.Message, test.says)
				}
				for _, r := range client.Reports() {
					if r.Kind == clients.Event {
						t.Errorf("and told %v", r)
					}
				}
				client.Close()
			})
		}
	}
	for _, test := range []struct{ name, query, says string }{
		{"room that is no UTF-8", "EIO=4&id_user=1&room=%FF", "valid UTF-8"},
		{"room with an overlong encoding", "EIO=4&id_user=1&room=%C0%AF", "valid UTF-8"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := dialRaw(t, cluster.Nodes[1], test.query)
			s.say("40")
			if answer := s.next(); !strings.HasPrefix(answer, `44{"message":`) || !strings.Contains(answer, test.says) {
				t.Errorf("answered %s", answer)
			}
		})
	}
	mustBeExact(t, cluster.Nodes, room, seats(witness))
	if others := witness.Reports(); len(others) != 2 { // connected, handshake
		t.Errorf("the witness saw %v", others)
	}
}

// Requests that no Engine.IO client makes get the answers of the official server.
func TestBadHandshakesAreAnsweredAsByTheOfficialServer(t *testing.T) {
	t.Parallel()
	cluster := harness.Start(t, 1)
	node := cluster.Nodes[0]
	upgrade := []string{"Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="}
	const good = "transport=websocket&room=r&id_user=1"
	for _, test := range []struct {
		name, method, query string
		headers             []string
		status, code        int
	}{
		{"protocol 5", "GET", "EIO=5&" + good, upgrade, 400, 5},
		{"protocol 2", "GET", "EIO=2&" + good, upgrade, 400, 5},
		{"protocol 04", "GET", "EIO=04&" + good, upgrade, 400, 5},
		{"no protocol", "GET", good, upgrade, 400, 5},
		{"an unknown transport", "GET", "EIO=4&transport=carrier-pigeon", nil, 400, 0},
		{"polling in protocol 3", "GET", "EIO=3&transport=polling&room=r&id_user=1", nil, 400, 0},
		{"an unknown session", "GET", "EIO=4&" + good + "&sid=x", upgrade, 400, 1},
		{"POST", "POST", "EIO=4&" + good, nil, 400, 2},
		{"no upgrade", "GET", "EIO=4&" + good, nil, 400, 3},
		{"bad percent-encoding", "GET", "EIO=4&transport=websocket&id_user=1&room=%zz", upgrade, 400, 3},
	} {
		t.Run(test.name, func(t *testing.T) {
			answer, err := node.Do(test.method, "/socket.io/?"+test.query, "", test.headers...)
			if err != nil {
				t.Fatal(err)
			}
			if want := fmt.Sprintf(`{"code":%d,"message":`, test.code); answer.Status != test.status || !strings.HasPrefix(answer.Body, want) {
				t.Errorf("%d %s, want %d %s", answer.Status, answer.Body, test.status, want)
			}
		})
	}
	mustBeExact(t, cluster.Nodes, "r", seats())
}

// Frames that come in one segment with the upgrade request are not lost.
func TestFramesThatComeWithTheRequestAreTaken(t *testing.T) {
	t.Parallel()
	cluster := harness.Start(t, 1)
	node := cluster.Nodes[0]
	conn := dialPlain(t, node)
	request := "GET /socket.io/?EIO=4&transport=websocket&room=early&id_user=4 HTTP/1.1\r\nHost: " + node.Addr + "\r\n" +
		"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
	frames := masked("40") + masked(`427["identity-change",{}]`)
	if _, err := conn.Write([]byte(request + frames)); err != nil {
		t.Fatal(err)
	}
	conn.awaits(`437[{"ok":true}]`)
	roll, err := node.Roll("early")
	if err != nil {
		t.Fatal(err)
	}
	for id := range maps.Keys(roll.Users) {
		if !strings.Contains(conn.seen(), `40{"sid":"`+id+`"}`) {
			t.Errorf("%s is in the roll, but the client was told %q", id, conn.seen())
		}
	}
	if len(roll.Users) != 1 {
		t.Errorf("the roll is %v", roll.Users)
	}
}

// masked returns a short text frame as clients send it (RFC 6455 §5.2), with a
// mask of zeroes.
func masked(text string) string {
	return string([]byte{0x80 | websocket.TextMessage, 0x80 | byte(len(text)), 0, 0, 0, 0}) + text
}

func TestOriginsDecideWhichPagesMayComeIn(t *testing.T) {
	t.Parallel()
	const friend, stranger = "https://friend.example", "https://stranger.example"
	cluster := harness.Start(t, 1, "--cors-origin", friend)
	node := cluster.Nodes[0]
	own := "http://" + node.Addr
	for _, path := range []string{"/r/users", "/api/rooms/r", "/users", "/nowhere", "/users/abc", "/socket.io/?EIO=5"} {
		for _, test := range []struct {
			origin string
			allows bool
		}{{friend, true}, {own, true}, {stranger, false}, {"null", false}, {"https://friend.example.evil.example", false}} {
			answer, err := node.Do(http.MethodGet, path, "", "Origin: "+test.origin)
			if err != nil {
				t.Fatal(err)
			}
			want := ""
			if test.allows {
				want = test.origin
			}
			if got := answer.Header.Get("Access-Control-Allow-Origin"); got != want {
				t.Errorf("%s from %s: allows %q, want %q", path, test.origin, got, want)
			}
			if vary := answer.Header.Get("Vary"); !strings.Contains(vary, "Origin") {
				t.Errorf("%s from %s: Vary %q", path, test.origin, vary)
			}
			if exposed := answer.Header.Get("Access-Control-Expose-Headers"); strings.Contains(exposed, "Rollcall-Complete") != test.allows {
				t.Errorf("%s from %s: exposes %q", path, test.origin, exposed)
			}
		}
	}
	t.Run("preflight", func(t *testing.T) {
		for _, test := range []struct {
			origin  string
			methods bool
		}{{friend, true}, {stranger, false}} {
			answer, err := node.Do(http.MethodOptions, "/users/1", "", "Origin: "+test.origin,
				"Access-Control-Request-Method: PUT", "Access-Control-Request-Headers: content-type,if-match")
			if err != nil {
				t.Fatal(err)
			}
			header := answer.Header
			if answer.Status != http.StatusNoContent ||
				strings.Contains(header.Get("Access-Control-Allow-Methods"), "PUT") != test.methods ||
				strings.Contains(strings.ToLower(header.Get("Access-Control-Allow-Headers")), "if-match") != test.methods {
				t.Errorf("%s: %d %v", test.origin, answer.Status, header)
			}
		}
	})
	t.Run("websocket", func(t *testing.T) {
		for _, test := range []struct {
			origin string
			status int
		}{{friend, http.StatusSwitchingProtocols}, {own, http.StatusSwitchingProtocols}, {stranger, http.StatusForbidden}, {"null", http.StatusForbidden}} {
			conn, response, err := websocket.DefaultDialer.Dial(
				"ws://"+node.Addr+"/socket.io/?EIO=4&transport=websocket&room=r&id_user=1", http.Header{"Origin": {test.origin}})
			if response == nil {
				t.Fatal(err)
			}
			_ = response.Body.Close()
			if err == nil {
				_ = conn.Close()
			}
			if response.StatusCode != test.status {
				t.Errorf("%s: %s, want %d", test.origin, response.Status, test.status)
			}
		}
	})
}
