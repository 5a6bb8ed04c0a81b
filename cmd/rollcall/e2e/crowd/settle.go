//go:build unix

package crowd

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/rollcall/rollcall/cmd/rollcall/e2e/faults/history"
	"github.com/rollcall/rollcall/cmd/rollcall/e2e/harness"
)

// Settle waits until the cluster is whole and everybody knows everything, but not
// for ever; then it ends the history.
func (c *Crowd) Settle(t testing.TB) *history.History {
	t.Helper()
	harness.Eventually(t, c.Patience(), c.All)
	harness.Eventually(t, harness.Patience, c.Whole)
	c.quiet.Lock()
	defer c.quiet.Unlock()
	const enough = 15 * time.Second // the pace at which what was lost is looked for is 10 s
	last := time.Now().Add(enough)
	again := time.NewTicker(100 * time.Millisecond)
	defer again.Stop()
	for time.Now().Before(last) && c.ignorant() {
		<-again.C
	}
	return c.Recorder.Turn()
}

// wholeRooms is of how many rooms a cluster has to give exact rolls to be whole.
const wholeRooms = 5

// Whole tells whether each node gives exact rolls.
func (c *Crowd) Whole() error {
	for _, n := range c.Nodes {
		for i := range min(c.Rooms, wholeRooms) {
			ctx, cancel := context.WithTimeout(context.Background(), Patience)
			roll := c.Roll(ctx, n, c.Room(i))
			cancel()
			if roll.Failure != "" || !roll.Complete || len(roll.Lost) > 0 {
				return fmt.Errorf("a roll by %s: %s, complete %v, missing %v, lost %v", n.Name, roll.Failure, roll.Complete, roll.Missing, roll.Lost)
			}
		}
	}
	return nil
}

// ignorant reports whether some client does not know yet what it will have to.
func (c *Crowd) ignorant() bool {
	v := history.Check(c.Recorder.Snapshot())
	return v.Has(history.Unaware, history.Unheard)
}
