// Package actors is one node of Rollcall: its node and identity actors, and the application
// that makes a connection a user in rooms (attendee.go). A connection is package socket's,
// a room package room's, and what operators ask is in package operate; a node hands each
// what it works with, and passes on between them.
//
// What must stay true, and what a reviewer cannot see in any single file, besides what the
// documentation of these packages says:
//
//   - What a client tells its rooms by identity-change comes to each socket that was
//     there, on each node, once: nodes number it and ask each other for what no way
//     has brought (package relay, relays.go, relaying.go).
//   - Who reads too slowly loses what other clients say, and is told how many of it,
//     before it loses its connection; nothing of presence is refused for it (package
//     outbox).
//   - What clients say and are told by other nodes than those of their sessions comes
//     after roll calls: little of it is on a link at a time, whoever reads slowly or is
//     held, and the rest waits where its client is pushed back (package inflight).
//   - A client pays for what it causes (package quota): for what is read from its
//     connection, what it says, and what others are sent for that.
//   - A socket is known by its user before the store is asked whether there is such a
//     user, and what is known of users is compared by their versions: so no removal
//     slips by, and none that comes late concerns who was added again.
//   - An emit of a backend that has a key is handed to each socket here at most once, however
//     often it comes, for as long as the key is remembered; an order is answered once it has
//     been handed to all that it concerns here, and counts them (orders.go).
//   - Actors never block on the network, save a socket's own actor, which waits
//     for its own client to be written to, and for nobody else's. What it asks of the
//     user store, Redis or a roll call is asked beside it (Await of a socket).
//   - Messages between actors are immutable once sent.
//
// Which file answers which question:
//
//	config.go, node.go                     what a node is made of; how a roll is called
//	nodeactor.go, mailbox.go, doors.go     its front door, by which all else comes in
//	host.go                                what it does for its rosters
//	attendee.go, rooms.go, message.go      what a client may say, and what is done then
//	token.go, standing.go                  who a client is, and may do, by the token that it shows
//	admissions.go, removal.go              who is here as whom, and the end of that
//	revocation.go                          the end of what was granted to a token
//	change.go, identity.go, keepup.go      changes of users: told to all nodes, heard, looked up
//	relays.go, relaying.go                 clients' own identity-changes, from node to node
//	introduce.go, alive.go                 may it let clients in, and is it well?
//	orders.go, seats.go                    what backends ask, and have it do
//	operators.go, count.go                 what operators are shown
package actors
