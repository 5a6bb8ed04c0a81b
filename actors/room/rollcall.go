package room

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/rollcall/rollcall/actors/membership"
	"github.com/rollcall/rollcall/actors/trace"
)

// errSilent is why a node is missing in a roll.
var errSilent = errors.New("no answer")

// waiter is a query that waits for a roll.
type waiter struct {
	arrived time.Time
	answer  chan<- *Roll // of capacity 1, so that answering never blocks
	span    *trace.Span  // until it is answered; nil without a trace
}

// rollCall is one roll call under way: whom it asked, who has answered, and who
// waits for the result. It is over when nobody is awaited any more.
type rollCall struct {
	id       uint64
	started  time.Time
	deadline time.Time
	waiters  []waiter
	asked    []*asked // by name
	awaited  int
	lost     map[string]time.Time // evicted nodes that it lacks, even if they are back, and since when
	timers   []*time.Timer        // of the deadline, and of the wait for nodes in doubt
	span     *trace.Span          // nil without a trace
}

// asked is one node's part in a roll call.
type asked struct {
	member  membership.Member
	status  NodeStatus // "" while the node is awaited
	latency time.Duration
	doubted bool    // it is waited for only briefly
	pages   []Entry // what has come of a reply of several pages
	span    *trace.Span
}

// newRollCall asks members, which are sorted by name.
func newRollCall(id uint64, started, deadline time.Time, members []membership.Member, waiters []waiter) *rollCall {
	c := &rollCall{id: id, started: started, deadline: deadline, waiters: waiters, awaited: len(members)}
	nodes := make([]asked, len(members))
	c.asked = make([]*asked, len(members))
	for i, m := range members {
		nodes[i].member = m
		c.asked[i] = &nodes[i]
	}
	return c
}

// trace has a roll call go on with the trace of one of those who wait for it, a
// sampled one if there is one; the traces of the others link to it.
func (c *rollCall) trace(room string) {
	var first *trace.Span
	for _, w := range c.waiters {
		if first == nil || !first.Sampled() && w.span.Sampled() {
			first = w.span
		}
	}
	if first == nil {
		return
	}
	c.span = first.Child("roster", room, "roll call")
	c.span.Due(c.deadline)
	c.span.Set("nodes", len(c.asked))
	c.span.Set("queries", len(c.waiters))
	for _, w := range c.waiters {
		w.span.Link(c.span)
	}
}

// awaits returns the part of that node, if it has not answered yet.
func (c *rollCall) awaits(node, incarnation string) *asked {
	for _, a := range c.asked {
		if a.member.Name == node && a.member.System == incarnation && a.status == "" {
			return a
		}
	}
	return nil
}

func (c *rollCall) answered(a *asked, status NodeStatus, now time.Time) {
	a.status = status
	a.latency = now.Sub(c.started)
	a.pages = nil
	c.awaited--
	if status == Missing {
		a.span.Fail(errSilent)
	}
	a.span.Set("status", status)
	a.span.End()
}

// lose gives up the awaited nodes for which gone holds: their link broke, or the
// deadline has passed. They are named as missing.
func (c *rollCall) lose(now time.Time, gone func(membership.Member) bool) {
	for _, a := range c.asked {
		if a.status == "" && gone(a.member) {
			c.answered(a, Missing, now)
		}
	}
}

// loseDoubted gives up the awaited nodes that were in doubt from the start.
func (c *rollCall) loseDoubted(now time.Time) {
	for _, a := range c.asked {
		if a.status == "" && a.doubted {
			c.answered(a, Missing, now)
		}
	}
}

// silent returns the incarnations of the nodes that are awaited.
func (c *rollCall) silent() (systems []string) {
	for _, a := range c.asked {
		if a.status == "" {
			systems = append(systems, a.member.System)
		}
	}
	return systems
}

// stop ends its timers.
func (c *rollCall) stop() {
	for _, t := range c.timers {
		t.Stop()
	}
}

// lacks notes nodes that are lost: the roll names them even if they come back
// before it is over, since they were not asked, or what they answered is buried.
func (c *rollCall) lacks(lost ...membership.Lost) {
	if c.lost == nil && len(lost) > 0 {
		c.lost = make(map[string]time.Time)
	}
	for _, l := range lost {
		c.lost[l.Name] = l.Since
	}
}

// lostBy returns whom the roll names as lost, sorted by name: whom it lacks, and
// whom the view has lost.
func (c *rollCall) lostBy(view *membership.View, now time.Time) []membership.Lost {
	lost := view.LostNow(now)
	for name, since := range c.lost {
		if !slices.ContainsFunc(lost, func(l membership.Lost) bool { return l.Name == name }) {
			lost = append(lost, membership.Lost{Name: name, Since: since})
		}
	}
	slices.SortFunc(lost, func(a, b membership.Lost) int { return strings.Compare(a.Name, b.Name) })
	return lost
}

// forget drops the awaited nodes that are no members any more: who left is
// forgotten, who was evicted is named as lost instead, even if it is back.
func (c *rollCall) forget(view *membership.View) {
	kept := c.asked[:0]
	for _, a := range c.asked {
		if !view.Holds(a.member) {
			c.evicted(a.member, view)
		}
		if a.status == "" && !view.Holds(a.member) {
			c.awaited--
			a.span.Set("status", "forgotten")
			a.span.End()
			continue
		}
		kept = append(kept, a)
	}
	c.asked = kept
}

// evicted notes a node that is in the view no more as it was asked, unless it left.
func (c *rollCall) evicted(m membership.Member, view *membership.View) {
	for _, l := range view.Lost {
		if l.Name == m.Name {
			c.lacks(l)
		}
	}
	if _, back := view.BySystem(m.System); back {
		c.lacks(membership.Lost{Name: m.Name, Since: c.started})
	}
}

// over reports whether nobody is awaited any more.
func (c *rollCall) over() bool { return c.awaited == 0 }

// answer gives the roll to everyone who waits.
func (c *rollCall) answer(roll *Roll) {
	for _, w := range c.waiters {
		w.span.End()
		w.answer <- roll
	}
	c.waiters = nil
}
