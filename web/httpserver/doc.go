// Package httpserver is what net/http leaves to whoever serves: limits that keep slow
// clients from holding on to connections, answers that reach clients which still send,
// queries as browsers and Node.js write them, and whether a client takes gzip.
//
// What must stay true: an answer that was given reaches its client, though that has not
// sent all of its request; and whoever is too slow is told so, within [WritePatience].
//
// server.go has the limits, linger.go has answers read, query.go reads queries, gzip.go
// Accept-Encoding, clip.go bounds what is logged of strangers.
package httpserver
