//go:build unix

package faults

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/rollcall/rollcall/actors/identity/redistest"
	"github.com/rollcall/rollcall/cmd/rollcall/e2e/faults/history"
	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
)

// stage is a cluster with a crowd, on which one fault after the other is played.
type stage struct {
	cluster *harness.Cluster
	proxy   *redistest.Proxy
	crowd   *crowd
	seed    uint64
	random  *rand.Rand
	rows    []history.Row

	// Of the last scene:
	renames tally
	away    time.Duration // for which a resident was, at most
}

// setUp starts a cluster behind a Redis that can be slow and deaf, whose proxy
// listens at an address, and sends a crowd to it.
func setUp(t testing.TB, cluster harness.Setup, proxyAt string, of size) *stage {
	t.Helper()
	s := setUpEmpty(t, cluster, proxyAt)
	s.crowd = gather(t, s.cluster.Nodes, of, s.seed)
	return s
}

// setUpEmpty is setUp without a crowd.
func setUpEmpty(t testing.TB, cluster harness.Setup, proxyAt string) *stage {
	t.Helper()
	s := &stage{seed: seed(t)}
	s.random = rand.New(rand.NewPCG(s.seed, 0))
	cluster.Redis = func(server *redistest.Server) string {
		s.proxy = redistest.NewProxy(t, proxyAt, server.Addr())
		return s.proxy.URL()
	}
	s.cluster = harness.StartSetup(t, cluster)
	return s
}

// setUpLocal is setUp on this machine.
func setUpLocal(t testing.TB, of size, flags ...string) *stage {
	t.Helper()
	return setUp(t, harness.Setup{Places: harness.LocalPlaces(t, 4), Flags: flags}, harness.Loopback(0), of)
}

// scene is a fault that is played.
type scene struct {
	name string
	long bool                         // only in the long version
	play func(t testing.TB, s *stage) // breaks something, and mends it
}

// play plays a scene, waits until all is well again, judges what was seen, and
// fails the test if a promise was broken.
func (s *stage) play(t testing.TB, of scene) history.Verdict {
	t.Helper()
	verdict, wrong := s.observe(t, of)
	for i, w := range wrong {
		if i == 20 {
			t.Errorf("… and %d more", len(wrong)-i)
			break
		}
		t.Errorf("%s: %s", of.name, w)
	}
	return verdict
}

// observe is play for one who judges by himself.
func (s *stage) observe(t testing.TB, of scene) (history.Verdict, []string) {
	t.Helper()
	began := time.Now()
	of.play(t, s)
	h := s.settle(t)
	verdict := history.Check(h)
	renames, wrong := s.crowd.renames.take()
	for _, w := range verdict.Wrong {
		wrong = append(wrong, w.String())
	}
	s.renames, s.away = renames, s.crowd.back.take()
	row := history.Row{Fault: of.name, Verdict: verdict}
	s.rows = append(s.rows, row)
	t.Logf("%s, %v, %d renames, %d refused, %d without an answer, residents away for %v at most\n%s", of.name, time.Since(began).Round(time.Second),
		renames.done, renames.refused, renames.unanswered, s.away.Round(time.Millisecond), history.Table(row))
	return verdict, wrong
}

// settle waits until the cluster is whole and everybody knows everything, but not
// for ever; then it ends the history.
func (s *stage) settle(t testing.TB) *history.History {
	t.Helper()
	harness.Eventually(t, s.crowd.patience(), s.crowd.all)
	harness.Eventually(t, harness.Patience, s.whole)
	s.crowd.quiet.Lock()
	defer s.crowd.quiet.Unlock()
	const enough = 15 * time.Second // the pace at which what was lost is looked for is 10 s
	last := time.Now().Add(enough)
	again := time.NewTicker(100 * time.Millisecond)
	defer again.Stop()
	for time.Now().Before(last) && s.ignorant() {
		<-again.C
	}
	return s.crowd.recorder.Turn()
}

// wholeRooms is of how many rooms a cluster has to give exact rolls to be whole.
const wholeRooms = 5

// whole tells whether each node gives exact rolls.
func (s *stage) whole() error {
	for _, n := range s.crowd.nodes {
		for i := range min(s.crowd.rooms, wholeRooms) {
			ctx, cancel := context.WithTimeout(context.Background(), patience)
			roll := s.crowd.roll(ctx, n, s.crowd.room(i))
			cancel()
			if roll.Failure != "" || !roll.Complete || len(roll.Lost) > 0 {
				return fmt.Errorf("a roll by %s: %s, complete %v, missing %v, lost %v", n.Name, roll.Failure, roll.Complete, roll.Missing, roll.Lost)
			}
		}
	}
	return nil
}

// ignorant reports whether some client does not know yet what it will have to.
func (s *stage) ignorant() bool {
	v := history.Check(s.crowd.recorder.Snapshot())
	return v.Has(history.Unaware, history.Unheard)
}

// sumUp makes one row of all that was played.
func (s *stage) sumUp(fault string) {
	all := history.Row{Fault: fault}
	for _, row := range s.rows {
		all.Verdict.Join(row.Verdict)
	}
	s.rows = []history.Row{all}
}

// report prints what was played.
func (s *stage) report(t testing.TB) {
	t.Helper()
	t.Logf("the report:\n%s", strings.TrimSpace(history.Table(s.rows...)))
}

// pass lets time go by, while the crowd goes on.
func pass(t testing.TB, d time.Duration) {
	t.Helper()
	wait(t.Context(), d)
}
