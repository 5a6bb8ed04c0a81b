//go:build unix

package crowd

import (
	"maps"
	"testing"
)

func TestEvictionsAreReadFromTheLog(t *testing.T) {
	found := make(Evictions)
	found.read("10:00:00.000 INF member joined node=node-1 member=node-2 live=2\n")
	before := maps.Clone(found)
	found.read("10:00:01.000 INF member failed node=node-1 member=node-2 address=127.0.0.1:1 live=1\n" +
		"10:00:02.000 INF member failed node=node-1 member=node-2 address=127.0.0.1:1 live=1\n" +
		"10:00:03.000 INF member failed node=node-1 member=node-3 address=127.0.0.1:2 live=1\n")
	if later := found.Since(before); len(before) > 0 || later["node-2"] != 2 || later["node-3"] != 1 || later.Total() != 3 {
		t.Errorf("%v, before %v", later, before)
	}
	if later := found.Since(found); len(later) > 0 {
		t.Errorf("%v since now", later)
	}
}
