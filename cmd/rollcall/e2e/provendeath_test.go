//go:build unix

package e2e

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/rollcall/rollcall/cmd/rollcall/e2e/clients"
	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
)

// longTokens reports whether what takes long is played, too.
func longTokens() bool { return os.Getenv("ROLLCALL_TOKENS") == "all" }

// A node dies with what its clients have said to renew their tokens: they are back on other
// nodes, with fresh tokens, and those of the others are renewed in place.
func TestATokenIsRenewedAcrossANodesDeath(t *testing.T) {
	t.Parallel()
	p := startProven(t, 3, "ES256")
	const room, soon = "death", 50 * time.Second // less than a minute is left, and enough for the test
	proxy := harness.Spray(t, p.Nodes...)
	var here []*attendee
	var desks []string
	for i, k := range kinds() {
		if !k.comesBack() { // and may take longer to notice than the test has
			continue
		}
		desks = append(desks, p.issuer.Desk(one(i), soon, time.Hour))
		client := p.fetches(k, proxy, room, desks[len(desks)-1])
		var greeting handshake
		client.AwaitEvent(t, harness.Patience, "handshake").Arg(0, &greeting)
		at := slices.IndexFunc(p.Nodes, func(n *harness.Node) bool { return n.Name == greeting.ProcID })
		here = append(here, seated(t, client, p.Nodes[at], p.Nodes[0], room, one(i)))
	}
	victim := here[0].node
	hit, _ := at(victim, here)
	for _, a := range here {
		a.AwaitEvent(t, harness.Patience, "token-expiring")
	}
	victim.Freeze()
	for _, a := range hit { // which it has not read when it dies
		a.Emit("token", p.issuer.Token(a.user, time.Hour, nil))
	}
	victim.Kill()
	for _, a := range hit {
		a.AwaitKind(t, harness.Patience, clients.Disconnected)
	}
	// Also who polls another node may have been asking the one that died.
	harness.Eventually(t, harness.Patience, func() error {
		for _, a := range here {
			connects, left := a.Kinds(clients.Connected), a.Kinds(clients.Disconnected)
			if len(connects) <= len(left) || len(a.Events("handshake")) < len(connects) {
				return fmt.Errorf("%v is not back: %v", a, a.Reports())
			}
			a.id = connects[len(connects)-1].ID
		}
		return exact(p.Others(victim), room, seats(here...))
	})
	for _, a := range here {
		if got := a.renews(t, p.issuer.Token(a.user, time.Hour, nil)); !got.OK || time.Until(got.Expires) < soon {
			t.Errorf("%v renews: %+v", a, got)
		}
		if n := len(a.Events("token-expiring")); n != 1 {
			t.Errorf("%v was told %d times that its token expires", a, n)
		}
		if refused := a.Kinds(clients.Refused); len(refused) > 0 {
			t.Errorf("%v was refused: %v", a, refused)
		}
	}
	mustBeExact(t, p.Others(victim), room, seats(here...))
}

// Whatever keeps nodes from hearing of it, tokens that are revoked, and users who are
// removed, are shut out by all of them in the end.
func TestNoNodeMissesWhoIsShutOut(t *testing.T) {
	t.Parallel()
	p := startProven(t, 3, "ES256")
	held := time.Duration(0) // how long the node stays frozen
	if longTokens() {
		held = evictionLimit + 10*time.Second
	}
	p.Redis.Stop()
	for i, scene := range []struct {
		name, method, path, code string
		freeze, redis            bool
	}{
		{"revoked without Redis", "POST", "/api/users/%s/revoke", "token_revoked", false, false},
		{"revoked while a node is frozen", "POST", "/api/users/%s/revoke", "token_revoked", true, false},
		{"removed while a node is frozen", "DELETE", "/users/%s", "unknown_user", true, false},
		{"revoked while a node is frozen, with Redis", "POST", "/api/users/%s/revoke", "token_revoked", true, true},
	} {
		if scene.redis {
			p.Redis.Start()
		}
		user, victim := strconv.Itoa(i+1), p.Nodes[2]
		token := p.issuer.Token(user, time.Hour, jwt.MapClaims{"iat": time.Now().Add(-time.Minute).Unix()})
		k := []kind{{clients.V48, "websocket"}, {clients.V21, "websocket"}, {clients.V48, "polling"}}
		var here []*attendee
		for _, node := range p.Nodes {
			for _, k := range k {
				here = append(here, seated(t, p.shows(k, node.URL(""), scene.name, token), node, node, scene.name, user))
			}
		}
		stiff, awake := at(victim, here)
		if !scene.freeze {
			stiff, awake = nil, here
		} else {
			victim.Freeze()
		}
		p.asks(t, p.Nodes[0], 204, scene.method, fmt.Sprintf(scene.path, user), "")
		for _, a := range awake {
			isClosing(t, a.Client, scene.code)
		}
		if scene.freeze {
			for _, a := range stiff {
				if told := a.Events("closing"); len(told) > 0 {
					t.Errorf("%s: %v is frozen, and was told %v", scene.name, a, told)
				}
			}
			pass(t, time.Now(), held)
			victim.Thaw()
		}
		for i, a := range here {
			if held > 0 && a.node == victim && k[i%len(k)].transport == "polling" {
				a.AwaitKind(t, harness.Patience, clients.Disconnected) // its poll may have broken meanwhile
			} else {
				isClosing(t, a.Client, scene.code)
			}
			isRefused(t, k[i%len(k)], a.Client, scene.code, "")
			a.Close()
		}
		harness.AwaitMembers(t, p.Nodes...)
		eventuallyExact(t, p.Nodes, scene.name, nil)
	}
}
