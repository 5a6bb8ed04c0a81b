//go:build unix

package browser

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/rollcall/rollcall/actors/access/tokens"
	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
)

// backendKey may do everything on the nodes where tokens are asked for.
const backendKey = "a-key-for-backends-of-tests"

// order has a node do something for a backend, which must succeed.
func order(t *testing.T, node *harness.Node, key, method, path, body string) harness.Answer {
	t.Helper()
	answer, err := node.Do(method, path, body, "Authorization: Bearer "+key)
	if err != nil || answer.Status >= http.StatusMultipleChoices {
		t.Fatalf("%s %s at %s: %d %s, %v", method, path, node.Name, answer.Status, answer.Body, err)
	}
	return answer
}

// The page is told that it is closed, by a backend, and that it was taken out of the room,
// by one and by somebody who may. It stays out until one has it come in again.
func endedByOthers(t *testing.T, cluster *harness.Cluster, chrome *browser) {
	const room = "ended"
	node, other := cluster.Nodes[0], cluster.Nodes[1]
	mike := connect(t, other, url.Values{"room": {room}, "token": {mint(t, "3", time.Hour, map[string]string{room: "jwd"})}})
	p := chrome.open(t, withToken(node, room, mint(t, "1", time.Hour, nil)))
	john := p.awaitLive(t, node.Name, room, "1")
	q := chrome.open(t, withToken(other, room, mint(t, "2", time.Hour, nil)))
	mary := q.awaitLive(t, other.Name, room, "2")

	for _, end := range []struct {
		state, says string
		by          func(socket string)
	}{
		{"room-removed", "taken you out of this room", func(socket string) {
			mike.emit(t, "remove", room, socket)
		}},
		{"", "taken you out of this room", func(socket string) {
			order(t, other, backendKey, http.MethodDelete, "/api/rooms/"+room+"/sockets/"+socket, "")
		}},
		{"room-closed", "closed", func(socket string) {
			order(t, other, backendKey, http.MethodDelete, "/api/sockets/"+socket, "")
		}},
	} {
		q.awaitPeople(t, alone(mary), alone(john), person{User: "3", Name: "Mike", Devices: map[string]string{mike.Socket: other.Name}})
		before := p.dials()
		end.by(john.Socket)
		p.awaitsRefusal(t, "Ended", end.says)
		q.awaits(t, func(seen view) error {
			for _, who := range seen.People {
				if _, there := who.Devices[john.Socket]; there {
					return fmt.Errorf("still shows the device of %s", who.Name)
				}
			}
			return nil
		})
		p.do(t, chromedp.Evaluate[chromedp.Void](`void (dispatchEvent(new Event('online')), document.dispatchEvent(new Event('visibilitychange')))`))
		if focused, err := run(p, chromedp.Evaluate[string](`document.activeElement.textContent`)); err != nil || focused != "Come in again" {
			t.Errorf("the focus is on %q, %v", focused, err)
		}
		if end.state != "" {
			p.looksWell(t, end.state)
		}
		if after := p.dials(); after != before {
			t.Errorf("who was to stay out has tried %d times to come back", after-before)
		}
		p.do(t, chromedp.KeyEvent(kb.Enter))
		john = p.awaitLive(t, node.Name, room, "1")
	}
}

// Where nobody shows a token one may come in again, too, or as somebody else.
func closedByBackend(t *testing.T, cluster *harness.Cluster, chrome *browser) {
	const room = "closed"
	node := cluster.Nodes[0]
	p, john := chrome.enter(t, node, room, "1")
	order(t, cluster.Nodes[2], roomToken, http.MethodDelete, "/api/sockets/"+john.Socket, "")
	p.awaitsRefusal(t, "Ended", "closed")
	p.do(t, chromedp.WaitVisible(testID("choose-3")))
	p.looksWell(t, "room-closed-open")
	p.do(t, chromedp.Click(chromedp.CSS(".reason button")))
	p.awaitPeople(t, alone(p.awaitLive(t, node.Name, room, "1")))
}

func tokenRevoked(t *testing.T, cluster *harness.Cluster, chrome *browser) {
	const room = "revoked"
	node, other := cluster.Nodes[0], cluster.Nodes[1]
	now := time.Now()
	token, err := tokens.Mint(tokens.Minted{User: "7", Issued: now.Add(-time.Hour), Expires: now.Add(time.Hour)}, []byte(tokenSecret))
	if err != nil {
		t.Fatal(err)
	}
	charlie := connect(t, other, url.Values{"room": {room}, "token": {mint(t, "8", time.Hour, nil)}})
	p := chrome.open(t, withToken(node, room, token))
	p.awaitName(t, "8", "Charlie")

	// A name is wanted that cannot be read, so that the page tries again and again.
	reads := func() int { return p.asks("/users?") }
	read := reads()
	p.do(t, block("/users*"))
	order(t, other, backendKey, http.MethodPut, "/users/8", `{"name": "Charlotte"}`)
	t.Cleanup(func() { order(t, other, backendKey, http.MethodPut, "/users/8", `{"name": "Charlie"}`) })
	harness.Eventually(t, harness.Patience, func() error {
		if reads() == read {
			return errors.New("the page does not read the new name")
		}
		return nil
	})
	order(t, other, backendKey, http.MethodPost, "/api/users/7/revoke", fmt.Sprintf(`{"before": %q}`, now.Add(-time.Minute).Format(time.RFC3339)))
	p.awaitsRefusal(t, "Refused", "Tokens of this user that were issued so early are refused")
	p.complaints.forget() // of the browser, about what was blocked
	p.do(t, block())
	read = reads()
	p.looksWell(t, "room-token-revoked")
	if again := reads() - read; again != 0 {
		t.Errorf("with a token that is refused the page has read users %d times", again)
	}

	dials := p.dials()
	p.do(t, chromedp.Click(chromedp.CSS(".reason button")))
	p.awaitsRefusal(t, "Refused", "Tokens of this user that were issued so early are refused")
	harness.Eventually(t, harness.Patience, func() error {
		if p.dials() == dials {
			return errors.New("the page has not tried again")
		}
		return nil
	})
	p.awaitsRefusal(t, "Refused", "Tokens of this user that were issued so early are refused")

	p.shows(t, mint(t, "7", time.Hour, nil))
	sonia := p.awaitLive(t, node.Name, room, "7")
	p.awaitPeople(t, alone(sonia), person{User: "8", Name: "Charlotte", Devices: map[string]string{charlie.Socket: other.Name}})
}

func tokenOfNobody(t *testing.T, cluster *harness.Cluster, chrome *browser) {
	const room, user = "gone", "gone@example.com"
	node, other := cluster.Nodes[0], cluster.Nodes[1]
	add := func() {
		order(t, other, backendKey, http.MethodPost, "/users", `{"id_user": "`+user+`", "name": "Gone Soon"}`)
	}
	add()
	p := chrome.open(t, withToken(node, room, mint(t, user, time.Hour, nil)))
	p.awaitPeople(t, alone(p.awaitLive(t, node.Name, room, user))) // so that no roll is refused
	order(t, other, backendKey, http.MethodDelete, "/users/"+user, "")
	p.awaitsRefusal(t, "Refused", "There is no user "+user+" any more.")
	p.looksWell(t, "room-token-gone")
	add()
	p.do(t, chromedp.Click(chromedp.CSS(".reason button")))
	p.awaitPeople(t, alone(p.awaitLive(t, node.Name, room, user)))
}

// awaitsRefusal waits until the page is out of its room, with a word in the pill, and says why.
func (p *page) awaitsRefusal(t *testing.T, state, says string) {
	t.Helper()
	p.awaits(t, func(seen view) error {
		if seen.State != state || !strings.Contains(seen.Refusal, says) {
			return fmt.Errorf("does not say %s and %q: %+v", state, says, seen)
		}
		return nil
	})
}

// dials returns how often the page has asked a node to let it in.
func (p *page) dials() int { return p.asks("/socket.io/") }

// asks returns how often the page has asked for an address with this in it.
func (p *page) asks(part string) int {
	addresses := p.complaints.asked()
	return len(slices.DeleteFunc(addresses, func(address string) bool { return !strings.Contains(address, part) }))
}
