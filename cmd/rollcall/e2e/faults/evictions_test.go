//go:build unix

package faults

import (
	"maps"
	"strings"
	"testing"
)

// evictions counts how often a node was taken for failed, by its name: once for
// each other node that did.
type evictions map[string]int

// evictions returns those since the cluster started.
func (s *stage) evictions() evictions {
	found := make(evictions)
	for _, n := range s.crowd.nodes {
		found.read(n.Output.String())
	}
	return found
}

// read counts what a node has logged.
func (e evictions) read(log string) {
	for line := range strings.Lines(log) {
		_, fields, ok := strings.Cut(line, " member failed ")
		if !ok {
			continue
		}
		for field := range strings.FieldsSeq(fields) {
			if name, ok := strings.CutPrefix(field, "member="); ok {
				e[name]++
			}
		}
	}
}

// since returns those that came after before.
func (e evictions) since(before evictions) evictions {
	later := maps.Clone(e)
	for name, n := range before {
		later[name] -= n
	}
	maps.DeleteFunc(later, func(_ string, n int) bool { return n == 0 })
	return later
}

func (e evictions) total() (sum int) {
	for _, n := range e {
		sum += n
	}
	return sum
}

func TestEvictionsAreReadFromTheLog(t *testing.T) {
	found := make(evictions)
	found.read("10:00:00.000 INF member joined node=node-1 member=node-2 live=2\n")
	before := maps.Clone(found)
	found.read("10:00:01.000 INF member failed node=node-1 member=node-2 address=127.0.0.1:1 live=1\n" +
		"10:00:02.000 INF member failed node=node-1 member=node-2 address=127.0.0.1:1 live=1\n" +
		"10:00:03.000 INF member failed node=node-1 member=node-3 address=127.0.0.1:2 live=1\n")
	if later := found.since(before); len(before) > 0 || later["node-2"] != 2 || later["node-3"] != 1 || later.total() != 3 {
		t.Errorf("%v, before %v", later, before)
	}
	if later := found.since(found); len(later) > 0 {
		t.Errorf("%v since now", later)
	}
}
