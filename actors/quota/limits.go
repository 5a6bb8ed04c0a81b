package quota

import "time"

// Limits is how much of each kind one client may cause in a second, over a while; for
// a moment it may be more. 0 is any number.
type Limits struct {
	Frames  int // websocket frames on its connection: fragments, empty ones and pings, too
	Packets int // of Engine.IO
	Bytes   int // in them; on the connection a quarter more, for the headers of frames
	Moves   int // joins, leaves, and connects to a namespace
	Changes int // identity-change events
	FanOut  int // bytes that what it does causes to be sent to others

	Longest int // bytes of the longest message: a moment's bytes are no fewer
	Rooms   int // that a client may be in: for a moment it may leave them all and join others
}

// Cost is a kind of what an [Account] is charged for.
type Cost int

const (
	Packets Cost = iota
	Bytes
	Moves
	Changes
	FanOut
	Frames    // of a Meter
	WireBytes // likewise

	charged = Frames // kinds of an Account
)

// rate returns how much may be caused in a second; 0 for any.
func (l *Limits) rate(c Cost) int {
	switch c {
	case Packets:
		return l.Packets
	case Bytes:
		return l.Bytes
	case Moves:
		return l.Moves
	case Changes:
		return l.Changes
	case FanOut:
		return l.FanOut
	case Frames:
		return l.Frames
	case WireBytes:
		return l.Bytes + l.Bytes/4
	}
	return 0
}

// moment returns how much may be caused at once, as the time in which that much may
// be caused over a while.
func (l *Limits) moment(c Cost) time.Duration {
	switch c {
	case Bytes:
		return max(2*time.Second, timeFor(l.Longest, l.rate(c)))
	case WireBytes:
		return max(2*time.Second, timeFor(l.Longest+l.Longest/4, l.rate(c)))
	case Moves: // a page that comes back, and changes its mind
		return max(10*time.Second, timeFor(3*l.Rooms, l.rate(c)))
	case Changes:
		return 5 * time.Second
	case FanOut: // what was buffered while offline, or one picture for all
		return 10 * time.Second
	}
	return 2 * time.Second
}

// timeFor returns in which time n may be caused at a rate.
func timeFor(n, rate int) time.Duration {
	if rate <= 0 {
		return 0
	}
	const most = 24 * time.Hour // more would overflow, and is as good as for ever
	return time.Duration(min(float64(n)/float64(rate)*float64(time.Second), float64(most)))
}
