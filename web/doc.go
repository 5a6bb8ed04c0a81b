// Package web is how the world reaches a node: the routes of the application contract, and
// the pages. Its parts stand alone, and know nothing of it: engine has the Engine.IO
// transports, dash what operators see, origins, visitors, gate and apikey who may come,
// httpserver what net/http leaves to us.
//
// What must stay true: a request goes through one door, which routes.go names, and comes
// to no handler otherwise; it comes past the rule that its route asks of who uses it, which
// the table says, too; and all that a route does is in its row of that table.
//
// Which file answers which question:
//
//	server.go, routes.go, mux.go      which place is this path, and by which door
//	rooms.go                          the roll, and the state of a room
//	users.go, conditions.go           users, read and changed; If-Match and If-None-Match
//	callers.go, rules.go              who is this request from, and what does its route ask
//	writes.go, operators.go           how often something may change, and what is for operators
//	pages.go, clientfiles.go          the pages, and the official client
//	health.go                         may clients be sent here?
//	problem.go                        errors, and what is logged of them
//	body.go, counted.go, tracing.go   a request's body, its status, its trace
package web
