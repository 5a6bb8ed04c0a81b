// Package identity knows who the users are.
//
// Two things are kept apart. The [Store] is the truth: users and the log of
// their changes, written in one transaction. The [Bus] (Redis) only makes word
// of a change travel fast; it may lose, repeat and reorder. A [Subscription]
// puts them together and hands every change to its node once and in order:
//
//   - Sequence numbers of changes become visible in growing order. So whoever
//     has read the log up to n never has to look below n again.
//   - The position of a subscription moves on only by the next number, heard on
//     the bus, or by what the log says. A gap is mended from the log and never
//     waited for: on PostgreSQL a number that was rolled back never comes.
//   - A subscription is never given up for a silence that was this process's own: it
//     reads without deadlines, counts pings and not time, and holds Redis to account
//     only for what was published before a ping that is answered.
//   - No client is shown a name that is older than a change it was told of,
//     since a change is published after its commit.
package identity
