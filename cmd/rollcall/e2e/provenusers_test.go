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
)

// asks makes a request, which must be answered with a status.
func (p *proven) asks(t *testing.T, node *harness.Node, status int, method, path, body string, headers ...string) harness.Answer {
	t.Helper()
	answer, err := node.Do(method, path, body, headers...)
	if err != nil {
		t.Fatal(err)
	}
	if answer.Status != status {
		t.Errorf("%s %s at %s: %d %s, want %d", method, path, node.Name, answer.Status, answer.Body, status)
	}
	return answer
}

// as is the header that shows a token.
func as(token string) string { return "Authorization: Bearer " + token }

// refusesAtAll checks that no node takes a token for a request.
func (p *proven) refusesAtAll(t *testing.T, token, code string) {
	t.Helper()
	for _, node := range p.Nodes {
		answer := p.asks(t, node, http.StatusUnauthorized, "GET", "/users/1", "", as(token))
		var why struct{ Code string }
		parse(t, answer.Body, &why)
		if why.Code != code {
			t.Errorf("%s refuses by %s, want the code %s", node.Name, answer.Body, code)
		}
	}
}

func userIsRemoved(t *testing.T, p *proven) {
	const room, user = "removed", "goes and comes"
	add := func() {
		p.asks(t, p.Nodes[0], http.StatusCreated, "POST", "/users", `{"id_user":"goes and comes","name":"X"}`)
	}
	add()
	witness := seated(t, p.shows(kind{clients.V48, "websocket"}, p.Nodes[0].URL(""), room, p.issuer.Token("1", time.Hour, nil)), p.Nodes[0], p.Nodes[0], room, "1")
	token := p.issuer.Token(user, time.Hour, nil)
	connect := func(_ int, k kind, url string) *clients.Client { return p.shows(k, url, room, token) }
	here := p.all(t, room, connect, func(int) string { return user })
	mustBeExact(t, p.Nodes, room, seats(append(here, witness)...))
	p.asks(t, p.Nodes[1], http.StatusNoContent, "DELETE", "/users/goes%20and%20comes", "")
	for i, k := range kinds() {
		isClosing(t, here[i].Client, "unknown_user")
		if !k.comesBack() {
			here[i].Client = connect(i, k, here[i].URL)
		}
		isRefused(t, k, here[i].Client, "unknown_user", "There is no user")
		hears(t, []*attendee{witness}, "socket-disconnected", here[i].id, user)
		here[i].Close()
	}
	mustBeExact(t, p.Nodes, room, seats(witness))
	p.refusesAtAll(t, token, "bad_token")
	add()
	back := seated(t, p.shows(kind{clients.V31, "polling"}, p.Nodes[2].URL(""), room, token), p.Nodes[2], p.Nodes[2], room, user)
	mustBeExact(t, p.Nodes, room, seats(witness, back))
}

// closedForGood has a backend close the sockets of a user: their clients know that they are
// not to come back, however they are told.
func closedForGood(t *testing.T, p *proven) {
	const room, user = "closed", "9"
	here := p.all(t, room, func(_ int, k kind, url string) *clients.Client {
		return p.fetches(k, url, room, p.issuer.Desk(user, time.Hour))
	}, func(int) string { return user })
	if got := orders(t, p.Nodes[1], "DELETE", "/api/users/9/sockets", ""); got.Closed != len(here) || !got.Complete {
		t.Errorf("closed: %+v", got)
	}
	closed := time.Now()
	for i, k := range kinds() {
		isClosing(t, here[i].Client, "closed")
		if why := here[i].Kinds(clients.Disconnected)[0].Message; k.version != clients.Python && why != "io server disconnect" {
			t.Errorf("%v is disconnected for %q", here[i], why)
		}
	}
	pass(t, closed, 2*time.Second) // more than they wait before they come back
	for _, a := range here {
		if n := len(a.Kinds(clients.Connected)); n != 1 {
			t.Errorf("%v came back: %v", a, a.Reports())
		}
	}
	mustBeExact(t, p.Nodes, room, seats())
}

func tokensAreRevoked(t *testing.T, p *proven) {
	const room, user = "revoked", "suspect"
	isUser := func(int) string { return user }
	p.asks(t, p.Nodes[0], http.StatusCreated, "POST", "/users", `{"id_user":"suspect","name":"X"}`)
	old := p.issuer.Token(user, time.Hour, jwt.MapClaims{"iat": time.Now().Add(-time.Minute).Unix()})
	ageless := p.issuer.Token(user, time.Hour, jwt.MapClaims{"iat": nil})
	withOld := func(i int, k kind, url string) *clients.Client {
		return p.shows(k, url, room, []string{old, ageless}[i%2])
	}
	withFresh := func(_ int, k kind, url string) *clients.Client {
		return p.fetches(k, url, room, p.issuer.Desk(user, time.Hour))
	}
	stale, fresh := p.all(t, room, withOld, isUser), p.all(t, room, withFresh, isUser)
	mustBeExact(t, p.Nodes, room, seats(append(stale, fresh...)...))
	p.asks(t, p.Nodes[2], http.StatusNoContent, "POST", "/api/users/suspect/revoke", "")
	for i, k := range kinds() {
		isClosing(t, stale[i].Client, "token_revoked")
		if !k.comesBack() {
			stale[i].Client = withOld(i, k, stale[i].URL)
		}
		isRefused(t, k, stale[i].Client, "token_revoked", "get a new one")
		stale[i].Close()
	}
	for i, k := range kinds() { // also within the same second
		a := fresh[i]
		isClosing(t, a.Client, "token_revoked")
		a.returns(t, k, func() *clients.Client { return withFresh(i, k, a.URL) })
		if refused := a.Kinds(clients.Refused); len(refused) > 0 {
			t.Errorf("%v has a fresh token, and was refused: %v", a, refused)
		}
	}
	eventuallyExact(t, p.Nodes, room, fresh)
	p.refusesAtAll(t, old, "token_revoked")
	p.refusesAtAll(t, ageless, "token_revoked")
	for _, a := range fresh {
		if got := a.renews(t, old); got.Code != "token_revoked" {
			t.Errorf("%v goes back to the old token: %+v", a, got)
		}
		if got := a.Events("identity-change"); len(got) > 0 {
			t.Errorf("%v was told %v", a, got)
		}
	}
	// The moment never moves back.
	p.asks(t, p.Nodes[0], http.StatusNoContent, "POST", "/api/users/suspect/revoke", `{"before":"2020-01-01T00:00:00Z"}`)
	p.refusesAtAll(t, old, "token_revoked")
	mustBeExact(t, p.Nodes, room, seats(fresh...))
}

func userRenamesHimself(t *testing.T, p *proven) {
	const room, user = "renamed", "renames himself"
	p.asks(t, p.Nodes[0], http.StatusCreated, "POST", "/users", `{"id_user":"renames himself","name":"X"}`)
	token, other := p.issuer.Token(user, time.Hour, nil), p.issuer.Token("2", time.Hour, nil)
	here := p.all(t, room, func(_ int, k kind, url string) *clients.Client { return p.shows(k, url, room, token) }, func(int) string { return user })
	for i, node := range p.Nodes {
		p.asks(t, node, http.StatusForbidden, "PUT", "/users/renames%20himself", `{"name":"Y"}`, as(other))
		p.asks(t, node, http.StatusNoContent, "PUT", "/users/renames%20himself", fmt.Sprintf(`{"name":"X %d"}`, i), as(token))
		hearIdentity(t, here, user, int64(i+2))
		answer := p.asks(t, node, http.StatusOK, "GET", "/users/renames%20himself", "", as(other))
		var got struct{ Name string }
		if parse(t, answer.Body, &got); got.Name != fmt.Sprint("X ", i) {
			t.Errorf("%s answers %s", node.Name, answer.Body)
		}
	}
	mustBeExact(t, p.Nodes, room, seats(here...))
}

// With any user, a token is enough. What it says of its user is stored once, whoever shows
// it first, announced, and read with the roll.
func TestTokensSayWhatTheirUsersAreCalled(t *testing.T) {
	t.Parallel()
	p := startProven(t, 3, "RS256", "--users", "any")
	const room, user = "any", "auth0|5f7c"
	says := func(user, name string, age time.Duration) string {
		return p.issuer.Token(user, time.Hour, jwt.MapClaims{
			"name": name, "profile": map[string]string{"avatar": name + ".png"}, "iat": time.Now().Add(-age).Unix(),
		})
	}
	k := kind{clients.V48, "websocket"}
	witness := seated(t, p.shows(k, p.Nodes[0].URL(""), room, p.issuer.Token("nobody knows", time.Hour, nil)), p.Nodes[0], p.Nodes[0], room, "nobody knows")
	first := says(user, "Ann", 30*time.Second)
	here := p.all(t, room, func(_ int, k kind, url string) *clients.Client { return p.shows(k, url, room, first) }, func(int) string { return user })
	version := func(want int64, name string) {
		t.Helper()
		if want > 1 { // the first was there before the user was in the room
			harness.Eventually(t, harness.Patience, func() error { return hasVersions(witness, map[string]int64{user: want}) })
		}
		for _, node := range p.Nodes {
			var roll struct {
				Sockets []struct {
					ID string `json:"id_user"`
				}
				Users map[string]struct {
					Name    string
					Profile struct{ Avatar string }
					Version int64
				}
			}
			parse(t, mustGet(t, node, "/"+room+"/users?expand=user"), &roll)
			got := roll.Users[user]
			if len(roll.Sockets) != 1+len(here) || len(roll.Users) != 1 || got.Name != name || got.Profile.Avatar != name+".png" || got.Version != want {
				t.Errorf("%s: %+v, want version %d, %s", node.Name, roll, want, name)
			}
		}
	}
	version(1, "Ann")
	again := seated(t, p.shows(k, p.Nodes[1].URL(""), room, says(user, "Ann Smith", 0)), p.Nodes[1], p.Nodes[1], room, user)
	here = append(here, again)
	version(2, "Ann Smith")
	// A token of before says nothing new, and neither does who has been told already.
	late := seated(t, p.shows(k, p.Nodes[2].URL(""), room, first), p.Nodes[2], p.Nodes[2], room, user)
	here = append(here, late)
	version(2, "Ann Smith")
	p.asks(t, p.Nodes[1], http.StatusNoContent, "PUT", "/users/auth0%7C5f7c", `{"profile":{"avatar":"Ann.png"},"name":"Ann"}`, as(first))
	version(3, "Ann")
	hearIdentity(t, here[:len(kinds())], user, 3)
	if told := witness.Events("identity-change"); len(told) > 3 {
		t.Errorf("three versions were told by %v", told)
	}
	// Who has no row may be shut out, too.
	p.asks(t, p.Nodes[1], http.StatusNoContent, "POST", "/api/users/nobody%20knows/revoke", "")
	isClosing(t, witness.Client, "token_revoked")
	eventuallyExact(t, p.Nodes, room, here)
}
