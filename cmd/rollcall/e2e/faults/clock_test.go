//go:build unix

package faults

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rollcall/rollcall/cmd/rollcall/e2e/crowd"
	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
)

// clockVariable names, to a node that was built with settableClock, the file by
// which its wall clock is set.
const clockVariable = "ROLLCALL_TEST_CLOCK"

// settableClock has the program read the wall clock by testdata/leap.go. What
// measures times with it needs no change: that is done with monotonic time.
func settableClock(t testing.TB) overlay {
	t.Helper()
	leap, err := os.ReadFile(filepath.Join("testdata", "leap.go"))
	if err != nil {
		t.Fatal(err)
	}
	library := filepath.Join(goSays(t, "env", "GOROOT"), "src", "time")
	now := filepath.Join(library, "time.go")
	return overlay{
		filepath.Join(library, "leap.go"): string(leap),
		now: altered(t, now,
			"func Now() Time {\n\tsec, nsec, mono := runtimeNow()\n",
			"func Now() Time {\n\tsec, nsec, mono := runtimeNow()\n\tsec += leap.Load()\n"),
	}
}

// clock is the wall clock of one node.
type clock struct {
	file string
	node *harness.Node
}

// set has the clock show a time that is so much later than it is, and returns when
// the node goes by it.
func (c clock) set(t testing.TB, s *stage, by time.Duration) {
	t.Helper()
	next := c.file + ".next"
	write(t, next, []byte(strconv.Itoa(int(by.Seconds()))))
	if err := os.Rename(next, c.file); err != nil { // never read half-written
		t.Fatal(err)
	}
	harness.Eventually(t, harness.Patience, func() error { return c.shows(s.crowd, by) })
}

// shows asks the node what time it is, as it tells with every answer.
func (c clock) shows(clients *crowd.Crowd, by time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), crowd.Patience)
	defer cancel()
	answer, err := clients.Do(ctx, http.MethodGet, c.node.URL("/readyz"), "")
	if err != nil {
		return err
	}
	date, err := http.ParseTime(answer.Header.Get("Date"))
	if err != nil {
		return err
	}
	if off := time.Until(date).Round(time.Minute); off != by {
		return fmt.Errorf("the clock of %s is wrong by %v, not by %v", c.node.Name, off, by)
	}
	return nil
}

// leaps has the clock show another time from now on.
func (c clock) leaps(by time.Duration) func(testing.TB, *stage) {
	return func(t testing.TB, s *stage) {
		s.crowd.Recorder.Break()
		c.set(t, s, by)
		pass(t, outageTime)
		s.crowd.Recorder.Mend() // it stays wrong, and all is well
		pass(t, whileUp)
	}
}

// Nobody notices that the wall clock of a node is set while the node runs. The
// short version looks only whether there still is a place for that in Go.
func TestAClockLeaps(t *testing.T) {
	leaping := settableClock(t)
	longOnly(t, "the wall clock of a node is set")
	leaping.build(t)
	places := harness.LocalPlaces(t, 4)
	wrong := len(places) - 1
	c := clock{file: filepath.Join(t.TempDir(), "clock")}
	places[wrong].Under = []string{"env", clockVariable + "=" + c.file}
	s := setUp(t, harness.Setup{Places: places}, harness.Loopback(0), crowd.Usual())
	c.node = s.cluster.Nodes[wrong]
	for _, of := range []scene{
		{name: "clock an hour ahead", play: c.leaps(time.Hour)},
		{name: "clock right again", play: c.leaps(0)},
		{name: "clock an hour behind", play: c.leaps(-time.Hour)},
	} {
		if v := s.mustPlayWhole(t, of); v.Lost > 0 || s.away > 0 {
			t.Errorf("%s: %d rolls name a lost node, a client was away for %v", of.name, v.Lost, s.away)
		}
	}
	s.report(t)
	// A leap ahead looks like a standstill, after which a node announces all it holds.
	if !strings.Contains(c.node.Output.String(), "this node stood still") {
		t.Error("the node did not take the leap ahead for a standstill: that this does no harm is not shown")
	}
}
