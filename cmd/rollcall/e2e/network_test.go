//go:build unix

package e2e

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/rollcall/rollcall/actors/identity/redistest"
	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
)

// The shared key is replaced while the cluster runs, one node at a time: nobody is taken
// for dead, every roll is whole, and what is said by Redis arrives, at each step.
func TestTheClusterKeyIsReplacedWhileTheClusterRuns(t *testing.T) {
	t.Parallel()
	const old, fresh = "correct horse battery staple", "another horse battery staple"
	data, server, places := t.TempDir(), redistest.Start(t), harness.LocalPlaces(t, 3)
	harness.MakeStore(t, "--data", data)
	var join []string
	for _, place := range places {
		join = append(join, place.Gossip)
	}
	nodes := make([]*harness.Node, len(places))
	sockets := make([]*rawSocket, len(places))
	ids := make([]string, len(places))
	run := func(i int, key string) {
		nodes[i] = harness.NewNode(t, "node-"+strconv.Itoa(i+1), places[i], "--data", data, "--redis-url", server.URL(),
			"--join", strings.Join(join, ","), "--cluster-key", key, "--drain", "100ms")
		nodes[i].Start()
	}
	enter := func(i int) { sockets[i], ids[i] = joinRaw(t, nodes[i], "r", strconv.Itoa(i+1)) }
	for i := range nodes {
		run(i, old)
	}
	harness.AwaitMembers(t, nodes...)
	for i := range nodes {
		enter(i)
	}
	for step, key := range []string{old + "," + fresh, fresh + "," + old, fresh} {
		for i := range nodes {
			before := nodes[i]
			before.Terminate()
			run(i, key)
			harness.AwaitMembers(t, nodes...)
			enter(i)
			want := slices.Sorted(slices.Values(ids))
			for _, node := range nodes {
				roll, err := node.Roll("r")
				if got := slices.Sorted(maps.Keys(roll.Users)); err != nil || !roll.Complete || roll.Nodes != "3/3" || len(roll.Lost) != 0 || !slices.Equal(got, want) {
					t.Errorf("step %d, node %d: %s has %+v, %v, want %v", step, i+1, node.Name, roll, err, want)
				}
			}
			version, err := nodes[(i+1)%3].Rename("1", fmt.Sprintf("Step %d %d", step, i))
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range sockets {
				hearsVersion(s, "1", version)
			}
			if strings.Contains(before.Output.String(), "member failed") {
				t.Errorf("%s took another node for dead", before.Name)
			}
		}
	}
	for _, node := range nodes {
		if strings.Contains(node.Output.String(), "member failed") {
			t.Errorf("%s took another node for dead", node.Name)
		}
	}
}

// hearsVersion waits until a socket is told that a user is at a version.
func hearsVersion(s *rawSocket, user string, version int64) {
	s.t.Helper()
	for {
		text := s.next()
		if strings.HasPrefix(text, `42["identity-change",`) && strings.Contains(text, `"id_user":"`+user+`"`) &&
			strings.Contains(text, `"version":`+strconv.FormatInt(version, 10)) {
			return
		}
		if strings.Contains(text, `"version":9007199254740991`) {
			s.t.Fatalf("told %s", text)
		}
	}
}

// A node that has other users than the cluster does not come in, and says why; the
// cluster goes on.
func TestANodeWithAnotherDatabaseIsRefused(t *testing.T) {
	t.Parallel()
	cluster := harness.Start(t, 2)
	other := t.TempDir()
	harness.MakeStore(t, "--data", other)
	stray := harness.NewNode(t, "node-3", harness.LocalPlaces(t, 1)[0], "--data", other,
		"--cluster-key", harness.ClusterKey, "--join", cluster.Nodes[0].Gossip)
	stray.Start()
	if code := stray.Exit(harness.Patience); code == 0 {
		t.Error("it ended well")
	}
	for _, says := range []string{`"node-3" has its users in the store`, `"node-`, "same database"} {
		if !strings.Contains(stray.Output.String(), says) {
			t.Errorf("it does not say %q", says)
		}
	}
	for _, node := range cluster.Nodes {
		if members, err := node.Members(); err != nil || len(members) != 2 {
			t.Errorf("%s: %v, %v", node.Name, members, err)
		}
		roll, err := node.Roll("r")
		if err != nil || !roll.Complete || len(roll.Lost) != 0 {
			t.Errorf("%s: %+v, %v", node.Name, roll, err)
		}
	}
}

// The users are reset while nodes run. Numbers of changes and versions begin again; the
// next rename is told nevertheless.
func TestARenameAfterAResetIsTold(t *testing.T) {
	t.Parallel()
	cluster := harness.Start(t, 2)
	socket, _ := joinRaw(t, cluster.Nodes[0], "r", "1")
	for i := range 3 {
		version, err := cluster.Nodes[1].Rename("1", "Name "+strconv.Itoa(i))
		if err != nil {
			t.Fatal(err)
		}
		hearsVersion(socket, "1", version)
	}
	cluster.Run(t, "db", "reset", "--yes", "--seed")
	harness.Eventually(t, harness.Patience, func() error {
		_, err := cluster.Nodes[1].Rename("3", "Anybody") // as many changes as before, or more
		return err
	})
	for _, name := range []string{"One", "Two"} {
		if _, err := cluster.Nodes[1].Rename("3", name); err != nil {
			t.Fatal(err)
		}
	}
	version, err := cluster.Nodes[1].Rename("1", "After all")
	if err != nil {
		t.Fatal(err)
	}
	hearsVersion(socket, "1", version)
}

// Without a shared key anybody who reaches Redis can publish there. What is made up
// changes nothing, and keeps nothing back that is real.
func TestForgedChangesKeepNoRealOnesBack(t *testing.T) {
	t.Parallel()
	server, data := redistest.Start(t), t.TempDir()
	harness.MakeStore(t, "--data", data)
	node := harness.NewNode(t, "node-1", harness.LocalPlaces(t, 1)[0], "--data", data, "--redis-url", server.URL())
	node.Start()
	harness.AwaitMembers(t, node)
	socket, _ := joinRaw(t, node, "r", "1")
	options, err := redis.ParseURL(server.URL())
	if err != nil {
		t.Fatal(err)
	}
	stranger := redis.NewClient(options)
	defer stranger.Close()
	publish := func(text string) {
		t.Helper()
		harness.Eventually(t, harness.Patience, func() error {
			heard, err := stranger.Publish(t.Context(), "rollcall:rollcall:identity", text).Result()
			if err == nil && heard == 0 {
				err = errors.New("nobody listens")
			}
			return err
		})
	}
	for seq := range 5 {
		publish(fmt.Sprintf(`{"v":2,"kind":"change","change":{"seq":%d,"id_user":"1","version":9007199254740991}}`, seq+1))
	}
	publish(`{"v":2,"kind":"relay","relay":{"id_socket":"x","id_user":"1","version":9007199254740991,"rooms":["r"],"payload":{},"node":"n","incarnation":"i","number":1}}`)
	version, err := node.Rename("1", "Johnny")
	if err != nil {
		t.Fatal(err)
	}
	hearsVersion(socket, "1", version)
}

// Without a shared key nodes take addresses of this machine only, unless told that
// nobody else is on the network.
func TestNodesWithoutAKeyKeepToThisMachine(t *testing.T) {
	t.Parallel()
	place := harness.LocalPlaces(t, 1)[0]
	open := place
	open.Gossip = strings.Replace(place.Gossip, "127.0.0.1", "192.0.2.1", 1)
	node := harness.NewNode(t, "node-1", open)
	node.Start()
	if code := node.Exit(harness.Patience); code == 0 || !strings.Contains(node.Output.String(), "--cluster-key") || !strings.Contains(node.Output.String(), "--insecure") {
		t.Errorf("exit code %d", code)
	}
	port := strings.TrimPrefix(place.Gossip, "127.0.0.1")
	data := t.TempDir()
	harness.MakeStore(t, "--data", data)
	again := harness.NewNode(t, "node-1", harness.Place{Listen: place.Listen, Actor: place.Actor, Gossip: "0.0.0.0" + port},
		"--data", data, "--advertise-gossip", place.Gossip, "--insecure")
	again.Start()
	harness.Eventually(t, harness.Patience, func() error {
		answer, err := again.Do(http.MethodGet, "/readyz", "")
		if err == nil && answer.Status != http.StatusOK {
			err = fmt.Errorf("%d %s", answer.Status, answer.Body)
		}
		return err
	})
}
