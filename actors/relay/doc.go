// Package relay keeps the books of what clients tell their rooms by
// identity-change, so that it reaches every node exactly once whatever Redis, a
// link, or the clock of a node does. It is pure: no goroutine, no clock, no network.
//
// What must stay true:
//
//   - A node numbers the relays of its clients from 1, without holes, for as long as
//     its process lives: one incarnation. So a number names one relay, and who knows
//     the latest number knows what it lacks.
//   - Nothing depends on the way by which a relay comes. It is taken when its number
//     was not taken before ([Seen]), so that sending it twice is harmless, and what no
//     way has brought is asked for ([Origins]) of who still has it ([Log]).
//   - A node begins with what comes after it took part, and never tells what was
//     before: see [Origins] for where it begins with each other node.
//   - What its origin has no more is not asked for again, but is still taken should
//     it come: Redis may hold it for a node that stood still.
//   - Time is counted in ticks of the node, a [Tick] each. They stand still with the
//     process, so nothing grows old, and nobody becomes silent, while it does.
package relay

import "time"

// Tick is how long a tick lasts, on a node that is well.
const Tick = 250 * time.Millisecond

const second = int(time.Second / Tick)
