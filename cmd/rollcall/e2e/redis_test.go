//go:build unix

package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/rollcall/rollcall/actors/identity/redistest"
	"github.com/rollcall/rollcall/cmd/rollcall/e2e/clients"
	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
)

// While Redis is away for 5 s, names change and people come and go: presence does
// not notice, and soon after every client has the last version of every name.
func TestNamesAndPresenceSurviveTheLossOfRedis(t *testing.T) {
	t.Parallel()
	const (
		outage = 5 * time.Second
		news   = 2 * time.Second // in which every client has the last version
		room   = "without Redis"
	)
	inTime(t, func(t *testing.T) (l late) {
		cluster, agent := harness.Start(t, 4, patientRoll, "--write-rate", "0"), clients.Start(t) // it renames as fast as it can
		here := company(t, agent, cluster.Nodes, room)
		versions := make(map[string]int64)
		rename := func(round int) {
			t.Helper()
			for i, a := range here {
				node := cluster.Nodes[(round+i)%len(cluster.Nodes)]
				version, err := node.Rename(a.user, fmt.Sprintf("User %s, round %d", a.user, round))
				if err != nil {
					t.Fatal(err)
				}
				versions[a.user] = version
			}
		}
		arrive := func(what string) {
			t.Helper()
			renamed := time.Now()
			for _, a := range here {
				l.until(t, what, renamed, news, func() error { return hasVersions(a, versions) })
			}
		}

		cluster.Redis.Stop()
		stopped := time.Now()
		here[0].Emit("identity-change", map[string]any{"note": here[0].id, "deep": []int{1}})
		hearRelay(t, here[1:], here[0], 1)
		round := 0
		for time.Since(stopped) < outage {
			round++
			rename(round)
			guest := attend(t, agent, cluster.Nodes[round%len(cluster.Nodes)], clients.Versions()[round%4], room, "10")
			mustBeExact(t, cluster.Nodes, room, seats(append(here, guest)...))
			guest.Disconnect()
			hears(t, here, "socket-disconnected", guest.id, guest.user)
			mustBeExact(t, cluster.Nodes, room, seats(here...))
		}
		arrive("a change without Redis")
		cluster.Redis.Start()
		rename(round + 1)
		arrive("a change while the nodes find Redis again")
		rename(round + 2)
		arrive("a change by Redis")
		return l
	})
}

// hasVersions tells whether a client was told of the last version of each user.
func hasVersions(a *attendee, want map[string]int64) error {
	got := make(map[string]int64)
	for _, r := range a.Events("identity-change") {
		var c struct {
			User    string `json:"id_user"`
			Version int64
		}
		if r.Arg(0, &c) {
			got[c.User] = max(got[c.User], c.Version)
		}
	}
	for user, version := range want {
		if got[user] != version {
			return fmt.Errorf("%v was told of version %d of user %s, want %d", a, got[user], user, version)
		}
	}
	return nil
}

// A Redis that takes what is published and delivers nothing is found out: what clients
// tell their rooms, and new names, then go from node to node.
func TestADeafRedisIsFoundOut(t *testing.T) {
	t.Parallel()
	const room = "with a deaf Redis"
	var proxy *redistest.Proxy
	cluster := harness.StartSetup(t, harness.Setup{
		Places: harness.LocalPlaces(t, 4), Flags: []string{patientRoll},
		Redis: func(server *redistest.Server) string {
			proxy = redistest.NewProxy(t, harness.Loopback(0), server.Addr())
			return proxy.URL()
		},
	})
	here := company(t, clients.Start(t), cluster.Nodes, room)
	for _, n := range cluster.Nodes {
		harness.Eventually(t, harness.Patience, func() error {
			if !strings.Contains(n.Output.String(), "identity changes come by Redis") {
				return fmt.Errorf("%s does not hear Redis", n.Name)
			}
			return nil
		})
	}
	proxy.Deaf.Store(true)
	said := 0
	harness.Eventually(t, harness.Patience, func() error { // until it is found out, it is lost
		said++
		here[0].Emit("identity-change", map[string]any{"said": said})
		for _, a := range here[1:] {
			if !heardRelay(a, here[0]) {
				return fmt.Errorf("%v was told nothing", a)
			}
		}
		return nil
	})
	version, err := cluster.Nodes[1].Rename(here[0].user, "Somebody else")
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range here {
		harness.Eventually(t, harness.Patience, func() error { return hasVersions(a, map[string]int64{here[0].user: version}) })
	}
}

// heardRelay reports whether an attendee was told what another one has told the room.
func heardRelay(a, sender *attendee) bool {
	for _, r := range a.Events("identity-change") {
		var c struct {
			User string `json:"id_user"`
			Said int
		}
		if r.Arg(0, &c) && c.User == sender.user && c.Said > 0 {
			return true
		}
	}
	return false
}
