//go:build unix

package crowd

import (
	"maps"
	"strings"
)

// Evictions counts how often a node was taken for failed, by its name: once for
// each other node that did.
type Evictions map[string]int

// Evictions returns those since the cluster started.
func (c *Crowd) Evictions() Evictions {
	found := make(Evictions)
	for _, n := range c.Nodes {
		found.read(n.Output.String())
	}
	return found
}

// read counts what a node has logged.
func (e Evictions) read(log string) {
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

// Since returns those that came after before.
func (e Evictions) Since(before Evictions) Evictions {
	later := maps.Clone(e)
	for name, n := range before {
		later[name] -= n
	}
	maps.DeleteFunc(later, func(_ string, n int) bool { return n == 0 })
	return later
}

func (e Evictions) Total() (sum int) {
	for _, n := range e {
		sum += n
	}
	return sum
}
