//go:build unix

package faults

import (
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/rollcall/rollcall/actors/identity/redistest"
	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
)

const (
	hallNodes = 3

	// caughtUp is by when everybody has heard what was said when all was broken: a tick
	// or two, and what a busy machine takes.
	caughtUp = 10 * time.Second

	// chatter is the pause between what is said in a hall.
	chatter = 50 * time.Millisecond
)

// hallScene is a fault under which clients tell each other things. It returns when all
// is mended, and what was said is on its way.
type hallScene struct {
	name string
	long bool
	play func(testing.TB, *stage, *hall)
}

// frozenHearer stops the execution of a node whose clients are told things meanwhile.
func frozenHearer(d time.Duration) func(testing.TB, *stage, *hall) {
	return func(t testing.TB, s *stage, h *hall) {
		nodes := s.cluster.Nodes
		victim := nodes[len(nodes)-1]
		victim.Freeze()
		h.talk(t, d, chatter, h.at(nodes[0]), h.at(nodes[1]))
		victim.Thaw()
	}
}

// frozenWithoutRedis leaves only the nodes themselves to tell it.
func frozenWithoutRedis(d time.Duration) func(testing.TB, *stage, *hall) {
	return func(t testing.TB, s *stage, h *hall) {
		s.cluster.Redis.Stop()
		frozenHearer(d)(t, s, h)
		if err := h.await(caughtUp); err != nil {
			t.Fatal(err)
		}
		s.cluster.Redis.Start()
	}
}

// redisGone has Redis killed for a while, and back, while everybody talks.
func redisGone(d time.Duration) func(testing.TB, *stage, *hall) {
	return func(t testing.TB, s *stage, h *hall) {
		h.talk(t, time.Second, chatter/5, h.guests...)
		s.cluster.Redis.Stop()
		h.talk(t, d, chatter/5, h.guests...)
		s.cluster.Redis.Start()
		h.talk(t, 3*time.Second, chatter/5, h.guests...)
	}
}

// talkWhile has everybody talk before, while and after Redis is broken.
func talkWhile(of trouble) func(testing.TB, *stage, *hall) {
	return func(t testing.TB, s *stage, h *hall) {
		brk, mend := of(s)
		h.talk(t, time.Second, chatter, h.guests...)
		brk()
		h.talk(t, outageTime, chatter, h.guests...)
		mend()
		h.talk(t, time.Second, chatter, h.guests...)
	}
}

// redisLoses has Redis lose what is said, before anybody can doubt it.
func redisLoses(t testing.TB, s *stage, h *hall) {
	s.proxy.Deaf.Store(true)
	h.talk(t, 200*time.Millisecond, chatter/5, h.guests...)
	s.proxy.Deaf.Store(false)
}

// openStage starts a cluster whose nodes hear Redis, with a hall in it.
func openStage(t testing.TB, setup harness.Setup) (*stage, *hall) {
	t.Helper()
	s := setUpEmpty(t, setup, harness.Loopback(0))
	hearRedis(t, s.cluster.Nodes)
	return s, open(t, s.cluster.Nodes, 2)
}

// hearRedis waits until all nodes do.
func hearRedis(t testing.TB, nodes []*harness.Node) {
	t.Helper()
	for _, n := range nodes {
		harness.Eventually(t, harness.Patience, func() error { return hasLogged(n, "identity changes come by Redis") })
	}
}

func hasLogged(n *harness.Node, text string) error {
	if !strings.Contains(n.Output.String(), text) {
		return fmt.Errorf("%s has not logged %q", n.Name, text)
	}
	return nil
}

// await waits until everybody has heard everything, but not for ever.
func (h *hall) await(within time.Duration) (wrong error) {
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for end := time.Now().Add(within); ; <-again.C {
		if wrong = h.allHeard(); wrong == nil || time.Now().After(end) {
			return wrong
		}
	}
}

func TestWhatClientsSayReachesEverybodyOnce(t *testing.T) {
	all := everything(t)
	s, h := openStage(t, harness.Setup{
		Places: harness.LocalPlaces(t, hallNodes), Flags: []string{"--ping-timeout", "2m"},
	})
	for _, of := range []hallScene{
		{"a node frozen for 4 s", false, frozenHearer(4 * time.Second)},
		{"a node frozen for 10 s", true, frozenHearer(10 * time.Second)},
		{"a node frozen for 45 s, which is longer than relays are kept", true, frozenHearer(45 * time.Second)},
		{"Redis killed for 5 s", false, redisGone(5 * time.Second)},
		{"a node frozen for 10 s without Redis", true, frozenWithoutRedis(10 * time.Second)},
		{"Redis loses what is said", false, redisLoses},
		{"Redis deaf", true, talkWhile(redisDeaf)},
		{"Redis frozen", true, talkWhile(redisFrozen)},
		{"Redis slow, 600 ms", true, talkWhile(redisSlow(600 * time.Millisecond))},
	} {
		if of.long && !all {
			continue
		}
		of.play(t, s, h)
		mended := time.Now()
		if err := h.await(caughtUp); err != nil {
			t.Fatalf("%s: %v", of.name, err)
		}
		t.Logf("%s: all %d were heard within %v", of.name, h.said, time.Since(mended).Round(time.Millisecond))
		h.says(t, h.guests[0]) // whatever came twice was before this
		if err := h.await(caughtUp); err != nil {
			t.Fatalf("after %s: %v", of.name, err)
		}
	}
}

// Two nodes are at a primary of Redis, two at its replica: what is published there does
// not come to the primary. They say it straight, and an operator is told.
func TestNodesAtAReplicaAreHeard(t *testing.T) {
	const soon = 2 * time.Second // far less than the pace at which the log is read at any rate
	primary := redistest.Start(t, "--repl-diskless-sync-delay", "0")
	host, port, _ := strings.Cut(primary.Addr(), ":")
	replica := redistest.Start(t, "--replicaof", host, port)
	places := harness.LocalPlaces(t, 4)
	for i := range places {
		server := primary
		if i >= 2 {
			server = replica
		}
		places[i].Flags = []string{"--redis-url", server.URL()}
	}
	s, h := openStage(t, harness.Setup{Places: places})
	nodes := s.cluster.Nodes
	h.talk(t, 2*time.Second, chatter, h.guests...)
	if err := h.await(caughtUp); err != nil {
		t.Fatal(err)
	}
	for _, n := range nodes[:2] {
		harness.Eventually(t, harness.Patience, func() error {
			return hasLogged(n, "Redis does not bring what other nodes say")
		})
	}
	for _, n := range nodes[2:] {
		if hasLogged(n, "Redis does not bring what other nodes say") == nil {
			t.Errorf("%s complains, and hears everybody", n.Name)
		}
	}
	for i := range 5 {
		version, err := nodes[3].Rename("1", fmt.Sprint("John ", i))
		if err != nil {
			t.Fatal(err)
		}
		renamed := time.Now()
		harness.Eventually(t, soon, func() error {
			var wrong []error
			for _, g := range h.guests {
				wrong = append(wrong, g.knows(version))
			}
			return errors.Join(wrong...)
		})
		t.Logf("version %d was known after %v", version, time.Since(renamed).Round(time.Millisecond))
	}
	h.talk(t, time.Second, chatter, h.guests...)
	if err := h.await(caughtUp); err != nil {
		t.Fatal(err)
	}
}

// hallBreakage is a mistake about relays, to show that these scenes find it.
type hallBreakage struct {
	name     string
	mistakes []breakage // of which only file, old and new are named
	play     func(testing.TB, *stage, *hall)
}

func hallBreakages() []hallBreakage {
	neverAsks := breakage{
		file: "actors/relay/origins.go",
		old:  "if holes := known.Lacks(known.settled, holesAtATime); len(holes) > 0 {",
		new:  "if holes := known.Lacks(known.settled, holesAtATime); len(holes) > holesAtATime {",
	}
	return []hallBreakage{
		{"what is lacking is not asked for", []breakage{neverAsks}, redisLoses},
		{"what comes twice is told twice", []breakage{{
			file: "actors/relaying.go",
			old:  "!a.relaying.origins.Take(msg.GetIncarnation(), msg.GetNumber()) {\n\t\treturn",
			new:  "!a.relaying.origins.Take(msg.GetIncarnation(), msg.GetNumber()) && false {\n\t\treturn",
		}, {
			file: "actors/relays.go",
			old:  "\tn.toStrays(msg, span)\n",
			new:  "\tn.toOthers(msg, span)\n",
		}}, frozenHearer(time.Second)},
		// It judges by the clock whether Redis is silent. A deadline of the read would not
		// do: when a process goes on whose read has both data and a deadline that has passed,
		// chance decides which of them Go's scheduler sees first, and data first is well.
		{"a node that stood still drops what is buffered", []breakage{neverAsks, {
			file: "actors/identity/follow.go",
			old:  "\tfor {\n\t\treceived, err := subscription.Receive(ctx)\n",
			new: "\tfor at := time.Now(); ; at = time.Now() {\n\t\treceived, err := subscription.Receive(ctx)\n" +
				"\t\tif time.Since(at) > silenceLimit {\n\t\t\treturn errSilent\n\t\t}\n",
		}}, frozenHearer(10 * time.Second)},
	}
}

// These scenes can fail: each mistake is found out. The short version looks only
// whether there still is a place for each, and what comes of it can be built.
func TestBrokenRelaysAreCaught(t *testing.T) {
	module, all := module(t), everything(t)
	for _, b := range hallBreakages() {
		t.Run(b.name, func(t *testing.T) {
			mistakes := overlay{}
			for _, m := range b.mistakes {
				maps.Copy(mistakes, m.overlay(t, module))
			}
			if !all {
				mistakes.compile(t)
				return
			}
			mistakes.build(t)
			s, h := openStage(t, harness.Setup{
				Places: harness.LocalPlaces(t, hallNodes), Flags: []string{"--ping-timeout", "2m"},
			})
			b.play(t, s, h)
			err := h.await(caughtUp)
			if err == nil {
				t.Fatal("nothing was found")
			}
			t.Logf("caught: %v", err)
		})
	}
}
