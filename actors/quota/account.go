package quota

import (
	"sync"
	"time"
)

const (
	// RefuseAfter is how long a client waits at most for what its events caused, and how
	// long it may push on meanwhile. Then they are refused until that is paid.
	RefuseAfter = 5 * time.Second

	// CloseAfter is how long a client may push on against its rates of packets, bytes
	// or frames, without a calm second.
	CloseAfter = 10 * time.Second

	// GiveUpAfter is how long a client may go on with events that are refused, without
	// a calm second. It is longer than [LongestDebt], so that who wants no answers, and cannot
	// know, is not closed for one event that was too large.
	GiveUpAfter = 30 * time.Second

	// LongestDebt is how much may be owed for what events caused, in time.
	LongestDebt = 20 * time.Second
)

// Hold is what is to be done with what a client sends.
type Hold struct {
	For  time.Duration // how long the next packet waits; it is judged anew then
	By   Cost          // for what, if it waits or is over
	Over bool          // the client is to be closed
}

// Refusal is what is to be done with an event.
type Refusal struct {
	Retry time.Duration // refused: when the next would be taken; 0: it is taken
	By    Cost
	Over  bool // the client is to be closed
}

// Account is that of one client. The zero value is one that has caused nothing. It may
// be used from any goroutine: others charge it while its client sends.
type Account struct {
	mu       sync.Mutex
	begun    time.Time
	buckets  [charged]bucket
	flood    run  // of packets and bytes
	excess   run  // of what events cause
	refusing bool // until what they caused is paid
	gone     bool // its client has left, and waits for nothing any more
}

// Charge charges what an event has caused.
func (a *Account) Charge(now time.Time, limits *Limits, c Cost, n int) {
	if limits.rate(c) <= 0 {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.take(a.elapsed(now), limits, c, n)
}

// Admit charges a packet of a size and returns how long it is to wait. It is called
// once for each, when those before it have been taken.
func (a *Account) Admit(now time.Time, limits *Limits, size int, pushed bool) Hold {
	a.mu.Lock()
	defer a.mu.Unlock()
	at := a.elapsed(now)
	a.take(at, limits, Packets, 1)
	a.take(at, limits, Bytes, size)
	return a.judge(at, limits, pushed)
}

// Judge is Admit again, for a packet that has waited.
func (a *Account) Judge(now time.Time, limits *Limits, pushed bool) Hold {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.judge(a.elapsed(now), limits, pushed)
}

// Leave notes that the client is gone: of what it has said so far, only that is taken
// which need not wait.
func (a *Account) Leave() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.gone = true
}

// Refuse says whether an event is refused.
func (a *Account) Refuse(now time.Time, limits *Limits) Refusal {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.refusing && !a.gone {
		return Refusal{}
	}
	at := a.elapsed(now)
	owed, by := a.owed(at, limits, Moves, Changes, FanOut)
	if owed <= 0 {
		a.refusing = false
		return Refusal{}
	}
	return Refusal{Retry: owed, By: by, Over: a.excess.goOn(at, at) > GiveUpAfter}
}

// Begin notes that the client has connected. Of a moment's changes it has a fifth to begin
// with, and of fan-out three fifths, which is for what it has buffered: who connects over
// and over would have a whole moment each time.
func (a *Account) Begin(now time.Time, limits *Limits) {
	a.mu.Lock()
	defer a.mu.Unlock()
	at := a.elapsed(now)
	a.buckets[Changes] = bucket(at + limits.moment(Changes)*4/5)
	a.buckets[FanOut] = bucket(at + limits.moment(FanOut)*2/5)
}

func (a *Account) elapsed(now time.Time) time.Duration {
	if a.begun.IsZero() {
		a.begun = now
	}
	return now.Sub(a.begun)
}

func (a *Account) take(at time.Duration, limits *Limits, c Cost, n int) {
	most := 24 * time.Hour // of what is paid before it is taken, no debt grows
	if c != Packets && c != Bytes {
		most = limits.moment(c) + LongestDebt
	}
	a.buckets[c].take(at, n, limits.rate(c), most)
}

func (a *Account) judge(at time.Duration, limits *Limits, pushed bool) Hold {
	wait, by := a.owed(at, limits, Packets, Bytes)
	if floods(&a.flood, at, wait, pushed) {
		return Hold{By: by, Over: true}
	}
	owed, cause := a.owed(at, limits, Moves, Changes, FanOut)
	switch {
	case owed <= 0:
		a.refusing = false
	case owed > RefuseAfter, pushed && a.excess.goOn(at, at) >= RefuseAfter:
		a.refusing = true
	}
	if owed > wait && !a.refusing {
		return Hold{For: owed, By: cause}
	}
	return Hold{For: wait, By: by}
}

// owed returns the longest debt of these kinds.
func (a *Account) owed(at time.Duration, limits *Limits, kinds ...Cost) (longest time.Duration, by Cost) {
	for _, c := range kinds {
		if limits.rate(c) <= 0 {
			continue
		}
		if owed := a.buckets[c].owes(at, limits.moment(c)); owed > longest {
			longest, by = owed, c
		}
	}
	return longest, by
}

// floods reports whether somebody who has to wait has pushed on for too long, or would
// have to wait for too long with a single message.
func floods(r *run, at, wait time.Duration, pushed bool) bool {
	switch {
	case wait <= 0:
		return false
	case pushed:
		return r.goOn(at, at+wait) > CloseAfter
	default:
		return wait > CloseAfter
	}
}
