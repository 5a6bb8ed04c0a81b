//go:build linux

package attacks

import (
	"context"
	"fmt"
	"net"
	"os"
	"testing"
	"time"

	"github.com/rollcall/rollcall/cmd/bench/process"
	"github.com/rollcall/rollcall/cmd/rollcall/e2e/crowd"
	"github.com/rollcall/rollcall/cmd/rollcall/e2e/faults/history"
	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
)

const (
	nodes = 3

	// mallory is the user as whom attackers enter rooms.
	mallory = "mallory"

	// usualGrowth is by how many bytes a node may grow for an attack of a few seconds,
	// unless that says otherwise. A node has some 60 MB at the start.
	usualGrowth = 256 << 20

	// backWithin is by when a node's memory is back, and backTo what it may keep: what
	// Go's heap needs after a flood is not returned to the last byte.
	backWithin = time.Minute
	backTo     = 48 << 20

	// A node that shares its machine with the attackers, and with other tests, may once in
	// a while get no processor time when it must answer. In the short version that many
	// answers at most, as a part of all, may be late for it, and name a node.
	lateShare  = 200
	namedShare = 10

	// elsewhereShare is how much of the machine others than those of the siege may have,
	// if times are to be judged.
	elsewhereShare = 0.15
)

// siege is a cluster with a crowd, of which one node is attacked in one way after the other.
type siege struct {
	extent
	cluster *harness.Cluster
	crowd   *crowd.Crowd
	victim  *harness.Node
	rows    []row
	bands   int // that have attacked
}

// lay starts a cluster and sends a crowd to it.
func lay(t testing.TB, of extent, flags ...string) *siege {
	t.Helper()
	return layPrepared(t, of, func(*harness.Cluster) {}, flags...)
}

// layPrepared is lay for a cluster to which something is done before the crowd comes.
func layPrepared(t testing.TB, of extent, prepare func(*harness.Cluster), flags ...string) *siege {
	t.Helper()
	s := &siege{extent: of, cluster: harness.StartSetup(t, harness.Setup{
		Places: harness.LocalPlaces(t, nodes), Flags: append(crowd.Operated(), flags...),
	})}
	s.victim = s.cluster.Nodes[0]
	s.cluster.AddUsers(t, map[string]string{mallory: "Mallory"})
	prepare(s.cluster)
	s.crowd = crowd.Gather(t, s.cluster.Nodes, besieged(), 1)
	for i := range s.crowd.Rooms { // rolls may hold attackers
		s.crowd.Recorder.Try(s.crowd.Room(i), mallory)
	}
	return s
}

// besieged is a crowd that leaves a small machine some time for the attackers.
func besieged() crowd.Size {
	return crowd.Size{
		Rooms: 3, Residents: 27, Polling: 4, Further: 5, Churners: 6, Stay: time.Second,
		Ask: 100 * time.Millisecond, Rename: 400 * time.Millisecond, Speak: 2 * time.Second,
	}
}

// attack is something that is done to a node.
type attack struct {
	name  string
	short bool  // also in the short version
	grows int64 // by how many bytes the node may grow meanwhile; 0: usualGrowth
	// lingers is how long what attackers leave behind is rightly taken for alive.
	lingers time.Duration
	// most bounds what the band counts.
	most map[string]int
	// does attacks until the band's context ends, and returns when it is over. Whatever
	// it opens is closed after that.
	does func(*band)
}

// figures are what nodes have used so far.
type figures struct {
	victim, others time.Duration // processor time
	elsewhere      time.Duration // that who is no part of the siege had of the machine
	memory         int64         // of the victim, in bytes
	goroutines     float64
	answers        crowd.Answers
	evictions      crowd.Evictions
	held           crowd.Holds
}

func (s *siege) figures(t testing.TB) (f figures) {
	t.Helper()
	var err error
	for _, n := range s.cluster.Nodes {
		used, failed := process.CPU(n.PID())
		if failed != nil {
			t.Fatal(failed)
		}
		if n == s.victim {
			f.victim = used
		} else {
			f.others += used
		}
	}
	if f.memory, err = process.Memory(s.victim.PID()); err != nil {
		t.Fatal(err)
	}
	machine, err := process.MachineCPU()
	if err != nil {
		t.Fatal(err)
	}
	own, err := process.CPU(os.Getpid()) // the crowd and the attackers
	if err != nil {
		t.Fatal(err)
	}
	f.elsewhere = machine - own - f.victim - f.others
	gauge, err := s.crowd.Measure(s.victim)
	if err != nil {
		t.Fatal(err)
	}
	if f.held, err = s.crowd.Held(s.victim); err != nil {
		t.Fatal(err)
	}
	f.goroutines, f.answers, f.evictions = gauge.Goroutines, s.crowd.Answered(t), s.crowd.Evictions()
	return f
}

// play plays an attack, and judges what was seen of it.
func (s *siege) play(t *testing.T, of attack) {
	if !s.everything && !of.short {
		return
	}
	t.Run(of.name, func(t *testing.T) {
		before := s.figures(t)
		if err := process.ForgetPeak(s.victim.PID()); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		done := s.assault(t, of)
		r := row{attack: of.name, done: done, took: time.Since(began), before: before}
		r.after = s.figures(t)
		var err error
		if r.peak, err = process.PeakMemory(s.victim.PID()); err != nil {
			t.Fatal(err)
		}
		r.verdict = history.Check(s.crowd.Settle(t))
		r.renames, r.wrong = s.crowd.Renames.Take()
		r.back, r.kept = s.recover(t, before, backWithin+of.lingers)
		s.rows = append(s.rows, r)
		t.Log("\n" + table(r))
		s.judge(t, of, r)
	})
}

// assault sends a band of attackers, and returns what they did.
func (s *siege) assault(t *testing.T, of attack) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), s.each)
	defer cancel()
	s.bands++
	b := &band{T: t, siege: s, node: s.victim, to: s.victim.Addr, ctx: ctx,
		from: net.IPv4(127, 66, byte(s.bands>>8), byte(s.bands)), books: &books{did: make(map[string]int)}}
	defer b.disband()
	of.does(b)
	<-ctx.Done() // the crowd goes on, also if the attackers have nothing more to do
	b.gather()
	for what, most := range of.most {
		if n := b.counted(what); n > most {
			t.Errorf("%d %s, and %d are the most that may be", n, what, most)
		}
	}
	return b.String()
}

// recover waits until the memory of the attacked node is back. It returns how long that
// took, and what the node has then.
func (s *siege) recover(t testing.TB, before figures, within time.Duration) (took time.Duration, kept int64) {
	t.Helper()
	began := time.Now()
	again := time.NewTicker(100 * time.Millisecond)
	defer again.Stop()
	for {
		var err error
		if kept, err = process.Memory(s.victim.PID()); err != nil {
			t.Fatal(err)
		}
		if took = time.Since(began); kept <= before.memory+backTo || took > within {
			return took, kept
		}
		<-again.C
	}
}

// judge fails the test for what must not be. That the crowd's clock saw an answer late is
// only told: it cannot tell its own delay from that of the nodes, who have the machine in
// common with it and with the attackers.
func (s *siege) judge(t testing.TB, of attack, r row) {
	t.Helper()
	for i, w := range append(r.wrong, r.violations()...) {
		if i == 20 {
			t.Error("… and more")
			break
		}
		t.Error(w)
	}
	s.judgeTime(t, r)
	if n := r.verdict.Sick + r.renames.Unanswered; n > 0 {
		t.Errorf("%d rolls and renames were not answered", n)
	}
	if r.renames.Refused > 0 || len(r.verdict.Said.Refused) > 0 {
		t.Errorf("of those who behave, %d renames were refused, and messages: %v", r.renames.Refused, r.verdict.Said.Refused)
	}
	grows := of.grows
	if grows == 0 {
		grows = usualGrowth
	}
	if grown := r.peak - r.before.memory; grown > grows {
		t.Errorf("the node grew by %s, from %s", megabytes(grown), megabytes(r.before.memory))
	}
	if within := backWithin + of.lingers; r.back > within {
		t.Errorf("after %v the node has %s of memory, and had %s before", within, megabytes(r.kept), megabytes(r.before.memory))
	}
}

// judgeTime fails the test if the nodes took too long, by their own clocks, or took each
// other for failed, unless others than those of the siege wanted the machine.
func (s *siege) judgeTime(t testing.TB, r row) {
	t.Helper()
	n, v := r.answers(), r.verdict
	unanswered, evicted := r.count(history.Unanswered), r.after.evictions.Since(r.before.evictions)
	mayBeLate, mayBeNamed := n.All/lateShare, v.Asked/namedShare
	if s.everything {
		mayBeLate, mayBeNamed = 0, v.Asked/100
	}
	if evicted.Total() == 0 && n.Slow == 0 && n.Late <= mayBeLate && v.Named <= mayBeNamed && unanswered == 0 {
		return
	}
	say := t.Errorf
	if others := r.elsewhere(); others > elsewhereShare {
		t.Logf("others had %.0f %% of the machine: what is late is no fault", 100*others)
		say = t.Logf
	}
	say("late: by the nodes' own clocks, of %d answers %d took longer than %v, and %d than %v; of %d rolls %d lacked a node, and %d were not answered; evicted: %v",
		n.All, n.Late, crowd.LateAnswer, n.Slow, crowd.SlowAnswer, v.Asked, v.Named, unanswered, evicted)
}

func megabytes(n int64) string { return fmt.Sprintf("%.0f MB", float64(n)/1e6) }
