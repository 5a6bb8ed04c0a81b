package room

import (
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rollcall/rollcall/actors/membership"
	"github.com/rollcall/rollcall/protos/problem"
)

const (
	// MostPassages and mostPassageBytes bound what one roster may have on its way
	// to other nodes, and MostUnderway what all rosters of a node have together: a
	// node that stands still must not fill the memory of the others, and a roll call
	// goes by the same link, behind what is under way.
	MostPassages     = 1024
	mostPassageBytes = 1 << 20
	MostUnderway     = 2 << 20

	// passageOverhead is how many bytes a message counts besides what its sender said.
	passageOverhead = 256

	// UnaskedPart is which part of these bounds may be on its way behind the latest
	// message that the nodes were asked to confirm.
	UnaskedPart = 8

	// passageLife is how long a message counts as under way if nothing is heard of
	// it. A node that has not read what it was sent by then is a member no more, or
	// the message is lost.
	passageLife = 5 * time.Second
)

// passage is one message of a roster on its way to the other nodes.
type passage struct {
	number  uint64
	size    int // bytes
	since   time.Time
	confirm bool                // the nodes are asked to confirm this very message
	awaited []membership.Member // have not confirmed yet
	answer  func(failure error)
	timer   *time.Timer // of the deadline; nil if nobody waits for an answer
}

// passages are the messages of a roster that are under way, oldest first. Every
// node takes them in their order, so that one which confirms a message has no
// earlier one before it any more: it has taken that, or will never get it.
type passages struct {
	budget *Budget // of the node
	waits  bool    // retry will be called; see add
	last   uint64  // number of the latest message
	under  []*passage
	bytes  int // of those under way

	asked      int // of those under way, how many the nodes are asked to confirm
	quiet      int // messages since the latest of these
	quietBytes int
	expiry     *time.Timer // of the next expire; nil if none is due
}

// tooMuch is what the sender of a message is told that could not be sent for too
// long, since too much was under way.
func tooMuch() error {
	return problem.New(problem.Unavailable, "Too many messages are on their way to other nodes: try again in a moment").Named(problem.Overloaded)
}

// add takes a message to members, at least one, on its way. The answer, which may
// be nil, is called once: with nil when all have confirmed, or with what to tell the
// sender. It returns nil if too much is under way; then retry is called, on any
// goroutine, once other rosters have less. Of its own passages the caller knows.
func (p *passages) add(now time.Time, size int, members []membership.Member, answer func(failure error), retry func()) *passage {
	if len(p.under) >= MostPassages || p.bytes+size > mostPassageBytes || !p.take(size, retry) {
		return nil
	}
	p.last++
	q := &passage{number: p.last, size: size, since: now, awaited: slices.Clone(members), answer: answer}
	p.quiet++
	p.quietBytes += size
	if answer != nil || p.asked == 0 || p.quiet >= MostPassages/UnaskedPart || p.quietBytes >= mostPassageBytes/UnaskedPart {
		q.confirm = true
		p.asked++
		p.quiet, p.quietBytes = 0, 0
	}
	p.under = append(p.under, q)
	p.bytes += size
	return q
}

// take takes from the node's budget, or has retry called, by one who then calls
// retried.
func (p *passages) take(size int, retry func()) bool {
	if p.waits {
		return p.budget.Take(size)
	}
	p.waits = !p.budget.TakeOrWait(size, retry)
	return !p.waits
}

func (p *passages) retried() { p.waits = false }

// confirmed notes that a node has taken the message with this number.
func (p *passages) confirmed(node, incarnation string, number uint64) {
	for _, q := range p.under {
		if q.number > number {
			break
		}
		if q.number == number || !q.confirm {
			q.drop(func(m membership.Member) bool { return m.Name == node && m.System == incarnation })
		}
	}
	p.sweep()
}

// lose gives up the nodes for which gone holds: what was on its way to them may
// not have arrived.
func (p *passages) lose(gone func(membership.Member) bool) {
	for _, q := range p.under {
		if lost := q.drop(gone); len(lost) > 0 {
			q.fail(lost)
		}
	}
	p.sweep()
}

// forget drops the nodes that are no members any more: nobody waits for them.
func (p *passages) forget(view *membership.View) {
	for _, q := range p.under {
		q.drop(func(m membership.Member) bool { return !view.Holds(m) })
	}
	p.sweep()
}

// due ends the sender's wait. The message counts as under way still.
func (p *passages) due(number uint64) {
	for _, q := range p.under {
		if q.number == number {
			q.fail(q.awaited)
		}
	}
}

// expire forgets what nothing was heard of for too long.
func (p *passages) expire(now time.Time) {
	for _, q := range p.under {
		if q.answer == nil && now.Sub(q.since) >= passageLife {
			q.awaited = nil
		}
	}
	p.sweep()
}

// end gives up everything. It may be called again.
func (p *passages) end() {
	if p.expiry != nil {
		p.expiry.Stop()
	}
	for _, q := range p.under {
		q.fail(q.awaited)
		q.awaited = nil
	}
	p.sweep()
}

// sweep ends the passages that nobody is awaited for.
func (p *passages) sweep() {
	p.under = slices.DeleteFunc(p.under, func(q *passage) bool {
		if len(q.awaited) > 0 {
			return false
		}
		q.settle(nil)
		p.bytes -= q.size
		p.budget.Give(q.size)
		if q.confirm {
			p.asked--
		}
		return true
	})
}

// drop takes the members for which gone holds out of the awaited, and returns them.
func (q *passage) drop(gone func(membership.Member) bool) (dropped []membership.Member) {
	q.awaited = slices.DeleteFunc(q.awaited, func(m membership.Member) bool {
		if !gone(m) {
			return false
		}
		dropped = append(dropped, m)
		return true
	})
	return dropped
}

// fail tells the sender which nodes did not confirm.
func (q *passage) fail(silent []membership.Member) {
	names := make([]string, len(silent))
	for i, m := range silent {
		names[i] = m.Name
	}
	q.settle(problem.New(problem.Unavailable, "%s did not confirm", strings.Join(names, ", ")).Named(problem.NotConfirmed))
}

// settle answers the sender, unless that has been done.
func (q *passage) settle(failure error) {
	if q.timer != nil {
		q.timer.Stop()
	}
	if answer := q.answer; answer != nil {
		q.answer = nil
		answer(failure)
	}
}

// Budget is how many bytes of messages a node may have on their way. It may be
// used from any goroutine.
type Budget struct {
	Limit int64 // bytes
	used  atomic.Int64

	mu      sync.Mutex
	waiting []func() // to be called once when some was given back
}

// Take reports false, and takes nothing, if less than n is left.
func (b *Budget) Take(n int) bool {
	if b.used.Add(int64(n)) > b.Limit {
		b.used.Add(-int64(n))
		return false
	}
	return true
}

// TakeOrWait is Take that, if it reports false, has retry called when some was
// given back.
func (b *Budget) TakeOrWait(n int, retry func()) bool {
	if b.Take(n) {
		return true
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.Take(n) { // it may have been given back before anybody waited for it
		return true
	}
	b.waiting = append(b.waiting, retry)
	return false
}

// Give gives back what was taken, and has those called who wait for that.
func (b *Budget) Give(n int) {
	b.used.Add(-int64(n))
	b.mu.Lock()
	waiting := b.waiting
	b.waiting = nil
	b.mu.Unlock()
	for _, retry := range waiting {
		retry()
	}
}
