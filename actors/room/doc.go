// Package room is a room: who is in it on a node, what they are told, and the roll call that
// spans the cluster. On each node with somebody in the room, or who asks for it, the room has
// a roster, an actor; in the whole cluster it has one grain, which numbers its joins and leaves.
//
// A node knows what its rosters have in common as their [Home], and opens them by it
// ([Home.Open]). It finds the roster of a room, and passes on to that what sockets, other
// nodes and the cluster say (messages.go). Rosters know their node by what they send and ask
// for as their [Host], their sockets as [Connection]: the plain types beneath them know no
// actor, and are tested by time that passes as the test wants.
//
// What must stay true, and what a reviewer cannot see in any single file:
//
//   - The sockets are the truth. A roster is derived from its live socket actors
//     and from nothing else; a [Roll] is gathered from rosters and from nothing
//     else. What a roster mirrors of other nodes is only ever used to say
//     "unchanged since version v", to which the owner of the truth agrees first,
//     and to announce what was lost.
//   - A version names one state of one roster. Versions are drawn from one
//     counter per process, so that a roster that was stopped and started again
//     never repeats one.
//   - The grain is soft state. A fresh one treats every node as a node with
//     a roster until it has heard otherwise: it may send an event in vain, but
//     never withhold it.
//   - A handshake follows its join: the client gets it after the roster holds the
//     socket and the room grain has numbered the join, or has failed to within
//     [JoinPatience]. Everything that the client is sent later is an event of the
//     room after that number.
//   - The acknowledgement of a join is the handshake of a further room: the same
//     holds for it.
//   - A socket may leave a room and come back under the same id. What is known of
//     it is therefore compared by versions of its roster, never by its id alone.
//   - A rename is told to each socket once per room, as a change or by the relay that says
//     the same (usernews.go). A version of a user is told even where the relay that says it
//     is left out (tellusers.go).
//   - What a roster has to tell its sockets it tells in turns: roll calls, joins and
//     events come in between, whatever clients say. Presence goes first; what a client
//     says stays in its order, and is told before its leave (deliveries.go).
//   - A message to a room is sent at most once, and what is on its way between
//     nodes is bounded: beyond the bounds messages wait at their senders, whose
//     sockets then take in nothing more. What could not be sent within 10 s is
//     refused, and never in silence: who wants no answer loses its connection.
//   - A client is charged for what it causes where the receivers are known: by the roster
//     that it sits in (price.go).
//   - A query never joins a roll call that started before it arrived.
//   - A node that missed the deadline of a roll call is in doubt: later roll calls wait
//     for it only briefly, until it answers any of them, even too late.
//   - A roster that panics is no more: its sockets join a new one, and nobody else notices.
//
// Which file answers which question:
//
//	home.go, messages.go                            the node of the rosters, and what it says to them
//	roster.go, rosteractor.go                       the roster: joins, leaves; the actor around it
//	life.go                                         it wakes with its first socket, sleeps, rests, or fails
//	seats.go, entry.go, dictionary.go               who sits here, and as a message
//	announce.go, pending.go, numbering.go           joins and leaves on their way through the grain
//	trail.go                                        their traces
//	grain.go, routes.go                             the grain: which nodes have a roster
//	follow.go, mirror.go, sighting.go, recent.go    what is known of the room on other nodes
//	gather.go, rollcall.go, breakers.go             the roll call: asking and answering
//	roll.go, merge.go                               its result
//	speak.go, passages.go, window.go                messages: to other nodes, and how many at a time
//	orders.go, census.go                            what backends have it do, and are told without it
//	price.go                                        what is charged for them
//	deliveries.go, telling.go                       what the sockets here are told, and in which order
//	tellusers.go, usernews.go, audience.go          what they are told of users
//	event.go, messageevent.go, payload.go, packet.go, timestamp.go   as clients get it
//	name.go                                         is it a name of a room?
//	inspect.go                                      what operators are shown
package room
