//go:build unix

package e2e

import (
	"fmt"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/rollcall/rollcall/cmd/rollcall/e2e/clients"
	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
)

// The rooms of a scene, by what the guest may do there.
const (
	joined = "joined"  // j
	listed = "listed"  // jl
	heard  = "written" // jw
	usual  = "usual"   // jwl
	shut   = "shut"    // wld
)

func rightsHoldForEvents(t *testing.T, p *proven) {
	for i, k := range kinds() {
		in := func(room string) string { return fmt.Sprintf("%s %d", room, i) } // of this guest alone
		rights := map[string]string{in(joined): "j", in(listed): "jl", in(heard): "jw", in(usual): "jwl", in(shut): "wld"}
		token := p.issuer.Token("2", time.Hour, jwt.MapClaims{"rooms": rights})
		here, there := p.Nodes[i%3], p.Nodes[(i+1)%3]
		may := p.issuer.Token("1", time.Hour, nil)
		host := seated(t, p.shows(kind{clients.V48, "websocket"}, there.URL(""), in(joined), may), there, there, in(joined), "1")
		guest := seated(t, p.shows(k, here.URL(""), in(joined), token), here, here, in(joined), "2")
		hears(t, []*attendee{host}, "socket-connected", guest.id, "2")
		for _, room := range []string{in(listed), in(heard), in(usual)} {
			host.joins(t, room)
			guest.joins(t, room)
		}
		host.joins(t, in(shut))
		for _, room := range []string{in(shut), "elsewhere"} {
			if got := guest.asks(t, "join", room); got.OK || got.Code != "no_right" {
				t.Errorf("%v joins %s: %+v", guest, room, got)
			}
		}
		for room, letters := range rights {
			if room == in(shut) {
				continue
			}
			got := guest.asks(t, "message", room, "from the guest")
			if writes := letters == "jw" || letters == "jwl"; got.OK != writes || !writes && got.Code != "no_right" {
				t.Errorf("%v with %s writes to %s: %+v", guest, letters, room, got)
			}
			if got := guest.asks(t, "remove", room, host.id); got.OK || got.Code != "no_right" {
				t.Errorf("%v with %s removes another from %s: %+v", guest, letters, room, got)
			}
			lists := http.StatusForbidden
			if letters == "jl" || letters == "jwl" {
				lists = http.StatusOK
			}
			p.asks(t, there, lists, "GET", "/api/roll?room="+url.QueryEscape(room), "", as(token))
		}
		if got := guest.asks(t, "identity-change", map[string]any{"mood": "good"}); !got.OK {
			t.Errorf("%v: %+v", guest, got)
		}
		// Both rooms that it may write to hear it, and what it wrote there; no other does.
		for _, room := range []string{in(heard), in(usual)} {
			host.hearsAll(t, room, guest, [][]any{{"from the guest"}})
		}
		harness.Eventually(t, harness.Patience, func() error {
			n := 0
			for _, r := range host.Events("identity-change") {
				var said struct{ Mood string }
				if r.Arg(0, &said) && said.Mood == "good" {
					n++
				}
			}
			if n != 2 {
				return fmt.Errorf("%v heard %d times of the guest's mood", host, n)
			}
			return nil
		})

		// Who comes and goes, the guest is told where it may list. Messages it gets everywhere.
		visitor := seated(t, p.shows(kind{clients.V31, "websocket"}, there.URL(""), in(joined), may), there, there, in(joined), "1")
		for _, room := range []string{in(listed), in(heard), in(usual)} {
			visitor.joins(t, room)
		}
		for room := range rights {
			if room == in(shut) {
				continue
			}
			if got := visitor.asks(t, "message", room, "hello"); !got.OK {
				t.Errorf("%v writes to %s: %+v", visitor, room, got)
			}
			guest.hearsAll(t, room, visitor, [][]any{{"hello"}})
		}
		visitor.Disconnect()
		for _, event := range []string{"socket-connected", "socket-disconnected"} {
			for _, room := range []string{in(listed), in(usual)} {
				hearsIn(t, []*attendee{guest}, event, room, visitor.id, 1)
			}
			for _, room := range []string{in(joined), in(heard)} {
				hearsIn(t, []*attendee{host}, event, room, visitor.id, 1) // there was something to hear
				hearsIn(t, []*attendee{guest}, event, room, visitor.id, 0)
			}
		}
		if _, err := here.Rename("1", fmt.Sprint("Host ", i)); err != nil {
			t.Fatal(err)
		}
		guest.AwaitEvent(t, harness.Patience, "identity-change") // as they share rooms that it may list

		// With less it hears less, at once.
		less := p.issuer.Token("2", time.Hour, jwt.MapClaims{"rooms": map[string]string{in(joined): "jl", in(usual): "jw"}})
		if got := guest.renews(t, less); !got.OK || len(got.Left) != 2 {
			t.Errorf("%v renews: %+v", guest, got)
		}
		host.quits(t, in(usual))
		host.quits(t, in(joined))
		hearsIn(t, []*attendee{guest}, "socket-disconnected", in(joined), host.id, 1)
		hearsIn(t, []*attendee{guest}, "socket-disconnected", in(usual), host.id, 0)
		guest.Disconnect()
		host.Disconnect()
	}
}

func rightToRemoveOthers(t *testing.T, p *proven) {
	const room = "ruled"
	ruler := p.issuer.Token("1", time.Hour, jwt.MapClaims{"rooms": map[string]string{room: "jwld", "other": "jwl"}})
	for i, k := range kinds() {
		here, there := p.Nodes[i%3], p.Nodes[(i+1)%3]
		rules := seated(t, p.shows(k, here.URL(""), room, ruler), here, here, room, "1")
		guest := seated(t, p.shows(kind{clients.V48, "websocket"}, there.URL(""), room, p.issuer.Token("2", time.Hour, nil)), there, there, room, "2")
		guest.joins(t, "other")
		rules.joins(t, "other")
		if got := rules.asks(t, "remove", "other", guest.id); got.OK || got.Code != "no_right" {
			t.Errorf("%v removes another from a room that it does not rule: %+v", rules, got)
		}
		if got := rules.asks(t, "remove", room, guest.id); !got.OK {
			t.Errorf("%v removes another: %+v", rules, got)
		}
		var told struct{ Room, Code string }
		if event := guest.AwaitEvent(t, harness.Patience, "removed"); !event.Arg(0, &told) || told.Room != room || told.Code != "removed" {
			t.Errorf("%v was told %v", guest, event)
		}
		hearsIn(t, []*attendee{rules}, "socket-disconnected", room, guest.id, 1)
		mustBeExact(t, p.Nodes, room, seats(rules))
		mustBeExact(t, p.Nodes, "other", seats(rules, guest))
		guest.joins(t, room)
		p.asks(t, there, http.StatusForbidden, "DELETE", "/api/rooms/other/sockets/"+guest.id, "", as(ruler))
		p.asks(t, there, http.StatusOK, "DELETE", "/api/rooms/ruled/sockets/"+guest.id, "", as(ruler))
		hearsIn(t, []*attendee{rules}, "socket-disconnected", room, guest.id, 2)
		rules.Disconnect()
		guest.Disconnect()
		eventuallyExact(t, p.Nodes, "other", nil)
		eventuallyExact(t, p.Nodes, room, nil)
	}
}

// Whatever a user's token says of rooms, the dashboard is for the admin token, and the orders
// of backends are for keys.
func userIsNoOperator(t *testing.T, p *proven) {
	token := p.issuer.Token("1", time.Hour, jwt.MapClaims{"rooms": map[string]string{"*": "jwld"}, "scope": "all", "admin": true})
	for _, node := range p.Nodes {
		for _, path := range []string{
			"/metrics", "/api/dash", "/api/dash/nodes", "/api/dash/samples", "/api/dash/actors", "/api/dash/traces", "/api/dash/rooms/who",
		} {
			p.asks(t, node, http.StatusUnauthorized, "GET", path, "", as(token))
			p.asks(t, node, http.StatusOK, "GET", path, "", asOperator)
		}
		for _, order := range []struct{ method, path, body string }{
			{"GET", "/api/rooms", ""}, {"GET", "/users", ""}, {"POST", "/api/presence", `{"users":["1"]}`},
			{"POST", "/api/emit", `{"room":"who","event":"x"}`}, {"DELETE", "/api/users/1/sockets", ""}, {"DELETE", "/api/sockets/x", ""},
			{"DELETE", "/api/rooms/who/sockets", ""}, {"POST", "/api/users/1/revoke", ""}, {"POST", "/users", `{"id_user":"x","name":"X"}`}, {"DELETE", "/users/1", ""},
		} {
			p.asks(t, node, http.StatusForbidden, order.method, order.path, order.body, as(token))
		}
		for _, transport := range []string{"websocket", "polling"} {
			watcher := oversee(p.official, node, token, transport)
			watcher.AwaitKind(t, harness.Patience, clients.Refused)
			watcher.Close()
			operator := oversee(p.official, node, adminToken, transport)
			operator.AwaitEvent(t, harness.Patience, "state")
			operator.Close()
		}
		// The admin token names no user.
		k := kind{clients.V48, "websocket"}
		isRefused(t, k, p.shows(k, node.URL(""), "who", adminToken), "bad_token", "no JSON Web Token")
	}
}
