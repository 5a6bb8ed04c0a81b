// Package engine is the Engine.IO transports over HTTP: it answers the requests of clients,
// by long-polling and by websocket, and hands what they say to [socket.Sockets]. A request
// may concern a session at any node. What the sockets are for it does not know: that is
// what the [socket.Application] makes of them.
//
// What must stay true, and what a reviewer cannot see in any single file:
//
//   - Every request is answered, and one that failed not with a success: net/http takes
//     silence for 200, and a client that has sent its last byte may well read on.
//   - Requests are refused in the order of the official server, and in its form.
//   - Whatever a client sends has a bound before it is read: payloads by their announced
//     size, messages by the headers of their frames, what they inflate to by the same
//     length, and what is held of unfinished ones for all clients together.
//   - A client is read no faster than it may send, counted below the websocket library,
//     which throws many frames away unseen. Meanwhile it is not taken for dead.
//   - Who reads slowly, but reads, is written for as long as it takes. Who takes no byte for
//     [httpserver.WritePatience] counts as gone.
//   - All that is due to a websocket leaves in one system call. So the listener has to cork
//     what it accepts ([NewCork]), below TLS.
//   - Places that are counted are given back once, however a socket or a request ends.
//
// Which file answers which question:
//
//	engine.go       which request is this, may it come in, and how is one refused
//	polling.go      the GET and the POST of a client that polls
//	websocket.go    a connection that carries a socket's packets, and its close codes
//	partial.go      what is held of a message that is not whole
//	upgrade.go      a websocket takes over a session that polls
//	cork.go         many frames in one system call
//	paced.go        reading no faster than the client may send
//	framescanner.go what the websocket library does not say of frames
//	hijacker.go     frames that came in the same segment as the request
package engine
