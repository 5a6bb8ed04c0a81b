//go:build unix

package e2e

import (
	"strconv"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/rollcall/rollcall/cmd/rollcall/e2e/clients"
	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
	"github.com/rollcall/rollcall/cmd/rollcall/e2e/issuer"
)

// Clients of all generations, and Python's, by websocket and by polling, on nodes that ask
// for tokens.
func TestWhoIsProven(t *testing.T) {
	t.Parallel()
	p := startProven(t, 3, "ES256")
	for name, scene := range map[string]func(t *testing.T, p *proven){
		"a token says who a client is":             tokenSaysWho,
		"a bad token is refused":                   badTokensAreRefused,
		"a token is renewed in place":              tokensAreRenewed,
		"a minute's notice":                        noticeOfAMinute,
		"who has a fresh token comes back":         expiryWithAFreshToken,
		"who has none is refused":                  expiryWithoutAFreshToken,
		"a user is removed":                        userIsRemoved,
		"who is closed for good stays away":        closedForGood,
		"tokens are revoked":                       tokensAreRevoked,
		"a user renames himself":                   userRenamesHimself,
		"rights hold for every event":              rightsHoldForEvents,
		"others are removed by who has the right":  rightToRemoveOthers,
		"no token of a user is one of an operator": userIsNoOperator,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			scene(t, p)
		})
	}
}

// one returns the users 1 to 8, as many as there are kinds of clients.
func one(i int) string { return strconv.Itoa(i + 1) }

func tokenSaysWho(t *testing.T, p *proven) {
	const room = "who"
	here := p.all(t, room, func(i int, k kind, url string) *clients.Client {
		return p.shows(k, url, room, p.issuer.Token(one(i), time.Hour, nil))
	}, one)
	mustBeExact(t, p.Nodes, room, seats(here...))
	for _, a := range here {
		a.Disconnect()
	}
	eventuallyExact(t, p.Nodes, room, nil)
}

func badTokensAreRefused(t *testing.T, p *proven) {
	const room = "bad"
	good := issuer.Claims("1", time.Hour, nil)
	hourAgo := time.Now().Add(-time.Hour).Unix()
	type refusal struct {
		kind
		*clients.Client
		code, says string
	}
	var refusals []refusal
	for _, test := range []struct{ token, code, says string }{
		{"", "token_required", "asks for a token"},
		{"nothing like a token", "bad_token", "no JSON Web Token"},
		{issuer.NewKey(t, "first", "ES256").Sign(t, good), "bad_token", "signed by no key"},
		{issuer.Unsigned(t, good), "bad_token", "does not sign by"},
		{p.issuer.Key().Confused(t, good), "bad_token", "does not sign by"},
		{p.issuer.Token("1", -time.Hour, nil), "token_expired", "has expired"},
		{p.issuer.Token("1", time.Hour, jwt.MapClaims{"aud": "others"}), "bad_token", "somebody else"},
		{p.issuer.Token("1", time.Hour, jwt.MapClaims{"iss": "others"}), "bad_token", "issuer"},
		{issuer.NewKey(t, "nobody's", "ES256").Sign(t, issuer.Claims("1", time.Hour, jwt.MapClaims{"iat": hourAgo})), "bad_token", "signed by no key"},
		{p.issuer.Token("nobody", time.Hour, nil), "unknown_user", `no user "nobody"`},
		{p.issuer.Token("1", time.Hour, jwt.MapClaims{"rooms": map[string]string{room: "wld"}}), "no_right", "does not let you be in the room"},
	} {
		for i, k := range kinds() {
			client := p.shows(k, p.Nodes[i%len(p.Nodes)].URL(""), room, test.token)
			refusals = append(refusals, refusal{k, client, test.code, test.says})
		}
	}
	for _, r := range refusals {
		isRefused(t, r.kind, r.Client, r.code, r.says)
		r.Close()
	}
	mustBeExact(t, p.Nodes, room, seats())
}

// shortly is how long tokens last that are to expire while a test looks: as long as clients
// may take to connect on a busy machine.
const shortly = 8 * time.Second

func tokensAreRenewed(t *testing.T, p *proven) {
	const room = "renewed"
	begun := time.Now()
	here := p.all(t, room, func(i int, k kind, url string) *clients.Client {
		return p.shows(k, url, room, p.issuer.Token(one(i), shortly, nil))
	}, one)
	for i, a := range here {
		a.AwaitEvent(t, harness.Patience, "token-expiring")
		for token, code := range map[string]string{
			p.issuer.Token(liar, time.Hour, nil):                                              "other_user",
			p.issuer.Token(a.user, -time.Hour, nil):                                           "token_expired",
			issuer.NewKey(t, "first", "ES256").Sign(t, issuer.Claims(a.user, time.Hour, nil)): "bad_token",
		} {
			if got := a.renews(t, token); got.OK || got.Code != code {
				t.Errorf("%v: renewed with %+v, want the code %s", a, got, code)
			}
		}
		a.joins(t, "beside it")
		said := issuer.Claims(a.user, time.Hour, jwt.MapClaims{"rooms": map[string]string{room: "jwl"}})
		got := a.renews(t, p.issuer.Key().Sign(t, said))
		if !got.OK || got.Expires.Unix() != said["exp"] || len(got.Left) != 1 || got.Left[0] != "beside it" {
			t.Errorf("%v, the %d. of %d: renewed with %+v", a, i, len(here), got)
		}
	}
	pass(t, begun, shortly+2*time.Second)
	for _, a := range here {
		a.staysAsItWas(t)
		if n := len(a.Events("token-expiring")); n != 1 {
			t.Errorf("%v was told %d times that its token expires", a, n)
		}
	}
	mustBeExact(t, p.Nodes, room, seats(here...))
	mustBeExact(t, p.Nodes, "beside it", seats())
}

func noticeOfAMinute(t *testing.T, p *proven) {
	const room, notice = "notice", time.Minute
	said := issuer.Claims("1", notice+5*time.Second, nil)
	expires := time.Unix(said["exp"].(int64), 0)
	k := kind{clients.V48, "websocket"}
	a := seated(t, p.shows(k, p.Nodes[0].URL(""), room, p.issuer.Key().Sign(t, said)), p.Nodes[0], p.Nodes[0], room, "1")
	event := a.AwaitEvent(t, harness.Patience, "token-expiring")
	var told struct{ Expires time.Time }
	if !event.Arg(0, &told) || !told.Expires.Equal(expires) {
		t.Errorf("told %v, want %v", event, expires)
	}
	if left := expires.Sub(event.At); left > notice || left < notice-hopeless {
		t.Errorf("told %v before", left)
	}
	a.staysAsItWas(t)
}

func expiryWithAFreshToken(t *testing.T, p *proven) {
	const room = "fresh"
	desks := make([]string, len(kinds()))
	connect := func(i int, k kind, url string) *clients.Client {
		if desks[i] == "" {
			desks[i] = p.issuer.Desk(one(i), shortly, time.Hour)
		}
		return p.fetches(k, url, room, desks[i])
	}
	here := p.all(t, room, connect, one)
	for i, k := range kinds() {
		a := here[i]
		a.AwaitEvent(t, harness.Patience, "token-expiring")
		isClosing(t, a.Client, "token_expired")
		a.returns(t, k, func() *clients.Client { return connect(i, k, a.URL) })
	}
	eventuallyExact(t, p.Nodes, room, here)
}

func expiryWithoutAFreshToken(t *testing.T, p *proven) {
	const room = "stale"
	tokens := make([]string, len(kinds()))
	for i := range tokens {
		tokens[i] = p.issuer.Token(one(i), shortly, nil)
	}
	connect := func(i int, k kind, url string) *clients.Client { return p.shows(k, url, room, tokens[i]) }
	here := p.all(t, room, connect, one)
	for i, k := range kinds() {
		isClosing(t, here[i].Client, "token_expired")
		if !k.comesBack() {
			here[i].Client = connect(i, k, here[i].URL)
		}
		isRefused(t, k, here[i].Client, "token_expired", "has expired")
		here[i].Close()
	}
	eventuallyExact(t, p.Nodes, room, nil)
}
