//go:build unix

package faults

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
)

const (
	burnVariable = "ROLLCALL_BURN" // how long the full load lasts, such as 10m

	// goneLimit is how soon a node that was killed is no member any more, under
	// full load.
	goneLimit = 4 * time.Second
)

// starved leaves a node only a part of the processor, as cpulimit does it: its
// process is stopped and goes on in turns. It has to do all that a node does, only
// not in time.
func starved(stopped, running, d time.Duration) func(testing.TB, *stage) {
	return func(t testing.TB, s *stage) {
		victim := s.victim()
		outage := s.crowd.recorder.Slow(victim.Name)
		outage.Full()
		for end := time.Now().Add(d); time.Now().Before(end); {
			victim.Freeze()
			pass(t, stopped)
			victim.Thaw()
			pass(t, running)
		}
		outage.Until()
		s.mended(t)
		outage.Over()
		pass(t, whileUp)
	}
}

// A node that is short of processor time may be late. It is no reason to evict it:
// its sockets would be announced as gone, and as here again, over and over.
func TestANodeShortOfCPUIsNotEvicted(t *testing.T) {
	if !longOnly(t, "a node short of processor time") {
		return
	}
	s := setUpLocal(t, usual())
	for _, of := range []scene{
		{name: "a quarter of the CPU", play: starved(150*time.Millisecond, 50*time.Millisecond, 10*time.Second)},
		{name: "a tenth of the CPU", play: starved(90*time.Millisecond, 10*time.Millisecond, 10*time.Second)},
		{name: "a fifth of the CPU, 400 ms stopped", play: starved(400*time.Millisecond, 100*time.Millisecond, 10*time.Second)},
	} {
		before := s.evictions()
		s.play(t, of)
		if n := s.evictions().since(before); n.total() > 0 {
			t.Errorf("%s: evicted: %v", of.name, n)
		}
	}
	// That nothing was counted means something only if it would have been.
	before := s.evictions()
	s.play(t, scene{name: "none of the CPU for 4 s", play: frozen(4 * time.Second)})
	if n := s.evictions().since(before); n.total() == 0 {
		t.Error("nobody has noted that a frozen node was evicted")
	}
	s.report(t)
}

// burnTime is how long the full load lasts.
func burnTime(t testing.TB) time.Duration {
	t.Helper()
	d := lengthOf(t, burnVariable, time.Minute)
	t.Logf("a full load of %v; %s changes that", d, burnVariable)
	return d
}

// burnRound is after how long of a full load it is judged what was seen: what is
// compared grows faster than a history does.
const burnRound = time.Minute

// ablaze lets the crowd go on while others want all of the machine.
func ablaze(d time.Duration) func(testing.TB, *stage) {
	return func(t testing.TB, _ *stage) {
		f := kindle(t)
		pass(t, d)
		t.Logf("others had %.0f %% of the machine", 100*f.quench())
	}
}

// slowAnswer is the bound of a node's metric that comes next after the deadline of
// a roll and what it may be late: an answer at the deadline is not above it.
const slowAnswer = 500 * time.Millisecond

// answers counts the rolls that nodes have answered, and those that took them
// longer than slowAnswer. A client that is as short of processor time as the nodes
// are cannot tell its own delay from theirs.
type answers struct{ all, slow uint64 }

func (s *stage) answered(t testing.TB) (sum answers) {
	t.Helper()
	for _, n := range s.crowd.nodes {
		families, err := s.crowd.metrics(n)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range families["rollcall_query_seconds"].GetMetric() {
			sum.all += m.GetHistogram().GetSampleCount()
			sum.slow += m.GetHistogram().GetSampleCount()
			for _, b := range m.GetHistogram().GetBucket() {
				if b.GetUpperBound() == slowAnswer.Seconds() {
					sum.slow -= b.GetCumulativeCount()
				}
			}
		}
	}
	return sum
}

// killedAblaze kills a node under full load.
func killedAblaze(t testing.TB, s *stage) {
	before := s.evictions()
	f := kindle(t)
	pass(t, whileUp)
	victim := s.victim()
	dead := s.kill(victim)
	gone := s.goneAfter(t, victim)
	t.Logf("a node that was killed was no member any more after %v", gone.Round(time.Millisecond))
	if gone > goneLimit {
		t.Errorf("a node that was killed under full load was a member for %v", gone)
	}
	pass(t, whileUp)
	f.quench()
	n := s.evictions().since(before)
	if n[victim.Name] != len(s.crowd.nodes)-1 || n.total() != n[victim.Name] {
		t.Errorf("%s was killed; evicted: %v", victim.Name, n)
	}
	s.rejoin(t, dead)
	pass(t, whileUp)
}

// goneAfter asks the others until none counts a node, which was just killed, among
// those that have to answer, and returns how long that took.
func (s *stage) goneAfter(t testing.TB, victim *harness.Node) time.Duration {
	t.Helper()
	killed := time.Now()
	for _, n := range s.cluster.Others(victim) {
		harness.Eventually(t, harness.Patience, func() error {
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			roll := s.crowd.roll(ctx, n, s.crowd.room(0))
			if slices.Contains(roll.Missing, victim.Name) || !slices.Contains(roll.Lost, victim.Name) {
				return fmt.Errorf("%s counts %s as a member: missing %v, lost %v, %s", n.Name, victim.Name, roll.Missing, roll.Lost, roll.Failure)
			}
			return nil
		})
	}
	return time.Since(killed)
}

// On a machine that has no time left nobody is evicted who is only busy, and who is
// dead is found out.
func TestAFullLoadEvictsNobody(t *testing.T) {
	if !longOnly(t, "a machine under full load") {
		return
	}
	d := burnTime(t)
	s := setUpLocal(t, usual(), operated()...)
	evicted, answered := s.evictions(), s.answered(t)
	for left := d; left > 0; left -= burnRound {
		s.play(t, scene{name: "full CPU load", play: ablaze(min(left, burnRound))})
	}
	s.sumUp(fmt.Sprintf("full CPU load, %v", d))
	n, after := s.evictions().since(evicted), s.answered(t)
	t.Logf("%d false evictions in %v, that is %.1f per hour %v", n.total(), d, float64(n.total())/d.Hours(), n)
	t.Logf("by the nodes' own clocks %d of %d rolls took longer than %v",
		after.slow-answered.slow, after.all-answered.all, slowAnswer)
	if n.total() > 0 {
		t.Error("nodes were evicted that were only busy")
	}
	s.play(t, scene{name: "kill -9 under full CPU load", play: killedAblaze})
	s.report(t)
}
