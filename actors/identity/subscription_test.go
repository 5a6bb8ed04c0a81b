package identity

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rollcall/rollcall/protos/pubsub"
)

// memoryLog is a log of changes whose failures a test commands.
type memoryLog struct {
	mu     sync.Mutex
	rows   []Change
	away   bool          // every read fails
	block  chan struct{} // not nil: every read waits for it
	reads  int
	id     string // of the store
	pruned int64  // rows up to this number were deleted
}

// prune deletes the rows up to a number.
func (l *memoryLog) prune(until int64) {
	l.set(func(l *memoryLog) {
		l.pruned = until
		l.rows = slices.DeleteFunc(l.rows, func(c Change) bool { return c.Seq <= until })
	})
}

// Pruned is part of a look at the log.
func (l *memoryLog) Pruned(context.Context) (int64, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.pruned, nil
}

func (l *memoryLog) commit(seqs ...int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, seq := range seqs {
		l.rows = append(l.rows, change(seq))
	}
}

func (l *memoryLog) set(f func(*memoryLog)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f(l)
}

func (l *memoryLog) look(ctx context.Context) ([]Change, error) {
	l.mu.Lock()
	l.reads++
	block, away, rows := l.block, l.away, slices.Clone(l.rows)
	l.mu.Unlock()
	if block != nil {
		select {
		case <-block:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	if away {
		return nil, errors.New("the database is away")
	}
	return rows, nil
}

func (l *memoryLog) ChangesAfter(ctx context.Context, seq int64, limit int) ([]Change, error) {
	rows, err := l.look(ctx)
	rows = slices.DeleteFunc(rows, func(c Change) bool { return c.Seq <= seq })
	return rows[:min(len(rows), limit)], err
}

func (l *memoryLog) LastSeq(ctx context.Context) (int64, error) {
	rows, err := l.look(ctx)
	if err != nil || len(rows) == 0 {
		return 0, err
	}
	return rows[len(rows)-1].Seq, nil
}

func (l *memoryLog) ReadID(context.Context) (string, error) { return l.ID(), nil }

func (l *memoryLog) ID() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.id
}

// wire is a feed that says what a test says.
type wire struct {
	says  chan signal
	doubt atomic.Bool
}

func (w *wire) doubtful(time.Time) bool { return w.doubt.Load() }

func (w *wire) follow(ctx context.Context, _ func() pubsub.Beacon, signals chan<- signal) {
	for {
		select {
		case s := <-w.says:
			signals <- s
		case <-ctx.Done():
			return
		}
	}
}

// recorder is a handler that keeps what it is told.
type recorder struct {
	mu      sync.Mutex
	changes []Change
	relays  []pubsub.Relay
	beacons []pubsub.Beacon
	beacon  pubsub.Beacon // of this node
	emptied int
	missed  []time.Time
}

func (r *recorder) Missed(since time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.missed = append(r.missed, since)
}

func (r *recorder) Changed(c Change) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.changes = append(r.changes, c)
}

func (r *recorder) Emptied() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.emptied++
}

func (r *recorder) Relayed(relay pubsub.Relay) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.relays = append(r.relays, relay)
}

func (r *recorder) Probed(b pubsub.Beacon) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.beacons = append(r.beacons, b)
}

func (r *recorder) Beacon() pubsub.Beacon { return r.beacon }

func (r *recorder) seqs() []int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	var seqs []int64
	for _, c := range r.changes {
		seqs = append(seqs, c.Seq)
	}
	return seqs
}

func change(seq int64) Change { return Change{Seq: seq, User: "1", Version: seq + 1} }

// rig is a subscription on a log in memory and a wire, in a bubble of false time.
type rig struct {
	t        *testing.T
	log      *memoryLog
	wire     *wire
	recorder *recorder
	*Subscription
}

// inBubble runs a test with a subscription that has started on a log with the
// changes 1 to 5.
func inBubble(t *testing.T, prepare func(*memoryLog), test func(*rig)) {
	synctest.Test(t, func(t *testing.T) {
		r := &rig{t: t, log: new(memoryLog), wire: &wire{says: make(chan signal)}, recorder: new(recorder)}
		r.log.commit(1, 2, 3, 4, 5)
		if prepare != nil {
			prepare(r.log)
		}
		r.Subscription = newSubscription(r.log, r.wire, r.recorder, slog.New(slog.DiscardHandler))
		ctx, cancel := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() { r.Run(ctx) })
		synctest.Wait()
		test(r)
		cancel()
		running.Wait()
	})
}

func (r *rig) say(signals ...signal) {
	for _, s := range signals {
		r.wire.says <- s
	}
	synctest.Wait()
}

func (r *rig) hears(seqs ...int64) {
	for _, seq := range seqs {
		r.say(signal{kind: heard, message: change(seq)})
	}
}

func (r *rig) pass(d time.Duration) {
	timer := time.NewTimer(d)
	<-timer.C
	synctest.Wait()
}

func (r *rig) wantDelivered(seqs ...int64) {
	r.t.Helper()
	if diff := cmp.Diff(seqs, r.recorder.seqs()); diff != "" {
		r.t.Fatalf("delivered (-want +got):\n%s", diff)
	}
}

func TestChangesBeforeTheStartAreNotDelivered(t *testing.T) {
	inBubble(t, nil, func(r *rig) {
		r.say(signal{kind: up})
		r.wantDelivered()
		r.log.commit(6)
		r.hears(6, 6, 3)
		r.wantDelivered(6)
		if s := r.State(); !s.Up || !s.Placed || s.LastSeq != 6 || s.Behind {
			t.Errorf("state %+v", s)
		}
	})
}

func TestGapIsReadFromTheLog(t *testing.T) {
	inBubble(t, nil, func(r *rig) {
		r.say(signal{kind: up})
		r.log.commit(6, 7, 9) // 8 was rolled back
		r.hears(7)
		r.wantDelivered(6, 7, 9)
		r.hears(9, 6)
		r.wantDelivered(6, 7, 9)
	})
}

func TestTheStateTellsByWhichWayChangesCame(t *testing.T) {
	inBubble(t, nil, func(r *rig) {
		r.say(signal{kind: up})
		r.log.commit(6, 7, 8, 9)
		r.hears(6, 9, 7) // 7 to 9 are read, and the 7 that is late is not counted
		if s := r.State(); s.Heard != 1 || s.Read != 3 {
			t.Errorf("%d heard, %d read", s.Heard, s.Read)
		}
	})
}

// What was deleted from the log before it was read is told as missed, once, with the time
// from which on that was.
func TestWhatWasDeletedUnreadIsMissed(t *testing.T) {
	inBubble(t, nil, func(r *rig) {
		r.log.commit(6)
		r.pass(slowPace)
		r.wantDelivered(6)
		r.log.prune(6) // nothing of it is missing here
		r.pass(slowPace)
		if len(r.recorder.missed) != 0 {
			t.Fatalf("missed %v", r.recorder.missed)
		}
		gone := time.Now()
		r.log.set(func(l *memoryLog) { l.away = true })
		r.pass(slowPace)
		r.log.commit(7, 8, 9, 10)
		r.log.prune(8)
		r.log.set(func(l *memoryLog) { l.away = false })
		r.pass(slowPace)
		r.wantDelivered(6, 9, 10)
		if missed := r.recorder.missed; len(missed) != 1 || missed[0].After(gone) || missed[0].Before(gone.Add(-slowPace)) {
			t.Errorf("missed %v; the log was read last before %v", missed, gone)
		}
		r.say(signal{kind: up})
		r.log.commit(11)
		r.hears(11)
		r.wantDelivered(6, 9, 10, 11)
		if r.recorder.emptied != 0 || len(r.recorder.missed) != 1 {
			t.Errorf("emptied %d times, missed %v", r.recorder.emptied, r.recorder.missed)
		}
	})
}

func TestLongGapIsReadInPieces(t *testing.T) {
	inBubble(t, nil, func(r *rig) {
		var want []int64
		for seq := int64(6); seq <= 5+2*readLimit+1; seq++ {
			r.log.commit(seq)
			want = append(want, seq)
		}
		r.say(signal{kind: up})
		r.wantDelivered(want...)
	})
}

func TestLogIsReadEverySecondWhileTheBusIsDown(t *testing.T) {
	inBubble(t, nil, func(r *rig) {
		r.say(signal{kind: up}, signal{kind: down, err: errors.New("connection refused")})
		r.log.commit(6)
		r.wantDelivered()
		r.pass(fastPace)
		r.wantDelivered(6)
		r.log.commit(7)
		r.pass(fastPace)
		r.wantDelivered(6, 7)
		if s := r.State(); s.Up || s.LastError != "connection refused" {
			t.Errorf("state %+v", s)
		}
	})
}

func TestLogIsReadEverySecondWhileTheBusIsInDoubt(t *testing.T) {
	inBubble(t, nil, func(r *rig) {
		r.say(signal{kind: up})
		r.pass(fastPace)
		r.log.commit(6)
		r.wire.doubt.Store(true)
		if r.Hears() {
			t.Error("it hears what is in doubt")
		}
		r.pass(checkPace)
		r.wantDelivered(6)
		r.log.commit(7)
		r.pass(fastPace)
		r.wantDelivered(6, 7)
		r.hears(7, 6) // they were late
		r.wantDelivered(6, 7)
		r.wire.doubt.Store(false)
		before := r.log.reads
		r.pass(slowPace - fastPace)
		if reads := r.log.reads - before; reads > 1 || !r.Hears() {
			t.Errorf("hears %v; the log was read %d times since", r.Hears(), reads)
		}
	})
}

func TestLostMessageIsFoundByWhatAProbeTells(t *testing.T) {
	inBubble(t, nil, func(r *rig) {
		r.say(signal{kind: up})
		r.pass(fastPace)
		before := r.log.reads
		r.say(signal{kind: reached, seq: 5})
		if r.log.reads > before {
			t.Error("the log was read for what was delivered, or before its time")
		}
		r.log.commit(6, 7)
		r.say(signal{kind: reached, seq: 7})
		r.wantDelivered(6, 7)
	})
}

func TestLostMessageIsFoundAtTheSlowPace(t *testing.T) {
	inBubble(t, nil, func(r *rig) {
		r.say(signal{kind: up})
		r.log.commit(6)
		r.pass(slowPace - 2*fastPace)
		r.wantDelivered()
		before := r.log.reads
		r.pass(3 * fastPace)
		r.wantDelivered(6)
		if reads := r.log.reads - before; reads > 1 {
			t.Errorf("the log was read %d times in 3 s", reads)
		}
	})
}

func TestReconnectReadsWhatWasMissed(t *testing.T) {
	inBubble(t, nil, func(r *rig) {
		r.say(signal{kind: up})
		r.log.commit(6)
		r.say(signal{kind: up}) // subscribed again without having noticed a failure
		r.wantDelivered(6)
	})
}

func TestBothAwayLosesNothing(t *testing.T) {
	inBubble(t, nil, func(r *rig) {
		r.say(signal{kind: up}, signal{kind: down, err: errors.New("connection refused")})
		r.log.set(func(l *memoryLog) { l.away = true })
		r.log.commit(6, 7)
		r.pass(30 * time.Second)
		r.wantDelivered()
		if !r.State().Behind {
			t.Error("the state does not say that the log cannot be read")
		}
		r.say(signal{kind: up})
		r.log.commit(8)
		r.hears(8)
		r.wantDelivered()
		r.log.set(func(l *memoryLog) { l.away = false })
		r.pass(fastPace)
		r.wantDelivered(6, 7, 8)
	})
}

func TestDatabaseAwayAtTheStart(t *testing.T) {
	inBubble(t, func(l *memoryLog) { l.away = true }, func(r *rig) {
		r.say(signal{kind: up})
		r.log.commit(6, 7, 8)
		r.hears(8, 7) // 6 was before our time
		r.pass(10 * time.Second)
		r.wantDelivered()
		r.log.set(func(l *memoryLog) { l.away = false })
		r.pass(fastPace)
		r.wantDelivered(7, 8)
	})
}

func TestRelaysAndNextChangesDoNotWaitForASlowDatabase(t *testing.T) {
	inBubble(t, nil, func(r *rig) {
		r.say(signal{kind: up})
		block := make(chan struct{})
		r.log.set(func(l *memoryLog) { l.block = block })
		r.say(signal{kind: up}) // a read that waits
		r.log.commit(6)
		r.hears(6)
		r.say(signal{kind: heard, message: pubsub.Relay{Socket: "s", Payload: json.RawMessage("1")}})
		r.wantDelivered(6)
		if len(r.recorder.relays) != 1 {
			t.Errorf("%d relays", len(r.recorder.relays))
		}
		r.log.commit(7, 8)
		r.hears(8) // a gap that the waiting read does not see: another must follow
		r.log.set(func(l *memoryLog) { l.block = nil })
		close(block)
		synctest.Wait()
		r.wantDelivered(6, 7, 8)
	})
}

func TestForgedNumberDoesNotStopDelivery(t *testing.T) {
	inBubble(t, nil, func(r *rig) {
		r.say(signal{kind: up})
		r.hears(1 << 60)
		r.log.commit(6)
		r.hears(6)
		r.wantDelivered(6)
	})
}

func TestEmptiedLogStartsOver(t *testing.T) {
	inBubble(t, nil, func(r *rig) {
		r.say(signal{kind: up})
		r.log.set(func(l *memoryLog) { l.rows = nil })
		r.log.commit(1)
		r.hears(1)
		r.pass(slowPace + fastPace)
		r.wantDelivered(1)
		if r.recorder.emptied != 1 {
			t.Errorf("the handler was told %d times", r.recorder.emptied)
		}
		r.log.commit(2)
		r.hears(2)
		r.wantDelivered(1, 2)
	})
}

func TestMalformedMessagesAreCounted(t *testing.T) {
	inBubble(t, nil, func(r *rig) {
		r.say(signal{kind: up}, signal{kind: garbled, err: errors.New("no JSON")})
		if s := r.State(); s.Malformed != 1 || s.LastError != "no JSON" || !s.Up {
			t.Errorf("state %+v", s)
		}
	})
}

// A store that was reset has another id. Its numbers began again, and may by now be where
// the ones before had come to: so nothing but the id tells.
func TestStoreThatWasResetIsReadFromItsStart(t *testing.T) {
	inBubble(t, func(l *memoryLog) { l.id = "before" }, func(r *rig) {
		r.say(signal{kind: up})
		r.log.set(func(l *memoryLog) { l.rows, l.id = nil, "after" })
		r.log.commit(1, 2, 3, 4, 5)
		r.hears(1, 2, 3, 4, 5)
		r.pass(2 * checkPace)
		r.wantDelivered(1, 2, 3, 4, 5)
		if r.recorder.emptied != 1 {
			t.Errorf("the handler was told %d times", r.recorder.emptied)
		}
		r.log.commit(6)
		r.hears(6)
		r.wantDelivered(1, 2, 3, 4, 5, 6)
	})
}

// The id of a store comes with a migration, maybe while nodes run: it is no other store.
func TestStoreThatGetsAnIDIsTheSame(t *testing.T) {
	inBubble(t, nil, func(r *rig) {
		r.say(signal{kind: up})
		r.log.set(func(l *memoryLog) { l.id = "now" })
		r.pass(2 * slowPace)
		if r.recorder.emptied != 0 {
			t.Error("it is taken for another one")
		}
		r.log.set(func(l *memoryLog) { l.id = "" }) // it cannot be read for a moment
		r.pass(2 * slowPace)
		r.log.set(func(l *memoryLog) { l.id = "later" })
		r.pass(2 * checkPace)
		if r.recorder.emptied != 1 {
			t.Error("another one is not noticed")
		}
	})
}

// Where anybody can publish, what is heard is looked up, and only the log is believed.
func TestHintsAreLookedUp(t *testing.T) {
	inBubble(t, nil, func(r *rig) {
		r.say(signal{kind: up})
		forged := Change{Seq: 6, User: "2", Version: 1<<53 - 1}
		r.say(signal{kind: heard, message: forged, hint: true})
		r.say(signal{kind: heard, message: pubsub.Relay{Socket: "s"}, hint: true})
		r.say(signal{kind: reached, seq: 1 << 60, beacon: pubsub.Beacon{Node: "n", Incarnation: "i", Relays: 1 << 60}, hint: true})
		r.pass(hintPace)
		r.wantDelivered()

		r.log.commit(6)
		right := change(6)
		right.Trace = "trace"
		r.say(signal{kind: heard, message: right, hint: true})
		r.pass(hintPace)
		r.wantDelivered(6)
		if diff := cmp.Diff(right, r.recorder.changes[0]); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		r.say(signal{kind: heard, message: Change{Seq: 6, User: "1", Version: 1 << 50}, hint: true}) // said again, otherwise
		r.pass(2 * slowPace)
		r.wantDelivered(6)
		if len(r.recorder.relays) != 0 || slices.ContainsFunc(r.recorder.beacons, func(b pubsub.Beacon) bool { return b.Relays != 0 }) {
			t.Errorf("believed: relays %v, beacons %v", r.recorder.relays, r.recorder.beacons)
		}
	})
}

// A change whose store is another one, or said by who does not know it, is looked up.
func TestChangesOfAnotherStoreAreLookedUp(t *testing.T) {
	inBubble(t, func(l *memoryLog) { l.id = "now" }, func(r *rig) {
		r.say(signal{kind: up})
		for _, store := range []string{"", "before"} { // recorded before a reset, and said again
			r.say(signal{kind: heard, message: Change{Seq: 6, User: "2", Version: 1 << 50, Store: store}})
			r.pass(hintPace)
		}
		r.wantDelivered()
		r.say(signal{kind: heard, message: Change{Seq: 6, User: "1", Version: 7, Store: "now"}})
		r.wantDelivered(6)
	})
}

func TestManyHintsCostFewReads(t *testing.T) {
	inBubble(t, nil, func(r *rig) {
		r.say(signal{kind: up})
		r.pass(time.Second)
		before := r.log.reads
		for i := range int64(1000) {
			r.say(signal{kind: heard, message: Change{Seq: 6 + i, User: "2", Version: 1 << 50}, hint: true})
			r.pass(time.Millisecond)
		}
		r.pass(time.Second)
		const most = 2 * int(time.Second/hintPace) // two queries each
		if got := r.log.reads - before; got > most+4 {
			t.Errorf("1000 messages in a second cost %d queries, want at most %d", got, most)
		}
		if n := len(r.Subscription.hints.heard); n > mostHints {
			t.Errorf("%d are remembered", n)
		}
	})
}

// While the log cannot be read, hints change nothing about when it is tried again.
func TestHintsDoNotHurryADatabaseThatIsAway(t *testing.T) {
	inBubble(t, nil, func(r *rig) {
		r.say(signal{kind: up})
		r.log.set(func(l *memoryLog) { l.away = true })
		r.say(signal{kind: heard, message: change(6), hint: true})
		r.pass(2 * fastPace)
		before := r.log.reads
		r.say(signal{kind: heard, message: change(6), hint: true})
		r.pass(4 * fastPace)
		if got := r.log.reads - before; got > 5 {
			t.Errorf("%d reads", got)
		}
		r.log.commit(6)
		r.log.set(func(l *memoryLog) { l.away = false })
		r.pass(2 * fastPace)
		r.wantDelivered(6)
	})
}
