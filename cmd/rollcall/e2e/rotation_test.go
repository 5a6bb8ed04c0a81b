//go:build unix

package e2e

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/rollcall/rollcall/cmd/rollcall/e2e/clients"
	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
	"github.com/rollcall/rollcall/cmd/rollcall/e2e/issuer"
)

// An issuer publishes a new key and uses it at once, and withdraws the old one. Nobody is
// refused for good whose token is good, and nobody is let in by a key that is withdrawn. It
// says that its keys may be kept for a year, which is a lie.
func TestAnIssuerReplacesItsKeys(t *testing.T) {
	t.Parallel()
	p := startProven(t, 2, "RS256")
	const room = "rotation"
	first, second, third := p.issuer.Key(), issuer.NewKey(t, "second", "ES256"), issuer.NewKey(t, "third", "RS256")
	tokens := make(map[issuer.Key]string) // made before the keys were fetched last: what is younger may be of a new key
	for _, key := range []issuer.Key{first, second, third} {
		tokens[key] = key.Sign(t, issuer.Claims("1", time.Hour, jwt.MapClaims{"iat": time.Now().Add(-time.Minute).Unix()}))
	}
	come := func(key issuer.Key) []*attendee {
		t.Helper()
		p.issuer.SignWith(key)
		here := p.all(t, room, func(i int, k kind, url string) *clients.Client {
			if !k.comesBack() { // and so would stay away while the key is not known
				k = kind{clients.V31, "polling"}
			}
			return p.fetches(k, url, room, p.issuer.Desk(one(i), time.Hour))
		}, one)
		for _, a := range here {
			if refused := a.Kinds(clients.Refused); len(refused) > 0 {
				t.Errorf("%v has a good token, and was refused: %v", a, refused)
			}
			a.id = a.AwaitKind(t, harness.Patience, clients.Connected).ID
		}
		return here
	}
	takes := func(key issuer.Key, status int) {
		t.Helper()
		for _, node := range p.Nodes {
			p.asks(t, node, status, http.MethodGet, "/rotation/users", "", as(tokens[key]))
		}
	}
	old := come(first)
	p.issuer.Publish(first, second)
	old = append(old, come(second)...)
	takes(first, http.StatusOK)
	takes(second, http.StatusOK)

	p.issuer.Publish(second, third)
	old = append(old, come(third)...)
	takes(first, http.StatusUnauthorized)
	takes(second, http.StatusOK)
	takes(third, http.StatusOK)
	for _, a := range old { // a key that is withdrawn ends nobody's connection
		if closed := a.Events("closing"); len(closed) > 0 {
			t.Errorf("%v was told %v", a, closed)
		}
	}
	if got := old[0].renews(t, tokens[first]); got.Code != "bad_token" {
		t.Errorf("renewed by a key that is withdrawn: %+v", got)
	}
	eventuallyThere(t, p.Nodes, room, old)
	if !longTokens() {
		return
	}
	p.issuer.Publish(third) // and no token of a new key comes that would have this noticed
	const within = 75 * time.Second
	for _, node := range p.Nodes {
		harness.Eventually(t, within, func() error {
			answer, err := node.Do(http.MethodGet, "/rotation/users", "", as(tokens[second]))
			if err == nil && answer.Status != http.StatusUnauthorized {
				err = fmt.Errorf("%s still takes the key: %d", node.Name, answer.Status)
			}
			return err
		})
	}
}

// eventuallyThere waits for complete rolls that have what each of these took for its socket
// last. There may be others: a client that is told to come again, over and over, may leave a
// connection of its own behind when it makes the next.
func eventuallyThere(t testing.TB, nodes []*harness.Node, room string, here []*attendee) {
	t.Helper()
	harness.Eventually(t, harness.Patience, func() error {
		for _, n := range nodes {
			roll, err := n.Roll(room)
			if err != nil {
				return err
			}
			for _, a := range here {
				joined := a.Kinds(clients.Connected)
				if id := joined[len(joined)-1].ID; roll.Users[id] != a.user || !roll.Complete {
					return fmt.Errorf("%s has no socket %s of %v; complete: %v", n.Name, id, a, roll.Complete)
				}
			}
		}
		return nil
	})
}

// A node that starts while its issuer is away takes nobody, and says so: others that have
// the keys serve. Once it has them it serves on while the issuer is away, or slow.
func TestAnIssuerIsAway(t *testing.T) {
	t.Parallel()
	i := issuer.Start(t, "ES256")
	first, second := i.Key(), issuer.NewKey(t, "second", "RS256")
	i.Away()
	node := harness.NewNode(t, "node-1", harness.LocalPlaces(t, 1)[0], i.Flags(patientRoll, backendKey)...)
	node.Bearer = backendSecret
	harness.MakeStore(t, "--data", node.Data)
	p := &proven{issuer: i, official: clients.Start(t)}
	node.Start()
	r := mustBecome(t, node, http.StatusServiceUnavailable, "takes no clients now", "the keys of tokens could not be fetched")
	if r.Checks["tokens"] == "ok" || r.Checks["member"] != "ok" || r.Checks["store"] != "ok" {
		t.Errorf("/readyz: %+v", r)
	}
	p.asks(t, node, http.StatusOK, http.MethodGet, "/healthz", "")
	p.asks(t, node, http.StatusServiceUnavailable, http.MethodGet, "/users/1", "", as(i.Token("1", time.Hour, nil)))
	p.asks(t, node, http.StatusOK, http.MethodGet, "/users/1", "") // a backend has a key of its own
	waits := func(key issuer.Key, room string) (all []*clients.Client) {
		i.SignWith(key)
		for n, k := range []kind{{clients.V21, "websocket"}, {clients.V31, "polling"}, {clients.V48, "websocket"}, {clients.V48, "polling"}} {
			all = append(all, p.shows(k, node.URL(""), room, i.Token(one(n), time.Hour, nil)))
		}
		return all
	}
	greeted := func(all []*clients.Client) {
		t.Helper()
		for _, client := range all {
			client.AwaitEvent(t, harness.Patience, "handshake")
		}
	}
	cold := waits(first, "cold")
	for _, client := range cold {
		awaitsTurn(t, client)
	}
	i.Publish(first)
	greeted(cold)
	mustBecome(t, node, http.StatusOK)

	i.Away()
	greeted(waits(first, "stale keys"))
	late := waits(second, "a key that nobody can tell of")
	for _, client := range late {
		awaitsTurn(t, client)
	}
	mustBecome(t, node, http.StatusOK)
	i.Publish(first, second)
	i.Slow(time.Second)
	greeted(late)
	for _, client := range append(cold, late...) {
		if refused := client.Kinds(clients.Refused); len(refused) > 0 {
			t.Errorf("%v was refused: %v", client, refused)
		}
	}
}

// The clock of an issuer may be off by the leeway, and no more.
func TestClocksOfIssuersMayBeOff(t *testing.T) {
	t.Parallel()
	const leeway = 30 * time.Second
	p := startProven(t, 1, "ES256", "--jwt-leeway", leeway.String())
	node, k := p.Nodes[0], kind{clients.V48, "websocket"}
	ahead := func(d time.Duration) int64 { return time.Now().Add(d).Unix() }
	for _, test := range []struct {
		name string
		said jwt.MapClaims
		code string // "" for one that is good
	}{
		{"slow, within", jwt.MapClaims{"exp": ahead(-leeway / 2)}, ""},
		{"slow, beyond", jwt.MapClaims{"exp": ahead(-leeway - time.Second)}, "token_expired"},
		{"fast, within", jwt.MapClaims{"nbf": ahead(leeway / 2), "iat": ahead(leeway / 2)}, ""},
		{"fast, beyond", jwt.MapClaims{"nbf": ahead(2 * leeway), "iat": ahead(2 * leeway)}, "bad_token"},
	} {
		token := p.issuer.Token("1", time.Hour, test.said)
		client := p.shows(k, node.URL(""), test.name, token)
		if test.code == "" {
			client.AwaitEvent(t, harness.Patience, "handshake")
			p.asks(t, node, http.StatusOK, http.MethodGet, "/users/1", "", as(token))
		} else {
			isRefused(t, k, client, test.code, "")
			p.asks(t, node, http.StatusUnauthorized, http.MethodGet, "/users/1", "", as(token))
		}
		if test.name != "slow, within" {
			client.Close()
			continue
		}
		client.AwaitEvent(t, harness.Patience, "token-expiring") // at once; and when the leeway is over it is closed
		isClosing(t, client, "token_expired")
		if held := time.Since(time.Unix(test.said["exp"].(int64), 0)); held < leeway {
			t.Errorf("closed %v after it expired", held)
		}
	}
}
