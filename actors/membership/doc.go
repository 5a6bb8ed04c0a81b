// Package membership makes one process a node of a Rollcall cluster: it finds
// the other nodes, keeps the one view of who is live, and places and finds the
// cluster-wide actors (grains).
//
// What stays true:
//
//  1. A [View] never changes. A newer one is stored before anyone is told of it,
//     so whoever hears of a change reads at least that change.
//  2. One event of memberlist is one view: a member that left and came back is
//     seen to do so, however fast it was.
//  3. An identity is owned by the live member that wins the rendezvous of names.
//     Only its owner, by its own view, activates it; an activation that moved
//     away is stopped.
//  4. A message that reaches a grain too late is answered with a dead letter,
//     never swallowed, so that callers try again at once.
//  5. Nothing waits for ever: each wait here ends by its deadline, by a newer
//     view, or by shutdown.
//
// protoactor-go's own membership, placement, gossip and publish/subscribe are
// not started: its Cluster object is assembled here from its public parts.
package membership
