//go:build unix

package faults

import (
	"fmt"
	"testing"
	"time"

	"github.com/rollcall/rollcall/cmd/rollcall/e2e/crowd"
)

// combined plays a node's fault while something else is broken, all drawn.
func combined(t testing.TB, s *stage) {
	elsewhere := []struct {
		name string
		of   trouble
	}{
		{"nothing", func(*stage) (brk, mend func()) { return func() {}, func() {} }},
		{"Redis killed", redisKilled},
		{"Redis frozen", redisFrozen},
		{"Redis deaf", redisDeaf},
		{"Redis slow", redisSlow(200 * time.Millisecond)},
	}
	nodes := []struct {
		name string
		play func(testing.TB, *stage)
	}{
		{"kill -9", killed(longGone)}, {"kill -9, back at once", killed(0)}, {"frozen", frozen(time.Duration(1+s.random.IntN(5)) * time.Second)},
	}
	e, n := elsewhere[s.random.IntN(len(elsewhere))], nodes[s.random.IntN(len(nodes))]
	t.Logf("drawn: %s, while: %s", n.name, e.name)
	brk, mend := e.of(s)
	s.crowd.Recorder.Break()
	brk()
	pass(t, time.Duration(s.random.IntN(1000))*time.Millisecond)
	n.play(t, s)
	mend()
	s.crowd.Recorder.Mend()
	pass(t, whileUp)
}

// What can fail fails together, as the seed has it.
func TestFaultsCombine(t *testing.T) {
	longOnly(t, "faults in combination")
	const rounds = 10
	s := setUpLocal(t, crowd.Usual())
	for i := range rounds {
		s.play(t, scene{name: fmt.Sprintf("combination %d", i+1), play: combined})
	}
	s.report(t)
}
