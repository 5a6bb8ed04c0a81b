// Package origins says who may come: pages of which origins may use this server from a
// browser, and by which names it is called. What it refuses the operator is told, and what
// would let it in.
//
// What must stay true: a page is our own only if its browser addressed the same origin
// again, as a trusted proxy says or as can be seen; and what strangers make up takes
// neither memory nor lines of the log without a bound.
//
// origin.go reads an origin and patterns of them, origins.go says whose pages may come and
// lets their browsers know (CORS), hosts.go names the server (DNS rebinding), refusals.go
// tells the operator.
package origins
