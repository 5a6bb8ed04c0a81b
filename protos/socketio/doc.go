// Package socketio holds the packets of Socket.IO, protocol versions 4 and 5,
// as pure functions over bytes: no connection, no clock, no session.
//
// Sources: "Socket.IO Protocol", version 5, §Packet encoding, with §Difference
// between v5 and v4 of the same text; and the parsers socket.io-parser 3.4
// (clients v2) and 4.2 (clients v3 and v4), which win where they and the text
// disagree.
//
// A packet is one text message, and one binary message for each attachment:
//
//	<type>[<attachments>-][<namespace>[?<query>],][<ack id>][<JSON>]
//
// JSON is validated and passed on as it came, never decoded and encoded again:
// that would destroy lone surrogates, large numbers and <>&. A [Decoder] turns
// messages into packets; [Packet.Event] looks into one; the Append functions
// write packets behind what a buffer already holds.
//
// # Where the decoder follows the parsers, and where it is stricter
//
// As the parsers do, it accepts and ignores the id of a CONNECT or DISCONNECT,
// accepts a namespace that ends with the message instead of a comma, an EVENT
// without any data (the official server ignores it, and so should the session),
// an ACK without an id (likewise) or without any data (an answer without
// arguments), and a number as the name of an event.
//
// Unlike them it wants digits where the parsers take anything that JavaScript
// converts to a number (an empty message is their CONNECT), refuses ids of more
// than 64 bits, refuses space between id and JSON, wants each attachment to
// have exactly one placeholder, and keeps the versions apart: a CONNECT of
// version 4 has no payload. No official client comes near these limits.
//
// # Query of a namespace
//
// Clients v2 send the query of a namespace other than "/" in its CONNECT
// packet: 0/x?token=1, and nothing of it later. In version 4 the decoder
// therefore cuts every namespace at its first question mark and keeps what
// follows, still percent-encoded, as [Packet.Query]. In version 5 a question
// mark is an ordinary part of the name.
package socketio
