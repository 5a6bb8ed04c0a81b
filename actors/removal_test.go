//go:build unix

package actors

import (
	"context"
	"database/sql"
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/rollcall/rollcall/actors/actorstest"
	"github.com/rollcall/rollcall/actors/identity"
	"github.com/rollcall/rollcall/actors/identity/postgrestest"
	"github.com/rollcall/rollcall/actors/identity/redistest"
	"github.com/rollcall/rollcall/actors/session"
	"github.com/rollcall/rollcall/protos"
	"github.com/rollcall/rollcall/protos/engineio"
)

// ownStore gives a node a store of its own, as nodes have.
func (f *fixture) ownStore(c *Config) { c.Users = f.store() }

// connectsWithoutRoom connects as a user who is in no room.
func (n *testNode) connectsWithoutRoom(user string) *client {
	n.t.Helper()
	c := n.dial(engineio.V4, n.Attend(url.Values{"id_user": {user}}))
	c.user = user
	c.says("40")
	c.greeted()
	return c
}

// wantUnknown checks that a user is let in nowhere.
func wantUnknown(t *testing.T, user string, nodes ...*testNode) {
	t.Helper()
	for _, n := range nodes {
		c := n.enters("Maths", user)
		if frame := c.hears("44"); !strings.Contains(frame, `"code":"unknown_user"`) {
			t.Errorf("%s refuses by %s", n.name, frame)
		}
		c.leaves()
	}
}

// The ways in which a removal reaches the nodes.
func TestRemovalClosesTheSocketsOfTheUser(t *testing.T) {
	remove := func(t *testing.T, users *identity.Store) identity.Change {
		t.Helper()
		change, err := users.Remove(t.Context(), "1", nil)
		actorstest.Must(t, err)
		return change
	}
	tests := []struct {
		name   string
		redis  bool
		remove func(t *testing.T, f *fixture, nodes []*testNode, bus *identity.Bus)
	}{
		{"from node to node", false, func(t *testing.T, _ *fixture, nodes []*testNode, _ *identity.Bus) {
			actorstest.Must(t, nodes[1].Remove(t.Context(), "1", nil))
		}},
		{"by Redis", true, func(t *testing.T, _ *fixture, nodes []*testNode, _ *identity.Bus) {
			actorstest.Must(t, nodes[1].Remove(t.Context(), "1", nil))
		}},
		{"by another process, over Redis", true, func(t *testing.T, f *fixture, _ []*testNode, bus *identity.Bus) {
			actorstest.Must(t, bus.Publish(t.Context(), remove(t, f.users)))
		}},
		{"by the log", false, func(t *testing.T, f *fixture, _ []*testNode, _ *identity.Bus) { remove(t, f.users) }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := newFixture(t)
			change := []func(*Config){f.ownStore}
			var bus *identity.Bus
			if test.redis {
				server := redistest.Start(t)
				newBus := func() *identity.Bus {
					bus, err := identity.NewBus(server.URL(), "test")
					actorstest.Must(t, err)
					t.Cleanup(func() { actorstest.Must(t, bus.Close()) })
					return bus
				}
				bus = newBus()
				change = append(change, func(c *Config) { c.Bus = newBus() })
			}
			nodes := f.nodes(2, change...)
			for _, n := range nodes {
				actorstest.Eventually(t, "the node to follow the log", func() bool {
					return n.subscription.State().Placed && (!test.redis || n.subscription.Hears())
				})
			}
			gone := []*client{
				nodes[0].connects("Maths", "1"), nodes[1].connects("Maths", "1"), nodes[1].connects("Maths", "1"),
				nodes[0].connectsWithoutRoom("1"), nodes[1].connectsWithoutRoom("1"),
			}
			stays := []*client{nodes[0].connects("Maths", "2"), nodes[1].connects("Maths", "3"), nodes[1].connectsWithoutRoom("2")}
			soonExactEverywhere(t, nodes, "Maths", gone[0], gone[1], gone[2], stays[0], stays[1])

			test.remove(t, f, nodes, bus)
			for _, c := range gone {
				if reason := c.ends(); reason != session.UserRemoved {
					t.Errorf("closed for %q", reason)
				}
			}
			for _, c := range stays[:2] {
				for _, g := range gone[:3] {
					c.hears(disconnected(g))
				}
			}
			soonExactEverywhere(t, nodes, "Maths", stays[0], stays[1])
			wantUnknown(t, "1", nodes...)
			for _, c := range append(gone, stays...) {
				if got := c.got(`42["identity-change"`); len(got) > 0 {
					t.Errorf("user %s was told %q", c.user, got)
				}
			}
			for _, n := range nodes {
				n.admissions.mu.Lock()
				if left := n.admissions.byUser["1"]; left != nil {
					t.Errorf("%s still has %d sockets of the user", n.name, len(left))
				}
				n.admissions.mu.Unlock()
			}
			stays[2].leaves()
		})
	}
}

// A removal that comes late or again does not concern who was added since.
func TestLateRemovalClosesNobody(t *testing.T) {
	f := newFixture(t)
	n := f.start(f.ownStore)
	change, err := f.users.Remove(t.Context(), "1", nil)
	actorstest.Must(t, err)
	user, err := f.users.Add(t.Context(), "1", "John", nil)
	actorstest.Must(t, err)
	if user.Version <= change.Version {
		t.Fatalf("added at version %d, removed at %d", user.Version, change.Version)
	}
	c := n.connects("Maths", "1")
	identityEvents{n.Node}.Changed(change)
	n.system.Root.Send(n.pid, &protos.UserChanged{IdUser: "1", Version: change.Version, Removed: true})
	exactEverywhere(t, []*testNode{n}, "Maths", c) // the node has dealt with both
	c.says(`420["join","Physics"]`)
	c.hears(`430[{"ok":true`)

	again, err := f.users.Remove(t.Context(), "1", nil)
	actorstest.Must(t, err)
	identityEvents{n.Node}.Changed(again)
	if reason := c.ends(); reason != session.UserRemoved {
		t.Errorf("closed for %q", reason)
	}
}

// A client that polls is told by its next poll, wherever that comes to; and so is one
// whose websocket is at another node.
func TestRemovalEndsRoamers(t *testing.T) {
	f := newFixture(t)
	nodes := f.nodes(2, f.ownStore)
	roams := func() *roamer {
		r := nodes[0].polled(nodes[0].Attend(as("Maths", "1")))
		r.posts(nodes[1], "40")
		for got := ""; !strings.Contains(got, `42["handshake"`); {
			got = strings.Join(r.polls(nodes[1]), " ")
		}
		return r
	}
	idle, waits, upgraded := roams(), roams(), roams()
	ws := upgraded.upgrades(nodes[1])
	ended := waits.waits(nodes[1])
	actorstest.Must(t, nodes[1].Remove(t.Context(), "1", nil))
	if reason := ws.ends(); reason != session.UserRemoved {
		t.Errorf("the websocket was closed for %q", reason)
	}
	idle.ends()
	for _, r := range []*roamer{idle, waits} {
		var got []string
		if r == waits {
			first := within(t, "the poll", ended)
			actorstest.Must(t, first.err)
			got = first.packets
		}
		told := false
		for !slices.Equal(got, []string{"1"}) { // the end comes by itself
			if slices.Contains(got, "1") {
				t.Fatalf("it is told of the end with what comes before: %q", got)
			}
			told = told || slices.ContainsFunc(got, func(packet string) bool { return strings.HasPrefix(packet, `42["closing",{"code":"unknown_user"`) })
			got = r.polls(nodes[1])
		}
		if !told {
			t.Error("it is not told why")
		}
		r.refused(nodes[1], engineio.UnknownSession)
	}
}

// No removal slips by while the store is asked.
func TestAdmissionsAndRemovals(t *testing.T) {
	tests := []struct {
		name    string
		seen    int64
		before  []int64 // removals while the store is asked
		after   []int64
		granted bool
		revoked int
	}{
		{"no removal", 1, nil, nil, true, 0},
		{"removed before the answer is known", 1, []int64{2}, nil, false, 0},
		{"an old removal before the answer", 3, []int64{2}, nil, true, 0},
		{"several, in any order", 3, []int64{4, 2}, nil, false, 0},
		{"removed afterwards", 1, nil, []int64{2}, true, 1},
		{"an old one afterwards", 3, nil, []int64{2, 2}, true, 0},
		{"old ones, and then a new one", 3, []int64{2}, []int64{2, 4}, true, 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			d := newAdmissions()
			var a, same, other admission
			d.ask(&same, "1", noToken, nil)
			d.ask(&a, "1", noToken, nil)
			d.ask(&other, "2", noToken, nil)
			for _, all := range []*admission{&same, &other} {
				actorstest.Must(t, d.grant(all, 100))
			}
			for _, version := range test.before {
				if got := d.revoke("1", version); len(got) != 0 {
					t.Errorf("revoked %d", len(got))
				}
			}
			if err := d.grant(&a, test.seen); (err == nil) != test.granted {
				t.Fatalf("granted: %v", err)
			}
			revoked := 0
			for _, version := range test.after {
				for _, r := range d.revoke("1", version) {
					if revoked++; r.admission != &a {
						t.Error("revoked another's")
					}
				}
			}
			if revoked != test.revoked {
				t.Errorf("revoked %d", revoked)
			}
			for _, all := range []*admission{&same, &a, &a, &other} {
				d.end(all)
			}
			if len(d.byUser) != 0 {
				t.Errorf("left: %v", d.byUser)
			}
		})
	}
}

// A removal that is heard of while the store is being asked counts, though the answer
// is older.
func TestRemovalWhileTheStoreIsAsked(t *testing.T) {
	f := newFixture(t)
	database := postgrestest.Start(t).NewDatabase(t)
	users, err := identity.Open(t.Context(), database, slog.New(slog.DiscardHandler))
	actorstest.Must(t, err)
	t.Cleanup(func() { actorstest.Must(t, users.Close()) })
	actorstest.Must(t, users.Migrator().Reset(t.Context()))
	n := f.start(func(c *Config) { c.Users = users })

	db, err := sql.Open("pgx", database)
	actorstest.Must(t, err)
	defer db.Close()
	tx, err := db.BeginTx(t.Context(), nil)
	actorstest.Must(t, err)
	_, err = tx.ExecContext(t.Context(), "LOCK TABLE users IN ACCESS EXCLUSIVE MODE")
	actorstest.Must(t, err)
	c := n.enters("Maths", "1")
	actorstest.Eventually(t, "the store to be asked", func() bool { return n.admitted() == 1 })
	identityEvents{n.Node}.Changed(identity.Change{Seq: 1, User: "1", Version: 2, Removed: true})
	actorstest.Must(t, tx.Rollback())
	if frame := c.hears("44"); !strings.Contains(frame, `"code":"unknown_user"`) {
		t.Errorf("refused by %s", frame)
	}
	away, cancel := context.WithCancel(t.Context())
	cancel()
	if version, err := users.Exists(away, "1"); err == nil {
		t.Errorf("the user is known at version %d", version)
	}
}

// Clients that connect while their user is removed are refused or closed, each of them.
func TestNobodySlipsByARemoval(t *testing.T) {
	f := newFixture(t)
	nodes := f.nodes(2, f.ownStore)
	for range 10 {
		_, err := nodes[0].Add(t.Context(), "new", "Somebody", nil)
		actorstest.Must(t, err)
		var clients []*client
		for i := range 20 {
			c := nodes[i%2].dial(engineio.V4, nodes[i%2].Attend(as("Maths", "new")))
			c.user = "new"
			clients = append(clients, c)
		}
		for i, c := range clients {
			if i == 10 {
				go func() {
					if err := nodes[0].Remove(context.Background(), "new", nil); err != nil {
						t.Error(err)
					}
				}()
			}
			c.says("40")
		}
		for _, c := range clients {
			c.awaits("its refusal or its end", func() bool {
				return c.Closed() == session.UserRemoved || len(c.got("44")) > 0
			})
			c.leaves()
		}
		for _, n := range nodes {
			actorstest.Eventually(t, "nobody to be in", func() bool { return n.admitted() == 0 })
		}
	}
}

// Whoever is refused, or leaves, is not remembered.
func TestAdmissionsEnd(t *testing.T) {
	n := newFixture(t).start(func(c *Config) { c.MaxPerRoom = 1 })
	in := n.connects("Maths", "1")
	wantUnknown(t, "99", n)
	full := n.enters("Maths", "2")
	full.ends()
	roomless := n.connectsWithoutRoom("3")
	roomless.says("41") // out of the namespace, and in again
	roomless.says("40")
	actorstest.Eventually(t, "two to be in", func() bool { return n.admitted() == 2 })
	in.leaves()
	roomless.leaves()
	actorstest.Eventually(t, "nobody to be in", func() bool { return n.admitted() == 0 })
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := n.Remove(ctx, "1", nil); err == nil {
		t.Error("removed without a database")
	}
}

// admitted returns how many sockets are those of a user.
func (n *testNode) admitted() int {
	n.admissions.mu.Lock()
	defer n.admissions.mu.Unlock()
	total := 0
	for _, all := range n.admissions.byUser {
		total += len(all)
	}
	return total
}

// After `db reset` versions begin again at 1: what was known of before must not stand
// in the way of renames and removals, and who is no more must not stay.
func TestAStoreThatBeginsAnewIsTakenAsItIs(t *testing.T) {
	f := newFixture(t)
	nodes := f.nodes(2, f.ownStore)
	_, err := f.users.Add(t.Context(), "foo", "Foo", nil)
	actorstest.Must(t, err)
	for _, name := range []string{"A", "B", "C"} {
		_, err := nodes[0].Update(t.Context(), "3", identity.Edit{Name: new(name)}, nil)
		actorstest.Must(t, err)
	}
	mike, witness := nodes[0].connects("Maths", "3"), nodes[1].connects("Maths", "1")
	foo, alone := nodes[1].connects("Maths", "foo"), nodes[0].connectsWithoutRoom("foo")
	_, err = nodes[0].Update(t.Context(), "3", identity.Edit{Name: new("D")}, nil)
	actorstest.Must(t, err)
	witness.hears(`42["identity-change",{"id_user":"3","version":5}]`)

	for _, n := range nodes {
		n.subscription.Told(4) // else it would look in a second
	}
	actorstest.Eventually(t, "both nodes to have read the log", func() bool {
		return nodes[0].subscription.State().LastSeq == 4 && nodes[1].subscription.State().LastSeq == 4
	})

	actorstest.Must(t, f.users.Migrator().Reset(t.Context()))
	for _, c := range []*client{foo, alone} {
		if reason := c.ends(); reason != session.UserRemoved {
			t.Errorf("who is no more ends by %q", reason)
		}
	}
	wantUnknown(t, "foo", nodes...)

	_, err = nodes[1].Update(t.Context(), "3", identity.Edit{Name: new("Michael")}, nil)
	actorstest.Must(t, err)
	witness.hears(`42["identity-change",{"id_user":"3","version":2}]`)
	actorstest.Must(t, nodes[1].Remove(t.Context(), "3", nil))
	if reason := mike.ends(); reason != session.UserRemoved {
		t.Errorf("the removed user ends by %q", reason)
	}
	wantUnknown(t, "3", nodes...)
	exactEverywhere(t, nodes, "Maths", witness)
}
