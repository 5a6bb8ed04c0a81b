package room

import "github.com/rollcall/rollcall/protos"

// pendingChanges is the outbound side of a roster: its changes, in order, on their
// way through the room grain. One batch is under way at a time; what happens
// meanwhile goes with the next. A change is done when it comes back
// numbered, as an event.
type pendingChanges struct {
	waiting  []*protos.RosterChange
	underway []*protos.RosterChange
	batch    uint64 // counts batches, so that a late failure of one is not taken for another's
	done     uint64 // the version of the latest change that was told to the sockets here
}

// add queues a change.
func (p *pendingChanges) add(c *protos.RosterChange) { p.waiting = append(p.waiting, c) }

// next returns the next batch to send, or nil while one is under way or nothing waits.
func (p *pendingChanges) next() []*protos.RosterChange {
	if len(p.underway) > 0 || len(p.waiting) == 0 {
		return nil
	}
	p.underway, p.waiting = p.waiting, nil
	p.batch++
	return p.underway
}

// returned notes that a change came back as an event. It reports whether that is
// news: not if the batch was given up before.
func (p *pendingChanges) returned(c *protos.RosterChange) (news bool) {
	if c.GetVersion() <= p.done {
		return false
	}
	p.done = c.GetVersion()
	for len(p.underway) > 0 && p.underway[0].GetVersion() <= p.done {
		p.underway = p.underway[1:]
	}
	return true
}

// giveUp ends a batch that did not come back whole, and returns every change
// that has to go another way: the rest of the batch, and all that waits, since
// it would fare no better. It returns nil for a batch that is over.
func (p *pendingChanges) giveUp(batch uint64) []*protos.RosterChange {
	if batch != p.batch || len(p.underway) == 0 {
		return nil
	}
	rest := append(p.underway, p.waiting...)
	p.underway, p.waiting = nil, nil
	p.done = rest[len(rest)-1].GetVersion()
	return rest
}

// idle reports whether nothing is under way and nothing waits.
func (p *pendingChanges) idle() bool { return len(p.underway) == 0 && len(p.waiting) == 0 }
