package relay

const (
	oftenFor = 5 * second
	rarely   = 5 * second
)

// Pace says when a node tells the others how far its relays go: a tick after there
// was news, each second for some seconds, and then rarely for as long as relays are
// kept. A mark that is lost is so told again, and a node without news says nothing.
// The zero value has none.
type Pace struct {
	news  bool // not told yet
	since int  // one more than the ticks since it was first told; 0 for never
}

// News notes that there is something to tell.
func (p *Pace) News() { p.news = true }

// Tick lets one tick pass, and reports whether it is time to tell.
func (p *Pace) Tick() bool {
	switch {
	case p.news:
		p.news, p.since = false, 1
		return true
	case p.since == 0:
		return false
	case p.since > keptFor:
		p.since = 0
		return false
	}
	passed := p.since
	p.since++
	if passed <= oftenFor {
		return passed%second == 0
	}
	return passed%rarely == 0
}
