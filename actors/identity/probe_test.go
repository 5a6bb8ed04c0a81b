//go:build unix

package identity

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rollcall/rollcall/actors/actorstest"
	"github.com/rollcall/rollcall/actors/identity/redistest"
	"github.com/rollcall/rollcall/protos/pubsub"
)

// A subscription that is connected, answers pings and delivers nothing is found
// out; changes are read from the log until it works again.
func TestASubscriptionThatIsSilentlyDeadIsFoundOut(t *testing.T) {
	t.Parallel()
	redis, url := redistest.Start(t), filepath.Join(t.TempDir(), "rollcall.db")
	proxy := redistest.NewProxy(t, "127.0.0.1:0", redis.Addr())
	openSeeded(t, url)
	n := startNode(t, url, proxy.URL())
	actorstest.Eventually(t, "Redis is heard", n.isUp)
	n.rename(t, "name 1")
	wantAll(t, 1, n)

	proxy.Deaf.Store(true)
	actorstest.Eventually(t, "the subscription is found to be dead", func() bool {
		return strings.Contains(n.subscription.State().LastError, errDeaf.Error())
	})
	n.rename(t, "name 2") // is delivered all the same
	wantAll(t, 2, n)

	proxy.Deaf.Store(false)
	actorstest.Eventually(t, "Redis is heard again", n.isUp)
	n.rename(t, "name 3")
	wantAll(t, 3, n)
}

func TestProbes(t *testing.T) {
	start := time.Unix(1000, 0)
	after := func(d time.Duration) time.Time { return start.Add(d) }
	state := func(t *testing.T, p *prober, now time.Time, doubtful, deaf bool) {
		t.Helper()
		const forAll = "zzzz"
		if p.doubtful(now) != doubtful || p.deaf(now, forAll) != deaf {
			t.Errorf("after %v: doubtful %v, deaf %v", now.Sub(start), p.doubtful(now), p.deaf(now, forAll))
		}
	}
	// working returns a prober whose first probe has come.
	working := func(t *testing.T) *prober {
		p := newProber(noBeacon)
		p.begin()
		state(t, p, start, true, false)
		m, _ := p.next(start, 0)
		if p.heard(pubsub.Probe{ID: newProber(noBeacon).mark + ".1"}) || !p.heard(m) || p.heard(m) {
			t.Error("the first probe, of this subscription, is what makes it work")
		}
		state(t, p, after(time.Hour), false, false)
		return p
	}
	t.Run("the oldest that has not come decides", func(t *testing.T) {
		p := working(t)
		first, _ := p.next(start, 0)
		second, _ := p.next(after(time.Second), 0)
		state(t, p, after(doubtAfter), false, false)
		state(t, p, after(doubtAfter+1), true, false)
		state(t, p, after(silenceLimit), true, false)
		state(t, p, after(silenceLimit+1), true, true)
		p.heard(first)
		state(t, p, after(silenceLimit+1), true, false)
		p.heard(second)
		state(t, p, after(time.Hour), false, false)
	})
	t.Run("one that stood behind a node that stood still", func(t *testing.T) {
		p := working(t)
		early := p.vouch()
		m, number := p.next(start, 0)
		p.took(number)
		late := p.vouch()
		for pong, deaf := range map[string]bool{early: false, late: true, "": false} {
			if p.deaf(after(time.Hour), pong) != deaf {
				t.Errorf("deaf at the answer %q: %v", pong, !deaf)
			}
		}
		p.heard(m)
		if p.deaf(after(time.Hour), late) {
			t.Error("deaf although it came before the answer")
		}
	})
	t.Run("one that was overtaken", func(t *testing.T) {
		p := working(t)
		p.next(start, 0)
		later, _ := p.next(after(time.Second), 0)
		p.heard(later)
		state(t, p, after(time.Hour), false, false)
	})
	t.Run("one that Redis did not take", func(t *testing.T) {
		p := working(t)
		_, number := p.next(start, 0)
		p.retract(number, false)
		state(t, p, after(time.Hour), true, false) // of the subscription it says nothing
		m, _ := p.next(after(time.Hour), 0)
		p.heard(m)
		state(t, p, after(2*time.Hour), false, false)
	})
	t.Run("of another release", func(t *testing.T) {
		p := working(t)
		p.next(start, 0)
		if p.heard(pubsub.Probe{ID: p.mark}) || p.heard(pubsub.Probe{}) || p.heard(pubsub.Probe{ID: p.mark + ".?"}) {
			t.Error("taken for its own")
		}
		state(t, p, after(time.Hour), true, true)
	})
}

func noBeacon() pubsub.Beacon { return pubsub.Beacon{} }
