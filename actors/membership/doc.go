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
//  6. Who runs is never ended by what others say. A node that starts may be refused,
//     for its key, cluster, protocol, name or store, and ends with an error that says
//     so; one that runs refuses, says so in its log now and then, and goes on.
//  7. Two nodes of one name are never one member. It takes a split: where a node of
//     that name answers, none can start. Members keep the one that they had; who does
//     not count the other one names it as lost, for as long as it answers, so no roll
//     is taken for whole that is not. Both keep their clients. The one that was started
//     earlier was given up where its name was given away: if there are shared keys it
//     is not ready, and takes no new clients, until the other one is gone ([rivals]).
//  8. What is said of a node by others, in datagrams or from mouth to mouth, changes
//     nothing by itself: the node is asked, over TCP, on its actor port ([whois]).
//  9. Names and addresses are looked at where they come in ([CheckName]): what is in a
//     [View] can be shown in a header, a log and a metric.
//  10. From another node actors take messages of listed packages only, and only those
//     actors that other nodes know ([remoting.Links]): no other node stops an actor, watches
//     one, or has a message passed on.
//  11. What a stranger can cause is bounded: connections by [remoting.Doorman], the time until he
//     has greeted, lines of the log by [remoting.LimitedLog], members by mostMembers.
//
// protoactor-go's own membership, placement, gossip and publish/subscribe are
// not started: its Cluster object is assembled here from its public parts.
package membership
