package relay

import (
	"google.golang.org/protobuf/proto"

	"github.com/rollcall/rollcall/protos"
)

const (
	// keptFor is how many ticks a relay is kept, for those whom it did not reach: longer
	// than a node may stand still without losing its clients.
	keptFor = 30 * second

	// keptBytes bounds what is kept.
	keptBytes = 4 << 20

	// overhead is what a relay costs besides its own bytes.
	overhead = 256
)

// Log numbers the relays of one node's clients and keeps the latest. The zero value
// is empty.
type Log struct {
	last  uint64  // number of the latest
	kept  []entry // the latest ones, in order, without holes
	bytes int     // of these
	now   int     // ticks so far
}

type entry struct {
	relay *protos.Relay
	bytes int
	at    int // tick
}

// Add gives a relay its number and keeps it. The relay must not change afterwards.
func (l *Log) Add(r *protos.Relay) {
	l.last++
	r.Number = l.last
	size := proto.Size(r) + overhead
	l.kept = append(l.kept, entry{relay: r, bytes: size, at: l.now})
	l.bytes += size
	for l.bytes > keptBytes && len(l.kept) > 1 { // the latest may be larger than that
		l.drop()
	}
}

// Last returns the number of the latest relay, 0 before the first.
func (l *Log) Last() uint64 { return l.last }

// Tick lets one tick pass, and drops what has been kept for long enough.
func (l *Log) Tick() {
	l.now++
	for len(l.kept) > 0 && l.now-l.kept[0].at >= keptFor {
		l.drop()
	}
}

func (l *Log) drop() {
	l.bytes -= l.kept[0].bytes
	l.kept[0] = entry{} // or the slice would hold on to it
	if l.kept = l.kept[1:]; len(l.kept) == 0 {
		l.kept = nil
	}
}

// oldest returns the number of the oldest relay that is kept; of the next one that
// comes if there is none.
func (l *Log) oldest() uint64 { return l.last + 1 - uint64(len(l.kept)) }

// Answer returns those of the relays asked for that are kept, in order, of at most
// so many bytes together, or one that has more; and the number of the oldest that
// is kept: those before it will never come from here.
func (l *Log) Answer(holes []*protos.Hole, most int) (oldest uint64, relays []*protos.Relay) {
	oldest = l.oldest()
	for _, h := range holes {
		for n := max(h.GetFirst(), oldest); n <= min(h.GetLast(), l.last); n++ {
			e := l.kept[n-oldest]
			if most -= e.bytes; most < 0 && len(relays) > 0 {
				return oldest, relays
			}
			relays = append(relays, e.relay)
		}
	}
	return oldest, relays
}
