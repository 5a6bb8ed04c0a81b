// Package operate is what operators ask of nodes: how they are, how they did, their
// actors, their traces, and what each has of a room.
//
// It has two sides. An [Asker] asks all live nodes and gathers what they say. A
// [Respondent] answers for one node, out of a [Source]: figures, lists and states that the
// node has anyhow. The node puts the two together, and has the messages between them come
// to its node actor.
//
// What stays true:
//
//   - Nothing is changed by a question, and nothing is started: no roster, no grain.
//   - Nobody is waited for longer than [Patience], nor after the context is done. A node
//     that has not answered is named: as silent, or in a [Survey] by having no report.
//   - A Respondent asks no actor, so none that is stuck keeps its node from saying how it
//     is. Only the states of a room come from others: its roster and its grain.
//   - How a node did is kept by that node, and who is gone by the [membership.View]. Who
//     watches takes in what is new, by cursors.
//
// Where to look:
//
//	asker.go        who asks, by package survey
//	survey.go       how all nodes are, and who is gone
//	look.go         what grain and rosters know of a room
//	differences.go  where these contradict each other
//	traces.go       traces: which there are, and one of them, gathered
//	listing.go      actors, and the orders of lists of them
//	respondent.go   what a node answers from
//	report.go       how this node is
//	samples.go      how it did, every five seconds for a quarter of an hour
//	exposition.go   what it shows to Prometheus
package operate
