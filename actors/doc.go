// Package actors holds who is here: the roster, node, room and identity actors of one
// Rollcall node, and the roll call that spans the cluster. A connection is package socket's;
// attendee.go makes it a user in rooms. What operators ask is in package operate, which is
// handed what it answers from.
//
// What must stay true, and what a reviewer cannot see in any single file:
//
//   - The sockets are the truth. A roster is derived from its live socket actors
//     and from nothing else; a [room.Roll] is gathered from rosters and from nothing
//     else. What a roster mirrors of other nodes is only ever used to say
//     "unchanged since version v", to which the owner of the truth agrees first,
//     and to announce what was lost.
//   - A version names one state of one roster. Versions are drawn from one
//     counter per process, so that a roster that was stopped and started again
//     never repeats one.
//   - The room grain is soft state. A fresh one treats every node as a node with
//     a roster until it has heard otherwise: it may send an event in vain, but
//     never withhold it.
//   - A handshake follows its join: the client gets it after the roster holds the
//     socket and the room grain has numbered the join, or has failed to within
//     [room.JoinPatience]. Everything that the client is sent later is an event of the
//     room after that number.
//   - The acknowledgement of a join is the handshake of a further room: the same
//     holds for it.
//   - A socket may leave a room and come back under the same id. What is known of
//     it is therefore compared by versions of its roster, never by its id alone.
//   - What a client tells its rooms by identity-change comes to each socket that was
//     there, on each node, once: nodes number it and ask each other for what no way
//     has brought (package relay, relays.go, relaying.go). A rename is told to each
//     socket once per room, as a change or by the relay that says the same (userNews).
//   - Who reads too slowly loses what other clients say, and is told how many of it,
//     before it loses its connection; nothing of presence is refused for it, and a
//     version of a user is told even where the relay that says it is left out (package
//     outbox, tellusers.go).
//   - What a roster has to tell its sockets it tells in turns: roll calls, joins and
//     events come in between, whatever clients say. Presence goes first; what a client
//     says stays in its order, and is told before its leave (deliveries.go).
//   - A message to a room is sent at most once, and what is on its way between
//     nodes is bounded: beyond the bounds messages wait at their senders, whose
//     sockets then take in nothing more. What could not be sent within 10 s is
//     refused, and never in silence: who wants no answer loses its connection.
//   - What clients say and are told by other nodes than those of their sessions comes
//     after roll calls: little of it is on a link at a time, whoever reads slowly or is
//     held, and the rest waits where its client is pushed back (package inflight).
//   - A client pays for what it causes (package quota): for what is read from its
//     connection, what it says, and what others are sent for that. Its own node charges
//     it, where the receivers are known: the roster that it sits in (price.go).
//   - A socket is known by its user before the store is asked whether there is such a
//     user, and what is known of users is compared by their versions: so no removal
//     slips by, and none that comes late concerns who was added again.
//   - A query never joins a roll call that started before it arrived.
//   - A node that missed the deadline of a roll call is named as missing after a
//     moment in those that follow, until any answer of it comes, be it too late.
//   - Actors never block on the network, save a socket's own actor, which waits
//     for its own client to be written to, and for nobody else's. What it asks of the
//     user store, Redis or a roll call is asked beside it (Await of a socket).
//   - Messages between actors are immutable once sent.
package actors
