// Package engineio holds the packets of Engine.IO, protocol versions 3 and 4,
// as pure functions over bytes: no connection, no clock, no state.
//
// Sources: "Engine.IO Protocol", version 4, §Packet encoding (HTTP
// long-polling, WebSocket) and §Handshake, with §From v3 to v4 of the
// same text; and the servers engine.io 3.6 and 6.6 where the text is
// silent.
//
// A [Version] decodes and encodes websocket frames. Long-polling payloads
// exist for version 4 only, since Rollcall serves version 3 over websocket
// alone. Which side may send which packet, and when, is for the session to
// say: this package knows the grammar and nothing of the conversation.
//
// What is decoded aliases the bytes it was decoded from, except base64, which
// is decoded into memory of its own. Errors are of type [Fault], or of type
// [Refusal] where HTTP must answer with a code.
package engineio
