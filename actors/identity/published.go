package identity

import (
	"sync"
	"time"
)

// toldFor is for how long probes tell of a change after it was published.
const toldFor = 5 * time.Second

// published remembers the latest change that a bus was given to publish.
type published struct {
	mu  sync.Mutex
	seq int64
	at  time.Time
}

func (p *published) note(seq int64, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if seq >= p.seq || now.Sub(p.at) > toldFor { // numbers begin again in a log that was emptied
		p.seq, p.at = seq, now
	}
}

// lately returns its number; 0 if there was none lately.
func (p *published) lately(now time.Time) int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	if now.Sub(p.at) > toldFor {
		return 0
	}
	return p.seq
}
