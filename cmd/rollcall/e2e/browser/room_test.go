//go:build unix

package browser

import (
	"fmt"
	"maps"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/google/go-cmp/cmp"

	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
)

// within is how fast a rename that is typed in one browser appears in others.
const within = time.Second

func twoPages(t *testing.T, cluster *harness.Cluster, chrome *browser) {
	const room = "Maths / 1 & 2" // as it may be called

	a, john := chrome.enter(t, cluster.Nodes[0], room, "1")
	b, mary := chrome.enter(t, cluster.Nodes[1], room, "2")
	a.awaitPeople(t, alone(john), alone(mary))
	b.awaitPeople(t, alone(mary), alone(john)) // oneself first
	awaitRolls(t, cluster, room, john, mary)

	// The tests run on machines that are busy with other things, so one rename
	// may take longer; not the fastest of several, each way.
	const best = 3
	fastest := func(from, to *page, who me, names [best]string) {
		t.Helper()
		took := harness.Patience // nothing takes longer
		for _, name := range names {
			pressed := from.rename(t, name)
			to.awaitName(t, who.User, name)
			took = min(took, time.Since(pressed))
			from.awaitName(t, who.User, name)
		}
		t.Logf("a rename typed on %s appeared on the other page after %v", who.Node, took.Round(time.Millisecond))
		if took > within {
			t.Errorf("the fastest of %d renames took %v, want at most %v", best, took, within)
		}
	}
	fastest(a, b, john, [best]string{"Johanna", "Zoë 🦊", `<b onclick="x">Jo</b> & "Co"`})
	fastest(b, a, mary, [best]string{"Marie", "Mary Ann", "María José"})

	a.close(t)
	mary.Name = "María José"
	b.awaitPeople(t, alone(mary))
	awaitRolls(t, cluster, room, mary)
	// One on arrival; and one if the other's leave could not be numbered.
	if rolls := b.rolls(t); rolls > 2 {
		t.Errorf("the page called the roll %d times, though none of what it was told calls for that", rolls)
	}
	john.Name, mary.Name = "John", "Mary" // as the other tests know them
	for _, m := range []me{john, mary} {
		if _, err := cluster.Nodes[0].Rename(m.User, m.Name); err != nil {
			t.Fatal(err)
		}
	}
}

// rolls tells how many rolls a page has called since it was loaded.
func (p *page) rolls(t *testing.T) int {
	t.Helper()
	n, err := run(p, chromedp.Evaluate[int](`performance.getEntriesByType('resource').filter(({ name }) => name.includes('/api/rooms/')).length`))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// alone is somebody with one device.
func alone(m me) person {
	return person{User: m.User, Name: m.Name, Devices: map[string]string{m.Socket: m.Node}}
}

// awaitName waits until the page shows a user under a name.
func (p *page) awaitName(t *testing.T, user, name string) {
	t.Helper()
	p.awaits(t, func(seen view) error {
		for _, who := range seen.People {
			if who.User == user && who.Name == name && (seen.Me.User != user || seen.Me.Name == name) {
				return nil
			}
		}
		return fmt.Errorf("does not show user %s as %q: %+v", user, name, seen)
	})
}

// awaitRolls waits until every node says that exactly these are in the room: the
// page must show what the roll says.
func awaitRolls(t *testing.T, cluster *harness.Cluster, room string, all ...me) {
	t.Helper()
	want := make(map[string]string)
	for _, m := range all {
		want[m.Socket] = m.User
	}
	for _, node := range cluster.Nodes {
		harness.Eventually(t, harness.Patience, func() error {
			roll, err := node.Roll(room)
			if err == nil && !maps.Equal(roll.Users, want) {
				err = fmt.Errorf("the roll of %s (-want +got):\n%s", node.Name, cmp.Diff(want, roll.Users))
			}
			return err
		})
	}
}
