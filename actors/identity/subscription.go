package identity

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/rollcall/rollcall/protos/pubsub"
)

// Handler is told what a [Subscription] delivers. Its methods are called one
// after the other, and must not block: nothing else is delivered meanwhile.
type Handler interface {
	// Changed is called once for each change, in the order of their numbers.
	Changed(Change)
	// Emptied is called when the log was emptied, with all users: what is known of
	// their versions is of before. Changes of after it follow.
	Emptied()
	// Missed is called when changes were deleted from the log before this node has read
	// them: those after since, or a little earlier. Changes of after them follow.
	Missed(since time.Time)
	// Relayed is called for each relay as it comes. It may come again, or not at all.
	Relayed(pubsub.Relay)
	// Probed is called for each probe of a node, this one too: that node is heard.
	Probed(pubsub.Beacon)
	// Beacon returns what probes tell of this node. Any goroutine may call it.
	Beacon() pubsub.Beacon
}

// feed is where messages come from: the [Bus].
type feed interface {
	follow(ctx context.Context, beacon func() pubsub.Beacon, signals chan<- signal)
	doubtful(now time.Time) bool
}

const (
	// checkPace is how often it is seen whether the log is to be looked at.
	checkPace = 250 * time.Millisecond
	// The log is looked at this often while the bus is down or in doubt, or something
	// is known to be missing.
	fastPace = time.Second
	// The log is looked at this often at any rate: the bus may lose a message
	// after which no other comes, and so no gap is seen.
	slowPace = 10 * time.Second
	// Rows that are read at a time.
	readLimit = 1000
)

// Subscription delivers every change of a user to one node, although the bus
// loses messages and the database is sometimes away: what is not heard is read
// from the log as soon as that is possible. It begins with the changes that come
// after Run was called.
type Subscription struct {
	changes changeLog
	feed    feed
	handler Handler
	log     *slog.Logger

	// Used by Run's goroutine only.
	seq      sequence
	store    string    // the id of the store to which seq belongs, "" if not known
	missing  bool      // the log must be read now
	failing  bool      // the last read failed; the next comes with the fast pace
	lastRead time.Time // when the last read was begun
	upTo     time.Time // when the last read was begun that came to the end: all before it is delivered

	hints hints // what was heard and is to be looked up

	complained time.Time // when malformed messages were logged last

	announced bool // the log says whether the bus is up or down

	told chan int64 // see Told

	mu    sync.Mutex
	state State
}

// NewSubscription returns a subscription that does nothing until Run is called.
func NewSubscription(store *Store, bus *Bus, handler Handler, log *slog.Logger) *Subscription {
	return newSubscription(store, bus, handler, log)
}

func newSubscription(changes changeLog, feed feed, handler Handler, log *slog.Logger) *Subscription {
	return &Subscription{
		changes: changes, feed: feed, handler: handler, log: log,
		state: State{Since: time.Now()}, told: make(chan int64, 1),
	}
}

// Run delivers until ctx ends. It must be called once.
func (s *Subscription) Run(ctx context.Context) {
	var children sync.WaitGroup
	defer children.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()

	signals := make(chan signal, 64)
	children.Go(func() { s.feed.follow(ctx, s.handler.Beacon, signals) })
	tick := time.NewTicker(checkPace)
	defer tick.Stop()

	// Reads run apart, so that relays do not wait for a slow database.
	reads := make(chan reading, 1)
	busy := false
	s.missing = true
	for {
		s.missing = s.missing || s.hints.due(time.Since(s.lastRead)) && !s.failing
		if s.missing && !busy {
			busy, s.missing, s.lastRead = true, false, time.Now()
			s.hints.looked()
			at := s.seq // a copy
			children.Go(func() { reads <- readLog(ctx, s.changes, at) })
		}
		select {
		case <-ctx.Done():
			return
		case <-s.hints.timer(s.lastRead, busy || s.failing): // see due
		case signal := <-signals:
			s.heed(signal)
		case seq := <-s.told:
			s.reach(seq)
		case r := <-reads:
			busy = false
			s.take(r)
		case now := <-tick.C:
			pace := slowPace
			if s.failing || !s.Hears() {
				pace = fastPace
			}
			s.missing = s.missing || now.Sub(s.lastRead) >= pace || s.isOther(s.changes.ID()) && !s.failing
		}
	}
}

// Hears reports whether what is published now is likely to be heard here at once: the
// bus is up, and what the node sent itself lately came in time. It may be called by any
// goroutine.
func (s *Subscription) Hears() bool { return s.State().Up && !s.feed.doubtful(time.Now()) }

// Told says that there is a change of that number, which somebody who knows has told
// this node past the bus: the log is read unless it was delivered. It may be called by
// any goroutine, and returns at once.
func (s *Subscription) Told(seq int64) {
	select {
	case s.told <- seq:
	default: // another one waits; the next that is told makes up for it
	}
}

// hint takes in that there may be a change: the log says what it is, if there is one.
func (s *Subscription) hint(c Change) {
	if !s.seq.placed || c.Seq > s.seq.last || s.isOther(c.Store) {
		s.hints.add(c)
	}
}

func (s *Subscription) reach(seq int64) {
	s.missing = s.missing || s.seq.lacks(seq) && !s.failing
}

// heed acts on what the bus says.
func (s *Subscription) heed(signal signal) {
	switch signal.kind {
	case down, mute:
		s.busIsDown(signal.err)
	case up:
		s.busIsUp()
		s.missing = true // what was published before was not heard
		if signal.hint {
			signal.beacon.Relays = 0
		}
		s.handler.Probed(signal.beacon)
	case reached:
		if signal.hint {
			s.hint(Change{Seq: signal.seq})
			signal.beacon.Relays = 0 // nodes tell each other themselves
		} else {
			s.reach(signal.seq)
		}
		s.handler.Probed(signal.beacon)
	case garbled:
		s.ignored(signal.err)
	case heard:
		switch message := signal.message.(type) {
		case pubsub.Relay:
			if !signal.hint { // else its node has said it straight, or will be asked
				s.handler.Relayed(message)
			}
		case pubsub.Change:
			if signal.hint || message.Store != s.store {
				s.hint(message)
				return
			}
			next, missing := s.seq.hear(message)
			if next {
				s.deliver(message)
				s.moved(1, 0)
			}
			// While reads fail, the fast pace tries often enough.
			s.missing = s.missing || missing && !s.failing
		}
	}
}

// take acts on what was read from the log.
func (s *Subscription) take(r reading) {
	if errors.Is(r.err, context.Canceled) {
		return // Run is ending
	}
	if r.err != nil {
		s.readFailed(r.err)
		return
	}
	s.readSucceeded()
	if s.isOther(r.store) {
		s.anew("the user store is another one, or was reset; starting over", r)
		return
	}
	s.store = cmp.Or(r.store, s.store)
	since := s.upTo
	if len(r.rows) < readLimit && r.pruned <= r.from.last {
		s.upTo = r.begun
	}
	switch {
	case !r.from.placed:
		if first := s.hints.first(r.end); first > 0 && (s.seq.early == 0 || first < s.seq.early) {
			s.seq.early = first
		}
		s.missing = s.seq.place(r.end) || s.missing
		s.moved(0, 0)
	case r.pruned > r.from.last:
		s.log.Warn("changes of users were deleted before this node could read them; it looks at all its users", "last_seq", r.from.last, "deleted", r.pruned)
		s.seq.skip(r.pruned)
		s.handler.Missed(since)
		s.moved(0, 0)
		s.missing = true
	case len(r.rows) == 0 && r.end < r.from.last:
		s.anew("the log of identity changes was emptied; starting over", r)
	default:
		rows := s.seq.read(r.rows)
		hinted := s.hints.fill(rows)
		s.deliver(rows...)
		s.moved(hinted, len(rows)-hinted)
		s.missing = s.missing || len(r.rows) == readLimit
	}
}

// isOther reports whether that is the id of another store than the one whose changes are
// delivered.
func (s *Subscription) isOther(store string) bool {
	return s.store != "" && store != "" && s.store != store
}

// anew begins at the start of the log: what is known of users is of another store.
func (s *Subscription) anew(why string, r reading) {
	s.log.Warn(why, "last_seq", r.from.last)
	s.store = cmp.Or(r.store, s.store)
	s.seq.rewind()
	s.handler.Emptied()
	s.missing = true
}

func (s *Subscription) deliver(changes ...Change) {
	for _, c := range changes {
		s.handler.Changed(c)
	}
}
