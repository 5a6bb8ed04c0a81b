// Package membership makes one process a node of a Rollcall cluster: it finds
// the other nodes, and keeps the one view of who is live.
//
// Imports point one way. It is built on two packages that know nothing of it:
// placement, which is handed the nodes of each view and says where a grain lives, and
// remoting, which links the actors of nodes and guards their port. They are put together
// here ([Start]), since only a view ties them to each other, and so that each can be
// read, and mostly tested, without gossip.
//
// What stays true:
//
//  1. A [View] never changes. A newer one is stored before anyone is told of it,
//     so whoever hears of a change reads at least that change.
//  2. One event of memberlist is one view: a member that left and came back is
//     seen to do so, however fast it was.
//  3. Nothing waits for ever: each wait here ends by its deadline, by a newer
//     view, or by shutdown.
//  4. Who runs is never ended by what others say. A node that starts may be refused,
//     for its key, cluster, protocol, name or store, and ends with an error that says
//     so; one that runs refuses, says so in its log now and then, and goes on.
//  5. Two nodes of one name are never one member. It takes a split: where a node of
//     that name answers, none can start. Members keep the one that they had; who does
//     not count the other one names it as lost, for as long as it answers, so no roll
//     is taken for whole that is not. Both keep their clients. The one that was started
//     earlier was given up where its name was given away: if there are shared keys it
//     is not ready, and takes no new clients, until the other one is gone ([rivals]).
//  6. What is said of a node by others, in datagrams or from mouth to mouth, changes
//     nothing by itself: the node is asked, over TCP, on its actor port ([whois]).
//  7. Names and addresses are looked at where they come in ([CheckName]): what is in a
//     [View] can be shown in a header, a log and a metric.
//  8. What a stranger can cause is bounded: members by mostMembers, connections to the
//     gossip port by a [remoting.Doorman], lines of the log by [remoting.LimitedLog].
//
// protoactor-go's own membership, placement, gossip and publish/subscribe are
// not started: its Cluster object is assembled here from its public parts.
//
// Where to look:
//
//	config.go      what a node is told at its start, and what is wrong with that
//	start.go       how a node starts, leaves and ends
//	view.go        who is in the cluster, at one moment
//	change.go      what is told when that changes
//	provider.go    protoactor's ClusterProvider: from the start of memberlist to its end
//	news.go        how what was seen becomes one view after the other
//	observer.go    what one node remembers of the others: generations, who is gone or lost
//	memberlist.go  how memberlist is set up
//	delegate.go    what memberlist tells, and whom it keeps out
//	meta.go        what a node tells about itself
//	address.go     addresses to bind, to advertise and to join
//	join.go        meeting others: at the start, and after a split
//	resolve.go     what stands behind an address to join
//	refusal.go     why two nodes cannot be in one cluster
//	rivals.go      two nodes of one name
//	whois.go       asking a node itself
//	visit.go       looking at a cluster without becoming a member
//	pulse.go       noticing that this process stood still
//	name.go        which names nodes may have
//	timings.go     the clocks of all that
//	gossipport.go  the port of memberlist, with a doorman
//	log.go         the logs of memberlist and protoactor
package membership
