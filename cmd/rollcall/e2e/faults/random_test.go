//go:build unix

package faults

import (
	"fmt"
	"testing"
	"time"
)

// combined plays a node's fault while something else is broken, all drawn.
func combined(t testing.TB, s *stage) {
	elsewhere := []struct {
		name      string
		brk, mend func()
	}{
		{"nothing", func() {}, func() {}},
		{"Redis killed", s.cluster.Redis.Stop, s.cluster.Redis.Start},
		{"Redis frozen", s.cluster.Redis.Freeze, s.cluster.Redis.Thaw},
		{"Redis deaf", func() { s.proxy.Deaf.Store(true) }, func() { s.proxy.Deaf.Store(false) }},
		{"Redis slow", func() { s.proxy.Delay.Store(int64(200 * time.Millisecond)) }, func() { s.proxy.Delay.Store(0) }},
	}
	nodes := []struct {
		name string
		play func(testing.TB, *stage)
	}{
		{"kill -9", killed}, {"kill -9, back at once", restarted}, {"frozen", frozen(time.Duration(1+s.random.IntN(5)) * time.Second)},
	}
	e, n := elsewhere[s.random.IntN(len(elsewhere))], nodes[s.random.IntN(len(nodes))]
	t.Logf("drawn: %s, while: %s", n.name, e.name)
	s.crowd.recorder.Break()
	e.brk()
	pass(t, time.Duration(s.random.IntN(1000))*time.Millisecond)
	n.play(t, s)
	e.mend()
	s.crowd.recorder.Mend()
	pass(t, whileUp)
}

// What can fail fails together, as the seed has it.
func TestFaultsCombine(t *testing.T) {
	if !longOnly(t, "faults in combination") {
		return
	}
	const rounds = 10
	s := setUpLocal(t, usual())
	for i := range rounds {
		s.play(t, scene{name: fmt.Sprintf("combination %d", i+1), play: combined})
	}
	s.report(t)
}
