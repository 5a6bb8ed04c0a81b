//go:build unix

package faults

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/rollcall/rollcall/cmd/rollcall/e2e/crowd"
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
		outage := s.crowd.Recorder.Slow(victim.Name)
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
	longOnly(t, "a node short of processor time")
	s := setUpLocal(t, crowd.Usual())
	for _, of := range []scene{
		{name: "a quarter of the CPU", play: starved(150*time.Millisecond, 50*time.Millisecond, 10*time.Second)},
		{name: "a tenth of the CPU", play: starved(90*time.Millisecond, 10*time.Millisecond, 10*time.Second)},
		{name: "a fifth of the CPU, 400 ms stopped", play: starved(400*time.Millisecond, 100*time.Millisecond, 10*time.Second)},
	} {
		before := s.crowd.Evictions()
		s.play(t, of)
		if n := s.crowd.Evictions().Since(before); n.Total() > 0 {
			t.Errorf("%s: evicted: %v", of.name, n)
		}
	}
	// That nothing was counted means something only if it would have been.
	before := s.crowd.Evictions()
	s.play(t, scene{name: "none of the CPU for 4 s", play: frozen(4 * time.Second)})
	if n := s.crowd.Evictions().Since(before); n.Total() == 0 {
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

// killedAblaze kills a node under full load.
func killedAblaze(t testing.TB, s *stage) {
	before := s.crowd.Evictions()
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
	n := s.crowd.Evictions().Since(before)
	if n[victim.Name] != len(s.crowd.Nodes)-1 || n.Total() != n[victim.Name] {
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
			ctx, cancel := context.WithTimeout(t.Context(), crowd.Patience)
			defer cancel()
			roll := s.crowd.Roll(ctx, n, s.crowd.Room(0))
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
	longOnly(t, "a machine under full load")
	d := burnTime(t)
	s := setUpLocal(t, crowd.Usual(), crowd.Operated()...)
	evicted, answered := s.crowd.Evictions(), s.crowd.Answered(t)
	for left := d; left > 0; left -= burnRound {
		s.play(t, scene{name: "full CPU load", play: ablaze(min(left, burnRound))})
	}
	s.sumUp(fmt.Sprintf("full CPU load, %v", d))
	n, after := s.crowd.Evictions().Since(evicted), s.crowd.Answered(t)
	t.Logf("%d false evictions in %v, that is %.1f per hour %v", n.Total(), d, float64(n.Total())/d.Hours(), n)
	t.Logf("by the nodes' own clocks %d of %d rolls took longer than %v",
		after.Slow-answered.Slow, after.All-answered.All, crowd.SlowAnswer)
	if n.Total() > 0 {
		t.Error("nodes were evicted that were only busy")
	}
	s.play(t, scene{name: "kill -9 under full CPU load", play: killedAblaze})
	s.report(t)
}
