// Package placement says where a grain lives, starts it there, and reaches it from any
// node: protoactor's IdentityLookup and cluster.Context.
//
// It is handed the nodes of the moment ([Nodes]), and told when there are others
// ([Lookup.Changed]). How they are found, and how messages get to them, is not its
// business: package membership, which is built on it, knows.
//
// What stays true:
//
//  1. A grain is owned by the live node that wins the rendezvous of names. Only its
//     owner, by the nodes that it sees, activates it; an activation that moved away is
//     stopped. So two nodes that see others may run a grain twice, until they agree.
//  2. A message that reaches a grain too late is answered with a dead letter, never
//     swallowed, so that callers try again at once.
//  3. A call is made at least once: a node may die between its work and its answer.
//  4. Nothing waits for ever: each wait ends by its deadline, or because the nodes
//     have changed.
//  5. What is remembered is bounded, and grains that have ended leave nothing behind.
//
// Where to look:
//
//	rendezvous.go   which node owns a grain
//	lookup.go       finding its actor; protoactor's IdentityLookup
//	activations.go  where grains were found, and until when that is good
//	placement.go    the actor that starts and stops the grains of this node
//	call.go         calling a grain, and trying again; protoactor's cluster.Context
//	reply.go        waiting for one answer, or for the nodes to change
//	mailbox.go      what comes too late for a grain
//	name.go         which names grains may have, and their form on the wire
package placement
