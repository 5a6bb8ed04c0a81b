//go:build unix

package identity

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rollcall/rollcall/actors/actorstest"
	"github.com/rollcall/rollcall/actors/identity/redistest"
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
	p := newProber()
	if p.deaf(start) {
		t.Error("deaf before anything was sent")
	}
	p.expect(start)
	p.expect(after(time.Second))
	if p.deaf(after(silenceLimit)) || !p.deaf(after(silenceLimit+1)) {
		t.Error("the oldest probe decides")
	}
	p.begin()
	if p.heard(newProber().mark) || !p.deaf(after(silenceLimit+1)) {
		t.Error("a probe of somebody else was taken for its own")
	}
	if !p.heard(p.mark) || p.heard(p.mark) {
		t.Error("the first probe is what makes it work")
	}
	if p.deaf(after(time.Hour)) {
		t.Error("it came")
	}
	p.expect(after(time.Hour))
	p.retract(after(time.Hour)) // Redis did not take it
	if p.deaf(after(2 * time.Hour)) {
		t.Error("what was not taken proves nothing")
	}
}
