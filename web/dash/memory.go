package dash

import (
	"cmp"
	"slices"
	"time"

	"github.com/rollcall/rollcall/actors/operate"
	"github.com/rollcall/rollcall/actors/room"
	"github.com/rollcall/rollcall/protos"
)

// memory makes states of surveys: it remembers what the last one said of each
// node, since when a node has the status that it has, and what it had sent.
type memory struct {
	nodes map[string]*remembered
}

// remembered is what is known of one node.
type remembered struct {
	incarnation string
	status      nodeStatus
	since       time.Time      // of the status
	report      *protos.Report // the last one; nil before the first
}

func newMemory() *memory { return &memory{nodes: make(map[string]*remembered)} }

// take takes a survey in, and returns the nodes and their traffic as of it.
func (m *memory) take(s *operate.Survey) (tiles []nodeState, lines []traffic) {
	tiles, lines = []nodeState{}, []traffic{}
	live := make(map[string]bool)
	for _, n := range s.Nodes {
		live[n.Member.Name] = true
		known, rates := m.see(n, s.At)
		lines = append(lines, rates...)
		tiles = append(tiles, nodeState{
			Node: n.Member.Name, Status: known.status, Since: room.TimestampOf(known.since), Started: room.TimestampOf(n.Member.Started),
			Version: known.report.GetVersion(), Address: n.Member.HTTP, Latency: milliseconds(n.Latency),
			figures: figuresOf(known.report),
		})
	}
	for _, g := range s.Gone {
		if live[g.Member.Name] {
			continue
		}
		live[g.Member.Name] = true // is remembered, at least
		t := nodeState{
			Node: g.Member.Name, Status: gone, Since: room.TimestampOf(g.Since), Started: room.TimestampOf(g.Member.Started), Address: g.Member.HTTP,
			figures: figuresOf(nil),
		}
		if known := m.nodes[g.Member.Name]; known != nil {
			t.Version = known.report.GetVersion()
		}
		tiles = append(tiles, t)
	}
	for name := range m.nodes {
		if !live[name] {
			delete(m.nodes, name)
		}
	}
	return tiles, lines
}

// see takes in what one node reported, or that it did not.
func (m *memory) see(n operate.Surveyed, at time.Time) (*remembered, []traffic) {
	known := m.nodes[n.Member.Name]
	if known == nil || known.incarnation != n.Member.System {
		known = &remembered{incarnation: n.Member.System, status: up, since: n.Member.Since}
		m.nodes[n.Member.Name] = known
	}
	now := up
	switch {
	case n.Report == nil:
		now = suspect
	case n.Report.GetDraining():
		now = draining
	}
	if now != known.status {
		known.status, known.since = now, at
	}
	if known.since.Before(n.Member.Since) {
		known.since = n.Member.Since // it was away meanwhile
	}
	if n.Report == nil {
		return known, nil
	}
	before := known.report
	known.report = n.Report
	return known, rates(before, n.Report)
}

// rates returns what a node has sent between two reports.
func rates(before, now *protos.Report) []traffic {
	seconds := float64(now.GetUptimeUs()-before.GetUptimeUs()) / 1e6
	if before == nil || before.GetIncarnation() != now.GetIncarnation() || seconds <= 0 {
		return nil
	}
	sent := make(map[string]uint64)
	for _, s := range before.GetSent() {
		sent[s.GetTo()] = s.GetMessages()
	}
	var list []traffic
	for _, s := range now.GetSent() {
		if more := s.GetMessages(); more > sent[s.GetTo()] {
			list = append(list, traffic{From: now.GetNode(), To: s.GetTo(), Messages: float64(more-sent[s.GetTo()]) / seconds})
		}
	}
	slices.SortFunc(list, func(a, b traffic) int { return cmp.Compare(a.To, b.To) })
	return list
}
