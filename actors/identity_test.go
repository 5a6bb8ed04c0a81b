package actors

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/rollcall/rollcall/actors/actorstest"
	"github.com/rollcall/rollcall/actors/identity"
	"github.com/rollcall/rollcall/actors/metrics"
	"github.com/rollcall/rollcall/actors/room"
	"github.com/rollcall/rollcall/protos/problem"
)

// A change that follows the news that the store began anew is told, though its version
// is lower than what was told before.
func TestChangesOfAStoreThatBeganAnewAreTold(t *testing.T) {
	f := newFixture(t)
	n := f.start(func(c *Config) { c.holdBack = time.Millisecond })
	c := n.connects("Maths", "1")
	soonExactEverywhere(t, []*testNode{n}, "Maths", c)
	events := identityEvents{n.Node}
	events.Changed(identity.Change{Seq: 1, User: "1", Version: 9})
	c.hears(`42["identity-change",{"id_user":"1","version":9}]`)
	for times := range 20 {
		events.Emptied()
		events.Changed(identity.Change{Seq: 1, User: "1", Version: 2})
		c.awaits("to be told of the change once more", func() bool {
			return len(c.got(`42["identity-change",{"id_user":"1","version":2}]`)) == times+1
		})
	}
}

// A change of a user reaches each socket of the rooms that the user is in, here
// or elsewhere, once; and nobody else.
func TestIdentityChangeReachesTheRoomsConcerned(t *testing.T) {
	f := newFixture(t)
	nodes := f.nodes(2)
	concerned := []*client{
		nodes[0].connects("Maths", "1"), // the user
		nodes[0].connects("Maths", "1"), // the user's second socket
		nodes[1].connects("Maths", "2"),
		nodes[0].connects("Physics", "3"), // shares a room with the user, who is on the other node
		nodes[1].connects("Physics", "1"),
	}
	others := []*client{nodes[0].connects("Latin", "3"), nodes[1].connects("Latin", "2")}
	left := nodes[1].connects("Latin", "1")
	left.leaves()
	others[0].hears(disconnected(left))
	others[1].hears(disconnected(left))
	soonExactEverywhere(t, nodes, "Maths", concerned[:3]...)
	soonExactEverywhere(t, nodes, "Physics", concerned[3:]...)
	concerned[3].awaits("to know of the user", func() bool { return len(concerned[3].events()) > 0 })

	for version := range 3 { // without Redis the nodes find it in the log
		user, err := nodes[1].Update(t.Context(), "1", identity.Edit{Name: new("Johnny " + string(rune('a'+version)))}, nil)
		actorstest.Must(t, err)
		if want := int64(2 + version); user.Version != want {
			t.Fatalf("version %d, want %d", user.Version, want)
		}
	}
	const last = `42["identity-change",{"id_user":"1","version":4}]`
	for _, c := range concerned {
		c.hears(last)
		seen := map[string]int{}
		for _, frame := range c.got(`42["identity-change"`) {
			if seen[frame]++; seen[frame] > 1 {
				t.Errorf("user %s was told twice: %s", c.user, frame)
			}
		}
	}
	// What comes late or again is no news.
	for _, n := range nodes {
		identityEvents{n.Node}.Changed(identity.Change{Seq: 1, User: "1", Version: 2})
		identityEvents{n.Node}.Changed(identity.Change{Seq: 3, User: "1", Version: 4})
		identityEvents{n.Node}.Changed(identity.Change{Seq: 4, User: "1", Version: 5})
	}
	for _, c := range concerned {
		c.hears(`42["identity-change",{"id_user":"1","version":5}]`)
		if got := c.got(`42["identity-change"`); len(got) != 4 {
			t.Errorf("user %s was told %q", c.user, got)
		}
	}
	for _, c := range others {
		if got := c.got(`42["identity-change"`); len(got) != 0 {
			t.Errorf("a room without the user was told %q", got)
		}
	}
}

func TestRenameThatChangesNothingIsNoNews(t *testing.T) {
	f := newFixture(t)
	n := f.start()
	user, err := n.Update(t.Context(), "1", identity.Edit{Name: new("John")}, nil)
	actorstest.Must(t, err)
	if user.Version != 1 {
		t.Errorf("version %d", user.Version)
	}
	changes, err := f.users.ChangesAfter(t.Context(), 0, 1)
	if actorstest.Must(t, err); len(changes) != 0 {
		t.Errorf("changes %v", changes)
	}
}

func TestIdentityActorForgetsWhomNoUserConcerns(t *testing.T) {
	a := newIdentityActor(new(metrics.Held))
	one, two := actor.NewPID("here", "1"), actor.NewPID("here", "2")
	for _, msg := range []room.Interest{{User: "1", Roster: one, On: true}, {User: "1", Roster: one, On: true}, {User: "1", Roster: two, On: true}, {User: "2", Roster: two, On: true}} {
		a.interest(msg)
	}
	if len(a.interested["1"]) != 2 || len(a.interested["2"]) != 1 {
		t.Errorf("interested %v", a.interested)
	}
	for _, msg := range []room.Interest{{User: "1", Roster: one, On: false}, {User: "1", Roster: one, On: false}, {User: "3", Roster: one, On: false}, {User: "2", Roster: two, On: false}, {User: "1", Roster: two, On: false}} {
		a.interest(msg)
	}
	if len(a.interested) != 0 {
		t.Errorf("interested %v", a.interested)
	}
}

// Who is vouched for anew is announced, and who is as he was is not.
func TestWhatIsVouchedForIsAnnounced(t *testing.T) {
	f := newFixture(t)
	nodes := f.nodes(2, f.ownStore)
	watcher := nodes[0].connects("Maths", "1")
	nodes[0].connects("Maths", "2")
	for range 2 {
		user, err := nodes[1].Vouch(t.Context(), "2", new("Mary"), nil, time.Time{})
		if err != nil || user.Version != 1 {
			t.Errorf("%+v, %v", user, err)
		}
		if user, err = nodes[1].Vouch(t.Context(), "new", new("Zoë"), json.RawMessage("{}"), time.Now()); err != nil || user.Version != 1 {
			t.Errorf("%+v, %v", user, err)
		}
	}
	_, err := nodes[1].Vouch(t.Context(), "2", new("Maria"), json.RawMessage("{}"), time.Time{})
	actorstest.Must(t, err)
	if got := watcher.hears(`42["identity-change"`); got != `42["identity-change",{"id_user":"2","version":2}]` {
		t.Errorf("told %s first", got)
	}
	if _, err := nodes[1].Vouch(t.Context(), "2", new(" "), nil, time.Time{}); problem.NameOf(err) != problem.BadName {
		t.Errorf("a bad name: %v", err)
	}
}
