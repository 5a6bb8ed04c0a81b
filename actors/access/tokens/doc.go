// Package tokens reads JSON Web Tokens (RFC 7519) as grants. Each names its issuer, and is
// only ever measured by that issuer's own keys, algorithms and audience: no key of one kind
// serves for another (RFC 8725 §3.1), nor one issuer's for the users of another.
//
//	issuer.go    what is believed of whom
//	keys.go      the keys: a secret, a file, or a set that is fetched and kept
//	claims.go    what a token says
//	verifier.go  which of that holds
//	mint.go      tokens for trying
package tokens
