//go:build unix

package browser

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
)

func withoutRedis(t *testing.T, cluster *harness.Cluster, chrome *browser) {
	const room = "without Redis"
	a, john := chrome.enter(t, cluster.Nodes[0], room, "1")
	b, mary := chrome.enter(t, cluster.Nodes[1], room, "2")
	a.awaitPeople(t, alone(john), alone(mary))

	cluster.Redis.Stop()
	a.rename(t, "Jack")
	b.awaitName(t, "1", "Jack")
	frank := join(t, cluster.Nodes[2], room, "4") // presence does not notice
	jack := person{User: "1", Name: "Jack", Devices: map[string]string{john.Socket: john.Node}}
	b.awaitPeople(t, alone(mary), person{User: "4", Name: "Frank", Devices: map[string]string{frank.Socket: "node-3"}}, jack)
	for _, p := range []*page{a, b} {
		if seen, err := p.view(); err != nil || seen.State != "Live" || len(seen.Notices) > 0 {
			t.Errorf("%s: %q %q %v", p.address, seen.State, seen.Notices, err)
		}
	}

	cluster.Redis.Start()
	a.rename(t, "John")
	b.awaitName(t, "1", "John")
}

func nodeKilled(t *testing.T, cluster *harness.Cluster, chrome *browser) {
	const room = "a node less"
	victim := cluster.Nodes[2]
	join(t, victim, room, "2")
	join(t, victim, room, "7")
	mike := join(t, cluster.Nodes[3], room, "3")
	p, john := chrome.enter(t, cluster.Nodes[0], room, "1")
	p.awaits(t, func(seen view) error { return counts(seen, "4 people · 4 devices") })

	victim.Kill()
	p.awaits(t, func(seen view) error {
		if !slices.Equal(seen.Left, []string{"2", "7"}) {
			return fmt.Errorf("greys %v, want 2 and 7", seen.Left)
		}
		return counts(seen, "2 people · 2 devices")
	})
	p.picture(t, "room-leaving") // for two seconds, no longer
	p.awaitPeople(t, alone(john), person{User: "3", Name: "Mike", Devices: map[string]string{mike.Socket: "node-4"}})
	p.awaits(t, func(seen view) error {
		for _, left := range []string{"Mary left", "Sonia left"} {
			if !slices.Contains(seen.Happened, left) {
				return fmt.Errorf("tells %q, not that %s", seen.Happened, left)
			}
		}
		return nil
	})

	// Who comes now is told that the node is lost, until it is back.
	late, _ := chrome.enter(t, cluster.Nodes[1], room, "4")
	late.awaitsNotice(t, "roll", victim.Name, "left without a word")
	late.looksWell(t, "room-partial")
	victim.Start()
	harness.AwaitMembers(t, cluster.Nodes...)
	join(t, victim, room, "2")
	late.awaitsNoNotice(t, "roll")
	p.awaits(t, func(seen view) error { return counts(seen, "4 people · 4 devices") })
}

func nodeSilent(t *testing.T, cluster *harness.Cluster, chrome *browser) {
	const room = "a silent node"
	victim := cluster.Nodes[3]
	mary := join(t, victim, room, "2")
	p, john := chrome.enter(t, cluster.Nodes[0], room, "1")
	everybody := []person{alone(john), {User: "2", Name: "Mary", Devices: map[string]string{mary.Socket: victim.Name}}}
	p.awaitPeople(t, everybody...)

	victim.Freeze()
	newcomer := chrome.open(t, cluster.Nodes[1].URL(roomPath(room, "3")))
	newcomer.awaitsNotice(t, "roll", victim.Name) // as silent, or as lost, if the machine is slow
	newcomer.close(t)
	victim.Thaw()
	harness.AwaitMembers(t, cluster.Nodes...)
	p.awaitPeople(t, everybody...)
}

func offline(t *testing.T, cluster *harness.Cluster, chrome *browser) {
	const room = "offline"
	mine := cluster.Nodes[1]
	mary := join(t, cluster.Nodes[0], room, "2")
	p, _ := chrome.enter(t, mine, room, "1")
	q, mike := chrome.enter(t, cluster.Nodes[2], room, "3")
	p.awaits(t, func(seen view) error { return counts(seen, "3 people · 3 devices") })

	mine.Kill()
	p.awaits(t, func(seen view) error {
		if !strings.HasPrefix(seen.State, "Reconnecting in ") && seen.State != "Offline" {
			return fmt.Errorf("says %q", seen.State)
		}
		return nil
	})
	p.awaitsNotice(t, "connection", "This is the room as it was at")
	mary.leave() // which the page cannot know
	q.awaits(t, func(seen view) error { return counts(seen, "1 person · 1 device") })
	p.rename(t, "Jonathan")
	p.awaitsOfMyName(t, "will be when the connection is back")
	p.awaits(t, func(seen view) error {
		if seen.State != "Offline" || len(seen.People) != 3 || seen.Me.Name != "Jonathan" {
			return fmt.Errorf("is not offline and frozen: %+v", seen)
		}
		return counts(seen, "3 people · 3 devices")
	})
	p.looksWell(t, "room-offline")

	mine.Start()
	harness.AwaitMembers(t, cluster.Nodes...)
	back := p.awaitLive(t, mine.Name, room, "1")
	p.complaints.forget() // of the browser, about each try
	q.awaitName(t, "1", "Jonathan")
	back.Name = "Jonathan"
	p.awaitPeople(t, alone(back), alone(mike))
	p.awaitsNoNotice(t, "connection")
	if _, err := mine.Rename("1", "John"); err != nil {
		t.Fatal(err)
	}
}

// counts tells whether a page counts so many people and devices.
func counts(seen view, want string) error {
	if seen.Counts != want {
		return fmt.Errorf("counts %q, want %q", seen.Counts, want)
	}
	return nil
}
