// Package remoting links the actors of this node with those of other nodes: over
// protoactor's remote, configured and guarded so that neither a slow peer nor a
// stranger harms the node.
//
// It knows addresses, keys and connections, and nothing of who is a member, of gossip
// or of grains: package membership, which is built on it, tells it what it has to ask.
//
// What stays true:
//
//  1. What waits for one peer is bounded. Beyond the bound its connection is cut, and
//     what waited is lost, as with any connection that breaks.
//  2. A connection that fails is announced at once (remote.EndpointTerminatedEvent), and
//     its end never ends the one that comes after it.
//  3. From another node actors take messages of listed packages only, and only those
//     actors that other nodes know: no other node stops an actor, watches one, or has a
//     message passed on. A frame that no node of this program sends ends its connection.
//  4. Whatever comes over the port, the process goes on: a panic of protoactor ends one
//     call, is counted, and is logged with a limit.
//  5. What a stranger can cause is bounded: connections, the time until he has greeted,
//     and lines of the log. With keys, both sides have shown that they hold one (mutual
//     TLS) before a message is read.
//
// Where to look:
//
//	links.go       what a node opens, and closes
//	remoting.go    protoactor's transport and gRPC: batches, windows, keepalive
//	connector.go   the streams that go out, and how their ends are announced
//	backlog.go     what waits for one peer
//	guard.go       what comes in: greetings, panics, refusals
//	delivery.go    which messages are taken, and for which actors
//	doorman.go     how many connections a port takes; the gossip port asks it, too
//	who.go         asking a node who it is
//	limitedlog.go  lines that others cause
package remoting
