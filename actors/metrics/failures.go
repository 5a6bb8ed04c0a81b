package metrics

import (
	"fmt"
	"log/slog"
	"maps"
	"runtime/debug"
	"sync"
	"time"

	"github.com/rollcall/rollcall/actors/directory"
	"github.com/rollcall/rollcall/protos/problem"
)

// mostFailures bounds how many actors are remembered as having failed.
const mostFailures = 256

// Failures remembers which actors failed on a message. The zero value is empty.
type Failures struct {
	mu     sync.Mutex
	kinds  map[directory.Kind]uint64
	actors map[failing]Failure
}

type failing struct {
	kind directory.Kind
	name string
}

// Failure is what is remembered of one actor.
type Failure struct {
	Count uint64
	Last  string // what it said last
	At    time.Time
}

// Panicked remembers and logs that an actor failed on a message, for the reason that was
// just recovered from.
func (f *Failures) Panicked(log *slog.Logger, kind directory.Kind, name string, reason any, attrs ...any) {
	f.Note(kind, name, problem.Clip(fmt.Sprint(reason)), time.Now())
	log.Error(string(kind)+" panicked", append(attrs, "reason", reason, "stack", string(debug.Stack()))...)
}

// Note remembers that an actor failed. When too many have, the one that failed
// longest ago is forgotten.
func (f *Failures) Note(kind directory.Kind, name, text string, at time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.kinds == nil {
		f.kinds, f.actors = make(map[directory.Kind]uint64), make(map[failing]Failure)
	}
	f.kinds[kind]++
	who := failing{kind, name}
	if _, known := f.actors[who]; !known && len(f.actors) >= mostFailures {
		f.forgetOldest()
	}
	f.actors[who] = Failure{Count: f.actors[who].Count + 1, Last: text, At: at}
}

func (f *Failures) forgetOldest() {
	var oldest failing
	for who, failure := range f.actors {
		if known, ok := f.actors[oldest]; !ok || failure.At.Before(known.At) {
			oldest = who
		}
	}
	delete(f.actors, oldest)
}

// Of returns what is remembered of an actor.
func (f *Failures) Of(kind directory.Kind, name string) Failure {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.actors[failing{kind, name}]
}

// ByKind returns how often actors of each kind have failed.
func (f *Failures) ByKind() map[directory.Kind]uint64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	kinds := make(map[directory.Kind]uint64, len(f.kinds))
	maps.Copy(kinds, f.kinds)
	return kinds
}

// Total returns how often any actor has failed.
func (f *Failures) Total() uint64 {
	total := uint64(0)
	for _, n := range f.ByKind() {
		total += n
	}
	return total
}
