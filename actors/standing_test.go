package actors

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/rollcall/rollcall/actors/access"
	"github.com/rollcall/rollcall/actors/actorstest"
	"github.com/rollcall/rollcall/actors/session"
	"github.com/rollcall/rollcall/protos/problem"
)

// issued has a token be issued then, and say more of its user.
func (v *vouchers) issued(token string, at time.Time, name, profile string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	grant := v.grants[token]
	grant.Issued = at
	if name != "" {
		grant.Name = &name
	}
	if profile != "" {
		grant.Profile = json.RawMessage(profile)
	}
	v.grants[token] = grant
}

// Tokens that were issued before a moment are refused, wherever they are shown, and the
// sockets that they let in are closed.
func TestTokensAreRevoked(t *testing.T) {
	f := newFixture(t)
	nodes, v := f.asking(2)
	then := time.Now().Add(-time.Hour).Truncate(time.Second)
	v.vouch("old", "1", "")
	v.issued("old", then, "", "")
	v.vouch("new", "1", "")
	v.issued("new", then.Add(time.Minute), "", "")
	v.vouch("other", "2", "")
	old := nodes[0].showed("Maths", "old", "1")
	late := nodes[1].showed("Maths", "old", "1")
	if got := late.asks("token", `"new"`); !strings.HasPrefix(got, `{"ok":true`) {
		t.Fatal(got)
	}
	other := nodes[0].showed("Maths", "other", "2")

	actorstest.Must(t, nodes[1].Revoke(t.Context(), "1", then.Add(time.Second)))
	if reason := old.ends(); reason != session.TokenRevoked {
		t.Errorf("closed for %q", reason)
	}
	if got := old.got(`42["closing",{"code":"token_revoked"`); len(got) != 1 {
		t.Errorf("it is told %q", old.got(`42["closing"`))
	}
	for _, n := range nodes {
		c := n.shows("Maths", "old")
		if got := c.hears("44"); !strings.Contains(got, `"code":"token_revoked"`) {
			t.Errorf("%s refuses the old token by %s", n.name, got)
		}
		if _, err := n.Verify(t.Context(), "old"); problem.NameOf(err) != problem.TokenRevoked {
			t.Errorf("%s takes the old token: %v", n.name, err)
		}
		if _, err := n.Verify(t.Context(), "new"); err != nil {
			t.Errorf("%s refuses the new token: %v", n.name, err)
		}
		c.leaves()
	}
	if got := late.asks("token", `"old"`); !strings.Contains(got, `"code":"token_revoked"`) {
		t.Errorf("it may go back to the old one: %s", got)
	}
	exactEverywhere(t, nodes, "Maths", late, other)
	if got := other.got(`42["identity-change"`); len(got) > 0 {
		t.Errorf("others are told of a change: %q", got)
	}
}

// Who comes back with a new token in the very second in which the old ones were revoked is
// not told that this is refused for good: official clients would stay away.
func TestATokenOfTheSecondOfARevocationIsToComeAgain(t *testing.T) {
	f := newFixture(t)
	nodes, v := f.asking(1)
	ahead := time.Now().Truncate(time.Second).Add(time.Hour) // so that the second lasts
	v.vouch("old", "1", "")
	v.issued("old", ahead.Add(-2*time.Second), "", "")
	v.vouch("fresh", "1", "")
	v.issued("fresh", ahead.Add(-time.Second), "", "")
	actorstest.Must(t, nodes[0].Revoke(t.Context(), "1", ahead))
	c := nodes[0].shows("Maths", "fresh")
	if reason := c.ends(); reason != session.TryAgain || len(c.got("44")) > 0 {
		t.Errorf("the fresh token: closed for %q, with %q", reason, c.got("44"))
	}
	old := nodes[0].shows("Maths", "old")
	if got := old.hears("44"); !strings.Contains(got, `"code":"token_revoked"`) {
		t.Errorf("the old token is refused by %s", got)
	}
	old.leaves()
	for _, test := range []struct {
		issued, now time.Duration // from the moment of the revocation
		want        bool
	}{
		{-time.Second, -time.Millisecond, true}, {-time.Second, time.Second, true}, {-time.Second, 5 * time.Second, false}, {-2 * time.Second, -time.Millisecond, false},
	} {
		if got := tooEarly(ahead.Add(test.issued), ahead, ahead.Add(test.now)); got != test.want {
			t.Errorf("%v: %v", test, got)
		}
	}
}

func TestKnownUsersNeedARow(t *testing.T) {
	f := newFixture(t)
	nodes, v := f.asking(1)
	v.vouch("new", "somebody new", "")
	v.issued("new", time.Time{}, "Somebody", "")
	_, err := nodes[0].Verify(t.Context(), "new")
	if problem.CodeOf(err) != problem.Unauthorized || problem.NameOf(err) != problem.BadToken || !strings.HasPrefix(problem.MessageOf(err), "There is no user") {
		t.Errorf("%v", err)
	}
	c := nodes[0].shows("Maths", "new")
	if got := c.hears("44"); !strings.Contains(got, `"code":"unknown_user"`) {
		t.Errorf("refused by %s", got)
	}
	if users, err := f.users.Users(t.Context(), []string{"somebody new"}); err != nil || len(users) > 0 {
		t.Errorf("there is %v, %v", users, err)
	}
	c.leaves()
}

// With any user, a token is enough; what it says of its user is stored and told.
func TestAnyUserNeedsNoRow(t *testing.T) {
	f := newFixture(t)
	v := &vouchers{grants: make(map[string]access.Grant)}
	nodes := f.nodes(2, f.ownStore, func(c *Config) { c.Access, c.AnyUser = v, true })
	v.vouch("rowless", "somebody new", "")
	v.vouch("seen", "1", "")
	seen := nodes[1].showed("Maths", "seen", "1")
	c := nodes[0].showed("Maths", "rowless", "somebody new")
	seen.hears(connected(c))
	if users, err := f.users.Users(t.Context(), []string{"somebody new"}); err != nil || len(users) > 0 {
		t.Errorf("a token that says nothing makes a row: %v, %v", users, err)
	}
	if got := c.asks("identity-change", `{"mood":"good"}`); got != `{"ok":true}` {
		t.Errorf("identity-change is answered by %s", got)
	}
	seen.hears(`42["identity-change",{"id_user":"somebody new","version":0,"mood":"good"}`)
	exactEverywhere(t, nodes, "Maths", c, seen)

	v.vouch("named", "somebody new", "")
	v.issued("named", time.Now(), "Somebody", `{"avatar":"a.png"}`)
	again := nodes[0].showed("Maths", "named", "somebody new")
	seen.hears(`42["identity-change",{"id_user":"somebody new","version":1}`)
	user, err := f.users.User(t.Context(), "somebody new")
	if err != nil || user.Name != "Somebody" || string(user.Profile) != `{"avatar":"a.png"}` {
		t.Errorf("stored %+v, %v", user, err)
	}
	v.vouch("bad", "somebody else", "")
	v.issued("bad", time.Now(), "a\tb", "")
	if got := nodes[0].shows("Maths", "bad").hears("44"); !strings.Contains(got, `"code":"bad_name"`) {
		t.Errorf("a name that nobody can have is refused by %s", got)
	}
	exactEverywhere(t, nodes, "Maths", c, seen, again)
}
