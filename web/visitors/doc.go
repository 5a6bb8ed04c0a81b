// Package visitors bounds what strangers may have at a node: how many connections,
// sessions and requests, and how much they may write, from one address and in all.
//
// What must stay true: a table never grows beyond what it counts, or beyond a bound of
// its own, however many addresses a stranger has; and who is refused is told why, and
// may come again.
//
// site.go says who counts as one, table.go counts what lasts, rate.go what is done in a
// moment, connections.go closes connections that nobody needs when there are too many.
package visitors
