//go:build unix

package crowd

import "testing"

func TestWhoGrowsMostIsFound(t *testing.T) {
	before := Memory{"node-1": 50, "node-2": 60}
	if got := (Memory{"node-1": 70, "node-2": 61}).Above(before); got != 20 {
		t.Errorf("grew by %v", got)
	}
	if got := (Memory{"node-1": 40, "node-2": 59}).Above(before); got != 0 {
		t.Errorf("shrank by %v", got)
	}
}
