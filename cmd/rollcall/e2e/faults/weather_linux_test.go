package faults

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rollcall/rollcall/cmd/rollcall/e2e/crowd"
	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
)

// disturbance is a fault that was drawn. It is begun, then ended; when all is whole
// again it is over.
type disturbance struct {
	name       string
	begin, end func()
	over       func() // nil if nobody has to know
}

// lasting is a disturbance of the network that stays as it is.
func lasting(w *wire, name string, l *layer) *disturbance {
	var lift func()
	return &disturbance{name: name, begin: func() { lift = w.lay(l) }, end: func() { lift() }}
}

// flapping is one that comes and goes, until it is ended, or the test is.
func flapping(t testing.TB, w *wire, name string, random *rand.Rand, l *layer) *disturbance {
	ctx, cancel := context.WithCancel(t.Context())
	var going sync.WaitGroup
	end := func() { cancel(); going.Wait() }
	t.Cleanup(end)
	own := rand.New(rand.NewPCG(random.Uint64(), 0))
	phase := func() { crowd.Wait(ctx, time.Duration(200+own.IntN(600))*time.Millisecond) }
	return &disturbance{
		name: name, end: end,
		begin: func() {
			going.Go(func() {
				for ctx.Err() == nil {
					lift := w.lay(l)
					phase()
					lift()
					phase()
				}
			})
		},
	}
}

// groups splits the hosts in two, as it comes. Neither is empty.
func groups(random *rand.Rand) (one, rest []int) {
	hosts := everyone()
	random.Shuffle(len(hosts), func(i, j int) { hosts[i], hosts[j] = hosts[j], hosts[i] })
	n := 1 + random.IntN(len(hosts)-1)
	one, rest = hosts[:n], hosts[n:]
	slices.Sort(one)
	slices.Sort(rest)
	return one, rest
}

// weather draws what is wrong with the network: one thing or two.
func weather(t testing.TB, w *wire, random *rand.Rand) []*disturbance {
	cut := rule{loss: 1}
	kinds := []func() *disturbance{
		func() *disturbance {
			one, rest := groups(random)
			return lasting(w, fmt.Sprintf("split %v|%v", one, rest), between(one, rest, true, cut))
		},
		func() *disturbance {
			one, rest := groups(random)
			return lasting(w, fmt.Sprintf("%v not heard by %v", one, rest), between(one, rest, false, cut))
		},
		func() *disturbance {
			percent := 5 + random.IntN(26)
			return lasting(w, fmt.Sprintf("%d %% loss", percent), between(everyone(), everyone(), false, rule{loss: float64(percent) / 100}))
		},
		func() *disturbance {
			delay := time.Duration(10+random.IntN(191)) * time.Millisecond
			return lasting(w, fmt.Sprintf("%v delay", delay), between(everyone(), everyone(), false, rule{delay: delay}))
		},
		func() *disturbance {
			one, rest := groups(random)
			return flapping(t, w, fmt.Sprintf("flapping %v|%v", one, rest), random, between(one, rest, true, cut))
		},
	}
	random.Shuffle(len(kinds), func(i, j int) { kinds[i], kinds[j] = kinds[j], kinds[i] })
	var drawn []*disturbance
	for _, kind := range kinds[:1+random.IntN(2)] {
		drawn = append(drawn, kind())
	}
	return drawn
}

// besides draws what else is wrong.
func (s *stage) besides(t testing.TB) *disturbance {
	victim, d := s.victim(), time.Duration(1000+s.random.IntN(2000))*time.Millisecond
	redis := func(name string, of trouble) *disturbance {
		brk, mend := of(s)
		return &disturbance{name: name, begin: brk, end: mend}
	}
	node := func(what string, falls func(*harness.Node) fallen) *disturbance {
		falling := &disturbance{name: fmt.Sprintf("%s %s %v", victim.Name, what, d), end: func() {}}
		falling.begin = func() {
			f := falls(victim)
			falling.over = f.Over
			pass(t, d)
			f.again()
		}
		return falling
	}
	switch s.random.IntN(6) {
	case 0:
		return node("frozen for", s.freeze)
	case 1:
		return node("killed, back after", s.kill)
	case 2:
		return redis("Redis killed", redisKilled)
	case 3:
		return redis("Redis deaf", redisDeaf)
	case 4:
		return redis("Redis slow", redisSlow(200*time.Millisecond))
	default:
		return &disturbance{name: "nothing", begin: func() {}, end: func() {}}
	}
}

// stormy draws how the network breaks, and something else with it.
func (s *stage) stormy(t testing.TB, w *wire) scene {
	drawn := append(weather(t, w, s.random), s.besides(t))
	var names []string
	for _, d := range drawn {
		names = append(names, d.name)
	}
	return scene{name: strings.Join(names, ", "), play: func(t testing.TB, s *stage) {
		s.crowd.Recorder.Break()
		for _, d := range drawn {
			d.begin()
			pass(t, time.Duration(s.random.IntN(1000))*time.Millisecond)
		}
		pass(t, cut/2)
		for _, d := range slices.Backward(drawn) {
			d.end()
			pass(t, time.Duration(s.random.IntN(300))*time.Millisecond)
		}
		s.crowd.Recorder.Mend()
		harness.AwaitMembers(t, s.crowd.Nodes...)
		harness.Eventually(t, harness.Patience, s.crowd.Whole)
		for _, d := range drawn {
			if d.over != nil {
				d.over()
			}
		}
		pass(t, whileUp)
	}}
}

// What can fail between hosts fails together, and with what can fail on them.
func TestNetworkFaultsCombine(t *testing.T) {
	longOnly(t, "faults of the network in combination")
	const rounds = 6
	w := newWire(t, len(everyone()), seed(t))
	s := setUp(t, harness.Setup{Places: w.places()}, w.address(0)+":0", crowd.Usual())
	for range rounds {
		s.play(t, s.stormy(t, w))
	}
	s.report(t)
}
