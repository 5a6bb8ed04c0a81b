package room

import (
	"slices"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/rollcall/rollcall/actors/membership"
	"github.com/rollcall/rollcall/protos"
)

// pageSize is how many entries go into one reply: about 200 KB.
const pageSize = 8192

type (
	callDue  struct{ id uint64 } // Roster → itself: a roll call has reached its deadline
	doubtDue struct{ id uint64 } // Roster → itself: a roll call has waited for nodes in doubt
	queueDue struct{}            // Roster → itself: a query has queued for long enough
)

// gathering is the roster's work on roll calls: those under way, the queries that
// wait for the next one, and the latest result.
type gathering struct {
	calls    map[uint64]*rollCall
	last     uint64      // id of the latest call
	queue    []waiter    // came while a call was under way
	patience *time.Timer // of the queue; nil before the first
	again    bool        // call once more after the one under way, even if nobody waits
	lacking  bool        // nodes were missing in the call that ended last

	// changes counts the changes of the seats and mirrors; the latest roll's
	// entries and body hold as long as it stands at kept, and the same nodes answer.
	changes uint64
	kept    uint64
	roll    *Roll
}

func newGathering() gathering { return gathering{calls: make(map[uint64]*rollCall)} }

func (g *gathering) busy() bool { return len(g.calls) > 0 }

// stop ends the timers.
func (g *gathering) stop() {
	if g.patience != nil {
		g.patience.Stop()
	}
	for _, c := range g.calls {
		c.stop()
	}
}

// everyone returns all who wait for a roll.
func (g *gathering) everyone() []waiter {
	waiters := slices.Clone(g.queue)
	for _, c := range g.calls {
		waiters = append(waiters, c.waiters...)
	}
	return waiters
}

// enqueue takes a query in. It never joins a call that has started.
func (r *roster) enqueue(w waiter) {
	g := &r.gathering
	if !g.busy() {
		r.call([]waiter{w})
		return
	}
	g.queue = append(g.queue, w)
	if len(g.queue) == 1 {
		g.patience = r.after(r.home.Queueing, queueDue{})
	}
}

// queueDue starts a call for whoever has queued too long: one silent node must
// not make a query wait for two deadlines.
func (r *roster) queueDue() {
	g := &r.gathering
	if len(g.queue) == 0 {
		return
	}
	if left := r.home.Queueing - time.Since(g.queue[0].arrived); left > 0 {
		g.patience = r.after(left, queueDue{})
		return
	}
	r.callQueue()
}

func (r *roster) callQueue() {
	queue := r.gathering.queue
	r.gathering.queue = nil
	r.call(queue)
}

// call starts a roll call for waiters, of which the first has waited longest.
func (r *roster) call(waiters []waiter) {
	g := &r.gathering
	now := time.Now()
	deadline := now.Add(r.home.RollDeadline)
	if len(waiters) > 0 {
		deadline = waiters[0].arrived.Add(r.home.RollDeadline)
	}
	g.last++
	g.again = false
	c := newRollCall(g.last, now, deadline, r.view.Members, waiters)
	c.lacks(r.view.LostNow(now)...)
	c.trace(r.room)
	doubts := false
	for _, a := range c.asked {
		if a.member.Name == r.home.Name {
			c.answered(a, Answered, now)
			continue
		}
		msg := &protos.RollCall{Call: c.id, Room: r.room}
		if m := r.mirrors[a.member.Name]; m != nil {
			msg.Incarnation, msg.Version = m.incarnation, m.comparable()
		}
		a.doubted = r.home.Breakers.Doubts(a.member.System)
		doubts = doubts || a.doubted
		a.span = c.span.Asking(a.member.Name, "RollCall")
		r.home.Send(a.member.FrontDoor(), a.span.Carry(msg, r.self))
	}
	g.calls[c.id] = c
	if c.over() {
		r.finish(c)
		return
	}
	c.timers = append(c.timers, r.after(time.Until(deadline), callDue{c.id}))
	if doubts {
		c.timers = append(c.timers, r.after(DoubtPatience, doubtDue{c.id}))
	}
}

// answer gives this node's part of the roll to the roster that asks.
func (r *roster) answer(msg *protos.RollCall, asker *actor.PID) {
	reply := func(unchanged, more bool, part *protos.Part) {
		r.respond(asker, &protos.RollReply{
			Call: msg.GetCall(), Node: r.home.Name, Incarnation: r.home.Incarnation,
			Version: r.seats.version, Unchanged: unchanged, More: more, Part: part,
		})
	}
	r.span.Set("sockets", len(r.seats.list))
	if msg.GetIncarnation() == r.home.Incarnation && msg.GetVersion() == r.seats.version {
		reply(true, false, nil)
		return
	}
	if len(r.seats.list) <= pageSize {
		reply(false, false, r.seats.part())
		return
	}
	for rest := r.seats.entries(); len(rest) > 0; {
		page := rest[:min(pageSize, len(rest))]
		rest = rest[len(page):]
		reply(false, len(rest) > 0, EncodePart(page))
	}
}

// replied takes the reply of another node in.
func (r *roster) replied(msg *protos.RollReply) {
	r.home.Breakers.Answered(msg.GetIncarnation())
	c := r.gathering.calls[msg.GetCall()]
	m := r.mirrors[msg.GetNode()]
	if c == nil || m == nil || m.incarnation != msg.GetIncarnation() {
		return // too late
	}
	a := c.awaits(msg.GetNode(), msg.GetIncarnation())
	if a == nil {
		return
	}
	now := time.Now()
	switch {
	case msg.GetUnchanged():
		m.agreed(msg.GetVersion())
		c.answered(a, Unchanged, now)
	default:
		entries, err := DecodePart(msg.GetPart())
		if err != nil {
			r.log.Error("a node's part of the roll cannot be read", "peer", msg.GetNode(), "err", err)
			c.answered(a, Missing, now)
			break
		}
		if a.pages = append(a.pages, entries...); msg.GetMore() {
			return
		}
		if m.replace(msg.GetVersion(), a.pages) {
			r.gathering.changes++
		}
		c.answered(a, Answered, now)
	}
	r.finishIfOver(c)
}

// callDue ends a roll call at its deadline, whatever is missing.
func (r *roster) callDue(id uint64) {
	if c := r.gathering.calls[id]; c != nil {
		for _, system := range c.silent() {
			r.home.Breakers.Missed(system)
		}
		c.lose(time.Now(), func(membership.Member) bool { return true })
		r.finish(c)
	}
}

// doubtDue gives up the nodes that did not answer an earlier roll call, either.
func (r *roster) doubtDue(id uint64) {
	if c := r.gathering.calls[id]; c != nil {
		c.loseDoubted(time.Now())
		r.finishIfOver(c)
	}
}

// lose gives up waiting for nodes whose link broke.
func (r *roster) lose(gone func(membership.Member) bool) {
	for _, c := range r.gathering.calls {
		c.lose(time.Now(), gone)
		r.finishIfOver(c)
	}
}

// forget gives up waiting for nodes that are no members any more.
func (r *roster) forget(view *membership.View) {
	for _, c := range r.gathering.calls {
		c.forget(view)
		r.finishIfOver(c)
	}
}

func (r *roster) finishIfOver(c *rollCall) {
	if c.over() {
		r.finish(c)
	}
}

// finish answers those who wait, and starts the next call if anybody queues.
func (r *roster) finish(c *rollCall) {
	g := &r.gathering
	c.stop()
	delete(g.calls, c.id)
	r.countCall(c)
	if len(c.waiters) > 0 {
		roll := r.assemble(c)
		c.span.End()
		c.answer(roll)
	}
	r.caughtUp()
	switch {
	case g.busy():
	case len(g.queue) > 0:
		r.callQueue()
	case g.again:
		r.call(nil)
	}
}

// countCall counts a roll call that is over, and who was silent in it.
func (r *roster) countCall(c *rollCall) {
	m := r.home.Metrics
	r.gathering.lacking = false
	if len(c.waiters) > 0 {
		m.Calls.Add(1)
	} else {
		m.Mends.Add(1)
	}
	for _, a := range c.asked {
		if a.status == Missing {
			m.Silent.Of(a.member.Name).Add(1)
			r.gathering.lacking = true
		}
	}
}
