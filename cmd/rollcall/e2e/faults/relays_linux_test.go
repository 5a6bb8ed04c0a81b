package faults

import (
	"testing"
	"time"

	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
)

// Links between hosts break while Redis is gone, too: what clients said meanwhile comes
// to everybody once all is well, from who has it. It is part of the long version, which
// fails where there can be no hosts.
func TestWhatClientsSayCrossesBrokenLinks(t *testing.T) {
	longOnly(t, "what clients say while links between hosts are broken")
	w := newWire(t, len(everyone()), seed(t))
	s := setUpEmpty(t, harness.Setup{Places: w.places()}, w.address(0)+":0")
	hearRedis(t, s.cluster.Nodes)
	h := open(t, s.cluster.Nodes, 2)
	lost, slow := rule{loss: 1}, rule{delay: 200 * time.Millisecond}
	for _, of := range []struct {
		name string
		brk  func()
	}{
		{"split 1|3", func() { w.set([]int{1}, everyone(), true, lost) }},
		{"split 2|2", func() { w.set([]int{1, 2}, []int{3, 4}, true, lost) }},
		{"one way, 4 is not heard", func() { w.set([]int{4}, everyone(), false, lost) }},
		{"one way, 4 hears nobody", func() { w.set(everyone(), []int{4}, false, lost) }},
		{"20 % loss", func() { w.set(everyone(), everyone(), true, rule{loss: 0.2}) }},
		{"200 ms delay", func() { w.set(everyone(), everyone(), true, slow) }},
	} {
		for _, redis := range []bool{true, false} {
			if !redis {
				s.cluster.Redis.Stop()
			}
			h.talk(t, time.Second, chatter, h.guests...)
			of.brk()
			h.talk(t, cut, chatter, h.guests...)
			w.heal()
			mended := time.Now()
			if err := h.await(harness.Patience); err != nil {
				t.Fatalf("%s, with Redis: %v: %v", of.name, redis, err)
			}
			t.Logf("%s, with Redis: %v: all %d were heard within %v", of.name, redis, h.said, time.Since(mended).Round(time.Millisecond))
			if !redis {
				s.cluster.Redis.Start()
			}
			harness.AwaitMembers(t, s.cluster.Nodes...)
		}
	}
}
