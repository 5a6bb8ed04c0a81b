package trace

import (
	"cmp"
	"slices"

	"github.com/rollcall/rollcall/protos"
)

// Trace is a whole trace, gathered from all nodes, on one clock: that of the node
// where it began.
type Trace struct {
	ID       ID
	Root     *protos.Span // what began it; nil if that was not found
	Steps    []Step       // parents before children, siblings by their start
	Nodes    []string     // that were asked or did something, sorted
	Start    int64        // Unix nanoseconds
	End      int64
	Deadline int64 // by when the roll was due; 0 if there was none
}

// Step is one span of a Trace.
type Step struct {
	*protos.Span
	Critical bool // the trace would have been shorter without it
	Linked   bool // it belongs to another trace, which did the work for this one
}

// Assemble puts the spans of a trace together, and those of the traces that it
// links to. It takes the spans over and changes them.
func Assemble(id ID, spans []*protos.Span) *Trace {
	f := newFamily(id, spans)
	t := &Trace{ID: id, Root: f.root}
	if len(f.kept) == 0 {
		return t
	}
	f.onOneClock()
	f.sort()
	for _, s := range f.tops {
		f.walk(s, func(s *protos.Span) {
			t.Steps = append(t.Steps, Step{Span: s, Linked: IDOf(s.GetTrace()) != id})
		})
	}
	critical := make(map[uint64]bool)
	if f.root != nil {
		f.critical(f.root, f.awaited(f.root), critical)
	}
	for i := range t.Steps {
		t.Steps[i].Critical = critical[t.Steps[i].GetId()]
	}
	t.bound()
	return t
}

// bound finds out when and where the trace was.
func (t *Trace) bound() {
	nodes := make(map[string]bool)
	for _, s := range t.Steps {
		begin := s.GetStarted()
		if s.GetSent() > 0 {
			begin = min(begin, s.GetSent())
		}
		if t.Start == 0 || begin < t.Start {
			t.Start = begin
		}
		t.End = max(t.End, s.GetEnded())
		t.Deadline = max(t.Deadline, s.GetDeadline())
		nodes[s.GetNode()] = true
		if s.GetPeer() != "" {
			nodes[s.GetPeer()] = true
		}
		for _, missing := range s.GetRoot().GetMissing() {
			nodes[missing] = true
		}
	}
	for node := range nodes {
		t.Nodes = append(t.Nodes, node)
	}
	slices.Sort(t.Nodes)
}

// Links returns the other traces that did work for this one.
func Links(id ID, spans []*protos.Span) (others []ID) {
	for _, s := range spans {
		for _, l := range s.GetLinks() {
			other := IDOf(l.GetTrace())
			if IDOf(s.GetTrace()) == id && other != id && !slices.Contains(others, other) {
				others = append(others, other)
			}
		}
	}
	return others
}

// family is the spans of a trace as a tree.
type family struct {
	byID     map[uint64]*protos.Span
	children map[uint64][]*protos.Span
	tops     []*protos.Span // without a parent among them
	kept     []*protos.Span
	root     *protos.Span
}

func newFamily(id ID, spans []*protos.Span) *family {
	f := &family{byID: make(map[uint64]*protos.Span), children: make(map[uint64][]*protos.Span)}
	for _, s := range spans {
		f.byID[s.GetId()] = s
	}
	f.adopt(id)
	for _, s := range f.byID {
		f.children[s.GetParent()] = append(f.children[s.GetParent()], s)
	}
	for _, s := range f.byID {
		if IDOf(s.GetTrace()) == id && f.byID[s.GetParent()] == nil {
			f.tops = append(f.tops, s)
		}
	}
	for _, s := range f.tops {
		f.walk(s, func(s *protos.Span) { f.kept = append(f.kept, s) })
		if s.GetRoot() != nil && (f.root == nil || s.GetStarted() < f.root.GetStarted()) {
			f.root = s
		}
	}
	return f
}

// adopt makes the spans that are linked to children of those that link to them.
func (f *family) adopt(id ID) {
	for _, s := range f.byID {
		if IDOf(s.GetTrace()) != id {
			continue
		}
		for _, l := range s.GetLinks() {
			if other := f.byID[l.GetSpan()]; other != nil && IDOf(other.GetTrace()) != id {
				other.Parent = s.GetId()
			}
		}
	}
}

// walk visits a span and all below it. A span whose parent is below it, which no
// honest node sends, is not reached twice: it has one parent.
func (f *family) walk(s *protos.Span, visit func(*protos.Span)) {
	visit(s)
	for _, child := range f.children[s.GetId()] {
		f.walk(child, visit)
	}
}

func (f *family) sort() {
	byStart := func(a, b *protos.Span) int {
		return cmp.Or(cmp.Compare(a.GetStarted(), b.GetStarted()), cmp.Compare(a.GetId(), b.GetId()))
	}
	slices.SortFunc(f.tops, byStart)
	for _, list := range f.children {
		slices.SortFunc(list, byStart)
	}
}

// awaited returns when what somebody waited for was over: the end of a request, or
// of all that followed from an event.
func (f *family) awaited(root *protos.Span) int64 {
	switch root.GetRoot().GetKind() {
	case "roll", "http":
		return root.GetEnded()
	}
	return f.over(root)
}

// over returns when a span and all that followed from it had ended. Who gets a
// message may still handle it when its sender has long gone on.
func (f *family) over(s *protos.Span) int64 {
	end := s.GetEnded()
	for _, child := range f.children[s.GetId()] {
		end = max(end, f.over(child))
	}
	return end
}

// critical marks the way back from when a span was over: the child that was over
// last held it up until then, and before that child began, the one that was over
// last before.
func (f *family) critical(s *protos.Span, until int64, marked map[uint64]bool) {
	marked[s.GetId()] = true
	children := slices.Clone(f.children[s.GetId()])
	over := make(map[*protos.Span]int64, len(children))
	for _, child := range children {
		over[child] = f.over(child)
	}
	slices.SortStableFunc(children, func(a, b *protos.Span) int { return cmp.Compare(over[b], over[a]) })
	for _, child := range children {
		if over[child] > until {
			continue // it went on when nobody waited for it any more
		}
		f.critical(child, over[child], marked)
		until = child.GetStarted()
		if child.GetSent() > 0 {
			until = child.GetSent()
		}
	}
}
