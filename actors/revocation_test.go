//go:build unix

package actors

import (
	"context"
	"database/sql"
	"testing"
	"time"

	"github.com/uptrace/bun/driver/sqliteshim"
	"pgregory.net/rapid"

	"github.com/rollcall/rollcall/actors/actorstest"
	"github.com/rollcall/rollcall/actors/identity"
	"github.com/rollcall/rollcall/actors/identity/redistest"
	"github.com/rollcall/rollcall/actors/session"
	"github.com/rollcall/rollcall/protos/engineio"
	"github.com/rollcall/rollcall/protos/problem"
)

// connectsBy connects as a user, and has the socket be one that was let in by a token that
// was issued then.
func (n *testNode) connectsBy(room, user string, issued time.Time) *client {
	n.t.Helper()
	app := n.Attend(as(room, user)).(*attendee)
	c := n.dial(engineio.V4, app)
	c.user = user
	c.says("40")
	c.greeted()
	actorstest.Must(n.t, n.admissions.renewToken(&app.admission, issued))
	return c
}

// The ways in which a revocation reaches the nodes.
func TestRevocationClosesTheSocketsOfOldTokens(t *testing.T) {
	at := time.Unix(1_700_000_000, 0)
	tests := []struct {
		name   string
		redis  bool
		revoke func(t *testing.T, f *fixture, nodes []*testNode)
	}{
		{"from node to node", false, func(t *testing.T, _ *fixture, nodes []*testNode) {
			actorstest.Must(t, nodes[1].Revoke(t.Context(), "1", at))
		}},
		{"by Redis", true, func(t *testing.T, _ *fixture, nodes []*testNode) {
			actorstest.Must(t, nodes[1].Revoke(t.Context(), "1", at))
		}},
		{"by the log", false, func(t *testing.T, f *fixture, _ []*testNode) {
			_, err := f.users.Revoke(t.Context(), "1", at)
			actorstest.Must(t, err)
		}},
		{"lost by the log", false, func(t *testing.T, f *fixture, nodes []*testNode) {
			db, err := sql.Open(sqliteshim.ShimName, "file:"+f.path)
			actorstest.Must(t, err)
			defer db.Close()
			_, err = db.ExecContext(t.Context(), "INSERT INTO token_revocations (id_user, not_before) VALUES ('1', ?)", at.Unix())
			actorstest.Must(t, err)
			for _, n := range nodes {
				identityEvents{n.Node}.Missed(time.Now())
			}
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := newFixture(t)
			change := []func(*Config){f.ownStore}
			if test.redis {
				server := redistest.Start(t)
				change = append(change, func(c *Config) {
					bus, err := identity.NewBus(server.URL(), "test")
					actorstest.Must(t, err)
					t.Cleanup(func() { actorstest.Must(t, bus.Close()) })
					c.Bus = bus
				})
			}
			nodes := f.nodes(2, change...)
			for _, n := range nodes {
				actorstest.Eventually(t, "the node to follow the log", func() bool {
					return n.subscription.State().Placed && (!test.redis || n.subscription.Hears())
				})
			}
			gone := []*client{nodes[0].connectsBy("Maths", "1", at.Add(-time.Second)), nodes[1].connectsBy("Maths", "1", time.Time{})}
			stays := []*client{
				nodes[0].connectsBy("Maths", "1", at), nodes[1].connectsBy("Maths", "2", at.Add(-time.Hour)),
				nodes[1].connects("Maths", "1"), // without a token
			}
			soonExactEverywhere(t, nodes, "Maths", append(gone, stays...)...)
			test.revoke(t, f, nodes)
			for _, c := range gone {
				if reason := c.ends(); reason != session.TokenRevoked {
					t.Errorf("closed for %q", reason)
				}
			}
			soonExactEverywhere(t, nodes, "Maths", stays...)
			for _, n := range nodes {
				standing, err := n.config.Users.Standing(t.Context(), "1")
				if err != nil || !standing.NotBefore.Equal(at) {
					t.Errorf("%s takes the user to stand at %+v, %v", n.name, standing, err)
				}
			}
			for _, c := range append(gone, stays...) {
				if got := c.got(`42["identity-change"`); len(got) > 0 {
					t.Errorf("user %s was told %q", c.user, got)
				}
			}
		})
	}
}

// An older moment, or the same again, is no news to anybody.
func TestRevocationThatChangesNothingIsNoNews(t *testing.T) {
	f := newFixture(t)
	n := f.start()
	at := time.Unix(1_700_000_000, 0)
	for range 2 {
		actorstest.Must(t, n.Revoke(t.Context(), "1", at))
		actorstest.Must(t, n.Revoke(t.Context(), "1", at.Add(-time.Hour)))
	}
	if last, err := f.users.LastSeq(t.Context()); err != nil || last != 1 {
		t.Errorf("the log reaches to %d, %v", last, err)
	}
	if err := n.Revoke(t.Context(), "1", time.Time{}); problem.CodeOf(err) != problem.Invalid {
		t.Errorf("a moment that cannot be: %v", err)
	}
	away, cancel := context.WithCancel(t.Context())
	cancel()
	if err := n.Revoke(away, "2", at); problem.CodeOf(err) != problem.Unavailable {
		t.Errorf("without a database: %v", err)
	}
}

// A revocation that comes while the socket renews its token does not close it.
func TestARenewedTokenOutlivesTheOldOne(t *testing.T) {
	n := newFixture(t).start()
	at := time.Unix(1_700_000_000, 0)
	app := n.Attend(as("Maths", "1")).(*attendee)
	c := n.dial(engineio.V4, app)
	c.says("40")
	c.greeted()
	actorstest.Must(t, n.admissions.renewToken(&app.admission, at.Add(-time.Second)))
	actorstest.Must(t, n.admissions.renewToken(&app.admission, at.Add(time.Second)))
	n.dismissTokens("1", at)
	c.says(`420["join","Physics"]`)
	c.hears(`430[{"ok":true`)
	if err := n.admissions.renewToken(&app.admission, at.Add(-time.Second)); problem.NameOf(err) != problem.TokenRevoked {
		t.Errorf("an old token again: %v", err)
	}
	n.dismissTokens("1", at.Add(time.Minute))
	if reason := c.ends(); reason != session.TokenRevoked {
		t.Errorf("closed for %q", reason)
	}
}

// Whenever a revocation is heard of, before, while or after the store is asked, and whatever
// the store said: no socket goes on by a token that it is about, and each of the others does.
func TestNoTokenSlipsByARevocation(t *testing.T) {
	type sitting struct {
		admission
		asked, in bool
		shown     bool
		issued    time.Time  // the token that it goes on by, if it has shown any
		read      int64      // what the store said of revocations
		renewal   *time.Time // when the token was issued that the socket is to go on by
	}
	rapid.Check(t, func(t *rapid.T) {
		d := newAdmissions()
		sockets := make([]*sitting, 2)
		for i := range sockets {
			sockets[i] = new(sitting)
		}
		var said, heard int64 // revocations, of the user and of this node
		moment := func(seconds int64) time.Time {
			if seconds == 0 {
				return time.Time{} // as the store says that there was none
			}
			return time.Unix(seconds, 0)
		}
		one := func() *sitting { return rapid.SampledFrom(sockets).Draw(t, "socket") }
		issued := func() time.Time { return moment(rapid.Int64Range(0, 4).Draw(t, "issued")) }
		t.Repeat(map[string]func(*rapid.T){
			"ask": func(t *rapid.T) {
				if s := one(); !s.asked {
					s.asked, s.read = true, heard // what is heard was committed before
					by := noToken
					if s.shown = s == sockets[0] || rapid.Bool().Draw(t, "shown"); s.shown {
						s.issued = issued()
						by = tokenOf(s.issued)
					}
					d.ask(&s.admission, "1", by, nil)
				}
			},
			"read": func(*rapid.T) {
				if s := one(); s.asked && !s.in {
					s.read = said
				}
			},
			"grant": func(t *rapid.T) {
				s := one()
				if !s.asked || s.in {
					return
				}
				refused := s.shown && (identity.Standing{NotBefore: moment(s.read)}).Refuses(s.issued)
				if !refused {
					refused = d.grant(&s.admission, 1) != nil
				}
				if refused && !(s.shown && s.issued.Before(moment(max(said, heard)))) {
					t.Fatalf("refused a good token of %v", s.issued)
				}
				if s.in = !refused; refused {
					d.end(&s.admission)
					s.asked = false
				}
			},
			"begin to renew": func(*rapid.T) {
				if s := one(); s.in && s.shown && s.renewal == nil {
					s.renewal, s.read = new(issued()), heard
				}
			},
			"renew": func(t *rapid.T) {
				s := one()
				if !s.in || s.renewal == nil {
					return
				}
				at := *s.renewal
				s.renewal = nil
				if (identity.Standing{NotBefore: moment(s.read)}).Refuses(at) {
					return
				}
				switch err := d.renewToken(&s.admission, at); {
				case err == nil:
					s.issued = at
				case !at.Before(moment(heard)):
					t.Fatalf("refused a good token of %v: %v", at, err)
				}
			},
			"revoke": func(t *rapid.T) { said += rapid.Int64Range(1, 3).Draw(t, "later") },
			"hear": func(t *rapid.T) {
				before := rapid.Int64Range(0, said).Draw(t, "before") // also again, and late
				heard = max(heard, before)
				for _, r := range d.revokeTokens("1", moment(before)) {
					if !d.holdsToken(r, "1", moment(before)) {
						t.Fatal("what was just revoked does not hold")
					}
					s := sockets[0]
					for _, other := range sockets {
						if r.admission == &other.admission {
							s = other
						}
					}
					d.end(&s.admission)
					s.asked, s.in, s.renewal = false, false, nil
				}
			},
			"leave": func(*rapid.T) {
				if s := one(); s.asked {
					d.end(&s.admission)
					s.asked, s.in, s.renewal = false, false, nil
				}
			},
			"": func(t *rapid.T) {
				for _, s := range sockets {
					if s.in && s.shown && s.issued.Before(moment(heard)) && heard > 0 {
						t.Fatalf("in by a token of %v, revoked before %d", s.issued, heard)
					}
				}
			},
		})
	})
}

// Who needs no row is let in at version 0, and no removal is about that.
func TestWhoNeedsNoRowIsNotRemoved(t *testing.T) {
	d := newAdmissions()
	var a admission
	d.ask(&a, "1", tokenOf(time.Time{}), nil)
	d.revoke("1", 5) // heard late: there is no row any more
	actorstest.Must(t, d.grant(&a, 0))
	if got := d.revoke("1", 5); len(got) > 0 {
		t.Error("removed without a row")
	}
	if got := d.revokeTokens("1", time.Unix(1, 0)); len(got) != 1 {
		t.Error("a token that does not say when it was issued outlives a revocation")
	}
}
