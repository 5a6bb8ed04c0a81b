// Package outbox holds what waits for clients: a queue for each connection, and what
// all queues of a node hold together. It is pure: no goroutine, no clock, no network.
//
// A frame is presence or message. Presence is what a client must not miss if it is to
// know who is there: joins, leaves, handshakes, answers, changes of users, heartbeats.
// A message is what another client said, or a backend.
//
// What must stay true:
//
//   - A [Box] is one queue: frames leave it in the order in which they came, but that a
//     heartbeat goes before the messages that wait.
//   - Each of the two has a limit of its own, in bytes, overhead included. Messages
//     beyond theirs are left out; who takes no presence is cut off. So nothing of
//     presence is ever refused for somebody's messages, and nobody is cut off for them.
//   - No sender may hold more than what is still free of a box's messages, and so no
//     more than half, but for a single packet where nothing waits; however many are
//     loud, the next one finds room.
//   - What is left out is counted by room, and the client is told the count before the
//     next message, or when it has read everything: sent is received and told as left out.
//   - The frames of one packet go in together or not at all.
//   - All boxes together hold at most what [Memory] allows, not counting presence,
//     which has its limit in each box: the less is free, the less may wait for one
//     client, so that the slowest lose first.
package outbox
