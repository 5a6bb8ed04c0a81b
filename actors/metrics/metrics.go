// Package metrics holds the figures of one node.
//
// What happens often is counted in a [Metrics], by atomic additions and nothing
// else: no lock, no allocation, whether anybody looks or not. Everything that
// costs more (labels, sums over actors, text) is done by who looks: [NewRegistry]
// reads the figures for Prometheus, and the node itself for its samples.
package metrics

import "sync/atomic"

// Metrics is what the parts of one node count. The zero value is ready; it must
// not be copied. All of it may be used from any goroutine.
type Metrics struct {
	Sockets     SocketCounts // open now
	In, Out     Flow         // what sockets were sent by their clients, and sent them
	Joins       atomic.Uint64
	Leaves      atomic.Uint64
	Rooms       atomic.Int64     // with sockets here, now
	Messages    atomic.Uint64    // of clients to their rooms, taken by a roster here
	RateLimited RateLimited      // what clients had too much of
	Requests    Requests         // over HTTP
	Queries     [3]atomic.Uint64 // for a room's roll, by Outcome
	Latency     Histogram        // of queries: from the question to the answer
	Calls       atomic.Uint64    // roll calls for queries; several may share one
	Mends       atomic.Uint64    // roll calls for a roster's own sake
	Silent      Peers            // nodes that were missing in a roll call, by name

	Lag    Lag           // of changes of users: from the commit to the rosters here
	Direct atomic.Uint64 // changes of users that came straight from a node, past Redis

	Unheard atomic.Int64 // live members whose word Redis does not bring, now

	Joined, Left, Failed atomic.Uint64 // members, as this node saw it

	Sent        Peers         // messages to other nodes, by the address of their actors
	DeadLetters atomic.Uint64 // messages to actors that are no more
	Failures    Failures      // of actors

	HeldNode, HeldIdentity, HeldRoster, HeldSocket Held // actors, by messages; a socket not by what it writes
}

// RateLimited counts what was not taken from clients that caused too much.
type RateLimited struct {
	Refused atomic.Uint64 // events, and their clients were told
	Dropped atomic.Uint64 // events that wanted no answer
	Closed  atomic.Uint64 // clients
}

// Note counts an event, which wanted an answer or not.
func (r *RateLimited) Note(answered bool) {
	if answered {
		r.Refused.Add(1)
		return
	}
	r.Dropped.Add(1)
}

// Outcome is how a query ended.
type Outcome int

const (
	Complete   Outcome = iota // every live node answered
	Incomplete                // some were named as missing
	NoRoll                    // the asker got none: it went away, or this node was too slow
)

// String returns the outcome as it is labelled.
func (o Outcome) String() string {
	return [...]string{"complete", "incomplete", "failed"}[o]
}

// Flow is what goes one way between sockets and their clients.
type Flow struct {
	Packets atomic.Uint64 // of Engine.IO
	Bytes   atomic.Uint64 // in them; not what the transport adds, nor what compression saves
}

// Add counts packets that have so many bytes together.
func (f *Flow) Add(packets, bytes int) {
	f.Packets.Add(uint64(packets))
	f.Bytes.Add(uint64(bytes))
}

// SocketCounts are the open sockets by Engine.IO protocol and transport.
type SocketCounts [2][2]atomic.Int64

// Of returns the count of the sockets of a protocol, 3 or 4, that have a
// websocket or are polled.
func (c *SocketCounts) Of(protocol int, websocket bool) *atomic.Int64 {
	i, j := 0, 0
	if protocol == 4 {
		i = 1
	}
	if websocket {
		j = 1
	}
	return &c[i][j]
}
