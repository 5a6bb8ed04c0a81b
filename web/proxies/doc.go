// Package proxies knows what proxies in front of a node say about a request: whose
// it is, and what its sender addressed.
//
// Anybody can send X-Forwarded-For. So what must stay true: nothing that a header
// says is believed unless the connection came from a proxy that the operator trusts,
// and of a list of addresses only as much as trusted proxies have written. The
// PROXY protocol is not here but in the listener, since it comes before TLS.
//
// trust.go says who is trusted, client.go whose a request is, addressed.go what was
// addressed, forwarded.go reads the header of RFC 7239.
package proxies
