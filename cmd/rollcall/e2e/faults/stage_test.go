//go:build unix

package faults

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/rollcall/rollcall/actors/identity/redistest"
	"github.com/rollcall/rollcall/cmd/rollcall/e2e/crowd"
	"github.com/rollcall/rollcall/cmd/rollcall/e2e/faults/history"
	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
)

// stage is a cluster with a crowd, on which one fault after the other is played.
type stage struct {
	cluster *harness.Cluster
	proxy   *redistest.Proxy
	crowd   *crowd.Crowd
	seed    uint64
	random  *rand.Rand
	rows    []history.Row

	// Of the last scene:
	renames crowd.Tally
	away    time.Duration // for which a resident was, at most
}

// setUp starts a cluster behind a Redis that can be slow and deaf, whose proxy
// listens at an address, and sends a crowd to it.
func setUp(t testing.TB, cluster harness.Setup, proxyAt string, of crowd.Size) *stage {
	t.Helper()
	s := setUpEmpty(t, cluster, proxyAt)
	s.crowd = crowd.Gather(t, s.cluster.Nodes, of, s.seed)
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
func setUpLocal(t testing.TB, of crowd.Size, flags ...string) *stage {
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
	h := s.crowd.Settle(t)
	verdict := history.Check(h)
	renames, wrong := s.crowd.Renames.Take()
	for _, w := range verdict.Wrong {
		wrong = append(wrong, w.String())
	}
	s.renames, s.away = renames, s.crowd.Away()
	row := history.Row{Fault: of.name, Verdict: verdict}
	s.rows = append(s.rows, row)
	t.Logf("%s, %v, %d renames, %d refused, %d without an answer, residents away for %v at most\n%s", of.name, time.Since(began).Round(time.Second),
		renames.Done, renames.Refused, renames.Unanswered, s.away.Round(time.Millisecond), history.Table(row))
	return verdict, wrong
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
	crowd.Wait(t.Context(), d)
}
