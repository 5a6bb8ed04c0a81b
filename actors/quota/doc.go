// Package quota is the account of what one client costs a node, as pure state: it
// knows neither a network nor a clock, and is told the time.
//
// What must stay true:
//
//   - Whatever a client can cause without end has a rate here ([Limits]): what is
//     read from its connection ([Meter]), what it says, and what its events cause to
//     be sent to others ([Account]).
//   - A client over a rate waits first: its reader stops, so that TCP pushes back, or
//     its POST is not answered. Costs that are known only afterwards are a debt, which
//     delays what comes next.
//   - Then its events are refused, if what they cause is the trouble: when the debt is
//     so large that waiting would take too long, or when the client has pushed on for
//     [RefuseAfter].
//   - Then it is closed: who floods after [CloseAfter], who ignores that its events
//     are refused after [GiveUpAfter]. Who sends no more than it is let, or waits as
//     it was told, is never closed, however long it does so.
//   - A debt is at most [LongestDebt], so nobody is locked out for minutes.
//
// A client pushes on if more has come from it than may wait on its way to its socket,
// which whoever is slowed down by its connection does, and who waits for answers does
// not.
//
// [Budget] and [Partials] are what is held for all clients together: in bytes, never in
// items. For the one clients wait; of the other, what they have begun to send and not
// ended, somebody gives way.
package quota
