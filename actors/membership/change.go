package membership

import "time"

// ViewChanged is published on the actor system's event stream after New has
// become the node's view. Its handlers run on the goroutine that keeps the
// view, so they only send messages.
type ViewChanged struct {
	Old, New *View
}

// Joined returns the members that appeared: new ones, restarted ones and ones
// that are back after they had been evicted.
func (c ViewChanged) Joined() []Member {
	var joined []Member
	for _, m := range c.New.Members {
		if !c.Old.Holds(m) {
			joined = append(joined, m)
		}
	}
	return joined
}

// Left returns the members that said goodbye.
func (c ViewChanged) Left() []Member {
	left, _ := c.gone()
	return left
}

// Failed returns the members that are gone without a goodbye. One that was
// restarted at once is among the failed and among the joined.
func (c ViewChanged) Failed() []Member {
	_, failed := c.gone()
	return failed
}

func (c ViewChanged) gone() (left, failed []Member) {
	for _, m := range c.Old.Members {
		if c.New.Holds(m) {
			continue
		}
		_, replaced := c.New.ByName(m.Name)
		if replaced || c.New.lists(m.Name) {
			failed = append(failed, m)
		} else {
			left = append(left, m)
		}
	}
	return left, failed
}

func (v *View) lists(name string) bool {
	for _, l := range v.Lost {
		if l.Name == name {
			return true
		}
	}
	return false
}

// Thawed is published on the actor system's event stream when this process
// had stood still: others may have evicted it and welcomed it again without
// its noticing, so it announces what it holds.
type Thawed struct {
	Gap time.Duration // how long it stood still, at least
}
