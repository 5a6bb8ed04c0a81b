package room

import (
	"errors"

	"github.com/rollcall/rollcall/actors/trace"
)

// errUnnumbered is why a change goes to every node by itself.
var errUnnumbered = errors.New("the room's grain did not number it in time: it went straight to every node")

// trail is the traces of a roster's changes on their way through the room grain
// (see pendingChanges): a batch goes with the trace of one of its changes, and those
// of the others link to that.
type trail struct {
	waiting  []*trace.Span // that handled a change which waits
	underway []*trace.Span // that last until the batch is back; the first goes with it
}

// add notes a change that waits; nil is one without a trace.
func (t *trail) add(handled *trace.Span) {
	if handled != nil {
		t.waiting = append(t.waiting, handled)
	}
}

// begin is called with each batch. It returns the span that goes with it, or nil.
func (t *trail) begin(changes int) *trace.Span {
	t.underway = nil
	for _, handled := range t.waiting {
		s := handled.Step("number")
		s.Set("changes", changes)
		t.underway = append(t.underway, s)
		s.Link(t.underway[0])
	}
	t.waiting = nil
	return t.span()
}

// span returns the span that goes with the batch under way.
func (t *trail) span() *trace.Span {
	if len(t.underway) == 0 {
		return nil
	}
	return t.underway[0]
}

// end is called when the batch is back, or why it was given up.
func (t *trail) end(err error) {
	for _, s := range t.underway {
		s.Fail(err)
		s.End()
	}
	t.underway = nil
}
