// Package socket holds one client connection: its Engine.IO and Socket.IO session, by a
// websocket or by polling, at whatever node the client's requests come in. It knows neither
// rooms nor users: those are what an [Application] makes of it.
//
// What must stay true, and what a reviewer cannot see in any single file:
//
//   - A session is its socket's actor, and the session's id names its node: whatever
//     node a request comes to, the actor alone decides its order. When the link to
//     a node is lost, so is every poll and websocket that went over it, on both
//     sides: nothing is sent twice, and nothing is lost in silence.
//   - What a client has sent and its socket has not taken in is bounded: its reader
//     stops, or its POST is not answered. Meanwhile its silence is not held against it.
//   - A socket's actor waits for its own client to be written to, and for nobody else.
//     What its application asks of others is asked beside it ([Socket.Await]).
//   - What is to be told waits in the outbox, which anybody may push into; the actor alone
//     writes, a slice at a time.
//   - A panic closes the socket that it was in, and nothing else.
//
// Which file answers which question:
//
//	sockets.go, switchboard.go, shown.go   the sockets of a node: found, counted, shown
//	opening.go                             what a socket is made of, and for whom
//	socket.go, conversation.go             the actor, and the session in it
//	timer.go, ending.go                    what is due, and the socket's end
//	line.go, intake.go, posting.go         what the client says: on its way, and taken in
//	charging.go                            what it is charged for that, and refused
//	saying.go, frame.go, id.go             what the application tells it
//	pushing.go, writing.go                 what others tell it, and how that is written
//	await.go                               what the application waits for
//	sessions.go, polling.go                requests of a client that polls, at any node
//	upgrade.go, carrier.go                 a websocket takes over, here or at another node
//	links.go                               the links between nodes that these go over
//	drain.go                               a node sends its clients away
package socket
