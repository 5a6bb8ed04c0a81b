package faults

import (
	"testing"
	"time"

	"github.com/rollcall/rollcall/cmd/rollcall/e2e/crowd"
	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
)

// cut is how long the network is broken in the scenes.
const cut = 5 * time.Second

// everyone are the hosts of all nodes.
func everyone() []int { return []int{1, 2, 3, 4} }

// network breaks the wire for a while. All nodes are well: each has to answer, and
// to keep its clients.
func network(w *wire, brk func()) func(testing.TB, *stage) {
	return func(t testing.TB, s *stage) {
		s.crowd.Recorder.Break()
		brk()
		pass(t, cut)
		w.heal()
		s.mended(t)
		pass(t, whileUp)
	}
}

// flap cuts a host off, and lets it in again, several times.
func flap(w *wire, host int) func(testing.TB, *stage) {
	return func(t testing.TB, s *stage) {
		s.crowd.Recorder.Break()
		for range 6 {
			w.set([]int{host}, everyone(), true, rule{loss: 1})
			pass(t, time.Duration(200+s.random.IntN(600))*time.Millisecond)
			w.heal()
			pass(t, time.Duration(200+s.random.IntN(600))*time.Millisecond)
		}
		s.mended(t)
		pass(t, whileUp)
	}
}

// TestTheNetworkFails plays what can happen between hosts. It is part of the long
// version, which fails where there can be no hosts.
func TestTheNetworkFails(t *testing.T) {
	longOnly(t, "splits, loss and delay between hosts")
	w := newWire(t, len(everyone()), seed(t))
	s := setUp(t, harness.Setup{Places: w.places()}, w.address(0)+":0", crowd.Usual())
	for _, of := range []scene{
		{name: "hosts, nothing", play: func(t testing.TB, _ *stage) { pass(t, whileUp) }},
		{name: "split 1|3", play: network(w, func() { w.set([]int{1}, everyone(), true, rule{loss: 1}) })},
		{name: "split 2|2", play: network(w, func() { w.set([]int{1, 2}, []int{3, 4}, true, rule{loss: 1}) })},
		{name: "one way, 4 is not heard", play: network(w, func() { w.set([]int{4}, everyone(), false, rule{loss: 1}) })},
		{name: "one way, 4 hears nobody", play: network(w, func() { w.set(everyone(), []int{4}, false, rule{loss: 1}) })},
		{name: "20 % loss", play: network(w, func() { w.set(everyone(), everyone(), true, rule{loss: 0.2}) })},
		{name: "50 ms delay", play: network(w, func() { w.set(everyone(), everyone(), true, rule{delay: 50 * time.Millisecond}) })},
		{name: "200 ms delay", play: network(w, func() { w.set(everyone(), everyone(), true, rule{delay: 200 * time.Millisecond}) })},
		{name: "flapping link", play: flap(w, 2)},
	} {
		s.play(t, of)
	}
	s.report(t)
}
