// Package session holds the two conversations that a client has over one
// connection, as pure state machines: [Engine], the Engine.IO session with its
// heartbeat, and [Client], the Socket.IO connections to namespaces that ride in
// it: what a client says reaches the application through [Upper], and what the
// application says goes out by Emit, EmitAck, Acknowledge and Disconnect. They
// know neither a network, nor a clock, nor what they carry: whoever drives them
// passes bytes and the time in, and gets told what to send.
//
// Sources: the descriptions of Engine.IO protocol 4 and Socket.IO protocol 5, and
// the behaviour of socket.io 4.8 and 2.5 where they are silent.
package session

// Reason says why a connection ended, in the words of the official server.
type Reason string

const (
	TransportClose   Reason = "transport close"             // the client closed the connection
	TransportError   Reason = "transport error"             // it broke, or the client was too slow
	PingTimeout      Reason = "ping timeout"                // the client was silent for too long
	ParseError       Reason = "parse error"                 // it sent what the protocol does not allow
	ConnectTimeout   Reason = "connect timeout"             // it joined no namespace in time
	ClientDisconnect Reason = "client namespace disconnect" // it left the namespace
	ServerDisconnect Reason = "server namespace disconnect" // the application sent it away
	TooManyPackets   Reason = "too many packets"            // it sent more than its share
	TooManyBytes     Reason = "too many bytes"              // likewise
	TooManyFrames    Reason = "too many frames"             // likewise, on its connection
	TooManyEvents    Reason = "rate limited"                // it went on though its events were refused
	UserRemoved      Reason = "the user was removed"        // from the user store; the client comes back, and is refused
	TokenExpired     Reason = "the token has expired"       // the client comes back, with another one if it can
	TokenRevoked     Reason = "the token was revoked"       // likewise
	Overloaded       Reason = "server overloaded"           // what it said could not be passed on
	ShuttingDown     Reason = "server shutting down"
	GaveWay          Reason = "unfinished messages took too much memory"
	TryAgain         Reason = "the server cannot let the client in right now"
	ServerError      Reason = "server error" // our fault: the log has the details
)
