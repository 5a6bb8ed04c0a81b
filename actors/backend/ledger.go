package backend

import (
	"bytes"
	"time"

	"github.com/rollcall/rollcall/protos"
)

const (
	// Remembered is how long a node remembers an emit that came with a key.
	Remembered = 10 * time.Minute

	// MostKeys is how many it remembers: some 400 a second, all the time.
	MostKeys = 1 << 18

	// MostKeyBytes is how many bytes they may take.
	MostKeyBytes = 64 << 20

	// entryOverhead is about how many bytes an entry takes beside its key and digest.
	entryOverhead = 192
)

// Ledger is what a node remembers of the emits that came with a key: it hands on none of
// them twice. What is full takes no more until something is old enough: nothing is
// forgotten early. It is pure, and no more than one goroutine may use it at a time.
type Ledger struct {
	entries map[string]*entry
	order   []*entry // as they came, and so by their age
	bytes   int
}

// entry is one emit.
type entry struct {
	key     string
	digest  []byte
	came    time.Time
	outcome *protos.Emitted // nil while it is underway
}

func (e *entry) size() int { return len(e.key) + len(e.digest) + entryOverhead }

// NewLedger returns an empty one.
func NewLedger() *Ledger { return &Ledger{entries: make(map[string]*entry)} }

// Begin enters an emit, and returns nil: it is to be carried out, and settled then.
// Otherwise nothing is to be done, and it returns what is to be answered.
func (l *Ledger) Begin(key string, digest []byte, now time.Time) *protos.Emitted {
	l.forget(now)
	switch before := l.entries[key]; {
	case before == nil:
	case !bytes.Equal(before.digest, digest):
		return &protos.Emitted{Verdict: protos.Emitted_MISMATCH}
	case before.outcome == nil:
		return &protos.Emitted{Verdict: protos.Emitted_UNDERWAY}
	default:
		return before.outcome
	}
	e := &entry{key: key, digest: digest, came: now}
	if len(l.entries) >= MostKeys || l.bytes+e.size() > MostKeyBytes {
		return &protos.Emitted{Verdict: protos.Emitted_FULL}
	}
	l.entries[key] = e
	l.order = append(l.order, e)
	l.bytes += e.size()
	return nil
}

// Settle notes what came of an emit, to be answered if it is repeated. That of an emit
// which is forgotten by now is not kept.
func (l *Ledger) Settle(key string, digest []byte, outcome *protos.Emitted) {
	if e := l.entries[key]; e != nil && bytes.Equal(e.digest, digest) {
		e.outcome = outcome
	}
}

// forget drops what is old enough.
func (l *Ledger) forget(now time.Time) {
	old := 0
	for old < len(l.order) && now.Sub(l.order[old].came) >= Remembered {
		e := l.order[old]
		delete(l.entries, e.key)
		l.bytes -= e.size()
		l.order[old] = nil
		old++
	}
	if l.order = l.order[old:]; len(l.order) == 0 {
		l.order = nil
	}
}
