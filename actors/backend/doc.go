// Package backend is what the backend of a product asks of a whole cluster, and has it do:
// which rooms there are, who is here, events to rooms, users and sockets, and their end.
//
// It has two sides. A [Backend] asks all live nodes, by package survey, and adds up what
// they say. What each node answers is the node's; it keeps a [Ledger] of the emits that
// came with a key.
//
// What stays true:
//
//   - Nothing is stored: what is answered is gathered from live sockets.
//   - Nobody is waited for longer than a roll waits. Every answer says whether it is
//     complete, and names the live nodes that are missing in it, and those that are lost.
//   - An order is sent once to each node. Of a node that is missing nothing is known: it may
//     have carried the order out, or may yet. An emit with a key may be repeated: each node
//     hands it to its sockets at most once while the key is remembered, and no key is
//     forgotten before its time, whatever else is asked for.
package backend
